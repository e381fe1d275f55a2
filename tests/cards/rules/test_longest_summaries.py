"""Every rule's own summary fits a card with the longest parts that a chart can put into it.

The composer shortens what is too long; this shows that no rule leaves its act to that.
"""

from collections import defaultdict
from functools import cache
from random import Random

import pytest

from cards.assessment.case import Case
from cards.finding import Fired
from cards.knowledge.default_policy import default_policy
from cards.model.chart import Sex
from cards.model.conditions import ConditionState, Indication, Problem, ProcedureKind, Reaction
from cards.model.genes import Gene, Phenotype
from cards.model.labs import Analyte, LabFinding
from cards.model.therapy import THIOPURINES, Drug, OrderIntent, TherapyState
from cards.model.vaccines import Antigen, VaccineKind
from cards.rules import ALL_RULES
from cards.wording import LONGEST_SUMMARY
from tests.builders import (
    KNOWLEDGE,
    allergy,
    chart,
    days_ago,
    gene,
    live_vaccine,
    on,
    ordered,
    problem,
    procedure,
    regimen,
    reported,
    result,
    taking,
    vaccinated,
    weight,
)

pytestmark = pytest.mark.slow

CHARTS = 1000
# For a rule that no crowded chart makes speak, a chart of its own.
DIRECTED = {
    "hepatitis-b-vaccine": (
        ordered(Drug.MERCAPTOPURINE, 1234.567),
        result(Analyte.HBSAG, None, finding=LabFinding.NEGATIVE),
        result(Analyte.ANTI_HBS, None, finding=LabFinding.NEGATIVE),
    ),
    "undated-results": (
        ordered(Drug.MERCAPTOPURINE, 1234.567),
        result(Analyte.ANC, 0.375, None),
        result(Analyte.WBC, 0.875, None),
    ),
    "possible-inhibitor": (ordered(Drug.MERCAPTOPURINE, 1234.567), reported(Drug.ALLOPURINOL, 1234.567)),
    "dose-over-time": (
        ordered(
            Drug.MERCAPTOPURINE,
            regimen=regimen(1234.567, largest_mg_of_a_day=9999.875),
            for_=Indication.ULCERATIVE_COLITIS,
        ),
    ),
    "gastrointestinal-symptoms": (
        ordered(Drug.AZATHIOPRINE, 1234.567),
        allergy(Drug.AZATHIOPRINE, is_allergy=False),
    ),
    "creatinine-rising": (
        taking(Drug.MERCAPTOPURINE, 1234.567),
        result(Analyte.CREATININE, 10.125, "2026-01-20"),
        result(Analyte.CREATININE, 19.875, "2026-10-20"),
        result(Analyte.CREATININE, 19.875, "2026-11-20", ref="Observation/newest"),
        result(Analyte.EGFR, 25, "2026-01-20"),
        result(Analyte.EGFR, 25, "2026-11-20", ref="Observation/egfr"),
    ),
    "weight-in-doubt": (
        ordered(Drug.MERCAPTOPURINE, 1234.567),
        weight(71.25, "2026-10-01"),
        weight(157.125, "2026-11-20"),
    ),
    "stopping": (
        ordered(Drug.AZATHIOPRINE, 1234.567, intent=OrderIntent.END, for_=Indication.LUPUS_NEPHRITIS),
        taking(Drug.AZATHIOPRINE, 1234.567, "2026-01-01", for_=Indication.LUPUS_NEPHRITIS),
    ),
}
UNLISTED = (
    "measles, mumps, rubella and varicella vaccine as the pharmacy spells it out in full on every label " * 3
)
LOW_COUNTS = (Analyte.WBC, Analyte.ANC, Analyte.PLATELETS, Analyte.ALC, Analyte.HEMOGLOBIN)
LOW_GENES = (Phenotype.POOR, Phenotype.INTERMEDIATE, Phenotype.POSSIBLE_INTERMEDIATE, Phenotype.NORMAL)
MG = (None, 12.125, 1234.567, 9999.875, 1e12)
SINCE = ("2019", "2026", "2026-11", *(str(days_ago(days)) for days in (0, 1, 9, 13, 27, 29, 60, 91, 181)))


@cache
def longest_of_each_rule():
    """The longest summary of each rule over all charts."""
    longest = defaultdict(str)
    crowded = (crowded_case(seed) for seed in range(CHARTS))
    directed = (Case(chart(*facts), default_policy(), KNOWLEDGE) for facts in DIRECTED.values())
    for case in (*crowded, *directed):
        for rule in ALL_RULES:
            outcome = rule.check(case)
            if isinstance(outcome, Fired):
                said = (found.summary for found in outcome.findings)
                longest[rule.id] = max(longest[rule.id], *said, key=len)
    return longest


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.id)
def test_the_longest_summary_fits(rule):
    summary = longest_of_each_rule()[rule.id]

    assert summary, "no chart here makes this rule speak: add one to DIRECTED"
    assert len(summary) <= LONGEST_SUMMARY, f"{len(summary)}: {summary}"


def crowded_case(seed):
    """A chart on which much is wrong at once, the same for the same seed."""
    dice = Random(seed)  # noqa: S311 -- charts to test with, not keys
    facts = [
        *orders(dice),
        *therapies(dice),
        *genes(dice),
        *results(dice),
        *history(dice),
        weight(dice.choice([30.125, 77.777, 142.375])),
    ]
    fields = {
        "sex": dice.choice([Sex.FEMALE, Sex.MALE]),
        "born_on": dice.choice([None, on("1940"), on("1986-05-05"), on("2004-01"), on("2016-02-03")]),
        "without": [one for one in (*Gene, Analyte.BODY_WEIGHT) if dice.random() < 0.15],
    }
    return Case(chart(*facts, **fields), default_policy(), KNOWLEDGE)


def orders(dice):
    drug = dice.choice(THIOPURINES)
    for_ = tuple(dice.sample(list(Indication), dice.choice([0, 1, 1, 1, 1, 2])))
    if dice.random() < 0.7:
        intent = dice.choice([OrderIntent.TAKE] * 6 + [OrderIntent.END])
        mg = dice.choice(MG)
        yield ordered(
            drug, mg, ref="MedicationRequest/draft", for_=for_, intent=intent, dose_problem=UNLISTED
        )
    for n, other in enumerate(dice.sample([one for one in Drug if one is not drug], 2)):
        if dice.random() < 0.4:
            intent = dice.choice([OrderIntent.TAKE, OrderIntent.END])
            yield ordered(other, 1234.567, ref=f"MedicationRequest/draft-{n}", intent=intent)
    if dice.random() < 0.4:
        kind = dice.choice([VaccineKind.LIVE, VaccineKind.UNCERTAIN])
        yield live_vaccine(
            dice.choice([UNLISTED, "yellow fever"]), kind=kind, antigen=dice.choice(list(Antigen))
        )


def therapies(dice):
    drug = dice.choice(THIOPURINES)
    for_ = tuple(dice.sample(list(Indication), dice.choice([0, 1, 1, 1])))
    if dice.random() < 0.8:
        for n in range(dice.choice([1, 2])):
            state = dice.choice([TherapyState.ACTIVE] * 4 + [TherapyState.HELD, TherapyState.POSSIBLY_TAKEN])
            since = dice.choice(SINCE)
            yield taking(drug, dice.choice(MG), since, state=state, for_=for_, ref=f"MedicationRequest/{n}")
    for other in dice.sample(list(Drug), dice.choice([2, 6, 12])):
        state = dice.choice([TherapyState.ACTIVE] * 3 + [TherapyState.HELD, TherapyState.PAST])
        yield taking(other, 1234.567, dice.choice(SINCE), state=state, ref=f"MedicationRequest/{other.value}")


def genes(dice):
    for which in Gene:
        if dice.random() < 0.7:
            yield gene(which, phenotype=dice.choice(LOW_GENES))
        elif dice.random() < 0.5:
            yield gene(which, "*1/*999")


def results(dice):
    if dice.random() < 0.5:
        for analyte in LOW_COUNTS:
            for days in (400, 80, 50, 20, 3):
                value = dice.choice([0.123, 0.456, 1.234, 3.123]) * (1 + days / 30)
                fields = {"unit": "10*9/L", "ref": f"Observation/{analyte.value}-{days}"}
                yield result(
                    analyte, value, str(days_ago(days)), comparator=dice.choice([None, "<"]), **fields
                )
    for analyte in dice.sample([one for one in Analyte if one not in LOW_COUNTS], 8):
        if analyte is Analyte.BODY_WEIGHT:
            continue
        day = str(days_ago(dice.choice([0, 3, 40])))
        if dice.random() < 0.2:
            yield result(analyte, None, day, finding=dice.choice(list(LabFinding)))
            continue
        value = dice.choice([0.123, 1.234, 12345.678, 1e12])
        fields = {"unit": "mL/min/{1.73_m2}" if analyte is Analyte.EGFR else "mg/dL", "reference_high": 1.0}
        yield result(analyte, value, day, comparator=dice.choice([None, ">", "<"]), **fields)


def history(dice):
    for n, one in enumerate(dice.sample(list(Problem), dice.choice([0, 2, 5]))):
        yield problem(
            one,
            ref=f"Condition/{n}",
            onset=dice.choice(SINCE),
            state=dice.choice([ConditionState.ACTIVE] * 3 + list(ConditionState)),
            is_confirmed=dice.random() < 0.8,
            in_this_encounter=dice.random() < 0.3,
        )
    for n, kind in enumerate(dice.sample(list(ProcedureKind), 2)):
        yield procedure(
            kind, dice.choice(SINCE), text=UNLISTED, is_planned=dice.random() < 0.3, ref=f"Procedure/{n}"
        )
    if dice.random() < 0.4:
        reactions = tuple(dice.sample(list(Reaction), dice.choice([0, 1, 2, 7])))
        yield allergy(
            dice.choice(THIOPURINES), reactions=reactions, is_allergy=dice.choice([None, True, False])
        )
    if dice.random() < 0.3:
        yield vaccinated(str(days_ago(5)), dice.choice([UNLISTED, "yellow fever"]))
