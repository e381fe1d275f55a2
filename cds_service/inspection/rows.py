"""One line for each fact that was read: what it is, how it was read, and the record it came from."""

import re
from dataclasses import dataclass
from functools import singledispatch

from cards.assessment.body import age_of
from cards.assessment.case import Case
from cards.assessment.genes import GeneReading
from cards.model.conditions import AllergyRecord, ConditionRecord, ProcedureRecord
from cards.model.dates import ClinicalDate
from cards.model.genes import GeneResult
from cards.model.labs import LabResult
from cards.model.tests_ordered import TestOrder
from cards.model.therapy import DoseRegimen, DrugOrder, DrugRecord, OrderIntent, Product
from cards.model.vaccines import ImmunizationRecord, VaccineOrder
from cards.wording import number
from fhir_mappers.records.patients import PatientFacts

_QUOTED = (re.compile('".*"', re.DOTALL), re.compile(r"(?<!\w)'.*'(?!\w)", re.DOTALL))
_HIDDEN = '"..."'

FactOfDay = (
    DrugOrder
    | VaccineOrder
    | DrugRecord
    | GeneResult
    | LabResult
    | ConditionRecord
    | ProcedureRecord
    | AllergyRecord
    | ImmunizationRecord
    | TestOrder
    | PatientFacts
)


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact as a reader of the table sees it.

    `what` is a concept in the software's words, never text as received. `reading` may quote; `wording` is
    the record's own text.
    """

    kind: str
    record_ref: str
    what: str
    reading: str = ""
    on: ClinicalDate | None = None
    wording: str = ""


def without_quotes(text: str) -> str:
    """A clause without the text it quotes, which is the sender's and may contain a name.

    >>> without_quotes('the sig was not understood: "as told to Mr Smith"')
    'the sig was not understood: "..."'
    """
    for quoted in _QUOTED:
        text = quoted.sub(_HIDDEN, text)
    return text


def dose_words(regimen: DoseRegimen | None, problem: str) -> str:
    """The dose a day and how it was read, or why it was not."""
    if regimen is None:
        return f"dose not readable: {problem or 'no dose given'}"
    told = [regimen.reading]
    told += ["as needed"] if regimen.is_as_needed else []
    told += ["from the text"] if regimen.is_from_text else []
    told += [f"plan: {regimen.plan}"] if regimen.plan else []
    return f"{number(regimen.mg_per_day, 1)} mg/day ({'; '.join(told)})"


def reading_words(reading: GeneReading) -> str:
    """A gene result, its phenotype by today's tables, and what a reader must know about it."""
    return "; ".join([reading.fact().text, *reading.notes])


def reading_of(result: GeneResult, case: Case) -> GeneReading | None:
    """How today's tables read a result."""
    return next((one for one in case.genes[result.gene].readings if one.result == result), None)


@singledispatch
def row_of(fact: FactOfDay, case: Case) -> FactRow:
    """The line for one fact."""
    raise TypeError(f"no line is written for {type(fact).__name__}")


@row_of.register
def _patient(fact: PatientFacts, case: Case) -> FactRow:
    age = age_of(case.chart)
    told = "birth date not recorded" if age is None else f"{age.words} years"
    sex = fact.sex.value if fact.sex else "sex not recorded"
    if fact.is_deceased:
        told += f", died {fact.died_on}" if fact.died_on else ", died"
    return FactRow(
        "patient", fact.record_ref, sex, told, wording=f"born {fact.born_on}" if fact.born_on else ""
    )


@row_of.register
def _draft_order(fact: DrugOrder, case: Case) -> FactRow:
    told = [dose_words(fact.regimen, fact.dose_problem), *_product(fact.product)]
    told += [f"signing it means: {fact.intent}"] if fact.intent is not OrderIntent.TAKE else []
    told += ["not selected"] if not fact.is_selected else []
    told += _for(fact.indications)
    told += [f"starts {fact.starts_on}"] if fact.starts_on else []
    told += [f"replaces {fact.replaces_ref}"] if fact.replaces_ref else []
    wording = _joined(fact.text, fact.reason_text)
    return FactRow("draft order", fact.record_ref, fact.drug, "; ".join(told), fact.authored_on, wording)


@row_of.register
def _draft_vaccine(fact: VaccineOrder, case: Case) -> FactRow:
    told = [str(fact.kind), *(["not selected"] if not fact.is_selected else [])]
    return FactRow("draft vaccine", fact.record_ref, _vaccine(fact.name), "; ".join(told), wording=fact.text)


@row_of.register
def _medication(fact: DrugRecord, case: Case) -> FactRow:
    told = [str(fact.state), dose_words(fact.regimen, fact.dose_problem), *_product(fact.product)]
    told += [f"supplied until {fact.supplied_until}"] if fact.supplied_until else []
    told += [f"ended {fact.ended_on}"] if fact.ended_on else []
    told += _for(fact.indications)
    return FactRow("medication", fact.record_ref, fact.drug, "; ".join(told), fact.started_on, fact.text)


@row_of.register
def _gene(fact: GeneResult, case: Case) -> FactRow:
    reading = reading_of(fact, case)
    told = reading_words(reading) if reading else "not read"
    return FactRow("gene result", fact.record_ref, fact.gene, told, fact.reported_on, fact.text)


@row_of.register
def _result(fact: LabResult, case: Case) -> FactRow:
    told = [_value(fact), f"came as {fact.reported}" if fact.reported else ""]
    told += [f"flagged {fact.interpretation}"] if fact.interpretation else []
    told += ["preliminary"] if fact.is_preliminary else []
    reading = "; ".join(part for part in told if part)
    return FactRow("result", fact.record_ref, fact.analyte, reading, fact.taken_on, fact.method)


@row_of.register
def _condition(fact: ConditionRecord, case: Case) -> FactRow:
    told = [str(fact.state), *([] if fact.is_confirmed else ["not confirmed"])]
    told += [f"ended {fact.abated_on}"] if fact.abated_on else []
    what = ", ".join(sorted(fact.problems)) or "no problem we ask about"
    when = fact.onset_on or fact.recorded_on
    return FactRow("condition", fact.record_ref, what, "; ".join(told), when, fact.text)


@row_of.register
def _procedure(fact: ProcedureRecord, case: Case) -> FactRow:
    told = "planned" if fact.is_planned else "done"
    return FactRow("procedure", fact.record_ref, fact.kind, told, fact.done_on, fact.text)


@row_of.register
def _allergy(fact: AllergyRecord, case: Case) -> FactRow:
    kinds = {True: "allergy", False: "intolerance", None: "allergy or intolerance not said"}
    told = [kinds[fact.is_allergy], *sorted(fact.reactions)]
    told += ["immunologic"] if fact.is_immunologic else []
    told += ["high criticality"] if fact.is_high_criticality else []
    told += [] if fact.is_confirmed else ["not confirmed"]
    return FactRow("allergy", fact.record_ref, fact.drug, "; ".join(told), fact.recorded_on, fact.text)


@row_of.register
def _vaccine_given(fact: ImmunizationRecord, case: Case) -> FactRow:
    return FactRow("vaccine", fact.record_ref, _vaccine(fact.name), fact.kind, fact.given_on, fact.text)


@row_of.register
def _test_order(fact: TestOrder, case: Case) -> FactRow:
    placed = "registered, no value yet" if fact.is_report else "on order"
    told = "in the draft" if fact.is_draft else placed
    return FactRow("test order", fact.record_ref, ", ".join(sorted(fact.tests)), told, fact.ordered_on)


def _value(result: LabResult) -> str:
    measured = (
        "" if result.value is None else f"{result.comparator or ''}{result.value:g} {result.unit}".strip()
    )
    return _joined(measured, str(result.finding or ""))


def _product(product: Product) -> list[str]:
    parts = [
        f"{product.strength_mg:g} mg each" if product.strength_mg is not None else "",
        f"{product.mg_per_ml:g} mg/mL" if product.mg_per_ml is not None else "",
        product.form,
    ]
    told = " ".join(part for part in parts if part)
    return [f"product: {told}"] if told else []


def _for(indications: frozenset[str]) -> list[str]:
    return [f"for {' and '.join(sorted(indications))}"] if indications else []


def _vaccine(name: str) -> str:
    return name or "vaccine known by its text alone"


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
