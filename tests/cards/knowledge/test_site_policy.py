"""A site's policy: its TOML text checked against bounds, and what differs from the default."""

from dataclasses import fields
from pathlib import Path

import pytest

from cards.knowledge.knowledge import Knowledge
from cards.knowledge.site_policy import SCHEMA, Difference, PolicyError, age_of, differences, site_policy
from cards.model.policy import Loudness, Policy, RuleSwitch
from tests.builders import KNOWLEDGE

NUMBERS = [
    one.name
    for one in fields(Policy)
    if one.name not in ("schedule_profile", "repeat", "country", "leukaemia_protocol", "switches", "tables")
]


RELEASES = Path(__file__).parents[3] / "docs" / "releases"


def policy_of(text):
    return site_policy(text, lambda _: KNOWLEDGE)


def problems(text, knowledge=KNOWLEDGE):
    with pytest.raises(PolicyError) as raised:
        site_policy(text, lambda _: knowledge)
    return raised.value.problems


def test_an_empty_policy_is_the_default():
    assert policy_of("") == KNOWLEDGE.default_policy
    assert differences(policy_of(""), KNOWLEDGE) == ()


@pytest.mark.parametrize("name", NUMBERS)
def test_every_number_has_bounds_and_the_default_is_within(name):
    bounds = KNOWLEDGE.policy_bounds[name]

    assert bounds.low <= getattr(KNOWLEDGE.default_policy, name) <= bounds.high
    assert bounds.why


def test_bounds_are_of_numbers_that_exist():
    assert set(KNOWLEDGE.policy_bounds) == set(NUMBERS)


@pytest.mark.parametrize(
    ("text", "is_within"),
    [
        ("max_cards = 2", True),
        ("max_cards = 12", True),
        ("max_cards = 1", False),
        ("max_cards = 13", False),
        ("severe_egfr = 15.5", True),
        ("severe_egfr = nan", False),
        ("plausible_kg_max = 300", True),
    ],
)
def test_bounds_include_their_ends(text, is_within):
    if is_within:
        assert policy_of(text)
    else:
        assert problems(text)


def test_says_what_differs():
    policy = policy_of(
        """
        max_cards = 4
        schedule_profile = "bsr"
        [rules.untested-genes]
        at_least = "critical"
        [rules.minor-interactions]
        silent = true
        [rules.live-vaccine]
        silent = true
        acknowledge_risk = "the pharmacy system checks vaccines"
        [rules.genotype-dose]
        at_most = "warning"
        [rules.start-plan]
        silent = false
        """
    )

    assert policy.switches == (
        RuleSwitch("untested-genes", at_least=Loudness.CRITICAL),
        RuleSwitch("minor-interactions", is_silent=True),
        RuleSwitch("live-vaccine", is_silent=True, acknowledged_risk="the pharmacy system checks vaccines"),
        RuleSwitch("genotype-dose", at_most=Loudness.WARNING),
        RuleSwitch("start-plan"),
    )
    assert differences(policy, KNOWLEDGE) == (
        Difference("max_cards", "6", "4"),
        Difference("schedule_profile", "combined", "bsr"),
        Difference("rule untested-genes", "warning", "at least critical"),
        Difference("rule minor-interactions", "info to warning", "silent"),
        Difference(
            "rule live-vaccine",
            "warning to critical",
            "silent, risk acknowledged: the pharmacy system checks vaccines",
        ),
        Difference("rule genotype-dose", "info to critical", "at most warning"),
        Difference("rule start-plan", "info", "unchanged"),
    )


NEEDS_REASON = (
    "rules.{}: this rule can be critical; to silence it or to make it an info, say why in "
    'acknowledge_risk = "..."'
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("max_cards = ", ("not valid TOML: Invalid value (at end of document)",)),
        ("max_card = 4", ("max_card: unknown; did you mean max_cards?",)),
        ("shade = 4", ("shade: unknown",)),
        ("switches = []", ("switches: unknown",)),
        ("max_cards = 'four'", ("max_cards = 'four': expected a whole number",)),
        ("max_cards = 4.0", ("max_cards = 4.0: expected a whole number",)),
        ("max_cards = true", ("max_cards = True: expected a whole number",)),
        (
            "max_cards = 0",
            ("max_cards = 0: expected 2 to 12 cards (critical cards are never cut)",),
        ),
        (
            "schedule_profile = 'weekly'",
            ("schedule_profile = 'weekly': expected one of bsg, bsr, combined, fda, summary",),
        ),
        ("reduced_egfr = 45\nsevere_egfr = 45", ("severe_egfr = 45 must be below reduced_egfr = 45",)),
        ("rules = 3", ("rules: expected tables such as [rules.start-plan]",)),
        (
            "[rules]\nsepsis = true",
            ("rules.sepsis: expected a table with silent, at_most, at_least, acknowledge_risk",),
        ),
        ("[rules.start-plans]", ("rules.start-plans: unknown; did you mean start-plan?",)),
        ("[rules.start-plan]\nloud = true", ("rules.start-plan.loud: unknown",)),
        ("[rules.start-plan]\nsilent = 'yes'", ("rules.start-plan.silent = 'yes': expected true or false",)),
        ("[rules.sepsis]\nsilent = true", (NEEDS_REASON.format("sepsis"),)),
        ("[rules.sepsis]\nat_most = 'info'", (NEEDS_REASON.format("sepsis"),)),
        ("[rules.sepsis]\nsilent = true\nacknowledge_risk = ' because '", (NEEDS_REASON.format("sepsis"),)),
        (
            "[rules.sepsis]\nsilent = true\nacknowledge_risk = 3",
            ("rules.sepsis.acknowledge_risk = 3: expected a reason in words", NEEDS_REASON.format("sepsis")),
        ),
        (
            "[rules.start-plan]\nat_most = 'critical'",
            ("rules.start-plan.at_most = 'critical': expected warning or info",),
        ),
        (
            "[rules.lactation]\nat_least = 'warning'",
            ("rules.lactation.at_least = 'warning': expected nothing: this rule cannot be made more urgent",),
        ),
        (
            "[rules.baseline-tests]\nat_least = 'critical'",
            ("rules.baseline-tests.at_least = 'critical': expected warning",),
        ),
        (
            "[rules.baseline-tests]\nat_least = 'warning'\nat_most = 'info'",
            ("rules.baseline-tests: at_most and at_least exclude each other",),
        ),
        (
            "max_cards = 0\nshade = 1",
            (
                "max_cards = 0: expected 2 to 12 cards (critical cards are never cut)",
                "shade: unknown",
            ),
        ),
    ],
)
def test_names_everything_that_is_wrong(text, found):
    assert problems(text) == found


def test_a_critical_rule_may_be_made_a_warning_without_a_reason():
    assert policy_of("[rules.sepsis]\nat_most = 'warning'").switches[0].at_most is Loudness.WARNING


def test_a_policy_can_be_compared_and_hashed():
    assert hash(policy_of("max_cards = 4")) == hash(policy_of("max_cards = 4"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("tables = 5", "tables = 5: expected the version of a release in quotes"),
        ('tables = "2020-01-01"', "tables = '2020-01-01': expected one of 2026-11-24, 2026-11-30"),
        ('tables = "2026-11-24"', "this software reads schema 1 of the tables, and the release has schema 0"),
    ],
)
def test_tables_that_cannot_be_used_are_the_one_problem(text, problem):
    with pytest.raises(PolicyError) as refused:
        site_policy(f"{text}\nno_such_name = 1", lambda version: Knowledge.of_release(version, RELEASES))

    assert len(refused.value.problems) == 1
    assert problem in refused.value.problems[0]


@pytest.mark.parametrize("text", ["max_cards = 4", "schema = 0\nmax_cards = 4", "schema = 1\nmax_cards = 4"])
def test_a_policy_of_any_schema_up_to_this_is_the_same_policy(text):
    assert policy_of(text) == policy_of("max_cards = 4")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("schema = 2", "schema = 2: this software reads policies up to schema 1"),
        ("schema = -1", "schema = -1: expected a whole number"),
        ("schema = true", "schema = True: expected a whole number"),
        ('schema = "1"', "schema = '1': expected a whole number"),
    ],
)
def test_a_policy_of_a_later_or_unreadable_schema_is_refused_with_that_alone(text, problem):
    assert problems(f"{text}\nno_such_name = 1") == (problem,)


def test_an_older_policy_is_told_what_has_changed_since():
    assert age_of("max_cards = 4").changes == (
        "schema 1: `tables` names a release in the folder THIOPURINE_CDS_RELEASES; "
        "none comes with the software any more",
        "then write schema = 1 in its first line",
    )
    assert (age_of(f"schema = {SCHEMA}").schema, age_of(f"schema = {SCHEMA}").changes) == (SCHEMA, ())


def test_a_policy_is_judged_by_the_tables_that_it_names(tables):
    tables.edit("schedules", "combined,", "weekly,")
    other = tables.knowledge

    assert problems("max_cards = 4", other) == (
        "schedule_profile = 'combined' is not in these tables: choose one of bsg, bsr, fda, summary, weekly",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('country = "US"', "country = 'US': expected one of MY, any"),
        (
            'leukaemia_protocol = "COG"',
            "leukaemia_protocol = 'COG': expected one of BFM, InPOG, NOPHO, St Jude, any",
        ),
    ],
)
def test_a_country_or_protocol_without_rows_is_refused(text, expected):
    assert problems(text) == (expected,)


def test_a_site_says_its_country_and_the_protocol_it_treats_by():
    policy = policy_of('country = "MY"\nleukaemia_protocol = "St Jude"')

    assert (policy.country, policy.leukaemia_protocol) == ("MY", "St Jude")
