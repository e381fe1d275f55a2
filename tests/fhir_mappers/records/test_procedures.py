"""Procedures done and phototherapy ordered: each fixture is named for its trap."""

import json
from datetime import UTC
from pathlib import Path

import pytest

from cards.model.conditions import ProcedureKind, ProcedureRecord
from cards.model.facts import FactKind, Unread, UnreadReason
from fhir_mappers.context import MapContext
from fhir_mappers.json.dates import clinical_date
from fhir_mappers.records.procedures import planned_procedure, procedure

FIXTURES = Path(__file__).parents[3] / "fixtures" / "fhir" / "orders"
CONTEXT = MapContext(zone=UTC, record_ref="X/1")


def day(text):
    return clinical_date(text, UTC)


def resource(name):
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


DONE = {
    "procedure_dialysis": (
        ProcedureRecord("X/1", ProcedureKind.DIALYSIS, done_on=day("2026-03-08"), text="Hemodialysis"),
    ),
    "procedure_dialysis_catheter": (),
    "procedure_kidney_transplant_coded": (
        ProcedureRecord("X/1", ProcedureKind.KIDNEY_TRANSPLANT, done_on=day("2019")),
    ),
    "procedure_kidney_transplant_evaluation": (),
    "procedure_not_done": (),
    "procedure_platelets": (),
    "procedure_red_cells": (
        ProcedureRecord(
            "X/1",
            ProcedureKind.RED_CELL_TRANSFUSION,
            done_on=day("2026-01-15"),
            text="Transfusion of packed red blood cells",
        ),
    ),
    "procedure_stem_cells_allogeneic": (
        ProcedureRecord(
            "X/1",
            ProcedureKind.STEM_CELL_TRANSPLANT,
            done_on=day("2020-05-01"),
            text="Allogeneic hematopoietic stem cell transplantation",
        ),
    ),
    "procedure_stem_cells_autologous": (),
}
PLANNED = {
    "phototherapy_of_a_newborn": (),
    "phototherapy_ordered_by_cpt": (
        ProcedureRecord("X/1", ProcedureKind.PHOTOTHERAPY, done_on=day("2026-03-20"), is_planned=True),
    ),
}


@pytest.mark.parametrize("name", DONE)
def test_only_a_procedure_done_counts(name):
    assert procedure(resource(name), CONTEXT) == DONE[name]


@pytest.mark.parametrize("name", PLANNED)
def test_phototherapy_ordered_is_planned(name):
    assert planned_procedure(resource(name), CONTEXT) == PLANNED[name]


def test_every_fixture_is_in_a_table():
    found = {path.stem for path in FIXTURES.glob("p*.json")}

    assert found == {*DONE, *PLANNED}


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Blood transfusion", ProcedureKind.RED_CELL_TRANSFUSION),
        ("Transfusion, RBC, 2 units", ProcedureKind.RED_CELL_TRANSFUSION),
        ("Transfusion of fresh frozen plasma", None),
        ("Blood transfusion refused", None),
        ("Bone marrow transplant", ProcedureKind.STEM_CELL_TRANSPLANT),
        ("Bone marrow biopsy", None),
        ("Renal transplantation", ProcedureKind.KIDNEY_TRANSPLANT),
        ("Living donor nephrectomy for kidney transplant", None),
        ("Continuous peritoneal dialysis", ProcedureKind.DIALYSIS),
        ("PUVA photochemotherapy", ProcedureKind.PHOTOTHERAPY),
        ("Bright light box therapy for depression", None),
    ],
)
def test_a_procedure_is_known_by_its_words_when_it_has_no_code(words, kind):
    found = procedure({"status": "completed", "code": {"text": words}}, CONTEXT)

    assert [record.kind for record in found] == ([kind] if kind else [])


@pytest.mark.parametrize("status", ["unknown", "?", "", None, 7, []], ids=repr)
def test_a_procedure_whose_status_does_not_tell_is_unread_and_not_taken_for_not_done(status):
    dialysis = {"status": status, "code": {"text": "Hemodialysis"}}

    assert procedure(dialysis, CONTEXT) == (
        Unread(
            "X/1",
            FactKind.PROCEDURES,
            "its status does not say whether it was done",
            reason=UnreadReason.STATUS,
            what="dialysis",
        ),
    )
    assert procedure(dialysis | {"code": {"text": "Appendectomy"}}, CONTEXT) == ()


@pytest.mark.parametrize("status", ["preparation", "not-done", "stopped", "aborted", "entered-in-error"])
def test_a_procedure_that_was_not_done_is_none(status):
    assert procedure({"status": status, "code": {"text": "Hemodialysis"}}, CONTEXT) == ()


def test_phototherapy_whose_order_does_not_tell_its_state_is_unread():
    puva = {"status": "unknown", "code": {"text": "PUVA"}}

    assert planned_procedure(puva, CONTEXT) == (
        Unread(
            "X/1",
            FactKind.PROCEDURES,
            "its status does not say whether it is to be done",
            reason=UnreadReason.STATUS,
            what="phototherapy",
        ),
    )
    assert planned_procedure(puva | {"code": {"text": "Chest radiograph"}}, CONTEXT) == ()
    assert planned_procedure(puva | {"status": "revoked"}, CONTEXT) == ()
