"""Did a lymphoma, a leukaemia, a myelodysplastic syndrome or a skin cancer come after a thiopurine began?"""

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind
from cards.model.conditions import ConditionState, Indication, Problem
from cards.model.facts import FactKind
from cards.model.therapy import Drug
from cards.rules.toxicity.malignancy import malignancy_after_start
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    finding,
    is_silent,
    mercaptopurine,
    on,
    problem,
    taking,
    took,
    unknown,
    why,
)

TAKEN = taking(Drug.AZATHIOPRINE, 100, "2026-01-01", for_=Indication.CROHNS)


def ask(*facts, **fields):
    return malignancy_after_start(case(*facts, **fields))


def test_a_lymphoma_after_the_start_asks_to_review_the_drug():
    found = finding(ask(TAKEN, problem(Problem.LYMPHOMA, onset="2026-10-01")))

    assert found.decision == DecisionKey(DecisionKind.MALIGNANCY, "MedicationRequest/azathioprine")
    assert found.indicator is Indicator.WARNING
    assert found.summary == (
        "Azathioprine: lymphoma since a thiopurine began; review the drug with the treating specialist"
    )
    assert why(found)[0] == "Lymphoma"
    assert found.do == (
        "Review with the treating specialist whether azathioprine is still right: lymphoma and other malignancies are "
        "more frequent on a thiopurine, above all beside other immunosuppressants.",
    )


@pytest.mark.parametrize(
    ("disease", "name"),
    [
        (Problem.LYMPHOBLASTIC_LYMPHOMA, "lymphoma"),
        (Problem.ACUTE_MYELOID_LEUKEMIA, "acute myeloid leukaemia"),
        (Problem.ACUTE_PROMYELOCYTIC_LEUKEMIA, "acute promyelocytic leukaemia"),
        (Problem.MYELODYSPLASTIC_SYNDROME, "myelodysplastic syndrome"),
    ],
)
def test_other_malignancies_of_the_blood_do_too(disease, name):
    found = finding(ask(TAKEN, problem(disease, recorded="2026-10-01")))

    assert (found.indicator, f": {name} since" in found.summary) == (Indicator.WARNING, True)


def test_a_skin_cancer_is_told_quietly_and_beside_a_lymphoma_in_its_card():
    skin = problem(Problem.SKIN_CANCER, onset="2026-10-01")
    alone = finding(ask(TAKEN, skin))
    beside = finding(ask(TAKEN, skin, problem(Problem.LYMPHOMA, onset="2026-10-01")))

    assert (alone.indicator, alone.do[0].endswith("have it checked regularly.")) == (Indicator.INFO, True)
    assert beside.indicator is Indicator.WARNING
    assert beside.summary.startswith("Azathioprine: lymphoma and skin cancer since a thiopurine began")


@pytest.mark.parametrize(
    ("record", "fires"),
    [
        (problem(Problem.LYMPHOMA, onset="2026-01-01"), True),  # the day of the start
        (problem(Problem.LYMPHOMA, onset="2025-12-31"), False),
        (problem(Problem.LYMPHOMA, onset="2025-12-31", recorded="2026-10-01"), False),
        (problem(Problem.LYMPHOMA), True),  # undated: it may have come after
        (problem(Problem.LYMPHOMA, onset="2026-10-01", is_confirmed=False), True),
        (problem(Problem.LYMPHOMA, onset="2026-10-01", state=ConditionState.HISTORY), False),
        (problem(Problem.CROHNS, onset="2026-10-01"), False),
    ],
)
def test_what_came_before_the_drug_or_is_over_is_silent(record, fires):
    assert is_silent(ask(TAKEN, record)) is not fires


def test_a_doubtful_record_says_so():
    assert why(finding(ask(TAKEN, problem(Problem.LYMPHOMA, is_confirmed=False))))[0] == (
        "Lymphoma (not confirmed, no date recorded)"
    )


def test_many_malignancies_are_named_in_the_reasons():
    diseases = (Problem.LYMPHOMA, Problem.ACUTE_MYELOID_LEUKEMIA, Problem.MYELODYSPLASTIC_SYNDROME)
    found = finding(ask(TAKEN, *(problem(one, onset="2026-10-01") for one in diseases)))

    assert found.summary == (
        "Azathioprine: malignancies since a thiopurine began; review the drug with the treating specialist"
    )
    assert why(found)[:3] == ("Lymphoma", "Acute myeloid leukaemia", "Myelodysplastic syndrome")


def test_an_earlier_course_counts_and_one_without_a_day_may():
    lymphoma = problem(Problem.LYMPHOMA, onset="2024-10-01")
    order = azathioprine(100, for_=Indication.CROHNS)
    earlier = took(Drug.MERCAPTOPURINE, 50, "2024-01-01", ended_on=on("2024-06-01"))

    assert not is_silent(ask(order, earlier, lymphoma))
    assert not is_silent(ask(order, took(Drug.MERCAPTOPURINE, 50, None), lymphoma))
    assert is_silent(ask(order, lymphoma))  # never taken before


def test_a_leukaemia_that_the_drug_treats_is_none_of_it():
    order = mercaptopurine(65, for_=Indication.LEUKEMIA)

    assert is_silent(ask(order, problem(Problem.LEUKEMIA, onset="2026-10-01")))
    assert is_silent(ask(problem(Problem.LYMPHOMA, onset="2026-10-01")))


def test_unknown_problems_are_no_all_clear():
    assert blocked_by(ask(TAKEN, known=unknown(FactKind.CONDITIONS))) == (FactKind.CONDITIONS,)


@pytest.mark.parametrize(
    ("taken", "asks"),
    [
        (TAKEN, True),
        (taking(Drug.AZATHIOPRINE, 100, "2026-01-01"), True),  # which is never given for it
        (taking(Drug.MERCAPTOPURINE, 50, "2026-01-01", for_=Indication.CROHNS), True),
        (taking(Drug.MERCAPTOPURINE, 65, "2026-01-01", for_=Indication.LEUKEMIA), False),
        (taking(Drug.MERCAPTOPURINE, 65, "2026-01-01"), False),  # the list says what it is for
    ],
)
def test_a_lymphoblastic_leukaemia_on_the_drug_asks_where_the_drug_does_not_treat_it(taken, asks):
    said = ask(taken, problem(Problem.LEUKEMIA, onset="2026-10-01"))

    assert is_silent(said) is not asks
    assert not asks or ": acute lymphoblastic leukaemia since" in finding(said).summary


ON_PROTOCOL = taking(Drug.MERCAPTOPURINE, 65, "2026-03-10", for_=Indication.LEUKEMIA)
TREATED = problem(Problem.LEUKEMIA, onset="2026-03-02")


@pytest.mark.parametrize(
    ("disease", "name"),
    [
        (Problem.ACUTE_MYELOID_LEUKEMIA, "acute myeloid leukaemia"),
        (Problem.MYELODYSPLASTIC_SYNDROME, "myelodysplastic syndrome"),
    ],
)
def test_what_a_protocol_does_not_treat_asks_its_team(disease, name):
    found = finding(ask(ON_PROTOCOL, TREATED, problem(disease, onset="2026-09-02")))

    assert found.summary == (
        f"Mercaptopurine: {name} since a thiopurine began; review the drug with the oncology team"
    )


@pytest.mark.parametrize(
    "facts",
    [
        (ON_PROTOCOL, TREATED),
        (
            ON_PROTOCOL,
            TREATED,
            problem(Problem.LYMPHOMA, onset="2026-09-02"),
        ),  # the same disease, by another name
        (  # recorded once more when in remission
            taking(Drug.THIOGUANINE, 40, "2026-03-10"),
            problem(Problem.ACUTE_MYELOID_LEUKEMIA, onset="2026-03-02"),
            problem(Problem.ACUTE_MYELOID_LEUKEMIA, onset="2026-09-02"),
        ),
        (
            taking(Drug.THIOGUANINE, 40, "2026-03-10", for_=Indication.ACUTE_MYELOID_LEUKEMIA),
            TREATED,
            problem(Problem.ACUTE_MYELOID_LEUKEMIA, onset="2026-09-02"),
        ),
    ],
)
def test_what_a_protocol_treats_is_silent_when_recorded_again(facts):
    assert is_silent(ask(*facts))
