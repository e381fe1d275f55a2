"""Every rule is listed, every row of a table has its source, every analyte has its codes."""

import pkgutil
from importlib import import_module
from importlib.resources import files
from pathlib import Path

import pytest

import cards.rules
from cards.assessment.case import Case
from cards.card import Indicator
from cards.engine import advise
from cards.finding import Fired
from cards.knowledge.default_policy import default_policy
from cards.model.conditions import Indication, Problem, Reaction
from cards.model.labs import Analyte
from cards.model.therapy import Drug
from cards.rules import ALL_RULES, ORDER_SELECT_RULES, ORDER_SIGN_RULES, PATIENT_VIEW_RULES
from cards.rules.rule import Rule
from cds_service.answering import pipeline
from fhir_mappers.terminology.codes import loinc_codes
from tests.builders import (
    KNOWLEDGE,
    OWN_TABLES,
    allergy,
    azathioprine,
    chart,
    live_vaccine,
    mercaptopurine,
    problem,
    regimen,
    result,
    taking,
    thioguanine,
    tpmt,
)
from tests.stories import all_stories

ROOT = Path(__file__).parents[1]
AZA = Drug.AZATHIOPRINE
ON_DRUG = taking(AZA, 100)
CROHNS_ORDER = azathioprine(200, for_=Indication.CROHNS)
LOW_WBC = result(Analyte.WBC, 2.0, "2026-11-20", unit="10*9/L")

# clinical-rules.md: the statements of the summary, and those that primary sources add.
ROW_IDS = {
    f"{letter}{number:02}"
    for letter, last in {
        "A": 26, "B": 14, "C": 5, "D": 9, "E": 13, "F": 6, "G": 3, "H": 6, "I": 12, "J": 4, "K": 6, "X": 18,
    }.items()
    for number in range(1, last + 1)
}  # fmt: skip

# cards.md: critical is for what can kill or is a labelled contraindication, and for nothing else.
IN_LEUKAEMIA = taking(Drug.MERCAPTOPURINE, 65, for_=Indication.LEUKEMIA)
CRITICAL = {
    "two-thiopurines": (CROHNS_ORDER, taking(Drug.MERCAPTOPURINE, 50)),
    "sepsis": (ON_DRUG, problem(Problem.SEPSIS, onset="2026-11-22")),
    "varicella-exposure": (ON_DRUG, problem(Problem.VARICELLA_EXPOSURE, onset="2026-11-22")),
    "febrile-cytopenia": (ON_DRUG, LOW_WBC, problem(Problem.FEVER, onset="2026-11-23")),
    "severe-cytopenia": (ON_DRUG, LOW_WBC),
    "leukaemia-counts": (IN_LEUKAEMIA, result(Analyte.ANC, 0.3, "2026-11-22", unit="10*9/L")),
    "pancreatitis": (ON_DRUG, problem(Problem.PANCREATITIS, onset="2026-11-20")),
    "thiopurine-hypersensitivity": (CROHNS_ORDER, allergy(AZA, reactions=[Reaction.ANAPHYLAXIS])),
    "veno-occlusive-disease": (ON_DRUG, problem(Problem.VENO_OCCLUSIVE_DISEASE, onset="2026-11-20")),
    "cholestasis-of-pregnancy": (ON_DRUG, problem(Problem.CHOLESTASIS_OF_PREGNANCY, onset="2026-11-20")),
    "alkylating-agents": (
        azathioprine(100, for_=Indication.RHEUMATOID_ARTHRITIS),
        taking(Drug.CYCLOPHOSPHAMIDE, 100, "2020-01-01"),
    ),
    "xanthine-oxidase-inhibitor": (CROHNS_ORDER, taking(Drug.ALLOPURINOL, 300)),
    "interacting-drug": (CROHNS_ORDER, taking(Drug.RIBAVIRIN, 1000)),
    "live-vaccine": (ON_DRUG, live_vaccine()),
    "genotype-dose": (CROHNS_ORDER, tpmt("*3A/*3A")),
    "dose-for-indication": (azathioprine(1000, for_=Indication.CROHNS),),
    "leukaemia-dose": (mercaptopurine(300, for_=Indication.LEUKEMIA), result(Analyte.BODY_HEIGHT, 180)),
    "thioguanine-dose": (
        thioguanine(800, for_=Indication.ACUTE_MYELOID_LEUKEMIA),
        result(Analyte.BODY_HEIGHT, 180),
    ),
    "dose-over-time": (
        azathioprine(100, regimen=regimen(100, largest_mg_of_a_day=700.0), for_=Indication.CROHNS),
    ),
    "dose-being-taken": (taking(AZA, 1500, for_=Indication.CROHNS),),
}


def modules():
    found = pkgutil.walk_packages(cards.rules.__path__, "cards.rules.")
    return [import_module(info.name) for info in found if not info.ispkg]


def rules_in(module):
    return [value for value in vars(module).values() if isinstance(value, Rule)]


# --- rules


def test_every_rule_of_a_module_is_in_the_catalogue():
    missing = [
        f"{rule.id} of {module.__name__}"
        for module in modules()
        for rule in rules_in(module)
        if rule not in ALL_RULES
    ]

    assert missing == []


def test_every_rule_is_asked_at_some_hook():
    asked = {rule.id for rule in (*ORDER_SIGN_RULES, *ORDER_SELECT_RULES, *PATIENT_VIEW_RULES)}

    assert asked == {rule.id for rule in ALL_RULES}


@pytest.mark.parametrize("rules", [ORDER_SIGN_RULES, ORDER_SELECT_RULES, PATIENT_VIEW_RULES, ALL_RULES])
def test_no_rule_is_asked_twice_and_ids_and_topics_tell_them_apart(rules):
    assert len({rule.id for rule in rules}) == len(rules)
    assert len({rule.topic for rule in rules}) == len(rules)


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.id)
def test_a_rule_is_a_question_with_a_stable_code(rule):
    assert rule.topic.isalnum()
    assert rule.topic.isascii()
    assert rule.topic != "CouldNotBeChecked"
    assert rule.question.endswith("?")
    assert rule.id == rule.id.lower().strip("-")
    assert rule.needs


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.id)
def test_a_rule_implements_rows_of_the_reference(rule):
    assert rule.implements
    assert set(rule.implements) <= ROW_IDS
    assert len(set(rule.implements)) == len(rule.implements)


# --- critical


def test_only_the_short_named_list_can_be_critical():
    assert {rule.id for rule in ALL_RULES if rule.can_be_critical} == set(CRITICAL)


@pytest.mark.parametrize("rule_id", CRITICAL)
def test_what_can_be_critical_is(rule_id):
    (rule,) = [rule for rule in ALL_RULES if rule.id == rule_id]

    outcome = rule.check(Case(chart(*CRITICAL[rule_id]), default_policy(), KNOWLEDGE))

    assert isinstance(outcome, Fired), f"{rule_id}: {outcome}"
    assert Indicator.CRITICAL in {found.indicator for found in outcome.findings}


@pytest.mark.parametrize("rule_id", CRITICAL)
def test_nothing_else_is_critical_on_these_charts(rule_id):
    case = Case(chart(*CRITICAL[rule_id]), default_policy(), KNOWLEDGE)

    for rule in ALL_RULES:
        outcome = rule.check(case)
        indicators = {found.indicator for found in outcome.findings} if isinstance(outcome, Fired) else set()
        assert rule.can_be_critical or Indicator.CRITICAL not in indicators


# --- tables


TABLES = sorted(
    file.name.removesuffix(".csv") for file in files("cards.knowledge").joinpath("tables").iterdir()
)
# Spellings of a unit are nobody's statement: the scales that they lead to have their sources. The others say where a
# sentence belongs, and the sentence has its source.
WITHOUT_SOURCE = {
    "tpmt_activity_units",
    "fda_statements",
    "hepatitis_b_views",
    "metabolite_notes",
    "other_dose_views",
    "other_interactions",
    "patient_advice",
    "start_advice",
    "toxicity_advice",
}


@pytest.mark.parametrize("table", TABLES)
def test_every_row_of_a_table_has_a_source_that_is_listed(table):
    for row in OWN_TABLES.rows(table):
        if table in WITHOUT_SOURCE:
            continue
        keys = row.text("sources" if "sources" in row.cells else "source").split()
        assert keys, f"{table}.csv, line {row.line}: no source"
        for key in keys:
            assert key in KNOWLEDGE.sources.all, f"{table}.csv, line {row.line}: {key}"


@pytest.mark.parametrize("table", TABLES)
def test_a_row_with_a_grade_has_one_that_is_known(table):
    for row in OWN_TABLES.rows(table):
        if row.cells.get("grade"):
            assert row.citation().grade


# --- codes


@pytest.mark.parametrize("analyte", Analyte)
def test_every_analyte_has_loinc_codes(analyte):
    assert loinc_codes(analyte)


def test_a_rule_has_a_test_that_mirrors_its_module():
    modules_of_rules = [module.__name__ for module in modules() if rules_in(module)]
    places = [f"tests/{name.replace('.', '/')}".rpartition("/") for name in modules_of_rules]
    mirrors = [f"{folder}/test_{name}.py" for folder, _, name in places]

    assert mirrors
    assert [f"write {mirror}" for mirror in mirrors if not (ROOT / mirror).is_file()] == []


@pytest.mark.slow
def test_every_rule_speaks_in_a_story(monkeypatch):
    spoken = set()

    def watched(*asked):
        found = advise(*asked)
        spoken.update(one.rule_id for one in found.decisions if isinstance(one.outcome, Fired))
        return found

    monkeypatch.setattr(pipeline, "advise", watched)
    for story in all_stories():
        story.answer()

    assert [rule.id for rule in ALL_RULES if rule.id not in spoken] == [], "add a story in which it speaks"
