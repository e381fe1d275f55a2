"""What docs/observability.md and its files name exists, and what exists is named there."""

import ast
import json
import re
import shutil
import subprocess
from pathlib import Path

import promql_parser
import pytest
import yaml

from cds_service.health.metrics import Metrics

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/observability.md").read_text(encoding="utf-8")
FILES = ROOT / "docs/observability"
ALERTS = yaml.safe_load((FILES / "alerts.yaml").read_text(encoding="utf-8"))["groups"][0]["rules"]
PANELS = json.loads((FILES / "dashboard.json").read_text(encoding="utf-8"))["panels"]
LEVELS = ("debug", "info", "warning", "error", "critical")
BY = re.compile(r"\b(?:by|ignoring) \(([\w, ]+)\)")
WITH = re.compile(r"\{([^{}]*)\}")


def families():
    return list(Metrics()._registry.collect())


def labels_of_samples():
    """Every name that a query may use, with its labels."""
    found = {"up": {"job"}}
    for family in families():
        labels = set(Metrics()._registry._names_to_collectors[family.name]._labelnames)
        if family.type == "counter":
            found[f"{family.name}_total"] = labels
        elif family.type == "histogram":
            found |= {f"{family.name}_{end}": labels for end in ("count", "sum")}
            found[f"{family.name}_bucket"] = labels | {"le"}
        else:
            found[family.name] = labels
    return found


def queries():
    for alert in ALERTS:
        yield pytest.param(alert["expr"], id=alert["alert"])
    for panel in PANELS:
        for target in panel["targets"]:
            yield pytest.param(target["expr"], id=f"{panel['title']} {target['refId']}")
    for number, line in enumerate(re.findall(r"^    (.*thiopurine_cds_.*)$", PAGE, re.MULTILINE)):
        yield pytest.param(line, id=f"page {number}")


def events_in_the_code():
    """Every event that is logged, with its level."""
    for file in (ROOT / "cds_service").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in LEVELS
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "log"
            ):
                assert isinstance(node.args[0], ast.Constant), f"{file}:{node.lineno}: an event with a name"
                yield node.args[0].value, node.func.attr


@pytest.mark.parametrize("query", list(queries()))
def test_a_query_asks_for_metrics_and_labels_that_exist(query):
    known = labels_of_samples()

    names = set(re.findall(r"\b(?:thiopurine_cds_\w+|up(?=\{))", query))
    braces = {part.split("=")[0].strip("!~ ") for group in WITH.findall(query) for part in group.split(",")}
    labels = braces | {label.strip() for group in BY.findall(query) for label in group.split(",")}

    assert names
    assert names <= known.keys()
    assert labels <= set().union(*(known[name] for name in names))


@pytest.mark.parametrize("query", list(queries()))
def test_a_query_is_promql(query):
    promql_parser.parse(query.replace("$__rate_interval", "5m"))


def test_a_query_for_what_does_not_exist_would_be_noticed():
    assert "thiopurine_cds_cards" not in labels_of_samples()
    assert labels_of_samples()["thiopurine_cds_cards_total"] == {"rule", "indicator", "sent"}


def test_every_metric_is_on_the_page_and_on_the_dashboard():
    on_page = set(re.findall(r"^\| `(\w+)` \| (?:counter|histogram|gauge)", PAGE, re.MULTILINE))
    drawn = " ".join(target["expr"] for panel in PANELS for target in panel["targets"])
    names = {family.name.removeprefix("thiopurine_cds_") for family in families()}

    assert {name.removesuffix("_total") for name in on_page} == names
    assert [name for name in names if name not in drawn] == []


def test_every_event_of_the_log_is_on_the_page_with_its_level():
    on_page = re.findall(rf"^\| `(\w+)` \| ({'|'.join(LEVELS)}) \|", PAGE, re.MULTILINE)

    assert sorted(on_page) == sorted(set(events_in_the_code()))


def test_every_span_is_on_the_page():
    sources = [ROOT / "cds_service" / name for name in ("answering/pipeline.py", "health/traced_records.py")]
    opened = {one for file in sources for one in re.findall(r'\.span\("([\w ]+)"\)', file.read_text())}
    traces = (ROOT / "cds_service/health/traces.py").read_text(encoding="utf-8")

    on_page = set(re.findall(r"^\| `([\w ]+)` \|", PAGE.split("## Traces")[1], re.MULTILINE))

    assert on_page == opened | set(re.findall(r'start_span\("(\w+)"', traces))


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_says_what_to_do(alert):
    assert alert["labels"]["severity"] in ("page", "ticket")
    assert set(alert["annotations"]) == {"summary", "action"}


def test_the_page_counts_the_alerts():
    assert f"{ {13: 'thirteen'}[len(ALERTS)] } alerts" in PAGE


def test_panels_have_a_place_each():
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in PANELS]

    assert len(set(places)) == len(places)
    assert [panel["id"] for panel in PANELS] == list(range(1, len(PANELS) + 1))


def test_promtool_takes_the_alerts():
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed")
    subprocess.run([promtool, "check", "rules", FILES / "alerts.yaml"], check=True, timeout=60)
