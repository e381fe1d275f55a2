import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from cds_service.memory.tables import feedback as feedback_table
from tests.cds_service.cli.conftest import run
from tests.fhir_server.demo_patients import PATIENTS
from tests.stories import Story, response_to

pytestmark = pytest.mark.slow

FIRST_CARDS = {
    "allopurinol": "Azathioprine 200 mg/day (2.5 mg/kg) with allopurinol: reduce to 50-67 mg/day",
    "intermediate": "Azathioprine 200 mg/day (2.5 mg/kg): TPMT intermediate metabolizer, start at 48-128 mg/day",
    "untested": "Azathioprine: TPMT and NUDT15 not known; consider testing before the first dose",
    "slip": "Azathioprine 400 mg/day (5 mg/kg): above the ceiling of 2.5 mg/kg/day",
    "vaccine": "Live vaccine ordered for a patient on azathioprine: do not give",
    "leukopenia": "Azathioprine: WBC 2.9 x 10^9/L; do not start",
    "fever": "Azathioprine: WBC 3.3 and ANC 1.4 x 10^9/L with fever; stop, treat as neutropenic sepsis",
    "metabolites": "Azathioprine: 6-TGN 150, 6-MMP 7200: hypermethylator, a higher dose alone will not help",
    "hepatitis": "Azathioprine: HBsAg positive; ask hepatology about antiviral prophylaxis",
    "ready": "Starting azathioprine: plan",
}


def call(service, hospital, *arguments, **more):
    return run("call", "--service", service, "--fhir-server", hospital.base, *arguments, **more)


def called(service, hospital, *arguments):
    result = call(service, hospital, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def allopurinol(service, hospital, *arguments):
    return called(service, hospital, *PATIENTS[0].call, *arguments)


@pytest.mark.parametrize("patient", PATIENTS, ids=lambda patient: patient.id)
def test_each_patient_of_the_demo_shows_one_decision(service, hospital, patient):
    answer = called(service, hospital, *patient.call)

    assert [one for one in answer["prefetch"] if one["whyNot"]] == []
    assert answer["response"]["cards"][0]["summary"].startswith(FIRST_CARDS[patient.id])


def test_cards_are_shown_as_an_ehr_would(service, hospital):
    result = call(service, hospital, *PATIENTS[0].call)

    assert result.exit_code == 0
    assert "thiopurine-order-sign: 2 cards in" in result.output
    assert "1  critical" in result.output
    assert "[accept 1.1] Change to 50 mg once a day (recommended)" in result.output
    assert "override with: action-completed," in result.output


def test_without_prefetch_the_service_asks_by_itself(service, hospital):
    with_prefetch = allopurinol(service, hospital)["response"]["cards"]

    without = allopurinol(service, hospital, "--no-prefetch")

    assert "prefetch" not in without["request"]
    assert [one["summary"] for one in without["response"]["cards"]] == [
        one["summary"] for one in with_prefetch
    ]


def test_the_token_opens_the_server_and_is_not_shown(service, hospital):
    hospital.switch(token="of-this-test")  # noqa: S106 -- it opens nothing else

    answer = call(service, hospital, *PATIENTS[0].call, "--token", "of-this-test", "--no-prefetch", "--json")

    assert json.loads(answer.output)["response"]["cards"][0]["indicator"] == "critical"
    assert "of-this-test" not in answer.output


def test_what_the_fhir_server_refuses_is_said(service, hospital):
    hospital.switch(faults=[{"match": "^/MedicationRequest", "status": 500}])

    answer = allopurinol(service, hospital)

    (medications,) = (one for one in answer["prefetch"] if one["key"] == "medications")
    assert medications["whyNot"] == "the FHIR server answered 500: fault 500"
    assert answer["request"]["prefetch"]["medications"]["resourceType"] == "OperationOutcome"
    assert "Azathioprine: could not check medications" in [
        one["summary"] for one in answer["response"]["cards"]
    ]


def test_accepting_and_overriding_is_reported(service, hospital, store):
    answer = allopurinol(
        service,
        hospital,
        "--accept",
        "1",
        "--override",
        "2",
        "--reason",
        "action-not-priority",
        "--comment",
        "known",
    )

    cards, reports = answer["response"]["cards"], answer["feedback"]
    assert [(one["card"], one["outcome"]) for one in reports] == [
        (cards[0]["uuid"], "accepted"),
        (cards[1]["uuid"], "overridden"),
    ]
    assert reports[0]["acceptedSuggestions"] == [{"id": cards[0]["suggestions"][0]["uuid"]}]
    assert reports[1]["overrideReason"]["reason"]["code"] == "action-not-priority"
    assert {row["card"]: row["outcome"] for row in store.rows(feedback_table)} == {
        cards[0]["uuid"]: "accepted",
        cards[1]["uuid"]: "overridden",
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--accept", "9"], "there is no card 9; there are 2"),
        (["--accept", "1.7"], "there is no suggestion of card 1 7; there are 1"),
        (["--override", "1", "--reason", "no-such-reason"], "card 1 has no override reason 'no-such-reason'"),
        (["--override", "1"], "--override and --reason go together"),
    ],
)
def test_a_choice_that_is_not_there_is_refused(service, hospital, arguments, said):
    result = call(service, hospital, *PATIENTS[0].call, *arguments)

    assert (result.exit_code, said in " ".join(result.output.split())) == (2, True)


def test_a_saved_call_is_a_story_that_can_be_told_again(zurich_service, hospital, tmp_path):
    folder = tmp_path / "allopurinol-from-a-server"

    allopurinol(zurich_service, hospital, "--save", folder, "--timezone", "Europe/Zurich")

    story = Story(folder)
    assert json.loads(story.request_body()).keys() == {"hook", "hookInstance", "context", "prefetch"}
    assert [(kept, bool(kept)) for _, kept, _ in story.kept_and_now(response_to(story))] == [
        (now, True) for _, _, now in story.kept_and_now(response_to(story))
    ]


@pytest.mark.parametrize(
    ("more", "name", "said"),
    [(["--no-prefetch"], "story", "a story needs its prefetch"), ([], "My Story", "small letters")],
)
def test_what_cannot_be_a_story_is_not_saved(service, hospital, tmp_path, more, name, said):
    folder = tmp_path / name

    result = call(service, hospital, *PATIENTS[0].call, "--save", folder, *more)

    assert (result.exit_code, said in result.output, folder.exists()) == (2, True, False)


def test_orders_may_come_as_fhir(service, hospital):
    order = {
        "resourceType": "MedicationRequest",
        "id": "mine",
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": {"text": "azathioprine 50 mg tablet"},
        "subject": {"reference": "Patient/allopurinol"},
        "dosageInstruction": [{"text": "4 tablets daily"}],
    }

    result = call(
        service,
        hospital,
        "--patient",
        "allopurinol",
        "--orders",
        "-",
        "--json",
        input=json.dumps(order).encode(),
    )

    assert json.loads(result.output)["response"]["cards"][0]["summary"].startswith("Azathioprine 200 mg/day")


def test_order_select_names_what_is_selected(service, hospital):
    answer = allopurinol(service, hospital, "--hook", "order-select")

    assert answer["request"]["context"]["selections"] == ["MedicationRequest/draft-1"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--patient", "1"], "order-sign needs --order"),
        (["--patient", "1", "--hook", "patient-view", "--order", "azathioprine"], "has no draft orders"),
        (["--patient", "1", "--order", "paracetamol 1 g"], "names no drug or vaccine that the service knows"),
        (["--patient", "1", "--order", "azathioprine", "--key", __file__], "--key needs --issuer"),
        (["--patient", "1", "--order", "azathioprine", "--key", __file__, "--issuer", "x"], "test_call.py"),
        (["--patient", "1", "--orders", "-"], "not JSON"),
    ],
)
def test_wrong_usage_exits_with_2_and_says_what_to_do(arguments, said):
    result = run("call", *arguments)

    assert (result.exit_code, said in " ".join(result.output.split())) == (2, True)


def test_a_service_that_is_not_there_exits_with_4():
    result = run("call", "--service", "http://127.0.0.1:9", "--patient", "1", "--order", "azathioprine")

    assert (result.exit_code, result.output) == (
        4,
        "Error: http://127.0.0.1:9/cds-services could not be reached\n",
    )


def test_a_refused_call_exits_with_3(service):
    result = run("call", "--service", service, "--patient", "1", "--hook", "patient-view")

    assert result.exit_code == 3
    assert "answered 412: the patient's medications are needed" in result.output


@pytest.fixture
def key(tmp_path):
    """A private key in PEM, and a clients file that knows its public half."""
    private = ec.generate_private_key(ec.SECP384R1())
    pem = tmp_path / "ehr.pem"
    pem.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    public = ECAlgorithm.to_jwk(private.public_key(), as_dict=True) | {"kid": "1", "alg": "ES384"}
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [public]}), encoding="utf-8")
    (tmp_path / "jwk.json").write_text(
        json.dumps(ECAlgorithm.to_jwk(private, as_dict=True) | {"kid": "1"}), encoding="utf-8"
    )
    return tmp_path


def clients_file(folder, fhir_server):
    file = folder / "clients.toml"
    file.write_text(
        f"""[[client]]
name = "test"
issuer = "https://ehr.example.org"
keys_file = "keys.json"
fhir_servers = ["{fhir_server}"]
""",
        encoding="utf-8",
    )
    return file


@pytest.mark.parametrize("file", ["ehr.pem", "jwk.json"])
def test_a_key_signs_a_token_for_each_call(guarded_service, hospital, key, file):
    address = guarded_service(clients_file(key, hospital.base))
    proof = ["--key", key / file, "--issuer", "https://ehr.example.org", "--kid", "1"]

    stranger = call(address, hospital, *PATIENTS[0].call)
    known = call(address, hospital, *PATIENTS[0].call, *proof)

    assert (stranger.exit_code, "it does not know who calls" in stranger.output) == (3, True)
    assert (known.exit_code, "2 cards in" in known.output) == (0, True)
