"""A site that stays with an earlier release of the tables sees its numbers, and is told so."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cards.knowledge.releases import digest_of, own_tables

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
KNOWN = ROOT / "cds_service/health/known_orders.json"
ORDER = next(one for one in json.loads(KNOWN.read_text()) if one["name"] == "intermediate-tpmt-dose-offered")
COMMAND = (
    "import sys; from pathlib import Path; from cards.knowledge import releases; "
    "releases.ARCHIVE = Path(sys.argv.pop(1)); from cds_service.cli.main import main; main()"
)
CANARY = (
    "import sys; from pathlib import Path; from cards.knowledge import releases; "
    "releases.ARCHIVE = Path(sys.argv[1]); from cds_service.policy_file import policy_in; "
    "policy_in(Path(sys.argv[2])); from cds_service.health.canary import Canary; print(Canary().judge())"
)


@pytest.fixture
def earlier(tmp_path):
    """A folder of releases; in "2026-01-01" the lower end of CPIC's range is 20 %, not 30 %."""
    folder = tmp_path / "releases" / "2026-01-01"
    shutil.copytree(Path(str(own_tables())) / "tables", folder / "tables")
    shutil.copy(Path(str(own_tables())) / "sources.toml", folder)
    shutil.copy(KNOWN, folder)
    table = folder / "tables/genotype_doses.csv"
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace(",IM,30,80,", ",IM,20,70,"), encoding="utf-8")
    (folder / "release.toml").write_text(
        f'version = "2026-01-01"\nreleased = 2026-01-01\ndigest = "{digest_of(folder)}"\n'
    )
    (tmp_path / "site.toml").write_text('tables = "2026-01-01"\n')
    (tmp_path / "request.json").write_text(json.dumps(ORDER["request"]))
    return tmp_path


def run(folder, *arguments, program=COMMAND):
    words = [sys.executable, "-c", program, str(folder / "releases"), *arguments]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def details(folder, *policy):
    done = run(folder, "evaluate", "request.json", "--as-of", ORDER["as_of"], "--number-ids", *policy)
    assert done.returncode == 0, done.stderr
    return "\n".join(card["detail"] for card in json.loads(done.stdout)["cards"])


def test_cards_hold_the_earlier_number_and_name_the_release(earlier):
    now, then = details(earlier), details(earlier, "--policy", "site.toml")

    assert ("30-80 %" in now, "20-70 %" in now) == (True, False)
    assert ("20-70 %" in then, "30-80 %" in then) == (True, False)
    told = "Tables of release 2026-01-01, by this site's policy; not signed off by a clinician."
    assert (told in now, told in then) == (False, True)


def test_check_policy_tells_the_release(earlier):
    done = run(earlier, "check-policy", "site.toml", "--json")

    assert json.loads(done.stdout)["differences"] == [
        {"name": "tables", "default": "", "chosen": "2026-01-01"}
    ]


def test_an_unknown_release_stops_the_service_at_start(earlier):
    (earlier / "site.toml").write_text('tables = "2025-01-01"\n')

    done = run(earlier, "evaluate", "request.json", "--policy", "site.toml")

    assert done.returncode == 2
    assert "tables = '2025-01-01': expected one of 2026-01-01" in done.stderr


def test_the_canary_judges_by_the_orders_of_the_release(earlier):
    shutil.copy(KNOWN, earlier / "releases/2026-01-01/known_orders.json")
    red = run(earlier, "site.toml", program=CANARY)
    orders = json.loads(KNOWN.read_text())
    others = [one for one in orders if not one["name"].startswith(("intermediate", "tpmt"))][:1]
    (earlier / "releases/2026-01-01/known_orders.json").write_text(json.dumps(others))
    green = run(earlier, "site.toml", program=CANARY)

    assert ("intermediate-tpmt-dose-offered" in red.stdout, "wrong=()" in green.stdout) == (True, True)


def test_two_releases_are_not_compared_in_one_process(earlier):
    program = COMMAND.replace(
        "from cds_service.cli.main import main; main()",
        "from cds_service.policy_file import policy_in; policy_in(None); policy_in(Path('site.toml'))",
    )

    done = run(earlier, program=program)

    assert "this process already reads 'its own tables'" in done.stderr


def test_rules_since_tells_which_rows_changed(earlier):
    done = run(earlier, "rules", "--since", "2026-01-01", "--format", "json")

    found = json.loads(done.stdout)
    cells = [one["cells"] for one in found["changes"]]
    assert {one["table"] for one in found["changes"]} == {"genotype_doses"}
    assert {tuple(one) for one in cells} == {("percent_low", "percent_high")}
    assert cells[0]["percent_low"] == {"before": "20", "after": "30"}
    assert found["changes"][0]["row"]["source"] == "cpic-thiopurines-2025"


def test_rules_since_prints_a_table(earlier):
    done = run(earlier, "rules", "--since", "2026-01-01")

    assert done.returncode == 0
    assert "percent_low: 20" in done.stdout
    assert "rows differ between release 2026-01-01 and the present tables" in done.stdout
