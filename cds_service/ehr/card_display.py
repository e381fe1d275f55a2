"""Cards in a terminal, as an EHR would show them: indicator, summary, detail, what can be done."""

import re
from collections.abc import Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.markdown import Markdown
from rich.panel import Panel
from rich.text import Text

from cds_service.ehr.prefetch import Fetched

_COLOURS = {"critical": "red", "warning": "yellow", "info": "blue"}
# A terminal obeys control characters; what a server sends must stay text.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def show_cards(cards: Sequence[dict[str, Any]], console: Console) -> None:
    """Print every card; say so when there is none."""
    if not cards:
        console.print("No cards: the service has nothing to say about this.")
    for number, card in enumerate(cards, start=1):
        console.print(_panel(number, card))


def show_prefetch(found: Sequence[Fetched], console: Console) -> None:
    """Print what came for each prefetch key, a line each."""
    for one in found:
        said = one.why_not or f"{len(one.resources)} records"
        console.print(Text(f"  {one.key:<14}{plain(said)}", style="red" if one.why_not else "dim"))


def plain(text: object) -> str:
    """A text from outside, without the characters that a terminal obeys."""
    return _CONTROLS.sub("", str(text))


def _panel(number: int, card: dict[str, Any]) -> Panel:
    indicator = plain(card.get("indicator", ""))
    colour = _COLOURS.get(indicator, "white")
    parts: list[RenderableType] = [Text(plain(card.get("summary", "")), style="bold")]
    if card.get("detail"):
        parts += [Text(), Markdown(plain(card["detail"]), hyperlinks=False)]
    for place, suggestion in enumerate(card.get("suggestions") or (), start=1):
        mark = " (recommended)" if suggestion.get("isRecommended") else ""
        parts.append(Text(f"[accept {number}.{place}] {plain(suggestion.get('label', ''))}{mark}"))
    codes = [plain(one.get("code", "")) for one in card.get("overrideReasons") or ()]
    if codes:
        parts += [Text(), Text(f"override with: {', '.join(codes)}", style="dim")]
    source = card.get("source") or {}
    parts.append(
        Text(f"{plain(source.get('label', ''))} {plain(source.get('url', ''))}".strip(), style="dim")
    )
    return Panel(Group(*parts), title=Text(f"{number}  {indicator}", style=colour), border_style=colour)
