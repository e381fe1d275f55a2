"""Who never had a drug of ours costs nothing, and counts all the same."""

import pytest

from benchmarks.cohort import export_of
from cds_service.replay.plan import Views
from fhir_mappers.bundle.parse_cache import ParseCache
from tests.cds_service.replay.exports import (
    asked,
    basic_export,
    encounter,
    order,
    patient_p1,
    plan_for,
    resource,
    white_cells,
    write_export,
)

OTHER_DRUG = {"medicationCodeableConcept": {"text": "paracetamol 500 mg tablet"}}
NEVER_DATED = {k: v for k, v in white_cells("w9", "2025-02-20", 5.1).items() if k != "issued"}


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cohort")
    export_of(folder, patients=80, seed=3)
    return folder


@pytest.mark.slow
def test_the_same_is_found_as_when_every_moment_maps_anew(cohort, tmp_path, monkeypatch):
    once = asked(plan_for(cohort, tmp_path / "a", views=Views.ENCOUNTER))
    monkeypatch.setattr(ParseCache, "of_another_patient", lambda parse_cache: parse_cache)

    anew = asked(plan_for(cohort, tmp_path / "b", views=Views.ENCOUNTER))

    assert (once.moments, once.findings) == (anew.moments, anew.findings)
    assert once.parse_cache.readings is not None
    assert anew.parse_cache.readings is None


@pytest.mark.parametrize(
    ("records", "moments"),
    [
        ([order("o1", "2025-01-10", **OTHER_DRUG)], 1),
        ([order("o1", "2025-01-10", **OTHER_DRUG), resource("ServiceRequest", "s1", status="active")], 1),
        ([order("o1", "2025-01-10")], 2),  # a signing, too
    ],
)
def test_an_opened_record_counts_with_and_without_a_drug_of_ours(records, moments, tmp_path):
    export = write_export(tmp_path / "export", [patient_p1(), encounter("e1", "2025-02-10"), *records])

    assert len(asked(plan_for(export, tmp_path / "work")).moments) == moments


def test_what_cannot_be_dated_is_counted_of_those_who_are_asked_about(tmp_path):
    on_it = write_export(tmp_path / "a", [*basic_export(), NEVER_DATED])
    never = write_export(tmp_path / "b", [patient_p1(), order("o1", "2025-01-10", **OTHER_DRUG), NEVER_DATED])

    assert asked(plan_for(on_it, tmp_path / "of-a")).unknowable == {"Observation": 1}
    assert asked(plan_for(never, tmp_path / "of-b")).unknowable == {}
