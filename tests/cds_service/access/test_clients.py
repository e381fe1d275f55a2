from ipaddress import ip_network

import pytest

from cards.model.tests_ordered import OrderableTest
from cds_service.access.clients import (
    AcknowledgedNotice,
    Client,
    ClientsFileError,
    ProfileName,
    clients_in,
)

WHOLE = """
[[client]]
name = "north"
issuer = "https://ehr.north.example/oauth2"
jku = ["https://ehr.north.example/jwks.json"]
keys_file = "north.jwks.json"
audiences = ["thiopurine-cds"]
algorithms = ["RS384"]
tenants = ["north-1"]
max_token_life_s = 900
fhir_servers = ["https://EHR.north.example:443/fhir/r4/"]
networks = ["10.20.0.0/16"]
ca_file = "north.pem"
profile = "epic"
silent = true
acknowledged_notices = [{system = "urn:oid:1.2.840.114350.1.13.1.1.7.2.657369", code = "59204"}]
renames_patients = true

[client.preference_list]
tpmt_test = "7301"
"""
LEAST = '[[client]]\nname = "n"\nissuer = "https://n.example"\njku = ["https://n.example/jwks"]\n'


def read(folder, text):
    file = folder / "clients.toml"
    file.write_text(text, encoding="utf-8")
    return clients_in(file)


def test_reads_everything_that_is_said_of_a_client(tmp_path):
    (tmp_path / "north.jwks.json").write_text("{}")
    (tmp_path / "north.pem").write_text("")

    (client,) = read(tmp_path, WHOLE)

    assert client == Client(
        name="north",
        issuer="https://ehr.north.example/oauth2",
        jku=frozenset({"https://ehr.north.example/jwks.json"}),
        keys_file=tmp_path / "north.jwks.json",
        audiences=frozenset({"thiopurine-cds"}),
        algorithms=("RS384",),
        tenants=frozenset({"north-1"}),
        max_token_life_s=900,
        fhir_servers=("https://ehr.north.example/fhir/r4",),
        networks=(ip_network("10.20.0.0/16"),),
        ca_file=tmp_path / "north.pem",
        profile=ProfileName.EPIC,
        is_silent=True,
        preference_list={OrderableTest.TPMT: "7301"},
        acknowledged_notices=frozenset(
            {AcknowledgedNotice("urn:oid:1.2.840.114350.1.13.1.1.7.2.657369", "59204")}
        ),
        renames_patients=True,
    )


def test_little_must_be_said(tmp_path):
    assert read(tmp_path, LEAST) == (
        Client(name="n", issuer="https://n.example", jku=frozenset({"https://n.example/jwks"})),
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[client", "Expected"),
        ("", "it holds no [[client]]"),
        ('[[client]]\nname = "n"\n', "missing required field `issuer`"),
        (LEAST + "isuer = 1\n", "unknown field `isuer`"),
        (LEAST + 'profile = "epik"\n', "Invalid enum value 'epik'"),
        (LEAST.replace('"n"', '" "'), "every client needs a name"),
        (LEAST.replace("jku", "audiences"), "client 'n': expected jku or keys_file"),
        (LEAST.replace('issuer = "https://n.example"', 'issuer = ""'), "client 'n': issuer is empty"),
        (LEAST + 'algorithms = ["HS256"]\n', "client 'n': algorithms: expected some of"),
        (LEAST + 'algorithms = ["none"]\n', "client 'n': algorithms: expected some of"),
        (LEAST + "algorithms = []\n", "client 'n': algorithms is empty"),
        (LEAST + "max_token_life_s = 0\n", "client 'n': max_token_life_s: expected seconds above 0"),
        (LEAST + 'fhir_servers = ["http://n.example/r4"]\n', "plain http is for this machine only"),
        (LEAST + 'fhir_servers = ["https://u:p@n.example/r4"]\n', "must not hold credentials"),
        (LEAST.replace("https://n.example/jwks", "ftp://n.example"), "expected an absolute https URL"),
        (LEAST + 'networks = ["10.0.0.1/8"]\n', "has host bits set"),
        (LEAST + 'keys_file = "nowhere.json"\n', "client 'n': keys_file: 'nowhere.json' is not a file"),
        (LEAST + "[client.preference_list]\nblood = '1'\n", "Invalid enum value 'blood'"),
        (LEAST + LEAST, "the same name twice: n"),
        (LEAST + LEAST.replace('"n"', '"m"'), "the same issuer twice: https://n.example"),
    ],
    ids=lambda value: (str(value).splitlines() or ["nothing"])[-1][:40],
)
def test_a_half_right_file_is_refused(tmp_path, text, complaint):
    with pytest.raises(ClientsFileError) as refused:
        read(tmp_path, text)

    assert complaint in str(refused.value)


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(ClientsFileError, match="No such file"):
        clients_in(tmp_path / "clients.toml")


@pytest.mark.parametrize(
    ("system", "code"),
    [
        ("urn:oid:1.2.840.114350.1.13.1.1.7.2.657369", "59205"),  # of the user, not of the client
        ("urn:oid:1.2.3", "59204"),
        ("", ""),
    ],
)
def test_a_notice_that_nobody_knows_is_not_acknowledged_and_the_known_ones_are_named(tmp_path, system, code):
    notices = f'acknowledged_notices = [{{system = "{system}", code = "{code}"}}]\n'

    with pytest.raises(ClientsFileError) as refused:
        read(tmp_path, LEAST + notices)

    assert f"client 'n': acknowledged_notices: nobody knows what {code!r} of {system!r} is about" in str(
        refused.value
    )
    assert "59204 of urn:oid:1.2.840.114350.1.13.*.7.2.657369 (type-withheld)" in str(refused.value)


def test_a_notice_may_be_acknowledged_for_every_installation(tmp_path):
    system = "urn:oid:1.2.840.114350.1.13.*.7.2.657369"
    notices = f'acknowledged_notices = [{{system = "{system}", code = "59204"}}]\n'

    (client,) = read(tmp_path, LEAST + notices)

    assert client.acknowledged_notices == {AcknowledgedNotice(system, "59204")}
