"""Public FHIR data (fixtures/public), as it is: nothing crashes, and what is known of each file is what is read."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cards.model.genes import Gene
from cards.model.therapy import Drug
from cds_service.evaluation import evaluated
from cds_service.hooks.card_json import numbered_ids
from cds_service.hooks.services import service_for_hook
from cds_service.inspection.source import InspectionSource, source_in
from cds_service.inspection.understanding import inspected
from fhir_mappers.chart import ChartRequest
from fhir_mappers.ledger import Disposition
from tests.fhir_mappers.mapped import MappedOnDay, charted

pytestmark = pytest.mark.slow

DATA = Path(__file__).parents[1] / "fixtures" / "public"
FILES = sorted(DATA.glob("*/*.json"))
EMERGE = [path for path in FILES if path.parent.name == "emerge"]
AS_OF = datetime(2020, 5, 12, 9, tzinfo=UTC)  # the day after the recorded order


def by_name(paths: list[Path]) -> list[Any]:
    return [pytest.param(path, id=f"{path.parent.name}/{path.name}") for path in paths]


each_file = pytest.mark.parametrize("path", by_name(FILES))


@cache
def source(path: Path):
    return source_in(path.read_bytes(), UTC)


@cache
def mapped(path: Path, patient_id: str) -> MappedOnDay:
    found = source(path)
    return charted(
        ChartRequest(
            zone=UTC,
            patient_id=patient_id,
            draft_orders=found.drafts,
            records=found.records,
        ),
        AS_OF,
    )


def only_chart(name: str):
    (path,) = [one for one in FILES if one.name == name]
    (patient_id,) = source(path).patient_ids
    return mapped(path, patient_id).chart


@each_file
def test_what_is_unread_has_a_reason_and_no_mapper_crashed(path):
    unread = [one for patient in source(path).patient_ids for one in mapped(path, patient).chart.unread]

    assert [one for one in unread if not one.why or "failed" in one.why or not one.record_ref] == []


@each_file
def test_every_record_is_accounted_for(path):
    for patient in source(path).patient_ids:
        told = inspected(source(path), patient, AS_OF, UTC)
        ledger = told.ledger
        whole = [one for one in ledger.entries if "#" not in one.record_ref]

        assert len(whole) == len(source(path).resources)
        read = (
            *ledger.of(Disposition.USED),
            *ledger.of(Disposition.NOT_USABLE),
        )  # of a day ahead, on this one
        assert {row.record_ref for row in told.rows} <= {one.record_ref for one in read}


@each_file
def test_every_check_of_an_order_signed_around_it_runs(path):
    """Azathioprine is ordered for each patient, and the chart is opened, with the file as prefetch."""
    for hook, request in requests_around(path):
        answer = evaluated(json.dumps(request).encode(), AS_OF, numbered_ids())

        topics = [card["source"]["topic"]["code"] for card in answer["cards"]]
        assert (hook, "CheckDidNotRun" in topics) == (hook, False)


def requests_around(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    found = source(path)
    for patient in found.patient_ids:
        for hook in ("order-sign", "order-select", "patient-view"):
            context: dict[str, Any] = {"userId": "Practitioner/1", "patientId": patient or "1"}
            if hook != "patient-view":
                context["draftOrders"] = {
                    "resourceType": "Bundle",
                    "entry": [{"resource": order_for(patient)}],
                }
            if hook == "order-select":
                context["selections"] = ["MedicationRequest/ours"]
            yield (
                hook,
                {
                    "hook": hook,
                    "hookInstance": "1",
                    "context": context,
                    "prefetch": dict(prefetch_of(found, hook)),
                },
            )


def prefetch_of(found: InspectionSource, hook: str) -> Iterator[tuple[str, Any]]:
    """What each search finds in a file: all of its type, with the Medications that orders refer to."""
    for key in service_for_hook(hook).prefetch_keys:
        entries = [
            {"resource": json.loads(bytes(one.raw))} | ({"fullUrl": one.full_url} if one.full_url else {})
            for one in found.records
            if one.type in (key.resource_type, "Medication")
        ]
        yield key.name, {"resourceType": "Bundle", "type": "searchset", "entry": entries}


def order_for(patient: str) -> dict[str, Any]:
    return {
        "resourceType": "MedicationRequest",
        "id": "ours",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": f"Patient/{patient or '1'}"},
        "medicationCodeableConcept": {"text": "azathioprine 50 MG Oral Tablet"},
        "dosageInstruction": [{"text": "2 tablets daily"}],
    }


# --- what is known of the files


@pytest.mark.parametrize("path", by_name(EMERGE))
def test_an_order_with_an_emerge_report_still_misses_nudt15(path):
    (request,) = [request for hook, request in requests_around(path) if hook == "order-select"]

    cards = evaluated(json.dumps(request).encode(), AS_OF, numbered_ids())["cards"]

    assert any("NUDT15" in card["summary"] + card["detail"] for card in cards)


@pytest.mark.parametrize("path", by_name(EMERGE))
def test_each_emerge_report_gives_one_tpmt_genotype(path):
    expected = "*1/*2" if path.name == "GenomicReportFHIRBundleNegative4.json" else "*1/*1"

    (result,) = only_chart(path.name).gene_results

    assert (result.gene, str(result.diplotype), result.reported_on) == (Gene.TPMT, expected, None)


def test_tylenol_with_the_id_of_azathioprine_is_no_azathioprine():
    assert only_chart("o2teddy_medicationstatement_tylenol.json").drug_records == ()


def test_the_azathioprine_statement_is_azathioprine_with_its_dose():
    (record,) = only_chart("o2teddy_medicationstatement_azathio.json").drug_records

    assert (record.drug, record.regimen.low_mg_per_day, record.regimen.mg_per_day) == (
        Drug.AZATHIOPRINE,
        50.0,
        100.0,
    )


def test_the_transaction_holds_two_patients_and_keeps_them_apart():
    (path,) = [one for one in FILES if "transaction" in one.name]

    assert {
        patient: {one.drug for one in mapped(path, patient).chart.drug_records}
        for patient in source(path).patient_ids
    } == {"pat014": {Drug.AZATHIOPRINE, Drug.METHOTREXATE}, "pat015": set()}


def test_synthea_allopurinol_is_found():
    (path,) = [one for one in FILES if one.name.startswith("Reuben")]

    assert [one.drug for one in only_chart(path.name).drug_records] == [Drug.ALLOPURINOL]
