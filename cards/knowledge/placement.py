"""Where each statement of the clinical reference appears: on a card, as a line of a card, or nowhere and why."""

from dataclasses import dataclass
from enum import StrEnum

from cards.knowledge.tables import Tables


class ShownAs(StrEnum):
    """How a statement reaches a clinician."""

    CARD = "card"
    LINE = "line"
    NOT_SHOWN = "not shown"


@dataclass(frozen=True, slots=True)
class ReferenceStatement:
    """One row of the reference. The rules that carry it name it in `implements`."""

    row_id: str  # "A01" to "K06" of the clinical summary, "X01" to "X18" of primary sources
    text: str  # as the source has it, also where it is contradicted
    shown_as: ShownAs
    note: str  # how the wording differs, or why it is not shown


def statements(tables: Tables) -> tuple[ReferenceStatement, ...]:
    """Every statement of the reference, in its order."""
    return tuple(
        ReferenceStatement(
            row.text("row"), row.text("statement"), row.member("shown_as", ShownAs), row.text("note")
        )
        for row in tables.rows("placement")
    )
