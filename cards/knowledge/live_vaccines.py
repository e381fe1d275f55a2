"""How long before a thiopurine may a live vaccine be given, and what counts as low-level immunosuppression?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from cards.knowledge.sources import Citation
from cards.knowledge.tables import Tables
from cards.model.therapy import Drug


@dataclass(frozen=True, slots=True)
class VaccineLimit:
    """One number about live vaccines, and who says so; None for a plain statement."""

    value: float | None
    citation: Citation


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LiveVaccines:
    """Every number about live vaccines, by its statement and drug; "" is for any drug."""

    limits: Mapping[tuple[str, str], VaccineLimit]

    @classmethod
    def read(cls, tables: Tables) -> Self:
        """The rows of live_vaccines.csv."""
        return cls(
            {
                (row.text("statement"), row.text("drug")): VaccineLimit(
                    row.number_or_none("value"), row.citation()
                )
                for row in tables.rows("live_vaccines")
            }
        )

    def days_before_starting(self) -> tuple[int, Citation]:
        """For how many days after a live vaccine a thiopurine should not be started."""
        limit = self.limits["days before starting", ""]
        return int(limit.value or 0), limit.citation

    def months_after_the_end(self, drug: Drug) -> tuple[int, Citation]:
        """For how many months after the last dose of a thiopurine no live vaccine should be given."""
        limit = self.limits["months after the end", drug.value]
        return int(limit.value or 0), limit.citation

    def hold_in_the_background_days(self) -> int:
        """How long after the last dose a therapy on hold becomes a note instead of a warning: a project choice."""
        return int(self.limits["hold in the background after", ""].value or 0)

    def low_level_mg_per_kg(self, drug: Drug) -> VaccineLimit | None:
        """Up to which dose ACIP calls a thiopurine low-level immunosuppression; None where it names none."""
        return self.limits.get(("low level at most", drug.value))

    def contraindicated(self) -> Citation:
        """The sources that advise against live vaccines on a thiopurine."""
        return self.limits["contraindicated on the drug", ""].citation
