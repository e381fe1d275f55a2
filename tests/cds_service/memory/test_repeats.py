"""repeat = "once": what order-select showed, order-sign does not show again."""

import json
from pathlib import Path

import pytest

from cds_service.app import create_app
from cds_service.endpoints.service import service_in
from cds_service.memory.tables import cards as kept_cards
from cds_service.settings import Settings

REQUESTS = Path(__file__).parents[3] / "fixtures/requests"
SIGN = json.loads((REQUESTS / "order-sign.json").read_text())
SELECT = SIGN | {
    "hook": "order-select",
    "context": SIGN["context"] | {"selections": ["MedicationRequest/azathioprine-new"]},
}


class Service:
    def __init__(self, settings):
        self.app = create_app(settings)
        self._client = self.app.test_client()
        self._recorder = service_in(self.app).recorder
        self.store = service_in(self.app).store

    def cards(self, body):
        response = self._client.post(f"/cds-services/thiopurine-{body['hook']}", json=body)
        assert self._recorder.wait(10)
        return [(card["indicator"], card["source"]["topic"]["code"]) for card in response.json["cards"]]

    def close(self):
        self._recorder.close()
        self.store.close()


def once(folder):
    """A site's policy file with repeat = "once"."""
    file = folder / "site.toml"
    file.write_text('repeat = "once"\n')
    return file


@pytest.fixture
def service(tmp_path):
    made = Service(
        Settings(
            database_url=f"sqlite:///{tmp_path / 'store.sqlite3'}", log_level="error", policy=once(tmp_path)
        )
    )
    yield made
    made.close()


def changed(body, dose=None, user=None, patient=None):
    body = json.loads(json.dumps(body))
    if user:
        body["context"]["userId"] = user
    if patient:
        text = json.dumps(body).replace(body["context"]["patientId"], patient)
        body = json.loads(text)
    if dose:
        draft = next(
            entry["resource"]
            for entry in body["context"]["draftOrders"]["entry"]
            if entry["resource"]["id"] == "azathioprine-new"
        )
        draft["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]["value"] = dose
    return body


def fresh(service, body):
    """The cards that a service without a memory of this order shows."""
    return service.cards(changed(body, user="Practitioner/somebody-new"))


def test_a_card_is_not_shown_again_and_critical_ones_are(service):
    wanted = fresh(service, SIGN)
    selected = service.cards(SELECT)

    signed = service.cards(SIGN)

    repeated = [card for card in wanted if card in selected and card[0] != "critical"]
    assert repeated != []
    assert signed == [card for card in wanted if card not in repeated]
    assert "critical" in [indicator for indicator, _ in signed]


def test_what_is_withheld_is_remembered_so(service):
    service.cards(SELECT)
    service.cards(SIGN)

    assert {row["withheld"] for row in service.store.rows(kept_cards)} == {None, "repeated"}


@pytest.mark.parametrize(
    "change", [{"dose": 175}, {"user": "Practitioner/other"}, {"patient": "another-patient"}], ids=str
)
def test_another_dose_user_or_patient_is_another_card(service, change):
    body = changed(SIGN, **change)
    wanted = fresh(service, body)
    service.cards(SELECT)

    assert service.cards(body) == wanted


def test_what_was_shown_at_signing_is_shown_at_signing_again(service):
    assert service.cards(SIGN) == service.cards(SIGN)


def test_by_default_everything_is_shown_again(tmp_path):
    service = Service(Settings(database_url=f"sqlite:///{tmp_path / 'store.sqlite3'}", log_level="error"))
    wanted = fresh(service, SIGN)
    service.cards(SELECT)

    assert service.cards(SIGN) == wanted
    service.close()


def test_while_the_database_is_down_everything_is_shown(tmp_path):
    (tmp_path / "file").write_text("no folder")
    url = f"sqlite:///{tmp_path / 'file' / 'store.sqlite3'}"
    app = create_app(Settings(database_url=url, log_level="error", policy=once(tmp_path)))

    response = app.test_client().post("/cds-services/thiopurine-order-sign", json=SIGN)

    assert (response.status_code, len(response.json["cards"]) > 2) == (200, True)
    service_in(app).recorder.close(0.1)
