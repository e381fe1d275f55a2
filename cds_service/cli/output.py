"""What commands print: JSON for a machine, and tables that are as wide in a file as they need to be."""

import sys
from typing import Any

import click
import msgspec
from rich.console import Console

_WIDTH = 160  # of a table that goes into a file or a pipe
_USUAL = msgspec.json.Encoder()


def print_json(content: Any, encoder: msgspec.json.Encoder = _USUAL) -> None:  # noqa: ANN401 -- whatever it encodes
    """Print what the encoder makes of the content, two blanks a level."""
    click.echo(msgspec.json.format(encoder.encode(content), indent=2).decode())


def table_console() -> Console:
    """Where a table is printed: as wide as the terminal, or wide enough for a file."""
    return Console(width=None if sys.stdout.isatty() else _WIDTH)
