"""What a fixture maps to, one line a fact, for the tables of the mapper tests."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from cards.assessment.chart_of_a_day import chart_of_day
from cards.assessment.dosage_of_a_day import regimen_of_day
from cards.assessment.medications_of_a_day import order_of_day, record_of_day
from cards.knowledge.default_policy import default_policy
from cards.model.chart_of_day import ChartOfDay
from cards.model.dosage.amounts import BodySize, Measures
from cards.model.facts import Unread
from cards.model.genes import GeneResult
from cards.model.labs import LabResult
from fhir_mappers.bundle.resources import resources_in
from fhir_mappers.chart import ChartRequest, MappedChart, chart_from
from fhir_mappers.medications.dosage import dosages
from fhir_mappers.medications.orders import drug_order, drug_record

FIXTURES = Path(__file__).parents[2] / "fixtures" / "fhir"
ZONE = ZoneInfo("Europe/Zurich")
AS_OF = datetime(2026, 3, 10, 12, 0, tzinfo=ZONE)
NO_SIZE = BodySize()
POLICY = default_policy()


@dataclass(frozen=True)
class MappedOnDay(MappedChart):
    """What was mapped, and its chart on one day."""

    chart: ChartOfDay


def charted(request: ChartRequest, as_of: datetime = AS_OF) -> MappedOnDay:
    mapped = chart_from(request)
    chart = chart_of_day(mapped.chart, as_of, POLICY)
    return MappedOnDay(chart, mapped.drafts, mapped.facts, mapped.of_other_patients)


def chart_of(*values, patient_id="1"):
    return charted(ChartRequest(zone=ZONE, patient_id=patient_id, records=resources(*values)))


def resources(*values):
    return [resource for value in values for resource in resources_in(_bytes(value))]


def orders_of(resource, context, today, body=NO_SIZE):
    """The drug orders of one draft, on one day."""
    return tuple(
        one if isinstance(one, Unread) else order_of_day(one, body, today)
        for one in drug_order(resource, context)
    )


def records_of(resource, context, today, policy=POLICY):
    """The drug records of one resource, on one day."""
    return tuple(
        one if isinstance(one, Unread) else record_of_day(one, NO_SIZE, today, policy)
        for one in drug_record(resource, context)
    )


def regimen_of(given, product, today, begins=None, body=NO_SIZE):
    """The regimen of dosage instructions, on one day."""
    return regimen_of_day(dosages(given, product, ZONE), Measures(product, body), today, begins)


def fixture(folder, name):
    return json.loads((FIXTURES / folder / f"{name}.json").read_text(encoding="utf-8"))


def names_in(folder):
    return sorted(path.stem for path in (FIXTURES / folder).glob("*.json") if path.stem != "expected")


def lines(mapped: MappedOnDay) -> tuple[str, ...]:
    chart = mapped.chart
    labs = (result for series in chart.labs.values() for result in series)
    return tuple(_line(fact) for fact in (*chart.gene_results, *labs, *chart.unread))


def _bytes(value):
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def _line(fact) -> str:
    if isinstance(fact, Unread):
        doubt = "" if fact.deciding else " (nothing lost)"
        about = f"{fact.what}: " if fact.what else ""
        return f"unread {fact.kind}: {about}{fact.why}{doubt}"
    return _gene_line(fact) if isinstance(fact, GeneResult) else _lab_line(fact)


def _lab_line(result: LabResult) -> str:
    number = "" if result.value is None else f"{result.comparator or ''}{result.value:g} {result.unit}"
    return _joined(
        result.analyte.value,
        number,
        result.finding,
        f"on {result.taken_on}" if result.taken_on else "undated",
        f"[{result.reported}]" if result.reported else "",
        f"range {result.reference_low}-{result.reference_high}" if result.reference_low else "",
        f"flag {result.interpretation}" if result.interpretation else "",
        f"method {result.method}" if result.method else "",
        "preliminary" if result.is_preliminary else "",
    )


def _gene_line(result: GeneResult) -> str:
    activity = result.activity
    phase = {True: "phased", False: "unphased", None: ""}
    return _joined(
        result.gene.value,
        result.diplotype,
        phase[result.diplotype.is_phased] if result.diplotype else "",
        f"activity {activity.comparator or ''}{activity.value} {activity.unit}" if activity else "",
        f"range {activity.reference_low}-{activity.reference_high}"
        if activity and activity.reference_low
        else "",
        f"flag {activity.interpretation}" if activity and activity.interpretation else "",
        result.phenotype,
        f"on {result.reported_on}" if result.reported_on else "undated",
        f"<{result.record_ref}>",
        "donor" if result.is_donor_specimen else "",
    )


def _joined(*parts: object) -> str:
    words: Iterable[str] = (str(part) for part in parts if part)
    return " ".join(words)
