"""A crash in reading one record never crashes the answer: each step is made to raise in its turn."""

import json

import pytest
import structlog
from structlog.testing import capture_logs

from cards.model.facts import FactKind, Unread, UnreadReason
from cards.model.labs import Analyte
from cards.model.therapy import Drug
from fhir_mappers import chart as chart_module
from fhir_mappers import crashes, sound_reading
from fhir_mappers.bundle import passed_over
from fhir_mappers.bundle import relevance as selection
from fhir_mappers.bundle.parse_cache import ElementCache
from fhir_mappers.bundle.passed_over import UnknownNumbers
from fhir_mappers.bundle.relevance import Relevance
from fhir_mappers.bundle.resources import resources_in
from fhir_mappers.bundle.subjects import Subjects
from fhir_mappers.chart import ChartRequest
from fhir_mappers.crashes import attempted, crashed, lost
from tests.fhir_mappers.mapped import ZONE, charted, fixture

WBC = fixture("labs", "count_in_ucum")
HOSTILE = {**WBC, "id": "hostile"}
GENOTYPE = fixture("genes", "genotype_text")
CRASHED = "reading it failed (ZeroDivisionError)"


def order(id_="a", **elements):
    return {
        "resourceType": "MedicationRequest",
        "id": id_,
        "status": "active",
        "intent": "order",
        "authoredOn": "2026-03-01",
        "dosageInstruction": [{"text": "50 mg once daily"}],
        "subject": {"reference": "Patient/1"},
        "medicationCodeableConcept": {"text": "azathioprine 50 mg tablet"},
        **elements,
    }


def raw(*values):
    return [one for value in values for one in resources_in(json.dumps(value).encode())]


def mapped(*records, drafts=(), **fields):
    return charted(
        ChartRequest(zone=ZONE, patient_id="1", records=raw(*records), draft_orders=raw(*drafts), **fields)
    )


def explode(*_args, **_kwargs):
    raise ZeroDivisionError("1984-06-02")


def explodes_on(original, is_hostile):
    """The same step, which raises on what is hostile."""

    def step(*args, **kwargs):
        if any(is_hostile(one) for one in args):
            explode()
        return original(*args, **kwargs)

    return step


def is_hostile(value):
    return getattr(value, "id", "") == "hostile"


@pytest.fixture(autouse=True)
def _log(monkeypatch):
    monkeypatch.setattr(crashes, "_LOG", structlog.get_logger())  # the one that tests capture


# --- the handler


def resource_of(value):
    (found,) = raw(value)
    return found


def test_of_several_analytes_the_first_is_told(monkeypatch):
    monkeypatch.setattr(crashes, "analytes_of", lambda _codes: frozenset({Analyte.WBC, Analyte.CREATININE}))

    assert crashed(resource_of(WBC), FactKind.LIVER, explode, ValueError()).kind is FactKind.KIDNEY


def test_a_code_that_is_not_known_keeps_the_mappers_kind(monkeypatch):
    monkeypatch.setattr(crashes, "analytes_of", lambda _codes: frozenset())

    found = crashed(resource_of(WBC), FactKind.COUNTS, explode, ZeroDivisionError())

    assert found == Unread("Observation/o1", FactKind.COUNTS, CRASHED, reason=UnreadReason.FAILED)


@pytest.mark.parametrize("step", ["analytes_of", "traceback"])
def test_the_handler_survives_what_it_asks(monkeypatch, step):
    monkeypatch.setattr(crashes, step, explode if step == "analytes_of" else None)

    found = crashed(resource_of(WBC), FactKind.LIVER, explode, ZeroDivisionError())

    assert (found.record_ref, found.why) == ("Observation/o1", CRASHED)


def test_a_log_that_cannot_be_written_is_no_crash(monkeypatch):
    class Closed:
        error = explode

    monkeypatch.setattr(crashes, "_LOG", Closed())

    assert crashed(resource_of(WBC), FactKind.COUNTS, explode, ZeroDivisionError()).why == CRASHED


def test_an_error_that_was_never_raised_has_no_place():
    with capture_logs() as logs:
        crashed(resource_of(WBC), FactKind.COUNTS, explode, ZeroDivisionError("1984-06-02"))

    assert logs == [
        {
            "event": "resource_not_mapped",
            "log_level": "error",
            "resource_type": "Observation",
            "mapper": "explode",
            "error": "ZeroDivisionError",
            "at": "",
        }
    ]


def test_a_record_without_a_name_is_told_by_its_type():
    class Nameless:
        type = "Observation"
        peek = resource_of(WBC).peek
        codings = ()

        @property
        def record_ref(self):
            explode()

    assert crashed(Nameless(), FactKind.COUNTS, None, ValueError()).record_ref == "Observation/?"


@pytest.mark.parametrize(
    ("resource", "kinds"),
    [
        (WBC, [FactKind.COUNTS]),
        (order(), [FactKind.MEDICATIONS]),
        ({"resourceType": "DiagnosticReport", "id": "r"}, [FactKind.GENES]),
        ({"resourceType": "ImmunizationRecommendation", "id": "i"}, [FactKind.IMMUNIZATIONS]),
        ({"resourceType": "Coverage", "id": "c"}, []),
    ],
)
def test_a_record_that_no_mapper_saw_is_told_in_its_group(resource, kinds):
    assert [one.kind for one in lost(resource_of(resource), explode, ZeroDivisionError())] == kinds


def test_a_step_that_crashes_gives_what_is_harmless():
    with capture_logs() as logs:
        assert attempted(explode, "harmless", "step_crashed") == "harmless"

    assert [(one["event"], one["error"]) for one in logs] == [("step_crashed", "ZeroDivisionError")]
    assert "1984" not in json.dumps(logs)


# --- each step of reading, made to raise on one record


def told_of_hostile(found):
    """Azathioprine and the good count stand, and the hostile record is told."""
    chart = found.chart
    assert [one.drug for one in chart.drug_records] == [Drug.AZATHIOPRINE]
    assert [one.record_ref for one in chart.series(Analyte.WBC)] == ["Observation/o1"]
    return [(one.record_ref, one.kind, one.why) for one in chart.unread]


HOSTILE_COUNT = [("Observation/hostile", FactKind.COUNTS, CRASHED)]


def test_whose_it_is(monkeypatch):
    monkeypatch.setattr(Subjects, "is_ours", explodes_on(Subjects.is_ours, is_hostile))

    found = mapped(WBC, HOSTILE, order())

    assert told_of_hostile(found) == HOSTILE_COUNT
    assert found.of_other_patients == ()


def test_whose_it_is_beside_another_patients_record(monkeypatch):
    monkeypatch.setattr(Subjects, "is_ours", explodes_on(Subjects.is_ours, is_hostile))

    found = mapped(WBC, HOSTILE, order(), {**WBC, "id": "x", "subject": {"reference": "Patient/2"}})

    assert told_of_hostile(found) == HOSTILE_COUNT
    assert found.of_other_patients == ("Observation/x",)


def test_who_the_patients_are(monkeypatch):
    monkeypatch.setattr(
        chart_module,
        "Subjects",
        lambda patient_id, resources: Subjects(patient_id, resources) if not resources else explode(),
    )

    assert told_of_hostile(mapped(WBC, order())) == []


def test_whether_it_matters(monkeypatch):
    monkeypatch.setattr(Relevance, "is_relevant", explodes_on(Relevance.is_relevant, is_hostile))

    assert told_of_hostile(mapped(WBC, HOSTILE, order())) == HOSTILE_COUNT


def test_what_refers_to_what(monkeypatch):
    monkeypatch.setattr(selection, "_related", explode)

    found = mapped(WBC, order(), GENOTYPE)

    # Which of the records it was cannot be told: none is taken for absent.
    assert {one.why for one in found.chart.unread} == {CRASHED}
    assert {one.record_ref for one in found.chart.unread} == {
        "Observation/o1",
        "MedicationRequest/a",
        "Observation/g",
    }


def test_records_that_crash_selection_only_together_are_all_read(monkeypatch):
    def related(genes, everything, index):
        return explode() if len(everything) > 1 else iter(())

    monkeypatch.setattr(selection, "_related", related)

    found = mapped(WBC, order(), GENOTYPE)

    assert told_of_hostile(found) == []
    assert [one.record_ref for one in found.chart.gene_results] == ["Observation/g"]


def test_versions(monkeypatch):
    monkeypatch.setattr(chart_module, "each_once", explode)

    found = mapped(WBC, order("other"), drafts=[order(status="draft")])

    assert [one.record_ref for one in found.chart.draft_orders] == ["MedicationRequest/a"]
    assert told_of_hostile(found) == []


@pytest.mark.parametrize("version", ["9" * 5_000, "٣", "²", "-1", "", "1.5"])
def test_a_version_may_be_anything(version):
    twice = [{**WBC, "meta": {"versionId": version}}, WBC]

    assert [one.value for one in mapped(*twice).chart.series(Analyte.WBC)] == [3.4]


def test_selections(monkeypatch):
    monkeypatch.setattr(chart_module, "selected_refs", explode)

    found = mapped(drafts=[order(status="draft")], selections=frozenset({"x"}))

    assert [one.is_selected for one in found.chart.draft_orders] == [True]


def test_decoding(monkeypatch):
    monkeypatch.setattr(ElementCache, "decoded", explodes_on(ElementCache.decoded, is_hostile))

    assert told_of_hostile(mapped(WBC, HOSTILE, order())) == HOSTILE_COUNT


def test_mending(monkeypatch):
    monkeypatch.setattr(
        chart_module,
        "mended",
        explodes_on(chart_module.mended, lambda one: isinstance(one, dict) and one.get("valueQuantity") == 7),
    )

    found = mapped(WBC, {**HOSTILE, "valueQuantity": 7}, order())

    assert told_of_hostile(found) == HOSTILE_COUNT


def test_a_mapper_whose_facts_come_one_by_one_and_stop():
    def trickle(_resource, _context):
        yield from ()
        explode()

    records = {**chart_module.RECORD_MAPPERS, "Observation": ((FactKind.COUNTS, trickle),)}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(chart_module, "RECORD_MAPPERS", records)
        found = mapped(WBC, order())

    assert [(one.record_ref, one.kind) for one in found.chart.unread] == [("Observation/o1", FactKind.COUNTS)]


def test_doubts(monkeypatch):
    monkeypatch.setattr(chart_module, "_doubts", explode)

    found = mapped(WBC)

    assert [(one.record_ref, one.why) for one in found.chart.unread] == [("Observation/o1", CRASHED)]


def test_a_gene_report(monkeypatch):
    monkeypatch.setattr(chart_module, "gene_report", explode)

    found = mapped(WBC, order(), GENOTYPE)

    assert told_of_hostile(found) == [("Observation/g", FactKind.GENES, CRASHED)]


def test_gene_reports_together(monkeypatch):
    monkeypatch.setattr(chart_module, "gene_results", explode)

    found = mapped(WBC, order(), GENOTYPE)

    assert told_of_hostile(found) == [("Observation/g", FactKind.GENES, CRASHED)]


def test_a_draft_as_it_came(monkeypatch):
    monkeypatch.setattr(chart_module, "exact_json", explode)

    found = mapped(drafts=[order(status="draft")])

    assert found.drafts == {"MedicationRequest/a": {}}
    assert len(found.chart.draft_orders) == 1


@pytest.mark.parametrize(
    ("hostile", "kind"),
    [
        (HOSTILE, FactKind.COUNTS),
        ({**GENOTYPE, "id": "hostile"}, FactKind.GENES),
        (order("hostile"), FactKind.MEDICATIONS),
        ({"resourceType": "Patient", "id": "1", "gender": "male"}, FactKind.PATIENT),
    ],
)
def test_the_chart_of_all_facts(monkeypatch, hostile, kind):
    assembled = chart_module._assembled
    ref = f"{hostile['resourceType']}/{hostile['id']}"

    def step(request, facts):
        if any(one.record_ref == ref and not isinstance(one, Unread) for one in facts):
            explode()
        return assembled(request, facts)

    monkeypatch.setattr(chart_module, "_assembled", step)

    found = mapped(WBC, hostile, order())

    assert told_of_hostile(found) == [(ref, kind, CRASHED)]


def test_facts_that_crash_only_together_are_all_told(monkeypatch):
    assembled = chart_module._assembled

    def step(request, facts):
        read = [one for one in facts if not isinstance(one, Unread)]
        return explode() if len(read) > 1 else assembled(request, facts)

    monkeypatch.setattr(chart_module, "_assembled", step)

    unread = mapped(WBC, order()).chart.unread

    assert {one.record_ref for one in unread} == {"Observation/o1", "MedicationRequest/a"}


def test_what_was_unread_before_is_told_as_it_was():
    before = Unread("Observation/0", FactKind.COUNTS, "before")
    (count,) = mapped(WBC).chart.series(Analyte.WBC)

    def step(facts):
        if count in facts or len(facts) == 1:
            explode()
        return "the rest"

    assert sound_reading.put_together([before, count], step) == (
        "the rest",
        (before, Unread("Observation/o1", FactKind.COUNTS, CRASHED, reason=UnreadReason.FAILED)),
    )


def test_a_look_that_crashes_keeps_what_it_looked_at(monkeypatch):
    monkeypatch.setattr(passed_over, "_NUMBER", None)

    assert UnknownNumbers("1", Relevance()).date_of_passed_over(resource_of(WBC).raw) is None
