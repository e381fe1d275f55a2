"""A group whose commands are imported when they are asked for: click, "Lazily Loading Subcommands"."""

import gc
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click

from cds_service.extras import missing_extra


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """Where a command is, and what the list of commands says of it: the list imports none of them."""

    place: str  # "module:attribute"
    short_help: str
    extra: str | None = None  # of pyproject.toml: without it the module cannot be imported

    def loaded(self) -> click.Command:
        """The command itself. Raises click.UsageError, which says how to install it, without its extra."""
        if self.extra and (why := missing_extra(self.extra)):
            raise click.UsageError(why)
        module, _, attribute = self.place.partition(":")
        is_collecting = gc.isenabled()
        gc.disable()  # all that is imported stays: looking through it takes a quarter of a second
        try:
            command: click.Command = getattr(import_module(module), attribute)
        finally:
            if is_collecting:
                gc.enable()
        return command


class LazyGroup(click.Group):
    """Its commands stand in a table; `--help` reads the table, a command's name imports its module."""

    def __init__(self, *, table: Mapping[str, LazyCommand], **settings: Any) -> None:  # noqa: ANN401 -- click's own
        super().__init__(**settings)
        self._table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands, in the order of the alphabet."""
        return sorted(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name; None for a name that is none of them."""
        lazy = self._table.get(cmd_name)
        return lazy.loaded() if lazy else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._table[name].short_help) for name in self.list_commands(ctx)])
