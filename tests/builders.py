"""Charts for tests, harmless unless told otherwise: an adult of 80 kg, both genes normal, everything known."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

from cards.assessment.case import Case
from cards.engine import Advice, advise
from cards.finding import Blocked, Finding, Fired, Outcome, Silent
from cards.knowledge.knowledge import Knowledge
from cards.knowledge.releases import own_tables
from cards.knowledge.tables import Tables
from cards.model.chart_of_day import ChartOfDay
from cards.model.conditions import AllergyRecord, ConditionRecord, ConditionState, Problem, ProcedureKind
from cards.model.conditions import ProcedureRecord as Procedure
from cards.model.dates import ClinicalDate, sort_key, whole_day
from cards.model.facts import Availability, FactKind, Known, Unread
from cards.model.genes import Diplotype, EnzymeActivity, Gene, GeneResult, Method, Phenotype
from cards.model.labs import Analyte, LabResult, LabSeries
from cards.model.tests_ordered import OrderableTest, TestOrder
from cards.model.therapy import DoseRegimen, Drug, DrugOrder, DrugRecord, Product, TherapyState
from cards.model.vaccines import Antigen, ImmunizationRecord, VaccineKind, VaccineOrder
from cards.rules import ORDER_SIGN_RULES

TODAY = date(2026, 11, 24)
AS_OF = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
BORN = whole_day(date(1986, 5, 5))
LONG_AGO = "2020-01-01"
KNOWLEDGE = Knowledge.own()  # the software's tables, read once for the whole run
POLICY = KNOWLEDGE.default_policy
OWN_TABLES = Tables(own_tables(), KNOWLEDGE.sources, protocol=None)  # every row, whoever it holds for


def on(text: str) -> ClinicalDate:
    """A date as precise as its text: "2026", "2026-11", "2026-11-03"."""
    match [int(part) for part in text.split("-")]:
        case [year, month, day]:
            return whole_day(date(year, month, day))
        case [year, month]:
            return ClinicalDate(text, date(year, month, 1), date(year, month, monthrange(year, month)[1]))
        case _:
            return ClinicalDate(text, date(int(text), 1, 1), date(int(text), 12, 31))


def days_ago(days: int) -> ClinicalDate:
    return whole_day(TODAY - timedelta(days=days))


# --- orders


def regimen(mg_per_day: float, times: float = 1, **fields) -> DoseRegimen:
    dose = DoseRegimen(mg_per_day, f"{mg_per_day / times:g} mg x {times:g}", mg_per_day / times, times)
    return replace(dose, **fields)


def ordered(drug: Drug, mg_per_day: float | None = None, times: float = 1, **fields) -> DrugOrder:
    fields.setdefault("regimen", None if mg_per_day is None else regimen(mg_per_day, times))
    if "for_" in fields:
        fields["indications"] = frozenset(_each(fields.pop("for_")))
    return DrugOrder(fields.pop("ref", f"MedicationRequest/{drug.value}-draft"), drug, **fields)


def azathioprine(mg_per_day: float | None = 100, times: float = 1, **fields) -> DrugOrder:
    return ordered(Drug.AZATHIOPRINE, mg_per_day, times, **fields)


def mercaptopurine(mg_per_day: float | None = 75, times: float = 1, **fields) -> DrugOrder:
    return ordered(Drug.MERCAPTOPURINE, mg_per_day, times, **fields)


def thioguanine(mg_per_day: float | None = 40, times: float = 1, **fields) -> DrugOrder:
    return ordered(Drug.THIOGUANINE, mg_per_day, times, **fields)


def tablets(strength_mg: float) -> Product:
    return Product(f"{strength_mg:g} mg tablet", strength_mg, None, "tablet")


def live_vaccine(name: str = "measles, mumps and rubella", **fields) -> VaccineOrder:
    fields.setdefault("kind", VaccineKind.LIVE)
    return VaccineOrder(fields.pop("ref", "MedicationRequest/vaccine"), name=name, **fields)


def live_zoster(**fields) -> VaccineOrder:
    return live_vaccine("live zoster", antigen=Antigen.ZOSTER, **fields)


def on_order(*tests: OrderableTest, is_draft=False, **fields) -> TestOrder:
    return TestOrder("ServiceRequest/tests", frozenset(tests), is_draft, **fields)


# --- what is taken


def taking(drug: Drug, mg_per_day: float | None = None, since: str | None = LONG_AGO, **fields) -> DrugRecord:
    fields.setdefault("regimen", None if mg_per_day is None else regimen(mg_per_day))
    fields.setdefault("state", TherapyState.ACTIVE)
    if "for_" in fields:
        fields["indications"] = frozenset(_each(fields.pop("for_")))
    ref = fields.pop("ref", f"MedicationRequest/{drug.value}")
    started = on(since) if since else None
    if fields["state"] in (TherapyState.PAST, TherapyState.HELD) and "ended_on" not in fields:
        fields = _end_unrecorded(ref, started, **fields) | fields
    return DrugRecord(ref, drug, started_on=started, **fields)


def _end_unrecorded(ref: str, started: ClinicalDate | None, **fields) -> dict:
    """What assessment works out of a record that names no end."""
    supplied = fields["supplied_until"].last if fields.get("supplied_until") else None
    if ref.startswith("MedicationDispense"):
        return {"shown_until": supplied, "ended_by": supplied}
    assumed = TODAY
    if started is not None and fields["state"] is TherapyState.PAST:
        assumed = min(TODAY, started.last + timedelta(days=POLICY.undated_stop_days))
    return {
        "shown_until": started.last if started else None,
        "ended_by": min(assumed, supplied or assumed),
        "is_end_assumed": supplied is None or assumed < supplied,
    }


def reported(drug: Drug, mg_per_day: float | None = None, since: str | None = None, **fields) -> DrugRecord:
    """What an undated or old report says is taken."""
    fields = {"state": TherapyState.POSSIBLY_TAKEN, "is_stale_report": True} | fields
    return taking(drug, mg_per_day, since, **fields)


def planned(drug: Drug, day: str | None = None, **fields) -> DrugRecord:
    """What is to be taken from a day on, if a day is stated."""
    fields = {"state": TherapyState.PLANNED, "planned_for": on(day) if day else None} | fields
    return taking(drug, since=day, **fields)


def took(drug: Drug, mg_per_day: float | None = None, since: str | None = LONG_AGO, **fields) -> DrugRecord:
    return taking(drug, mg_per_day, since, state=TherapyState.PAST, **fields)


# --- genes, results, problems


def gene(gene: Gene, diplotype: str = "", **fields) -> GeneResult:
    """A result by its diplotype, or by `phenotype` or `activity`."""
    activity = fields.get("activity")
    method = Method.GENOTYPE if diplotype else Method.ACTIVITY if activity else Method.STATED
    if diplotype:
        first, second = diplotype.split("/")
        fields.setdefault("diplotype", Diplotype((first, second), fields.pop("is_phased", True)))
    if "reported" in fields:
        reported = fields.pop("reported")
        fields["reported_on"] = on(reported) if reported else None
    fields.setdefault("reported_on", on("2026-10-01"))
    return GeneResult(
        gene, fields.pop("method", method), fields.pop("ref", f"Observation/{gene.value}"), **fields
    )


def tpmt(what: str | Phenotype, **fields) -> GeneResult:
    return _gene_of(Gene.TPMT, what, **fields)


def nudt15(what: str | Phenotype, **fields) -> GeneResult:
    return _gene_of(Gene.NUDT15, what, **fields)


def tpmt_activity(value: float | None, unit: str | None = "mU/L", **fields) -> GeneResult:
    activity = EnzymeActivity(
        value, fields.pop("comparator", None), unit, interpretation=fields.pop("mark", None)
    )
    return gene(Gene.TPMT, activity=activity, **fields)


def _gene_of(which: Gene, what: str | Phenotype, **fields) -> GeneResult:
    return (
        gene(which, phenotype=what, **fields) if isinstance(what, Phenotype) else gene(which, what, **fields)
    )


def result(analyte: Analyte, value: float | None, taken: str | None = "2026-11-20", **fields) -> LabResult:
    ref = fields.pop("ref", f"Observation/{analyte.value}-{taken or 'undated'}")
    return LabResult(analyte, ref, value, taken_on=on(taken) if taken else None, **fields)


def weight(kg: float | None, taken: str | None = "2026-10-25", **fields) -> LabResult:
    return result(Analyte.BODY_WEIGHT, kg, taken, **fields)


def problem(*problems: Problem, **fields) -> ConditionRecord:
    for name in ("onset", "recorded", "abated"):
        if name in fields:
            fields[f"{name}_on"] = on(fields.pop(name))
    fields.setdefault("state", ConditionState.ACTIVE)
    return ConditionRecord(fields.pop("ref", f"Condition/{problems[0].value}"), frozenset(problems), **fields)


def procedure(kind: ProcedureKind, done: str | None = "2026-11-01", **fields) -> Procedure:
    return Procedure(fields.pop("ref", f"Procedure/{kind.value}"), kind, on(done) if done else None, **fields)


def allergy(drug: Drug, **fields) -> AllergyRecord:
    fields["reactions"] = frozenset(fields.get("reactions", ()))
    return AllergyRecord(fields.pop("ref", f"AllergyIntolerance/{drug.value}"), drug.value, **fields)


def vaccinated(given: str | None, name: str = "yellow fever", **fields) -> ImmunizationRecord:
    fields.setdefault("kind", VaccineKind.LIVE)
    ref = fields.pop("ref", f"Immunization/{given or 'undated'}")
    return ImmunizationRecord(ref, name=name, given_on=on(given) if given else None, **fields)


# --- charts and cases

_FIELD_OF = {
    DrugOrder: "draft_orders",
    VaccineOrder: "vaccine_orders",
    DrugRecord: "drug_records",
    GeneResult: "gene_results",
    ConditionRecord: "conditions",
    Procedure: "procedures",
    AllergyRecord: "allergies",
    ImmunizationRecord: "immunizations",
    TestOrder: "test_orders",
    Unread: "unread",
}


def chart(*facts, without: Iterable[Gene | Analyte] = (), known=None, **fields) -> ChartOfDay:
    """A chart of these facts.

    Where they name no weight there is one of 80 kg, where no result of a gene, a normal one; `without`
    leaves these out. `known` says how much is known of some kinds; of the others everything is.
    """
    others = [fact for fact in facts if not isinstance(fact, LabResult)]
    for which in Gene:
        if which not in without and not any(isinstance(f, GeneResult) and f.gene is which for f in others):
            others.append(gene(which, "*1/*1"))
    for kind, name in _FIELD_OF.items():
        fields[name] = tuple(fact for fact in others if isinstance(fact, kind))
    fields.setdefault("as_of", AS_OF)
    fields.setdefault("born_on", BORN)
    everything = dict.fromkeys(FactKind, Known(Availability.KNOWN))
    fields["known"] = MappingProxyType(everything | dict(known or {}))
    results = [fact for fact in facts if isinstance(fact, LabResult)]
    if Analyte.BODY_WEIGHT not in {*without, *(one.analyte for one in results)}:
        results.append(weight(80))
    return ChartOfDay(labs=_series(results), **fields)


def _series(results: list[LabResult]) -> MappingProxyType[Analyte, LabSeries]:
    ordered_results = sorted(results, key=lambda one: sort_key(one.taken_on))
    return MappingProxyType(
        {
            analyte: LabSeries(tuple(one for one in ordered_results if one.analyte is analyte))
            for analyte in {one.analyte for one in results}
        }
    )


def case(*facts, **fields) -> Case:
    return Case(chart(*facts, **fields), KNOWLEDGE.default_policy, KNOWLEDGE)


def unknown(*kinds: FactKind, why: str = "not sent") -> dict[FactKind, Known]:
    return dict.fromkeys(kinds, Known(Availability.UNKNOWN, why))


def empty(*kinds: FactKind) -> dict[FactKind, Known]:
    return dict.fromkeys(kinds, Known(Availability.EMPTY))


def truncated(*kinds: FactKind, since: str | None = None) -> dict[FactKind, Known]:
    return dict.fromkeys(kinds, Known(Availability.TRUNCATED, "", on(since) if since else None))


# --- what came out


def findings(outcome: Outcome) -> tuple[Finding, ...]:
    assert isinstance(outcome, Fired), f"expected findings, got {outcome}"
    return outcome.findings


def finding(outcome: Outcome) -> Finding:
    (only,) = findings(outcome)
    return only


def is_silent(outcome: Outcome) -> bool:
    return isinstance(outcome, Silent)


def blocked_by(outcome: Outcome) -> tuple[FactKind, ...]:
    assert isinstance(outcome, Blocked), f"expected a blocked rule, got {outcome}"
    return tuple(gap.kind for gap in outcome.missing)


def missing_from(outcome: Outcome) -> tuple[FactKind, ...]:
    assert isinstance(outcome, Fired), f"expected findings, got {outcome}"
    return tuple(gap.kind for gap in outcome.missing)


def why(found: Finding) -> tuple[str, ...]:
    return tuple(fact.text for fact in found.why)


def advice(*facts, rules=ORDER_SIGN_RULES, policy=None, knowledge=KNOWLEDGE, **fields) -> Advice:
    return advise(chart(*facts, **fields), rules, policy or KNOWLEDGE.default_policy, knowledge)


def cards(*facts, **fields):
    answer = advice(*facts, **fields)
    assert answer.failed == ()
    return answer.cards


def titles(shown) -> list[tuple[str, str]]:
    """Urgency and summary of each card, as a clinician sees them first."""
    return [(card.indicator.value, card.summary) for card in shown]


def _each(one_or_many):
    return one_or_many if isinstance(one_or_many, tuple | list | set | frozenset) else (one_or_many,)


def unused(kind, **fields):
    """A record of a kind that came and could not be used."""
    return Unread("Observation/unused", kind, "the unit is not known", **fields)
