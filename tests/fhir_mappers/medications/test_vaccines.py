"""Vaccines ordered and given: each fixture is named for its trap."""

import json
from datetime import UTC
from pathlib import Path

import pytest

from cards.model.facts import FactKind, UnreadReason
from cards.model.vaccines import Antigen, ImmunizationRecord, VaccineKind, VaccineOrder
from fhir_mappers.context import MapContext
from fhir_mappers.json.dates import clinical_date
from fhir_mappers.medications.vaccines import immunization, vaccine_orders

FIXTURES = Path(__file__).parents[3] / "fixtures" / "fhir" / "vaccines"
CONTEXT = MapContext(zone=UTC, record_ref="X/1")


def day(text):
    return clinical_date(text, UTC)


def resource(name):
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


ORDERED = {
    "order_being_cancelled": (),
    "order_codes_that_disagree": (
        VaccineOrder(
            "X/1",
            VaccineKind.UNCERTAIN,
            "live zoster or recombinant zoster",
            antigen=Antigen.ZOSTER,
            text="live zoster or recombinant zoster",
        ),
    ),
    "order_cvx_without_its_leading_zero": (
        VaccineOrder(
            "X/1", VaccineKind.LIVE, "measles, mumps and rubella", text="measles, mumps and rubella"
        ),
    ),
    "order_immune_globulin": (),
    "order_jynneos_described_as_live": (
        VaccineOrder(
            "X/1",
            VaccineKind.NON_LIVE,
            "smallpox and mpox (non-replicating)",
            text="vaccinia, smallpox monkeypox vaccine live, PF, SQ or ID injection",
        ),
    ),
    "order_live_and_unspecified_codes": (
        VaccineOrder("X/1", VaccineKind.LIVE, "live zoster", antigen=Antigen.ZOSTER, text="zoster live"),
    ),
    "order_medication_reference_by_display": (
        VaccineOrder(
            "X/1",
            VaccineKind.LIVE,
            "",
            antigen=Antigen.VARICELLA,
            text="varicella virus vaccine live (VARIVAX)",
        ),
    ),
    "order_medication_request_cvx_mmr": (
        VaccineOrder("X/1", VaccineKind.LIVE, "measles, mumps and rubella", text="MMR"),
    ),
    "order_of_a_drug": (),
    "order_shingrix": (
        VaccineOrder(
            "X/1",
            VaccineKind.NON_LIVE,
            "recombinant zoster",
            antigen=Antigen.ZOSTER,
            text="zoster recombinant",
        ),
    ),
    "order_text_flu_shot_unspecified": (
        VaccineOrder("X/1", VaccineKind.UNCERTAIN, "", text="influenza vaccine"),
    ),
    "order_text_flumist": (
        VaccineOrder("X/1", VaccineKind.LIVE, "", text="FluMist quadrivalent nasal spray"),
    ),
    "order_zoster_unspecified": (
        VaccineOrder(
            "X/1",
            VaccineKind.UNCERTAIN,
            "zoster",
            antigen=Antigen.ZOSTER,
            text="zoster, unspecified formulation",
        ),
    ),
    "recommendation_due": (
        VaccineOrder("X/1", VaccineKind.LIVE, "varicella", antigen=Antigen.VARICELLA, text="varicella"),
    ),
    "service_request_cpt": (
        VaccineOrder(
            "X/1", VaccineKind.LIVE, "measles, mumps and rubella", text="measles, mumps and rubella"
        ),
    ),
    "service_request_snomed": (
        VaccineOrder(
            "X/1", VaccineKind.LIVE, "measles, mumps and rubella", text="measles, mumps and rubella"
        ),
    ),
    "service_request_titer": (),
}
GIVEN = {
    "given_entered_in_error": (),
    "given_mmr": (
        ImmunizationRecord(
            "X/1", VaccineKind.LIVE, "measles, mumps and rubella", given_on=day("2026-02-20"), text="MMR"
        ),
    ),
    "given_month_only": (
        ImmunizationRecord(
            "X/1",
            VaccineKind.LIVE,
            "varicella",
            antigen=Antigen.VARICELLA,
            given_on=day("2026-02"),
            text="varicella",
        ),
    ),
    "given_not_done": (),
    "given_some_time": (
        ImmunizationRecord("X/1", VaccineKind.LIVE, "varicella", antigen=Antigen.VARICELLA, text="varicella"),
    ),
    "given_stu3_date": (
        ImmunizationRecord(
            "X/1",
            VaccineKind.LIVE,
            "measles, mumps and rubella",
            given_on=day("2026-02-20"),
            text="measles, mumps and rubella",
        ),
    ),
    "given_stu3_not_given": (),
}


@pytest.mark.parametrize("name", ORDERED)
def test_a_vaccine_order_says_whether_it_is_live(name):
    assert vaccine_orders(resource(name), CONTEXT) == ORDERED[name]


@pytest.mark.parametrize("name", GIVEN)
def test_only_a_vaccine_given_is_an_immunization(name):
    assert immunization(resource(name), CONTEXT) == GIVEN[name]


@pytest.mark.parametrize("status", ["", "unknown", None, 5])
def test_a_status_that_does_not_say_whether_it_was_given_is_told(status):
    given = resource("given_mmr") | {"status": status}

    (note,) = immunization(given, CONTEXT)
    assert (note.kind, note.reason) == (FactKind.IMMUNIZATIONS, UnreadReason.STATUS)
    assert note.in_words == (
        "measles, mumps and rubella not used: its status does not say whether it was given"
    )
    assert immunization(given | {"vaccineCode": {"text": "hay fever"}}, CONTEXT) == ()


def test_every_fixture_is_in_a_table():
    assert {path.stem for path in FIXTURES.glob("*.json")} == {*ORDERED, *GIVEN}
