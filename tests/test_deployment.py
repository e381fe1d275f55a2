"""What docs/deployment.md offers: unit, manifest, proxy and image, each by its linter and against the settings."""

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import crossplane
import pytest
import yaml
from click.testing import CliRunner

from cds_service.access.clients import clients_in
from cds_service.cli.main import main
from cds_service.policy_file import policy_in
from cds_service.settings import Settings
from cds_service.workbench.settings import BenchSettings

ROOT = Path(__file__).parent.parent
HERE = ROOT / "docs/deployment"
MANIFEST = list(yaml.safe_load_all((HERE / "kubernetes.yaml").read_text(encoding="utf-8")))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PREFIX = "THIOPURINE_CDS_"
KINDS = {
    "ConfigMap": 2,
    "Deployment": 1,
    "Service": 1,
    "Ingress": 1,
    "PodDisruptionBudget": 1,
    "NetworkPolicy": 1,
}
# For each setting what it must refuse; that of the file of hash keys is made where there is none.
WRONG = {
    "HOST": "a host",
    "PORT": "tcp://10.0.0.1:8000",
    "WORKERS": "0",
    "THREADS": "none",
    "TIMEOUT_S": "0",
    "DATABASE_URL": "nonsense",
    "TIMEZONE": "Middle/Earth",
    "MAX_BODY_BYTES": "0",
    "ALLOWED_ORIGINS": "ehr.example.org",
    "LOG_LEVEL": "loud",
    "KEEPS_IDS": "perhaps",
    "RETENTION_DAYS": "0",
    "RECORDS_WAITING": "0",
    "CLIENTS": "no-such-file.toml",
    "PUBLIC_URL": "http://cds.example.org",
    "FHIR_TIMEOUT_S": "0",
    "FHIR_MAX_BYTES": "0",
    "ALLOW_FHIR_SERVERS": "http://fhir.example.org",
    "ALLOW_NETWORKS": "10.0.0.1/8",
    "TRACES_URL": "collector:4318",
    "POLICY": "no-such-file.toml",
    "RELEASES": "no-such-folder",
    "BENCH_ENABLED": "perhaps",
}
ANY_TEXT = {"HASH_KEYS_FILE", "BENCH_STORIES", "BENCH_STEWARDSHIP_USER_HEADER"}


def names():
    found = [name.upper() for name in Settings.model_fields]
    return [*found, *(f"BENCH_{name.upper()}" for name in BenchSettings.model_fields)]


def of_kind(kind, name="thiopurine-cds"):
    (found,) = [one for one in MANIFEST if (one["kind"], one["metadata"]["name"]) == (kind, name)]
    return found


def environment_file():
    lines = (HERE / "environment").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def unit():
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read(HERE / "thiopurine-cds.service")
    return parser["Service"]


def files_of_the_example(folder):
    for name, text in of_kind("ConfigMap", "thiopurine-cds-files")["data"].items():
        (folder / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", names())
def test_every_setting_is_documented(name):
    pages = [(ROOT / "docs" / page).read_text(encoding="utf-8") for page in ("running.md", "bench.md")]

    assert any(f"| `{PREFIX}{name}` |" in page for page in pages)


def test_every_setting_has_a_wrong_value_or_takes_any():
    assert sorted({*WRONG, *ANY_TEXT}) == sorted(names())


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_setting_is_refused_at_start_by_its_name(name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(f"{PREFIX}DATABASE_URL", "sqlite://")
    monkeypatch.setenv(f"{PREFIX}{name}", WRONG[name])

    result = CliRunner().invoke(main, ["serve", "--port", "1"] if name != "PORT" else ["serve"])

    assert result.exit_code == 2
    assert f"Error: {name.lower()}: " in result.output


def test_a_setting_with_a_slip_in_its_name_is_refused_at_start(monkeypatch):
    monkeypatch.setenv("THIOPURINE_CDS_TIMEZON", "Europe/Zurich")

    result = CliRunner().invoke(main, ["serve"])

    assert result.exit_code == 2
    assert (
        "THIOPURINE_CDS_TIMEZON: no such setting; did you mean THIOPURINE_CDS_TIMEZONE?"
        in result.output.replace("\n", " ")
    )


def test_the_unit_is_what_systemd_takes(tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    text = (HERE / "thiopurine-cds.service").read_text(encoding="utf-8")
    command = str(Path(sys.executable).with_name("thiopurine-cds"))
    copy = tmp_path / "thiopurine-cds.service"
    copy.write_text(text.replace("/opt/thiopurine-cds/bin/thiopurine-cds", command), encoding="utf-8")

    done = subprocess.run(
        ["systemd-analyze", "verify", copy], capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_unit_is_hardened(tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    words = ["systemd-analyze", "security", "--offline=true", "--threshold=15"]  # tenths: 1.5 of 10

    done = subprocess.run(
        [*words, HERE / "thiopurine-cds.service"], capture_output=True, text=True, timeout=60, check=False
    )
    if "Unknown option" in done.stderr or "unrecognized option" in done.stderr:
        pytest.skip("this systemd-analyze knows no --offline")

    assert done.returncode == 0, done.stdout[-200:]


def test_the_unit_gives_requests_in_flight_their_time():
    assert int(unit()["TimeoutStopSec"]) > Settings.model_fields["timeout_s"].default


def test_the_environment_of_the_unit_is_understood(monkeypatch, tmp_path):
    files_of_the_example(tmp_path)
    for name, value in environment_file().items():
        monkeypatch.setenv(name, value.replace("/etc/thiopurine-cds", str(tmp_path)))

    settings, bench = Settings(), BenchSettings()

    assert {name.removeprefix(PREFIX) for name in environment_file()} <= set(names())
    assert (settings.public_url, len(settings.known_clients), bench.enabled) == (
        "https://cds.example.org",
        1,
        False,
    )


@pytest.fixture(scope="module")
def kubernetes():
    """Imported where it is asked for: it takes seven seconds, and every process of a test run would wait."""
    import kubernetes_validate  # noqa: PLC0415

    return kubernetes_validate


@pytest.mark.slow
@pytest.mark.parametrize("resource", MANIFEST, ids=lambda one: f"{one['kind']} {one['metadata']['name']}")
def test_the_manifest_is_what_kubernetes_takes(resource, kubernetes):
    kubernetes.validate(resource, "1.30", strict=True)


@pytest.mark.slow
def test_a_manifest_with_a_slip_would_be_noticed(kubernetes):
    deployment = of_kind("Deployment") | {"spec": of_kind("Deployment")["spec"] | {"replica": 2}}

    with pytest.raises(kubernetes.ValidationError):
        kubernetes.validate(deployment, "1.30", strict=True)


def test_the_manifest_is_whole_and_its_parts_find_each_other():
    deployment = of_kind("Deployment")["spec"]
    labels = deployment["template"]["metadata"]["labels"]
    (container,) = deployment["template"]["spec"]["containers"]
    volumes = {one["name"] for one in deployment["template"]["spec"]["volumes"]}
    backend = of_kind("Ingress")["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]

    assert {kind: sum(one["kind"] == kind for one in MANIFEST) for kind in KINDS} == KINDS
    assert [of_kind("Service")["spec"]["selector"], deployment["selector"]["matchLabels"]] == [labels] * 2
    assert backend == {"name": "thiopurine-cds", "port": {"name": container["ports"][0]["name"]}}
    assert {one["name"] for one in container["volumeMounts"]} == volumes


def test_the_settings_of_the_manifest_are_understood(monkeypatch, tmp_path):
    files_of_the_example(tmp_path)
    data = of_kind("ConfigMap")["data"]
    for name, value in data.items():
        monkeypatch.setenv(name, value.replace("/etc/thiopurine-cds/", f"{tmp_path}/"))

    settings = Settings()

    assert {name.removeprefix(PREFIX) for name in data} <= set(names())
    assert (
        settings.port
        == of_kind("Deployment")["spec"]["template"]["spec"]["containers"][0]["ports"][0]["containerPort"]
    )
    assert (clients_in(tmp_path / "clients.toml")[0].name, policy_in(tmp_path / "site.toml").max_cards) == (
        "our-ehr",
        4,
    )


def test_the_pod_may_do_little_and_is_not_sent_kubernetes_variables():
    pod = of_kind("Deployment")["spec"]["template"]["spec"]
    (container,) = pod["containers"]

    assert (pod["enableServiceLinks"], pod["automountServiceAccountToken"]) == (False, False)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_probes_ask_for_paths_that_exist(client):
    (container,) = of_kind("Deployment")["spec"]["template"]["spec"]["containers"]
    paths = {
        container[name]["httpGet"]["path"] for name in ("startupProbe", "livenessProbe", "readinessProbe")
    }

    assert {path: client.get(path).status_code for path in paths} == {"/healthz": 200, "/readyz": 200}


def test_only_cds_hooks_are_seen_from_outside():
    paths = [one["path"] for one in of_kind("Ingress")["spec"]["rules"][0]["http"]["paths"]]
    nginx = (HERE / "nginx.conf").read_text(encoding="utf-8")

    assert paths == ["/cds-services"]
    assert re.findall(r"^    location (\S+) \{\n(?:.*\n)*?\s+(proxy_pass|return)", nginx, re.MULTILINE) == [
        ("/cds-services", "proxy_pass"),
        ("/", "return"),
    ]


def test_the_proxy_is_what_nginx_takes(tmp_path):
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"events {{}}\nhttp {{ include {HERE / 'nginx.conf'}; }}\n", encoding="utf-8")

    parsed = crossplane.parse(str(whole), strict=True)

    assert parsed["errors"] == []
    assert parsed["status"] == "ok"
    assert len(parsed["config"]) == 2  # the example was read too


def test_the_proxy_takes_as_much_as_the_service():
    nginx = (HERE / "nginx.conf").read_text(encoding="utf-8")
    (megabytes,) = re.findall(r"client_max_body_size (\d+)m;", nginx)

    assert int(megabytes) * 1024 * 1024 == Settings.model_fields["max_body_bytes"].default


def test_the_image_runs_as_nobody_in_particular_and_says_how_it_is():
    instructions = re.findall(r"^([A-Z]+) ", DOCKERFILE, re.MULTILINE)
    last_stage = DOCKERFILE.rpartition("\nFROM ")[2]

    assert re.findall(r"^USER (\S+)", last_stage, re.MULTILINE) == ["10001:10001"]
    assert "HEALTHCHECK" in instructions
    assert 'ENTRYPOINT ["thiopurine-cds"]\nCMD ["serve"]' in last_stage


def test_the_image_takes_what_is_there_and_sent():
    copied = [
        word
        for words in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
        for word in words.split()
    ]
    sent = {
        line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] == "!"
    }
    (extras,) = re.findall(r'"\.\[([\w,]+)\]"', DOCKERFILE)

    assert [word for word in copied if not (ROOT / word).exists()] == []
    assert set(copied) == sent
    assert [one for one in extras.split(",") if not re.search(rf"^{one} = \[", PROJECT, re.MULTILINE)] == []


def test_forwarded_headers_are_believed_by_nobody(client):
    forged = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/evil",
        "Forwarded": "host=evil.example",
        "X-Forwarded-For": "127.0.0.1",
    }

    plain, told = client.get("/cds-services"), client.get("/cds-services", headers=forged)

    assert told.data == plain.data
    assert "evil" not in str(told.headers)
    assert client.get("/", headers=forged).status_code == 403  # the bench is for this machine only
