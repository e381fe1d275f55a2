"""Which ceiling is a dose judged by?"""

from cards.assessment.case import Case
from cards.assessment.exposures import Exposure
from cards.assessment.protocol import in_group_of
from cards.finding import Fact
from cards.knowledge.indication_doses import DoseStatement, DoseStatementKind, DoseUnit
from cards.knowledge.rule_sentences import RuleSentence
from cards.model.conditions import Indication
from cards.model.protocol import Group
from cards.wording import number, per_kg, rounded

LIKELY_SLIP = 2  # cards.md: "at least twice the indication's ceiling"


def ceiling_of(exposure: Exposure, case: Case, *, is_later: bool = False) -> DoseStatement | None:
    """The ceiling that decides: of several possible indications the lowest, as far as the weight lets it be known.

    Where none is stated, the strictest of the immune-mediated diseases; where the one stated has no ceiling, the
    highest of them. `is_later` is a dose of a later step, to which the first weeks of a transplant do not reach.
    """
    own = [
        row
        for indication in exposure.purpose.indications
        for row in _usable(_own_rows(exposure, indication, case, is_later=is_later), case)
    ]
    if own:
        return min(own, key=lambda row: _mg(row, case))
    if case.weight is None:
        return None
    if not exposure.purpose.indications:
        return strictest_ceiling(exposure, case)
    return next(reversed(_of_immune_diseases(exposure, case)), None)


def strictest_ceiling(exposure: Exposure, case: Case) -> DoseStatement | None:
    """The lowest ceiling per kg of any immune-mediated disease, for a drug whose indication is not stated."""
    return next(iter(_of_immune_diseases(exposure, case)), None)


def _own_rows(
    exposure: Exposure, indication: Indication, case: Case, *, is_later: bool
) -> tuple[DoseStatement, ...]:
    statement = DoseStatementKind.CEILING
    if (
        indication is Indication.KIDNEY_TRANSPLANT
        and not is_later
        and is_soon_after_transplant(exposure, case)
    ):
        statement = DoseStatementKind.START_CEILING
    return case.knowledge.indication_doses.dose_statements(
        exposure.drug, indication, statement, in_group_of(indication, case.protocol(exposure))
    )


def _usable(rows: tuple[DoseStatement, ...], case: Case) -> list[DoseStatement]:
    return [row for row in rows if row.unit is DoseUnit.MG or case.weight is not None]


def _mg(row: DoseStatement, case: Case) -> float:
    return row.mg_per_day(case.weight.kg if case.weight else None) or 0.0


def _of_immune_diseases(exposure: Exposure, case: Case) -> tuple[DoseStatement, ...]:
    """The ceilings per kg of every immune-mediated disease, the strictest first."""
    protocol = in_group_of(None, case.protocol(exposure))
    return case.knowledge.indication_doses.ceilings_mg_per_kg(exposure.drug, protocol)


def is_soon_after_transplant(exposure: Exposure, case: Case) -> bool:
    """Whether the ceiling of the first weeks holds; a time that is not known does not."""
    days = case.protocol(exposure).days_since_transplant
    return days is not None and days <= case.policy.transplant_first_days


def dose_in(row: DoseStatement, exposure: Exposure, case: Case) -> float:
    """The dose in the row's unit, as printed."""
    mg = exposure.regimen.mg_per_day if exposure.regimen else 0.0
    if row.unit is DoseUnit.MG_PER_KG and case.weight is not None:
        return per_kg(exposure.drug, mg, case.weight.kg)
    return rounded(mg, 1)


def is_likely_slip(row: DoseStatement, exposure: Exposure, case: Case) -> bool:
    """Whether the dose is far above the ceiling that decides, whether its indication is stated or not."""
    return dose_in(row, exposure, case) >= LIKELY_SLIP * row.high


def ceiling_words(row: DoseStatement, exposure: Exposure) -> tuple[str, str]:
    """What the dose is above, and of which disease: ("above the ceiling of 2.5 mg/kg/day", "for Crohn's disease")."""
    limit = f"{number(row.high)} {row.unit}"
    if row.indication in exposure.purpose.indications:
        return f"above the ceiling of {limit}", f"for {row.indication}"
    if exposure.purpose.indications:
        return f"above the highest usual dose of {limit}", "in any immune-mediated disease"
    return f"above {limit}, the strictest ceiling", "(indication not stated)"


def ceiling_facts(row: DoseStatement, exposure: Exposure, case: Case) -> tuple[Fact, ...]:
    """When the transplantation was, where it decides."""
    if row.indication is not Indication.KIDNEY_TRANSPLANT:
        return ()
    days = case.protocol(exposure).days_since_transplant
    when = "date not on record" if days is None else f"at most {days} days ago"
    return (Fact(f"Kidney transplantation: {when}"),)


def ceiling_acts(row: DoseStatement, exposure: Exposure, case: Case) -> tuple[str, ...]:
    """What to do beside lowering the dose: whom to ask, and what is missing on the record."""
    sentences = case.knowledge.sentences
    acts = []
    if not exposure.purpose.indications:
        acts.append(
            sentences.text(
                RuleSentence.CEILING_UNSTATED, disease=str(row.indication), drug=exposure.drug.value
            )
        )
    if case.group(exposure) is Group.TRANSPLANT:
        acts.append(sentences.text(RuleSentence.CEILING_TRANSPLANT_TEAM))
        is_dated = case.protocol(exposure).days_since_transplant is not None
        if row.indication is Indication.KIDNEY_TRANSPLANT and not is_dated:
            acts.append(_date_is_missing(exposure, case))
    return tuple(acts)


def _date_is_missing(exposure: Exposure, case: Case) -> str:
    (first,) = case.knowledge.indication_doses.dose_statements(
        exposure.drug,
        Indication.KIDNEY_TRANSPLANT,
        DoseStatementKind.START_CEILING,
        case.protocol(exposure),
    )
    return case.knowledge.sentences.text(
        RuleSentence.CEILING_TRANSPLANT_DATE, most=first.high, days=case.policy.transplant_first_days
    )


def other_labels(row: DoseStatement, exposure: Exposure, case: Case) -> tuple[DoseStatement, ...]:
    """Higher ceilings of the same indication that another label names."""
    rows = case.knowledge.indication_doses.dose_statements(
        exposure.drug, row.indication, DoseStatementKind.CEILING_OF_ANOTHER_LABEL, case.protocol(exposure)
    )
    return tuple(other for other in rows if other.high > row.high)
