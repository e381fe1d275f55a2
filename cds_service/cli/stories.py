"""`thiopurine-cds stories`: compares the cards of the stories with those on file."""

import sys
from difflib import unified_diff
from pathlib import Path

import click

from cds_service.cli.options import DIFFERS
from cds_service.ehr.story_folder import stories_in
from cds_service.errors import CdsServiceError
from cds_service.logs import configure_logs
from cds_service.workbench.settings import BenchSettings

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument("names", metavar="[NAME ...]", nargs=-1)
@click.option(
    "--folder", type=_FOLDER, help="The folder of stories.  [default: fixtures/stories of the source]"
)
@click.option(
    "--update", is_flag=True, help="Write the cards as they are now. Read the diff before you commit."
)
def stories(names: tuple[str, ...], folder: Path | None, *, update: bool) -> None:
    """Compare the cards of the stories with those on file and print the differences, or update the files.

    A story is a folder with request.json, settings.json (day and time zone), README.md (its clinical point)
    and cards.md (the answer as a page). Some also have response.json, the exact answer.

    \b
    Examples:
      thiopurine-cds stories
      thiopurine-cds stories --update allopurinol-active

    \b
    Exit codes:
      0  no difference, or the files are updated
      2  wrong usage, or a story that the service refuses
      4  at least one file differs
    """
    configure_logs("error")
    place = folder or BenchSettings().stories_folder
    if place is None:
        raise click.UsageError("this installation has no folder of stories: name one with --folder")
    found = [story for story in stories_in(place) if not names or story.name in names]
    if unknown := sorted(set(names) - {story.name for story in found}):
        raise click.UsageError(f"no such story in {place}: {', '.join(unknown)}")
    changed = 0
    for story in found:
        try:
            now = story.answer()
        except CdsServiceError as error:
            raise click.UsageError(f"{story.name}: {error}") from None
        for file, kept, written in story.kept_and_now(now):
            if kept == written:
                continue
            changed += 1
            if update:
                file.write_text(written, encoding="utf-8")
                click.echo(f"{story.name}/{file.name} written")
            else:
                lines = unified_diff(kept.splitlines(), written.splitlines(), "kept", "now", lineterm="", n=1)
                click.echo("\n".join([f"{story.name}/{file.name}", *lines]))
    click.echo(f"{len(found)} stories, {changed} files {'written' if update else 'differ'}", err=True)
    if changed and not update:
        sys.exit(DIFFERS)
