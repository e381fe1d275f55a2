"""What belongs to a new start that is not an alert?"""

from dataclasses import replace

import pytest

from cards.assessment.case import Case
from cards.card import Indicator
from cards.finding import Bound, DecisionKey, DecisionKind, DoseConstraint, Reasons
from cards.knowledge.default_policy import default_policy
from cards.model.chart import Sex
from cards.model.conditions import Indication, Problem, ProcedureKind
from cards.model.facts import FactKind
from cards.model.genes import Gene
from cards.model.labs import Analyte
from cards.model.therapy import Drug, TherapyState
from cards.rules.ordering.start_plan import starting_plan
from tests.builders import (
    KNOWLEDGE,
    azathioprine,
    case,
    chart,
    days_ago,
    finding,
    findings,
    is_silent,
    mercaptopurine,
    on,
    problem,
    procedure,
    taking,
    thioguanine,
    took,
    tpmt,
    unknown,
    unused,
    weight,
    why,
)

AZA = Drug.AZATHIOPRINE
DRAFT = "MedicationRequest/azathioprine-draft"
CROHNS, RA, TRANSPLANT = Indication.CROHNS, Indication.RHEUMATOID_ARTHRITIS, Indication.KIDNEY_TRANSPLANT


def ask(*facts, **fields):
    return starting_plan(case(*facts, **fields))


TRANSPLANTED = procedure(ProcedureKind.KIDNEY_TRANSPLANT, str(days_ago(3)))


def lines(*facts, **fields):
    return finding(ask(*facts, **fields)).do


def line(start, *facts, **fields):
    """The one line that begins so, or None."""
    (found,) = [one for one in lines(*facts, **fields) if one.startswith(start)] or [None]
    return found


def test_a_new_start_has_one_quiet_plan():
    found = finding(ask(azathioprine(100, for_=CROHNS)))

    assert found.decision == DecisionKey(DecisionKind.PLAN, DRAFT)
    assert (found.indicator, found.reasons, found.leads) == (Indicator.INFO, Reasons.PLAN, True)
    assert found.summary == "Starting azathioprine: plan"
    assert why(found) == (
        "New start: no thiopurine on record in the last 180 days",
        "Crohn's disease",
        "Azathioprine 100 mg/day (1.3 mg/kg) ordered: 100 mg x 1",
        "Weight 80 kg",
    )
    assert found.do[:9] == (
        "Crohn's disease: off-label in the US (evidence grade C); licences differ by country.",
        "TPMT and NUDT15 normal metabolizer: standard start 2 mg/kg/day = 160 mg/day for 80 kg. "
        "Blood counts are needed all the same.",
        "Usual start: 50 mg/day (grade E).",
        "Between steps at least: 4 weeks (grade E).",
        "Usual range: 1.5-2.5 mg/kg/day = 120-200 mg/day (grade C).",
        "Ceiling: 2.5 mg/kg/day = 200 mg/day (grade C).",
        "Review the benefit after: 13 weeks (grade A).",
        "Blood count and liver tests every 7 days at first (2026-12-01, 2026-12-08, 2026-12-15, 2026-12-22), and "
        "until the maintenance dose is reached, then every 15 days until 2027-02-23, then at least every 92 days "
        "(schedule profile: combined).",
        found.do[8],
    )
    assert found.citations[0] == KNOWLEDGE.cite("cpic-thiopurines-2025")
    assert len(found.citations) == len(set(found.citations))


@pytest.mark.parametrize("for_", [CROHNS, RA, TRANSPLANT])
def test_all_advice_for_drug_and_indication_is_in_the_plan(for_):
    found = finding(ask(azathioprine(100, for_=for_)))

    for one in KNOWLEDGE.start_plan.start_advice(AZA, for_):
        assert any(one.graded in text for text in found.do)
        assert one.citation in found.citations


def test_rheumatoid_arthritis_has_its_own_steps():
    found = lines(azathioprine(80, for_=RA))

    assert found[1:10] == (
        "TPMT and NUDT15 normal metabolizer: no reduction for the genes. Blood counts are needed all the same.",
        "Usual start: 1 mg/kg/day = 80 mg/day (grade A).",
        "Step: 0.5 mg/kg/day = 40 mg/day (grade A).",
        "Before the first step: 6-8 weeks (grade A).",
        "Between steps at least: 4 weeks (grade A).",
        "Usual range: 1-2.5 mg/kg/day = 80-200 mg/day (grade A).",
        "Ceiling: 2.5 mg/kg/day = 200 mg/day (grade A).",
        "Response after: 6-8 weeks (grade A).",
        "Review the benefit after: 12 weeks (grade A).",
    )


def test_transplantation_has_no_first_step_of_others_and_no_standard_of_cpics():
    found = lines(azathioprine(300, for_=TRANSPLANT), TRANSPLANTED)

    assert found[:5] == (
        "Kidney transplantation: licensed in the US (evidence grade A); licences differ by country.",
        "TPMT and NUDT15 normal metabolizer: no reduction for the genes. Blood counts are needed all the same.",
        "Usual start: 3-5 mg/kg/day = 240-400 mg/day (grade A).",
        "Usual range: 1-3 mg/kg/day = 80-240 mg/day (grade A).",
        "Ceiling: 3 mg/kg/day = 240 mg/day (grade A).",
    )
    assert line("Between steps", azathioprine(300, for_=TRANSPLANT)) is None


@pytest.mark.parametrize(
    ("order", "start"),
    [
        (mercaptopurine(75, for_=CROHNS), "standard start 1.5 mg/kg/day = 120 mg/day for 80 kg"),
        (mercaptopurine(75, for_=Indication.LEUKEMIA), "standard start 75 mg/m2/day"),
        (thioguanine(40), "standard start 40 mg/m2/day"),
        (mercaptopurine(75), "no reduction for the genes"),  # malignant or not: not known
        (thioguanine(20, for_=CROHNS), "no reduction for the genes"),
    ],
)
def test_the_standard_start_is_that_of_drug_and_indication(order, start):
    assert line("TPMT and NUDT15", order) == (
        f"TPMT and NUDT15 normal metabolizer: {start}. Blood counts are needed all the same."
    )


@pytest.mark.parametrize(("facts", "fields"), [((tpmt("*1/*3A"),), {}), ((), {"without": (Gene.NUDT15,)})])
def test_no_gene_line_unless_both_are_normal(facts, fields):
    assert line("TPMT and NUDT15", azathioprine(), *facts, **fields) is None


def test_without_a_weight_there_is_no_mg():
    found = lines(azathioprine(100, for_=RA), without=(Analyte.BODY_WEIGHT,))

    assert found[1].startswith("TPMT and NUDT15 normal metabolizer: standard start 2 mg/kg/day. ")
    assert found[2] == "Usual start: 1 mg/kg/day and 50-100 mg/day (grade A)."


@pytest.mark.parametrize("order", [azathioprine(), azathioprine(for_=(CROHNS, RA))])
def test_without_one_reason_licence_and_ceiling_are_not_known(order):
    assert lines(order)[0] == (
        "The indication is not stated or not single: licence and ceiling depend on it."
    )
    assert line("Ceiling:", order) is None
    assert line("Usual start", order) == "Usual start: 50 mg/day (grade E)."


def test_a_licence_nobody_read_is_left_out():
    assert lines(azathioprine(for_=Indication.LUPUS))[0].startswith("TPMT and NUDT15")


def test_the_high_start_of_a_transplantation_is_shown_in_the_first_weeks_alone():
    order = azathioprine(200, for_=TRANSPLANT)

    assert (
        line("Usual start", order, TRANSPLANTED) == "Usual start: 3-5 mg/kg/day = 240-400 mg/day (grade A)."
    )
    assert line("Usual start", order) is None
    assert line("Usual start", order, procedure(ProcedureKind.KIDNEY_TRANSPLANT, str(days_ago(29)))) is None


def test_an_indication_that_is_not_stated_has_the_strictest_ceiling_in_a_line():
    said = "Ceiling as long as the indication is not stated"

    assert line(said, azathioprine()) == f"{said}: 2 mg/kg/day = 160 mg/day, that for autoimmune hepatitis."
    assert line(said, mercaptopurine(75)) == f"{said}: 1.5 mg/kg/day = 120 mg/day, that for Crohn's disease."
    assert line(said, azathioprine(), without=(Analyte.BODY_WEIGHT,)) == (
        f"{said}: 2 mg/kg/day, that for autoimmune hepatitis."
    )
    assert line(said, azathioprine(for_=CROHNS)) is None
    assert line(said, thioguanine(40)) is None


def test_the_problem_list_gives_the_reason():
    assert "Psoriasis (from the problem list, not stated on the order)" in why(
        finding(ask(azathioprine(), problem(Problem.PSORIASIS)))
    )


@pytest.mark.parametrize(
    ("order", "fields", "high"),
    [
        (azathioprine(200, for_=CROHNS), {}, 50),
        (azathioprine(200, for_=RA), {}, 80),  # 1 mg/kg/day for 80 kg, and at most 100 mg
        (azathioprine(200, for_=RA), {"without": (Analyte.BODY_WEIGHT,)}, 100),
        (azathioprine(300, for_=TRANSPLANT), {}, None),  # when it was is not known: no start is usual
        (azathioprine(300, for_=TRANSPLANT), {"without": (Analyte.BODY_WEIGHT,)}, None),
        (mercaptopurine(75, for_=CROHNS), {}, None),
    ],
)
def test_the_usual_start_narrows_and_never_binds(order, fields, high):
    constraints = finding(ask(order, **fields)).constraints

    if high is None:
        assert constraints == ()
    else:
        assert constraints == (DoseConstraint(order.record_ref, Bound.START, None, high, is_binding=False),)


def test_each_drug_that_starts_has_its_plan():
    assert len(findings(ask(azathioprine(), mercaptopurine()))) == 2


@pytest.mark.parametrize(
    ("facts", "fields", "has_plan"),
    [
        ((azathioprine(),), {}, True),
        ((azathioprine(), took(AZA, 100, "2025-01-01", ended_on=days_ago(181))), {}, True),
        ((azathioprine(), took(AZA, 100, "2025-01-01", ended_on=days_ago(180))), {}, False),  # a restart
        ((azathioprine(), taking(AZA, 100)), {}, False),
        ((azathioprine(), taking(AZA, 50)), {}, False),
        ((azathioprine(), taking(AZA, 50, state=TherapyState.HELD)), {}, False),
        ((azathioprine(),), {"known": unknown(FactKind.MEDICATIONS)}, False),
        ((azathioprine(is_selected=False),), {}, False),
        ((taking(AZA),), {}, False),
    ],
)
def test_only_a_true_new_start_has_a_plan(facts, fields, has_plan):
    assert is_silent(ask(*facts, **fields)) is not has_plan


@pytest.mark.parametrize("profile", ["fda", "bsr", "bsg", "summary"])
def test_the_plan_shows_the_schedule_of_the_site(profile):
    policy = replace(default_policy(), schedule_profile=profile)

    found = finding(starting_plan(Case(chart(azathioprine()), policy, KNOWLEDGE)))

    (schedule,) = [one for one in found.do if "schedule profile" in one]
    assert schedule.endswith(f"(schedule profile: {profile}).")
    assert "2026-12" in schedule  # dates, not only intervals


@pytest.mark.parametrize(
    ("sex", "is_told"), [(Sex.FEMALE, True), (Sex.MALE, False), (Sex.OTHER, True), (None, True)]
)
def test_pregnancy_is_no_advice_for_men(sex, is_told):
    assert (line("Pregnancy: ", azathioprine(100), sex=sex) is not None) is is_told


@pytest.mark.parametrize(
    ("for_", "kg", "shown"),
    [
        (
            RA,
            110,
            ("Usual start: 50-100 mg/day (grade A).", "Ceiling: 2.5 mg/kg/day = 275 mg/day (grade A)."),
        ),
        (
            Indication.PSORIASIS,
            80,
            ("Usual start: 50 mg/day (grade E).", "Ceiling: 3 mg/kg/day = 240 mg/day (grade A)."),
        ),
        (Indication.PSORIASIS, 110, ("Usual start: 50 mg/day (grade E).", "Ceiling: 300 mg/day (grade E).")),
    ],
)
def test_a_usual_dose_above_a_lower_one_of_the_same_indication_does_not_hold(for_, kg, shown):
    facts = azathioprine(100, for_=for_), weight(kg)

    assert (line("Usual start", *facts), line("Ceiling", *facts)) == shown


def test_a_usual_range_above_the_own_ceiling_is_not_printed():
    assert line("Usual range", azathioprine(100, for_=Indication.PSORIASIS)) is None  # 100-300, at most 240
    assert line("Usual range", azathioprine(100, for_=Indication.PSORIASIS), weight(100)) == (
        "Usual range: 100-300 mg/day (grade E)."
    )


def test_the_standard_start_is_not_printed_above_the_own_ceiling():
    facts = azathioprine(100, for_=Indication.ITP)  # at most 200 mg/day

    assert "standard start 2 mg/kg/day = 200 mg/day" in line("TPMT and NUDT15", facts, weight(100))
    assert "no reduction for the genes" in line("TPMT and NUDT15", facts, weight(101))


@pytest.mark.parametrize("for_", [CROHNS, RA, Indication.ITP, Indication.PSORIASIS])
def test_a_child_is_told_no_dose_of_adults_in_mg(for_):
    child = {"born_on": on("2022-03-01")}
    facts = azathioprine(25, for_=for_), weight(12)

    said = [text for text in lines(*facts, **child) if text.startswith(("Usual", "Ceiling"))]
    assert [text for text in said if "mg/kg" not in text] == []
    adult = [text for text in lines(azathioprine(100, for_=for_)) if text.startswith(("Usual", "Ceiling"))]
    assert len(said) < len(adult) or for_ is RA


def test_every_line_that_names_a_dose_is_known_as_one():
    found = finding(ask(azathioprine(80, for_=RA)))

    assert [
        (one.text.split(":")[0], one.mg_per_day, one.is_start, one.is_increase) for one in found.dose_lines
    ] == [
        ("Usual start", 80, True, False),
        ("Step", None, False, True),
        ("Before the first step", None, False, True),
        ("Between steps at least", None, False, True),
        ("Usual range", 200, False, False),
        ("Ceiling", 200, False, False),
    ]
    assert {one.text for one in found.dose_lines} <= set(found.do)


def test_the_line_on_normal_genes_has_a_form_without_a_dose():
    found = finding(ask(azathioprine(80, for_=CROHNS)))

    assert (found.dose_lines[0].text, found.dose_lines[0].mg_per_day) == (found.do[1], 160)
    assert found.dose_lines[0].otherwise == (
        "TPMT and NUDT15 normal metabolizer: no reduction for the genes. Blood counts are needed all the same."
    )


def test_without_a_weight_the_most_that_a_line_names_is_not_known():
    found = finding(ask(azathioprine(80, for_=CROHNS), without=(Analyte.BODY_WEIGHT,)))

    assert {one.text.split(":")[0]: one.mg_per_day for one in found.dose_lines if not one.is_increase} == {
        "TPMT and NUDT15 normal metabolizer": None,
        "Usual start": 50,
        "Usual range": None,
        "Ceiling": None,
    }


@pytest.mark.parametrize(
    ("facts", "words"),
    [((), "thiopurine"), ((unused(FactKind.MEDICATIONS),), "thiopurine that could be read")],
)
def test_a_new_start_says_what_it_rests_on(facts, words):
    assert (
        why(finding(ask(azathioprine(), *facts)))[0]
        == f"New start: no {words} on record in the last 180 days"
    )
