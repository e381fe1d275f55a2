"""Does a live vaccine meet a thiopurine, in either direction?"""

import pytest

from cards.card import Indicator
from cards.finding import Bound, DecisionKey, DecisionKind, DoseConstraint, Fact, Finding, Reasons
from cards.model.conditions import Indication
from cards.model.facts import FactKind
from cards.model.labs import Analyte
from cards.model.proposals import RemoveOrder
from cards.model.therapy import Drug, OrderIntent, TherapyState
from cards.model.vaccines import Antigen, VaccineKind
from cards.rules.infections.live_vaccine import live_vaccine_with_thiopurine
from tests.builders import (
    KNOWLEDGE,
    azathioprine,
    blocked_by,
    case,
    days_ago,
    finding,
    findings,
    is_silent,
    live_vaccine,
    live_zoster,
    mercaptopurine,
    missing_from,
    on,
    ordered,
    reported,
    taking,
    thioguanine,
    took,
    truncated,
    unknown,
    vaccinated,
    weight,
    why,
)

AZA = Drug.AZATHIOPRINE
CRITICAL, WARNING = Indicator.CRITICAL, Indicator.WARNING
MEDICATIONS, IMMUNIZATIONS = FactKind.MEDICATIONS, FactKind.IMMUNIZATIONS
VACCINE = "MedicationRequest/vaccine"


def ask(*facts, **fields):
    return live_vaccine_with_thiopurine(case(*facts, **fields))


# --- a live vaccine is ordered


def test_a_live_vaccine_for_a_patient_on_a_thiopurine_is_not_to_be_given():
    assert finding(ask(live_vaccine(), taking(AZA, 100))) == Finding(
        decision=DecisionKey(DecisionKind.VACCINE, VACCINE),
        indicator=CRITICAL,
        summary="Measles, mumps and rubella (live) vaccine ordered for a patient on azathioprine: do not give",
        why=(
            Fact("Measles, mumps and rubella vaccine ordered, live", None, VACCINE),
            Fact(
                "Azathioprine 100 mg/day (1.3 mg/kg) being taken: 100 mg x 1",
                None,
                "MedicationRequest/azathioprine",
            ),
            Fact("Weight 80 kg", on("2026-10-25"), "Observation/body_weight-2026-10-25"),
        ),
        do=(
            "Live vaccines are contraindicated during treatment with a thiopurine: the vaccine strain can cause "
            "disease. Remove the vaccine order, or ask a vaccination specialist.",
        ),
        citations=(
            KNOWLEDGE.live_vaccines.contraindicated(),
            KNOWLEDGE.cite("clinical-summary-2025", "live vaccines are contraindicated"),
        ),
        reasons=Reasons.VACCINE,
        proposals=(RemoveOrder(VACCINE, "the measles, mumps and rubella vaccine order"),),
    )


def test_a_live_vaccine_in_the_same_draft_may_be_given_first():
    found = finding(ask(live_vaccine("yellow fever"), azathioprine()))

    assert found.summary == "Yellow fever (live) vaccine ordered together with azathioprine: do not give"
    assert found.do[1] == (
        "If the vaccine is needed and treatment can wait: vaccinate first, start azathioprine at least 4 weeks later."
    )


def test_treatment_that_goes_on_cannot_wait():
    assert len(finding(ask(live_vaccine(), azathioprine(100), taking(AZA, 100))).do) == 1


@pytest.mark.parametrize(
    ("order", "summary", "what"),
    [
        (
            live_zoster(),
            "Live zoster vaccine ordered for a patient on azathioprine: do not give",
            "live zoster vaccine",
        ),
        (live_vaccine(""), "Live vaccine ordered for a patient on azathioprine: do not give", "vaccine"),
    ],
)
def test_a_vaccine_is_called_live_once(order, summary, what):
    found = finding(ask(order, taking(AZA)))

    assert found.summary == summary
    assert found.proposals == (RemoveOrder(VACCINE, f"the {what} order"),)


@pytest.mark.parametrize(
    ("name", "summary"),
    [
        ("polio", "Polio vaccine ordered for a patient on azathioprine: may be live, check the product"),
        ("", "Vaccine ordered for a patient on azathioprine: may be live, check the product"),
    ],
)
def test_a_vaccine_that_may_be_live_asks_for_a_look(name, summary):
    found = finding(ask(live_vaccine(name, kind=VaccineKind.UNCERTAIN), taking(AZA)))

    assert (found.indicator, found.summary, found.proposals) == (WARNING, summary, ())


def test_each_vaccine_has_its_finding():
    found = findings(
        ask(
            live_vaccine(ref="MedicationRequest/1"),
            live_vaccine("influenza", kind=VaccineKind.NON_LIVE, ref="MedicationRequest/2"),
            live_vaccine("polio", kind=VaccineKind.UNCERTAIN, ref="MedicationRequest/3"),
            taking(AZA),
        )
    )

    assert [one.decision for one in found] == [
        DecisionKey(DecisionKind.VACCINE, "MedicationRequest/1"),
        DecisionKey(DecisionKind.VACCINE, "MedicationRequest/3"),
    ]


@pytest.mark.parametrize("drug", [Drug.AZATHIOPRINE, Drug.MERCAPTOPURINE, Drug.THIOGUANINE])
def test_every_thiopurine_counts(drug):
    assert finding(ask(live_vaccine(), taking(drug))).indicator is CRITICAL


def test_a_therapy_that_may_be_over_counts():
    assert not is_silent(ask(live_vaccine(), taking(AZA, state=TherapyState.POSSIBLY_TAKEN)))


@pytest.mark.parametrize(
    "facts",
    [
        (live_vaccine(),),
        (live_vaccine(kind=VaccineKind.NON_LIVE), taking(AZA)),
        (live_vaccine(), took(AZA)),
        (live_vaccine(), taking(AZA, state=TherapyState.HELD)),
        (live_vaccine(), taking(AZA), azathioprine(intent=OrderIntent.END)),
        (live_vaccine(), taking(Drug.METHOTREXATE)),
        (taking(AZA),),
        (azathioprine(),),
    ],
)
def test_is_silent_where_no_live_vaccine_meets_a_thiopurine(facts):
    assert is_silent(ask(*facts))


# --- ACIP's exception


def note_for(*facts, **fields):
    return finding(ask(*facts, **fields)).also


def test_the_exception_for_live_zoster_vaccine_is_a_note():
    found = finding(ask(live_zoster(), taking(AZA, 240)))  # 3 mg/kg/day

    assert found.indicator is CRITICAL
    assert found.also == (
        "ACIP counts azathioprine up to 3 mg/kg/day without another immunosuppressant as low-level "
        "immunosuppression, at which live zoster vaccine was allowed (grade D). Azathioprine 240 mg/day (3 mg/kg); "
        "no other immunosuppressant is on record. The recombinant zoster vaccine is not live.",
    )


def test_mercaptopurine_has_its_own_limit():
    assert note_for(live_zoster(), taking(Drug.MERCAPTOPURINE, 120)) != ()  # 1.5 mg/kg/day
    assert note_for(live_zoster(), taking(Drug.MERCAPTOPURINE, 121)) == ()  # 1.51


@pytest.mark.parametrize(
    "facts",
    [
        (live_zoster(), taking(AZA, 244)),  # 3.05 prints as 3.1
        (live_zoster(), taking(AZA, None)),
        (live_zoster(), taking(AZA, 100), weight(80, None)),
        (live_zoster(), taking(Drug.THIOGUANINE, 40)),
        (live_vaccine("varicella", antigen=Antigen.VARICELLA), taking(AZA, 100)),
        (live_zoster(), taking(AZA, 100), taking(Drug.METHOTREXATE)),
        (live_zoster(), taking(AZA, 100), taking(Drug.SYSTEMIC_CORTICOSTEROID)),
        (live_zoster(), taking(AZA, 100), taking(Drug.TNF_INHIBITOR, state=TherapyState.POSSIBLY_TAKEN)),
        (live_zoster(), taking(AZA, 100), ordered(Drug.TACROLIMUS, 2)),
        (live_zoster(), taking(AZA, 100), taking(Drug.MERCAPTOPURINE, 50)),
    ],
)
def test_the_exception_needs_every_condition(facts):
    assert note_for(*facts) == ()


@pytest.mark.parametrize(
    "fields",
    [{"known": unknown(MEDICATIONS)}, {"known": truncated(MEDICATIONS)}, {"without": (Analyte.BODY_WEIGHT,)}],
)
def test_the_exception_needs_every_condition_to_be_known(fields):
    assert note_for(live_zoster(), taking(AZA, 100), **fields) == ()


def test_a_past_immunosuppressant_does_not_count():
    assert note_for(live_zoster(), taking(AZA, 100), took(Drug.METHOTREXATE)) != ()


# --- a thiopurine is started after a live vaccine


def test_a_start_waits_four_weeks_after_a_live_vaccine():
    found = finding(ask(azathioprine(100), vaccinated("2026-11-10")))

    assert found == Finding(
        decision=DecisionKey(DecisionKind.RECENT_VACCINE, "MedicationRequest/azathioprine-draft"),
        indicator=WARNING,
        summary="Azathioprine start: yellow fever (live) vaccine given 2026-11-10, start not before 2026-12-08",
        why=(
            Fact("Yellow fever vaccine given, live", on("2026-11-10"), "Immunization/2026-11-10"),
            Fact(
                "Azathioprine 100 mg/day (1.3 mg/kg) ordered: 100 mg x 1",
                None,
                "MedicationRequest/azathioprine-draft",
            ),
            Fact("Weight 80 kg", on("2026-10-25"), "Observation/body_weight-2026-10-25"),
        ),
        do=(
            "After a live vaccine, wait at least 4 weeks before immunosuppression starts: not before 2026-12-08, "
            "unless the disease cannot wait.",
        ),
        citations=(KNOWLEDGE.live_vaccines.days_before_starting()[1],),
        reasons=Reasons.VACCINE,
        constraints=(DoseConstraint("MedicationRequest/azathioprine-draft", Bound.WAIT),),
    )


@pytest.mark.parametrize(
    ("given", "fires"),
    [
        (str(days_ago(0)), True),
        (str(days_ago(27)), True),
        (str(days_ago(28)), False),  # four weeks are over today
        ("2026-11-25", False),  # not yet given
        ("2026-10", True),  # may have been the 31st
        ("2026-09", False),
        (None, False),
    ],
)
def test_four_weeks_are_twenty_eight_days(given, fires):
    assert is_silent(ask(azathioprine(), vaccinated(given))) is not fires


def test_the_latest_vaccine_decides_and_every_recent_one_is_shown():
    found = finding(
        ask(azathioprine(), vaccinated("2026-11-20", ""), vaccinated("2026-11-01"), vaccinated("2020-01-01"))
    )

    assert found.summary == "Azathioprine start: live vaccine given 2026-11-20, start not before 2026-12-18"
    assert why(found)[:2] == ("Vaccine given, live", "Yellow fever vaccine given, live")


@pytest.mark.parametrize("kind", [VaccineKind.NON_LIVE, VaccineKind.UNCERTAIN])
def test_only_a_live_vaccine_delays_a_start(kind):
    assert is_silent(ask(azathioprine(), vaccinated("2026-11-20", kind=kind)))


@pytest.mark.parametrize(
    ("before", "fires"),
    [
        ((), True),
        ((took(AZA, 100, "2025-01-01", ended_on=days_ago(60)),), True),
        ((taking(AZA, 100),), False),
        ((taking(AZA, 50),), False),
    ],
)
def test_only_a_start_is_delayed(before, fires):
    assert is_silent(ask(azathioprine(100), vaccinated("2026-11-20"), *before)) is not fires


def test_each_drug_that_starts_is_named_and_an_ordered_vaccine_too():
    found = findings(
        ask(
            azathioprine(for_=Indication.CROHNS),
            mercaptopurine(),
            thioguanine(is_selected=False),
            vaccinated("2026-11-20"),
            live_vaccine(),
        )
    )

    assert [one.decision for one in found] == [
        DecisionKey(DecisionKind.VACCINE, VACCINE),
        DecisionKey(DecisionKind.RECENT_VACCINE, "MedicationRequest/azathioprine-draft"),
        DecisionKey(DecisionKind.RECENT_VACCINE, "MedicationRequest/mercaptopurine-draft"),
    ]


# --- gaps


def test_cannot_tell_without_the_medication_list_whether_a_vaccine_meets_a_thiopurine():
    known = unknown(MEDICATIONS)

    assert blocked_by(ask(live_vaccine(), known=known)) == (MEDICATIONS,)
    assert missing_from(ask(live_vaccine(), taking(AZA), known=known)) == (MEDICATIONS,)
    assert is_silent(ask(live_vaccine(kind=VaccineKind.NON_LIVE), known=known))


def test_cannot_tell_without_the_immunizations_whether_a_start_has_to_wait():
    known = unknown(IMMUNIZATIONS)

    assert blocked_by(ask(azathioprine(), known=known)) == (IMMUNIZATIONS,)
    assert missing_from(ask(azathioprine(), vaccinated("2026-11-20"), known=known)) == (IMMUNIZATIONS,)
    assert is_silent(ask(azathioprine(100), taking(AZA, 100), known=known))


@pytest.mark.parametrize(("since", "is_blocked"), [(str(days_ago(29)), False), (str(days_ago(28)), True)])
def test_a_cut_list_of_immunizations_has_to_reach_back_beyond_four_weeks(since, is_blocked):
    outcome = ask(azathioprine(), known=truncated(IMMUNIZATIONS, since=since))

    assert is_silent(outcome) is not is_blocked


# --- only an undated or old report says that the thiopurine is taken


def test_a_live_vaccine_beside_an_undated_report_asks_first():
    sure = finding(ask(live_vaccine(), taking(AZA, 100)))

    found = finding(ask(live_vaccine(), reported(AZA, 100)))

    assert found.indicator is WARNING
    assert found.summary == (
        "Measles, mumps and rubella (live) vaccine ordered, azathioprine reported without a date: still taken? "
        "Then do not give"
    )
    assert found.do == ("Ask whether azathioprine is still taken, and correct the list.", *sure.do)
    assert found.proposals == ()


def test_a_vaccine_that_may_be_live_beside_an_old_report_asks_both():
    vaccine = live_vaccine("typhoid", kind=VaccineKind.UNCERTAIN)

    found = finding(ask(vaccine, reported(AZA, 100, "2024-03-01")))

    assert found.indicator is WARNING
    assert found.summary == (
        "Typhoid vaccine ordered, azathioprine reported 2024-03-01: still taken? Check the product"
    )


def test_a_thiopurine_that_is_surely_taken_decides_before_one_in_doubt():
    found = finding(ask(live_vaccine(), reported(AZA, 100), taking(Drug.THIOGUANINE, 40)))

    assert found.indicator is CRITICAL
    assert found.summary.endswith("ordered for a patient on thioguanine: do not give")


def test_an_order_of_the_thiopurine_leaves_no_doubt():
    assert finding(ask(live_vaccine(), azathioprine(100), reported(AZA, 100))).indicator is CRITICAL


def test_a_very_long_name_of_a_vaccine_is_cut():
    name = "measles, mumps, rubella and varicella vaccine as the pharmacy spells it"
    found = finding(ask(taking(Drug.AZATHIOPRINE), live_vaccine(name)))

    assert found.summary == (
        "Measles, mumps, rubella and varicella vaccine as… (live) vaccine ordered for a patient on azathioprine: "
        "do not give"
    )


# --- before a start that is planned


def planned(day):
    return taking(
        AZA, state=TherapyState.PLANNED, planned_for=on(day) if day else None, ref="MedicationRequest/plan"
    )


def test_a_live_vaccine_before_a_planned_start_names_the_first_day_for_it():
    found = finding(ask(live_vaccine(), planned("2026-12-01")))

    assert (found.decision, found.indicator) == (DecisionKey(DecisionKind.VACCINE, VACCINE), WARNING)
    assert found.summary == (
        "Measles, mumps and rubella (live) vaccine ordered, azathioprine planned for 2026-12-01: start azathioprine "
        "not before 2026-12-22"
    )
    assert found.why[1] == Fact("Azathioprine planned for 2026-12-01", record_ref="MedicationRequest/plan")
    assert found.proposals == ()


@pytest.mark.parametrize(
    ("day", "speaks"), [("2026-12-21", True), ("2026-12-22", False), (None, True), ("2026-12", True)]
)
def test_a_plan_within_the_wait_or_of_no_day_is_told(day, speaks):
    assert is_silent(ask(live_vaccine(), planned(day))) != speaks


def test_a_vaccine_that_may_be_live_is_to_be_checked_before_a_planned_start():
    found = finding(ask(live_vaccine("polio", kind=VaccineKind.UNCERTAIN), planned(None)))

    assert "may be live; start azathioprine not before" in found.summary
