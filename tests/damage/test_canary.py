"""Nothing of another patient's records is in any answer, log line, metric, record or page: type and count alone."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cds_service.app import create_app
from cds_service.ehr.story_folder import Story
from cds_service.endpoints.service import service_in
from cds_service.inspection.source import source_in
from cds_service.inspection.understanding import inspected
from fhir_mappers.ledger import Disposition
from fhir_mappers.mappers import DRAFT_MAPPERS, RECORD_MAPPERS
from tests.damage.canaries import RECORDS, marks_in, with_canaries
from tests.damage.places import request_of, stories
from tests.reliability.server import IS_FULL

pytestmark = pytest.mark.slow

_EACH = 1 if IS_FULL else 8
NAMES = sorted(stories())[::_EACH]
AS_OF = datetime(2026, 12, 1, 12, tzinfo=UTC)
_OF_OLDER_FHIR = {"MedicationOrder", "MedicationUsage", "ProcedureRequest"}
PAGES = ("/metrics", "/readyz", "/stewardship")


@pytest.fixture
def app(settings, store):
    made = create_app(settings.model_copy(update={"log_level": "debug"}), store)
    yield made
    service_in(made).recorder.close()


def hook_path(request):
    return f"/cds-services/thiopurine-{request['hook']}"


def ask_all(client, names):
    """Every response and page of the stories with a second patient in them."""
    for name in names:
        request = with_canaries(request_of(name))
        response = client.post(hook_path(request), json=request)
        assert response.status_code == 200, (name, response.text)
        yield name, response.text
        yield (
            f"{name}, page",
            client.post("/bench/view", json={"request": request, "response": response.json}).text,
        )


def test_nothing_of_another_patient_gets_out(app, settings, capfd):
    client = app.test_client()

    shown = [(name, marks_in(text)) for name, text in ask_all(client, NAMES)]
    assert [one for one in shown if one[1]] == []

    assert service_in(app).recorder.wait(30)
    shown = [(page, marks_in(client.get(page).text)) for page in PAGES]
    assert [one for one in shown if one[1]] == []

    captured = capfd.readouterr()
    assert marks_in(captured.out + captured.err) == []
    assert captured.err.count('"answered"') >= len(NAMES)

    database = settings.database_url.removeprefix("sqlite:///")
    stored = "".join(Path(f"{database}{end}").read_text("latin-1") for end in ("", "-wal"))
    assert marks_in(stored) == []
    assert "decision" in stored


def test_the_same_marks_are_seen_where_they_are_the_patients_own(app):
    """Else the marks prove nothing: a card shows the words, the value and the id of this patient's records."""
    request = (
        request_of("poor-metabolizer") if "poor-metabolizer" in stories() else request_of("worked-example")
    )
    owner = f"Patient/{request['context']['patientId']}"

    response = app.test_client().post(hook_path(request), json=with_canaries(request, subject=owner))

    assert "nightjar" in marks_in(response.text)


def test_another_patients_records_are_counted_by_their_type(app):
    request = with_canaries(request_of("worked-example"))

    response = app.test_client().post(hook_path(request), json=request)

    assert "name another patient" in json.dumps(response.json)


def test_the_second_patient_has_a_record_of_every_type_that_is_read():
    read = {*DRAFT_MAPPERS, *RECORD_MAPPERS, "DiagnosticReport"}

    assert {record["resourceType"] for record in RECORDS} == read - {"Patient"} - _OF_OLDER_FHIR


_AMONG_RECORDS = [one for one in RECORDS if one["resourceType"] in {*RECORD_MAPPERS, "DiagnosticReport"}]


@pytest.mark.parametrize("record", _AMONG_RECORDS, ids=lambda record: record["resourceType"])
def test_each_of_them_is_read_where_it_is_the_patients_own(record):
    """Else it proves nothing."""
    own = record | {name: {"reference": "Patient/p1"} for name in ("subject", "patient") if name in record}
    patient = {"resourceType": "Patient", "id": "p1"}
    sent = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": patient}, {"resource": own}],
    }

    ledger = inspected(source_in(json.dumps(sent).encode(), UTC), "p1", AS_OF, UTC).ledger

    [entry] = [one for one in ledger.entries if one.resource_type == record["resourceType"]]
    assert entry.disposition in (Disposition.USED, Disposition.NOT_USABLE)


def test_every_story_is_asked_when_the_run_is_full():
    assert isinstance(stories()[NAMES[0]], Story)
    assert (len(NAMES) == len(stories())) is IS_FULL
