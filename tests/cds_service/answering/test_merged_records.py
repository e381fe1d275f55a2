"""Records merged with the patient's on the FHIR server: used, named as such, and no ground for an offer."""

import json
from datetime import UTC, datetime
from pathlib import Path

from cds_service.answering.pipeline import Circumstances, answer
from cds_service.chart_sources.fhir_records import Found
from cds_service.chart_sources.patient_links import PatientLinks
from cds_service.hooks.card_json import numbered_ids
from cds_service.hooks.request import hook_request_from
from cds_service.hooks.services import service_for_hook
from fhir_mappers.bundle.resources import contents_of

STORY = Path(__file__).parents[3] / "fixtures/stories/intermediate-tpmt-dose-offered"
REQUEST = (STORY / "request.json").read_text(encoding="utf-8")
PATIENT_ID = json.loads(REQUEST)["context"]["patientId"]
AS_OF = datetime.fromisoformat(
    json.loads((STORY / "settings.json").read_text(encoding="utf-8"))["as_of"]
).replace(tzinfo=UTC)


class Server:
    """A FHIR server that keeps nothing but the patient, with links."""

    def __init__(self, links):
        self._links = links

    def search(self, gaps, referred):
        patient = json.loads(REQUEST)["prefetch"]["patient"]
        assert [gap.key.name for gap in gaps] == ["patient"]
        return {"patient": Found(contents_of(json.dumps(patient).encode()), links=self._links)}

    def read_medications(self, references):
        return ()


def answered(links, genes_of="before"):
    """The answer where the Patient sent says that there are links, and the genes stand under an id."""
    request = json.loads(REQUEST)
    genes = json.dumps(request["prefetch"]["genes"]).replace(f"Patient/{PATIENT_ID}", f"Patient/{genes_of}")
    request["prefetch"]["genes"] = json.loads(genes)
    request["prefetch"]["patient"]["link"] = [{"other": {"reference": "Patient/claimed"}, "type": "replaces"}]
    around = Circumstances(fhir=Server(links))
    asked = hook_request_from(json.dumps(request).encode(), request["hook"])
    return answer(asked, service_for_hook(asked.hook), AS_OF, numbered_ids(), around).response["cards"]


def labels(cards):
    return [one["label"] for card in cards for one in card.get("suggestions", ())]


def test_a_merged_record_is_used_and_said_to_be_one():
    cards = answered(PatientLinks(frozenset({"before"})))

    said = [card for card in cards if "from the merged record" in card["detail"]]
    assert any("TPMT" in card["summary"] for card in said)
    assert "another patient" not in json.dumps(cards)
    assert "Patient/before" not in json.dumps(cards)


def test_nothing_that_rests_on_it_is_offered():
    cards = answered(PatientLinks(frozenset({"before"})))

    as_own = answered(PatientLinks(), PATIENT_ID)
    assert ["Change to" in label for label in labels(as_own)] == [True, False]
    assert labels(cards) == labels(as_own)[1:]  # a test that is missing under both ids


def test_a_record_that_is_not_merged_stays_another_patients():
    cards = answered(PatientLinks())

    assert "from the merged record" not in json.dumps(cards)
    assert "another patient" in json.dumps(cards)


def test_other_links_are_told_and_not_followed():
    cards = answered(PatientLinks(not_followed=1))

    assert "The patient's record points at 1 other record: not read" in json.dumps(cards)
