"""The Markdown of a card's detail: why, what to do, what else sources say, source."""

import re
from collections.abc import Iterable

from cards.finding import Fact, Finding
from cards.knowledge.releases import Release
from cards.knowledge.sources import Citation, Source

_MOST_FACTS = 60  # a card is read by a person; charts that hold more of a kind are broken, or hostile
_LONGEST_LINE = 2_000
_MARKDOWN = re.compile(r"[\\`*_{}\[\]<>#|~&]")
_AS_SHOWN = {sign: f"\\{sign}" for sign in r"\`*_{}[]#|~"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
# A line that began like this would become a list, or a rule across the card.
_LINE_START = re.compile(r"(?=[-+])|\d{1,9}(?=[.)](?:\s|$))")
_AUTOLINK = re.compile(r"(?i)(:|www)(//|\.)")
_ADDRESS = re.compile(r"(?<=\S)@(?=\S)")
# Control characters, and what is invisible or turns the direction of writing.
_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]+"
)


def escaped(text: str) -> str:
    r"""Plain text as Markdown that shows exactly this text, on one line and without HTML.

    >>> escaped("*1/*3A <b>")
    '\\*1/\\*3A &lt;b&gt;'
    """
    shown = text if text.isprintable() else _CONTROL.sub(" ", text)
    line = _MARKDOWN.sub(_as_shown, " ".join(shown.split()))
    if "//" in line or ":." in line or "www" in line.casefold():
        line = _AUTOLINK.sub(r"\1 \2", line)  # no links out of patient text
    if "@" in line:
        line = _ADDRESS.sub(" @ ", line)
    start = _LINE_START.match(line)
    return f"{line[: start.end()]}\\{line[start.end() :]}" if start else line


def _as_shown(sign: re.Match[str]) -> str:
    return _AS_SHOWN[sign[0]]


def fact_line(fact: Fact) -> str:
    """A fact with its date and the record it comes from."""
    notes = [str(fact.on)] if fact.on else []
    if fact.record_ref:
        notes.append(fact.record_ref)
    return f"{fact.text} ({', '.join(notes)})" if notes else fact.text


def detail_of(findings: tuple[Finding, ...], release: Release | None, extra: tuple[str, ...] = ()) -> str:
    """GitHub-flavoured Markdown of all findings of one decision; `extra` are lines of what to do.

    `release` is that of the tables, None for the software's own.
    """
    why = _counted(_unique(fact_line(fact) for finding in findings for fact in finding.why))
    do = _unique((*extra, *(line for finding in findings for line in finding.do)))
    also = _unique(line for finding in findings for line in finding.also)
    sources = _source_lines(findings, release)
    sections = [
        _section("Why", why),
        _section("What to do", do),
        _section("What other sources say", also),
        _section("Source", sources),
    ]
    return "\n\n".join(section for section in sections if section)


def _section(heading: str, lines: list[str]) -> str:
    if not lines:
        return ""
    return "\n".join([f"**{heading}**", "", *(f"- {escaped(_cut(line))}" for line in lines)])


def _counted(lines: list[str]) -> list[str]:
    left_out = len(lines) - _MOST_FACTS
    return [*lines[:_MOST_FACTS], f"and {left_out} more"] if left_out > 0 else lines


def _cut(line: str) -> str:
    return f"{line[:_LONGEST_LINE]}…" if len(line) > _LONGEST_LINE else line


def _source_lines(findings: tuple[Finding, ...], release: Release | None) -> list[str]:
    """One line per publication, with every place used in it, and when the tables were last compared with it."""
    by_source: dict[Source, list[Citation]] = {}
    for citation in dict.fromkeys(citation for finding in findings for citation in finding.citations):
        by_source.setdefault(citation.source, []).append(citation)
    lines = [_source_line(source, citations) for source, citations in by_source.items()]
    checked = min((source.checked for source in by_source), default=None)
    if checked:
        lines.append(f"Knowledge last compared with its sources on {checked}.")
    if release:
        lines.append(f"Tables of release {release.version}, by this site's policy; {release.standing}.")
    return lines


def _source_line(source: Source, citations: list[Citation]) -> str:
    places = "; ".join(dict.fromkeys(citation.locator for citation in citations if citation.locator))
    strengths = dict.fromkeys(citation.strength for citation in citations if citation.strength)
    strength = f", recommendation {', '.join(strengths)}" if strengths else ""
    grade = min(citation.grade for citation in citations)
    return f"{source.label}{f': {places}' if places else ''} (grade {grade}{strength})"


def _unique(lines: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(line for line in lines if line))
