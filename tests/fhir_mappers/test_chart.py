import json

import pytest
import structlog
from structlog.testing import capture_logs

from cards.model.facts import Availability, FactKind, Known, Unread, UnreadReason
from cards.model.labs import Analyte
from fhir_mappers import chart as chart_module
from fhir_mappers import crashes
from fhir_mappers.bundle.resources import resources_in
from fhir_mappers.chart import ChartRequest
from tests.fhir_mappers.mapped import ZONE, chart_of, charted, fixture, lines

WBC = fixture("labs", "count_in_ucum")
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
AZATHIOPRINE = {"coding": [{"system": RXNORM, "code": "197388"}]}
PATIENT = {"resourceType": "Patient", "id": "1", "birthDate": "1980-04-01", "gender": "female"}


def order(**elements):
    return {
        "resourceType": "MedicationRequest",
        "id": "draft",
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": AZATHIOPRINE,
        "authoredOn": "2026-03-01",
        "subject": {"reference": "Patient/1"},
        "dosageInstruction": [
            {
                "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {"value": 100, "unit": "mg"}}],
            }
        ],
        **elements,
    }


def raw(*values):
    return [one for value in values for one in resources_in(json.dumps(value).encode())]


def request(records=(), drafts=(), **fields):
    return ChartRequest(zone=ZONE, patient_id="1", records=raw(*records), draft_orders=raw(*drafts), **fields)


def test_a_draft_order_is_an_order_and_a_record_is_a_record():
    mapped = charted(request([order(id="old", status="active")], [order()]))

    assert [one.record_ref for one in mapped.chart.draft_orders] == ["MedicationRequest/draft"]
    assert [one.record_ref for one in mapped.chart.drug_records] == ["MedicationRequest/old"]


@pytest.mark.parametrize(
    ("encounter_id", "marked"), [("today", ["Condition/a"]), ("old", ["Condition/b"]), ("x", []), (None, [])]
)
def test_a_condition_of_the_request_s_encounter_is_marked(encounter_id, marked):
    sepsis = {"resourceType": "Condition", "subject": {"reference": "Patient/1"}, "code": {"text": "sepsis"}}
    of_today = {**sepsis, "id": "a", "encounter": {"reference": "Encounter/today"}}
    of_old = {**sepsis, "id": "b", "context": {"reference": "Encounter/old"}}  # STU3

    mapped = charted(request([of_today, of_old], encounter_id=encounter_id))

    assert [one.record_ref for one in mapped.chart.conditions] == ["Condition/a", "Condition/b"]
    assert [one.record_ref for one in mapped.chart.conditions if one.in_this_encounter] == marked


def test_a_draft_keeps_its_exact_decimals():
    draft = b'{"resourceType":"MedicationRequest","id":"d","subject":{"reference":"Patient/1"},"x":0.10}'
    asked = ChartRequest(zone=ZONE, patient_id="1", draft_orders=resources_in(draft))

    assert str(charted(asked).drafts["MedicationRequest/d"]["x"]) == "0.10"


def test_only_selected_drafts_are_selected():
    drafts = [order(id="a"), order(id="b")]

    mapped = charted(request([], drafts, selections=frozenset({"MedicationRequest/a"})))

    assert [one.is_selected for one in mapped.chart.draft_orders] == [True, False]


def test_a_draft_finds_a_medication_among_its_siblings_and_in_the_records():
    reference = order(medicationCodeableConcept=None, medicationReference={"reference": "Medication/7"})
    medication = {"resourceType": "Medication", "id": "7", "code": AZATHIOPRINE}

    as_sibling = charted(request([], [reference, medication]))
    as_record = charted(request([medication], [reference]))

    assert [one.drug for one in as_sibling.chart.draft_orders] == ["azathioprine"]
    assert [one.drug for one in as_record.chart.draft_orders] == ["azathioprine"]


def test_another_patients_order_is_no_order_and_is_told():
    mapped = charted(request([], [order(subject={"reference": "Patient/2"})]))

    assert (mapped.chart.draft_orders, mapped.drafts, mapped.facts) == ((), {}, ())
    assert mapped.chart.orders_of_others == 1
    assert mapped.of_other_patients == ("MedicationRequest/draft",)


def test_an_order_for_nobody_whom_the_request_resolves_is_this_patients():
    mapped = charted(request([PATIENT], [order(subject={"reference": "urn:uuid:unknown"})]))

    assert [one.drug for one in mapped.chart.draft_orders] == ["azathioprine"]
    assert (mapped.chart.orders_of_others, mapped.of_other_patients) == (0, ())


def test_orders_of_others_are_counted_once_each():
    theirs = order(subject={"reference": "Patient/2"})

    assert charted(request([], [theirs, theirs, {**theirs, "id": "b"}])).chart.orders_of_others == 2


def test_another_patients_records_make_their_kind_known_in_part():
    theirs = [{**WBC, "id": name, "subject": {"reference": "Patient/2"}} for name in ("a", "b", "b")]
    known = {FactKind.COUNTS: Known(Availability.KNOWN), FactKind.LIVER: Known(Availability.EMPTY)}

    mapped = charted(request([PATIENT, WBC, *theirs], known=known))

    assert mapped.chart.known == {
        FactKind.COUNTS: Known(Availability.PARTIAL, "2 results that name another patient were not used"),
        FactKind.LIVER: Known(Availability.EMPTY),
    }
    assert [one.record_ref for one in mapped.chart.series(Analyte.WBC)] == ["Observation/o1"]
    assert mapped.of_other_patients == ("Observation/a", "Observation/b")


@pytest.mark.parametrize(("own", "kinds"), [([PATIENT], set()), ([], {FactKind.PATIENT})])
def test_another_patient_is_a_gap_only_where_the_own_one_is_not_there(own, kinds):
    other = {**PATIENT, "id": "2"}

    assert set(charted(request([*own, other])).chart.known) == kinds


def test_an_order_by_weight_uses_the_newest_weight_that_is_not_too_old():
    weight = fixture("labs", "weight_in_grams")
    dose = {"doseQuantity": {"value": 2, "unit": "mg/kg"}}
    draft = order(dosageInstruction=[{**order()["dosageInstruction"][0], "doseAndRate": [dose]}])

    recent = charted(request([weight], [draft]))
    old = charted(request([{**weight, "effectiveDateTime": "2023-01-01"}], [draft]))

    assert recent.chart.draft_orders[0].regimen.mg_per_day == 160  # 2 mg/kg of 80 kg
    assert old.chart.draft_orders[0].regimen is None


def test_what_is_known_passes_through():
    known = {FactKind.COUNTS: Known(Availability.EMPTY)}

    assert charted(request(known=known)).chart.known == known


def test_the_patient_is_read():
    chart = chart_of(PATIENT).chart

    assert (str(chart.born_on), chart.sex) == ("1980-04-01", "female")


def test_each_record_counts_once_in_its_latest_version():
    first = {**WBC, "meta": {"lastUpdated": "2026-03-09T09:00:00Z"}}
    corrected = {
        **WBC,
        "status": "corrected",
        "meta": {"lastUpdated": "2026-03-09T12:00:00Z"},
        "valueQuantity": {"value": 4.3, "unit": "10*9/L"},
    }

    for values in ([first, corrected], [corrected, first], [first, corrected, first]):
        assert [one.value for one in chart_of(*values).chart.series(Analyte.WBC)] == [4.3]


def test_a_correction_without_a_version_wins_over_the_result_it_corrects():
    corrected = {**WBC, "status": "corrected", "valueQuantity": {"value": 4.3, "unit": "10*9/L"}}

    assert [one.value for one in chart_of(corrected, WBC).chart.series(Analyte.WBC)] == [4.3]


@pytest.mark.parametrize("meta", [{}, {"meta": {"lastUpdated": "2026-03-09T09:00:00Z", "versionId": "1"}}])
def test_different_records_with_one_id_each_count_in_either_order(meta):
    platelets = {**WBC, **meta, "code": {"coding": [{"system": "http://loinc.org", "code": "777-3"}]}}

    for values in ([{**WBC, **meta}, platelets], [platelets, {**WBC, **meta}]):
        chart = chart_of(*values, *values).chart
        assert [len(chart.series(one).results) for one in (Analyte.WBC, Analyte.PLATELETS)] == [1, 1]


def test_results_are_ordered_by_date_and_undated_ones_come_first():
    dates = {"a": "2026-03-01", "b": None, "c": "2025", "d": "2026-02-28T10:00:00Z"}
    results = [{**WBC, "id": name, "effectiveDateTime": when} for name, when in dates.items()]

    assert [one.record_ref[-1] for one in chart_of(*results).chart.series(Analyte.WBC)] == [
        "b",
        "c",
        "d",
        "a",
    ]


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ("0001-01-01", None),
        ("1970-01-01T00:00:00Z", None),
        ("1980-03-31", None),
        ("1980-04-01", "1980-04-01"),  # the day of birth
        ("1980", "1980"),
    ],
)
def test_a_date_before_the_birth_is_none(taken, expected):
    (count,) = chart_of(PATIENT, {**WBC, "effectiveDateTime": taken}).chart.series(Analyte.WBC)

    assert (str(count.taken_on) if count.taken_on else None) == expected


@pytest.mark.parametrize(
    ("ended", "expected"), [("1900-01-01", None), ("1980-04-01", "1980-04-01"), (None, None)]
)
def test_a_condition_does_not_end_before_the_birth(ended, expected):
    sepsis = {"resourceType": "Condition", "id": "1", "code": {"text": "Sepsis"}, "abatementDateTime": ended}
    active = {"clinicalStatus": {"coding": [{"code": "active"}]}}

    (condition,) = chart_of(PATIENT, sepsis | active).chart.conditions

    assert (str(condition.abated_on) if condition.abated_on else None) == expected


def test_without_a_birth_date_every_date_stands():
    (count,) = chart_of({**WBC, "effectiveDateTime": "1900-01-01"}).chart.series(Analyte.WBC)

    assert str(count.taken_on) == "1900-01-01"


def test_a_mapper_that_crashes_loses_its_record_alone_and_is_logged_without_values(monkeypatch):
    def crash(resource, _context):
        raise KeyError(resource["valueQuantity"]["value"])

    records = dict(chart_module.RECORD_MAPPERS) | {"Observation": ((FactKind.COUNTS, crash),)}
    monkeypatch.setattr(chart_module, "RECORD_MAPPERS", records)
    monkeypatch.setattr(crashes, "_LOG", structlog.get_logger())

    with capture_logs() as logs:
        chart = chart_of(fixture("labs", "alt_in_microkatal"), order(status="active")).chart

    assert chart.unread == (
        Unread("Observation/o1", FactKind.LIVER, "reading it failed (KeyError)", reason=UnreadReason.FAILED),
    )
    assert len(chart.drug_records) == 1
    assert [(one["event"], one["mapper"], one["error"]) for one in logs] == [
        ("resource_not_mapped", "crash", "KeyError")
    ]
    assert logs[0]["at"].startswith("test_chart.py:")


def test_gene_reports_that_crash_together_are_told_one_by_one(monkeypatch):
    def crash(_reports):
        raise RuntimeError

    monkeypatch.setattr(chart_module, "gene_results", crash)

    chart = chart_of(fixture("genes", "genotype_text"), WBC).chart

    assert chart.unread == (
        Unread(
            "Observation/g", FactKind.GENES, "reading it failed (RuntimeError)", reason=UnreadReason.FAILED
        ),
    )
    assert [one.value for one in chart.series(Analyte.WBC)] == [3.4]


def test_an_order_with_a_part_that_is_not_fhir_is_read_as_it_came_and_the_place_told():
    broken = order(authoredOn="9 March", status="active")

    chart = chart_of(broken).chart

    assert chart.drug_records[0].regimen.mg_per_day == 100
    assert [(one.why, one.deciding) for one in chart.unread] == [("its date could not be read", True)]


def test_an_order_whose_dose_is_not_fhir_at_all_has_lost_what_decides():
    chart = chart_of(order(status="active", dosageInstruction="as ever")).chart

    assert [(one.why, one.deciding) for one in chart.unread] == [("its dose could not be read", True)]


def test_a_modifier_extension_on_an_order_is_told():
    extended = order(
        status="active", modifierExtension=[{"url": "http://example.org/x", "valueBoolean": True}]
    )

    assert [one.why for one in chart_of(extended).chart.unread] == [
        "it is marked in a way that may change its meaning (modifier extension)"
    ]


@pytest.mark.parametrize("depth", [100, 3_000])
def test_a_resource_nested_absurdly_deep_loses_no_other(depth):
    code = b'{"coding":[{"system":"http://loinc.org","code":"777-3"}]}'
    deep = (
        b'{"resourceType":"Observation","id":"deep","subject":{"reference":"Patient/1"},"code":' + code
        + b',"component":' + b"[" * depth + b"]" * depth + b"}"
    )  # fmt: skip
    try:
        records = [*resources_in(deep), *raw(WBC)]
    except RecursionError:
        return  # the caller tells that what was sent cannot be read

    asked = ChartRequest(zone=ZONE, patient_id="1", records=records)

    assert [one.value for one in charted(asked).chart.series(Analyte.WBC)] == [3.4]


@pytest.mark.parametrize("depth", [450, 900])
def test_a_number_that_no_float_holds_deep_inside_is_told_and_is_no_crash(depth):
    deep = b'{"a":' * depth + b"1e999" + b"}" * depth
    order_so_deep = (
        b'{"resourceType":"MedicationRequest","id":"deep","subject":{"reference":"Patient/1"},'
        b'"status":"active","medicationCodeableConcept":{"text":"azathioprine"},"dosageInstruction":'
        + deep
        + b"}"
    )

    with capture_logs() as logged:
        asked = ChartRequest(zone=ZONE, patient_id="1", records=resources_in(order_so_deep))
        mapped = charted(asked)

    assert logged == []
    assert [(one.record_ref, one.why) for one in mapped.chart.unread] == [
        ("MedicationRequest/deep", "it is nested too deeply")
    ]


@pytest.mark.parametrize("sibling", ["2", 5, [], {}, [None, {"id": "x"}]])
def test_what_stands_beside_a_primitive_is_not_read_whatever_it_is(sibling):
    plain = order(status="active", authoredOn="2026-03-01")

    with capture_logs() as logged:
        mapped = chart_of(plain | {"_authoredOn": sibling})

    assert logged == []
    assert mapped.chart == chart_of(plain).chart


def test_what_each_record_gave_can_be_listed():
    mapped = chart_of(
        WBC, fixture("genes", "genotype_text"), {**WBC, "id": "x", "valueQuantity": {"value": 1}}
    )

    assert {ref: len(facts) for ref, facts in mapped.recognised.items()} == {
        "Observation/g": 1,
        "Observation/o1": 1,
        "Observation/x": 1,
    }
    assert len(lines(mapped)) == 3
