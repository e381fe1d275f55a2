"""An inspection as tables for a terminal."""

import unicodedata
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cards.assessment.genes import GeneStatus
from cds_service.inspection.as_json import shown
from cds_service.inspection.rows import dose_words, without_quotes
from cds_service.inspection.source import InspectionSource
from cds_service.inspection.understanding import Inspection, Therapy
from fhir_mappers.ledger import Disposition, LedgerEntry

_MARK = "\N{REPLACEMENT CHARACTER}"
_ACTING = ("Cc", "Cf", "Co", "Cs")  # control, invisible and direction marks, private use, lone surrogates
_WITHOUT_FACT = (Disposition.SAYS_NO, Disposition.SUPERSEDED, Disposition.IRRELEVANT)
_OUTCOMES = {"fired": "bold", "failed": "bold red", "blocked": "yellow", "silent": "dim"}


def print_inspections(
    source: InspectionSource, inspections: Sequence[Inspection], console: Console, *, show_text: bool
) -> None:
    """Print all patients of a file, each with what was read, what was not, and what follows."""
    count = f"{len(source.resources)} resources" if len(source.resources) != 1 else "1 resource"
    console.print(_cell(f"{source.kind}: {count}, of {_patients(len(inspections))}"))
    for note in source.notes:
        console.print(_cell(f"  ! {note}"))
    for number, one in enumerate(inspections, start=1):
        title = f"Patient {number} of {len(inspections)}" if len(inspections) > 1 else "Patient"
        named = f" {one.patient_id}" if show_text and one.patient_id else ""
        console.print()
        console.rule(_cell(f"{title}{named}, as of {one.as_of:%Y-%m-%d %H:%M %Z}"), align="left")
        _print_patient(shown(one, show_text=show_text), console, show_text=show_text)
    if not show_text:
        console.print(
            _cell('\nTexts as they came are left out ("..."); --show-text shows them.'), style="dim"
        )


def _patients(count: int) -> str:
    return "1 patient" if count == 1 else f"{count} patients"


def _print_patient(one: Inspection, console: Console, *, show_text: bool) -> None:
    headings = ["Kind", "What", "Read as", "Date", "Record"]
    rows = [[row.kind, row.what, row.reading, str(row.on or ""), row.record_ref] for row in one.rows]
    if show_text:
        headings.append("As it came")
        rows = [[*cells, row.wording] for cells, row in zip(rows, one.rows, strict=True)]
    _print_table("Recognised", headings, rows, console)
    _print_gaps(one, console)
    _print_understood(one, console, show_text=show_text)
    _print_checks(one, console)


def _print_gaps(one: Inspection, console: Console) -> None:
    """The records that were not read, not used, of no concern to a rule, or never sent."""
    ledger = one.ledger
    counts = [[str(disposition), str(count)] for disposition, count in ledger.counts.items() if count]
    _print_table("Ledger", ["Disposition", "Resources"], counts, console)
    unread = _unread_cells(ledger.of(Disposition.NOT_USABLE))
    headings = ["Kind", "Why", "Reason", "Note", "Record"]
    _print_table("Not usable", headings, unread, console)
    doubtful = _unread_cells(ledger.of(Disposition.USED))
    _print_table("Used, with a doubt", headings, doubtful, console, is_optional=True)
    unused = [
        [str(entry.disposition), entry.why, entry.record_ref]
        for entry in ledger.entries
        if entry.disposition in _WITHOUT_FACT and entry.why
    ]
    _print_table(
        "Recognised, but no fact in it", ["Disposition", "Why", "Record"], unused, console, is_optional=True
    )
    ignored = [[kind.resource_type, str(kind.count), ", ".join(kind.codes)] for kind in one.ignored]
    _print_table("Ignored: not ours", ["Type", "Records", "Most frequent codes"], ignored, console)
    others = ", ".join(f"{count} {name}" for name, count in one.of_other_patients.items())
    console.print(_cell(f"Records of other patients, not used: {others or 0}"))
    known = [
        [str(kind), str(state.availability), state.why or _since(str(state.complete_since or ""))]
        for kind, state in one.known.items()
    ]
    _print_table("What was sent", ["Facts", "Known", "Note"], known, console, is_optional=True)


def _unread_cells(entries: Iterable[LedgerEntry]) -> list[list[str]]:
    return [
        [
            str(one.kind or ""),
            one.in_words,
            str(one.reason),
            "" if one.deciding else "no rule needs it",
            one.record_ref,
        ]
        for entry in entries
        for one in entry.unread
    ]


def _since(day: str) -> str:
    return f"complete since {day}" if day else ""


def _print_understood(one: Inspection, console: Console, *, show_text: bool) -> None:
    therapies = [_therapy_cells(therapy, show_text=show_text) for therapy in one.therapies]
    headings = ["Drug", "State", "Since", "Dose", "Dose since", "Ordered now"]
    _print_table("Therapies as understood", headings, therapies, console)
    genes = [_gene_cells(status) for status in one.genes]
    _print_table("Genes as understood", ["Gene", "Phenotype", "Notes", "Records"], genes, console)
    weight = one.weight
    told = (
        f"{weight.words} ({weight.taken_on or 'undated'}, {weight.record_ref})" if weight else "none usable"
    )
    console.print(_cell(f"Body weight for doses: {told}"))


def _therapy_cells(therapy: Therapy, *, show_text: bool) -> list[str]:
    course, exposure = therapy.course, therapy.exposure
    dose = dose_words(course.regimen, course.latest.dose_problem) if course else ""
    ordered = ""
    if exposure is not None and exposure.is_ordered:
        words = dose_words(exposure.regimen, exposure.dose_problem)
        ordered = f"{exposure.episode}: {words}; {exposure.purpose}"
    return [
        str(therapy.drug),
        str(course.state) if course else "not on record",
        str(course.started_on or "") if course else "",
        dose if show_text else without_quotes(dose),
        str(course.dose_since or "") if course else "",
        ordered if show_text else without_quotes(ordered),
    ]


def _gene_cells(status: GeneStatus) -> list[str]:
    unknown = "no result" if not status.readings else "not interpretable"
    return [
        str(status.gene),
        str(status.phenotype or unknown),
        " ".join(status.notes()),
        ", ".join(reading.result.record_ref for reading in status.readings),
    ]


def _print_checks(one: Inspection, console: Console) -> None:
    if one.silence:
        console.print(_cell(f"No card: {one.silence}"))
    if not one.checks:
        return
    table = _table("What each rule answered", ["Rule", "Outcome", "Why"])
    for check in one.checks:
        cells = (check.rule_id, check.outcome, check.why)
        table.add_row(*(_cell(cell) for cell in cells), style=_OUTCOMES[check.outcome])
    console.print(table)


def _print_table(
    title: str, headings: list[str], rows: Iterable[list[str]], console: Console, *, is_optional: bool = False
) -> None:
    """Print a table, or that it would be empty; an optional one only when it is not."""
    listed = list(rows)
    if not listed:
        if not is_optional:
            console.print(_cell(f"{title}: none"))
        return
    table = _table(title, headings)
    for row in listed:
        table.add_row(*(_cell(cell) for cell in row))
    console.print(table)


def _table(title: str, headings: list[str]) -> Table:
    table = Table(*headings, title=title, title_justify="left", header_style="bold", expand=False)
    for column in table.columns:
        column.overflow = "fold"
    return table


def _cell(text: str) -> Text:
    """Text as it is, never markup; characters that a terminal would act on become a visible mark."""
    return Text(
        "".join(_MARK if unicodedata.category(one) in _ACTING and one != "\n" else one for one in text)
    )
