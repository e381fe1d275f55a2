"""What could not be checked in a request is said once."""

import pytest

from cards.card import Indicator
from cards.composer.unchecked import unchecked_finding
from cards.finding import Blocked, Decision, DecisionKey, DecisionKind, Fact, Finding, Fired, Reasons, Silent
from cards.model.facts import (
    NO_SUCH_PATIENT,
    NULL_PATIENT,
    Availability,
    FactKind,
    Known,
    Missing,
    Unread,
    UnreadReason,
)
from cards.model.therapy import Drug, OrderIntent
from cards.model.vaccines import VaccineKind
from cards.rules.rule import Rule
from tests.builders import KNOWLEDGE, azathioprine, case, days_ago, live_vaccine, ordered, taking, unknown

CRITICAL_RULE = Rule(
    id="grave", question="?", check=None, needs=frozenset({FactKind.COUNTS}), highest=Indicator.CRITICAL
)
MILD_RULE = Rule(id="mild", question="?", check=None, needs=frozenset({FactKind.GENES}))
RULES = (CRITICAL_RULE, MILD_RULE)
COUNTS_GAP, GENES_GAP = Missing(FactKind.COUNTS, "not sent"), Missing(FactKind.GENES, "the search failed")
ORDER, TAKING = azathioprine(), taking(Drug.AZATHIOPRINE)
NO_LIST = unknown(FactKind.MEDICATIONS)
STOP = azathioprine(intent=OrderIntent.END)
NAMELESS_ORDER = Unread("MedicationRequest/x", FactKind.MEDICATIONS, "it names no drug", is_order=True)


def unchecked(*facts, outcomes=(), rules=RULES, **fields):
    decisions = tuple(Decision(rule.id, outcome) for rule, outcome in zip(rules, outcomes, strict=False))
    return unchecked_finding(case(*facts, **fields), rules, decisions)


def unread(kind=FactKind.COUNTS, **fields):
    return Unread(
        fields.pop("ref", "Observation/9"), kind, fields.pop("why", "the unit is not known"), **fields
    )


def test_nothing_missing_is_nothing_to_say():
    assert unchecked(ORDER, outcomes=(Silent("fine"), Fired(()))) is None


def test_a_blocked_rule_that_can_be_critical_is_a_warning_on_an_order():
    found = unchecked(ORDER, outcomes=(Blocked((COUNTS_GAP,)), Silent("fine")))

    assert found.decision == DecisionKey(DecisionKind.UNCHECKED)
    assert found.indicator is Indicator.WARNING
    assert found.summary == "Azathioprine: could not check blood counts"
    assert [fact.text for fact in found.why] == ["Blood counts: not sent"]
    assert found.do == ("Look these up in the chart before relying on the absence of a warning.",)
    assert found.citations == (KNOWLEDGE.cite("project", "unknown is not empty"),)
    assert found.reasons is Reasons.DATA


@pytest.mark.parametrize(
    ("facts", "outcomes"),
    [
        ((ORDER,), (Silent("fine"), Blocked((GENES_GAP,)))),  # the rule is never critical
        ((ORDER,), (Fired((), (COUNTS_GAP,)), Silent("fine"))),  # the rule spoke
        ((TAKING,), (Blocked((COUNTS_GAP,)), Silent("fine"))),  # nothing is ordered
        ((TAKING, STOP), (Blocked((COUNTS_GAP,)), Silent("fine"))),  # something is stopped
    ],
)
def test_all_else_is_for_information(facts, outcomes):
    assert unchecked(*facts, outcomes=outcomes).indicator is Indicator.INFO


def test_gaps_of_all_rules_are_named_once():
    found = unchecked(ORDER, outcomes=(Blocked((COUNTS_GAP, GENES_GAP)), Fired((), (GENES_GAP,))))

    assert found.summary == "Azathioprine: could not check blood counts and TPMT and NUDT15 results"
    assert [fact.text for fact in found.why] == [
        "Blood counts: not sent",
        "TPMT and NUDT15 results: the search failed",
    ]


def test_one_kind_with_two_reasons_is_one_kind():
    other = Missing(FactKind.COUNTS, "only the newest page was sent")

    found = unchecked(ORDER, outcomes=(Blocked((COUNTS_GAP,)), Blocked((other,))))

    assert (found.summary, len(found.why)) == ("Azathioprine: could not check blood counts", 2)


def test_without_a_thiopurine_the_class_is_named():
    gap = Missing(FactKind.MEDICATIONS, "not sent")

    found = unchecked(live_vaccine(), outcomes=(Blocked((gap,)),))

    assert found.summary == "Thiopurine: could not check medications"


READS_MEDICATIONS = Rule(id="any", question="?", check=None, needs=frozenset({FactKind.MEDICATIONS}))
LISINOPRIL = ordered(Drug.ACE_INHIBITOR)


@pytest.mark.parametrize("facts", [(), (LISINOPRIL,)])
def test_a_list_that_may_hide_a_thiopurine_is_told_though_no_rule_was_blocked(facts):
    found = unchecked(
        *facts, outcomes=(Silent("no thiopurine is taken"),), rules=(READS_MEDICATIONS,), known=NO_LIST
    )

    assert (found.summary, found.indicator) == ("Thiopurine: could not check medications", Indicator.INFO)
    assert [fact.text for fact in found.why] == ["Medications: not sent"]


@pytest.mark.parametrize(
    ("facts", "rules"),
    [
        ((ORDER,), (READS_MEDICATIONS,)),  # there is one
        ((STOP,), (READS_MEDICATIONS,)),  # what is ended needs no list
        ((LISINOPRIL,), RULES),  # no rule reads the list
    ],
)
def test_a_list_that_hides_nothing_new_is_not_told(facts, rules):
    assert unchecked(*facts, outcomes=(Silent("fine"),), rules=rules, known=NO_LIST) is None


@pytest.mark.parametrize(("days", "is_told"), [(180, True), (181, False)])  # the policy's new_start_days
def test_a_page_of_the_list_is_enough_that_reaches_back_before_any_new_start(days, is_told):
    page = {FactKind.MEDICATIONS: Known(Availability.TRUNCATED, complete_since=days_ago(days))}

    found = unchecked(LISINOPRIL, outcomes=(Silent("fine"),), rules=(READS_MEDICATIONS,), known=page)

    assert (found is not None) is is_told


@pytest.mark.parametrize(
    "why", [NO_SUCH_PATIENT, NULL_PATIENT, f"{NULL_PATIENT}, and the server answered 403"]
)
def test_a_patient_who_is_not_there_is_told_once(why):
    gaps = (Missing(FactKind.COUNTS, why), Missing(FactKind.LIVER, "not sent"), Missing(FactKind.GENES, why))

    found = unchecked(ORDER, outcomes=(Blocked(gaps),))

    assert [fact.text for fact in found.why] == [
        f"Blood counts and TPMT and NUDT15 results: {why}",
        "Liver tests: not sent",
    ]


def test_many_kinds_are_counted():
    gaps = tuple(Missing(kind, "not sent") for kind in FactKind)

    found = unchecked(ORDER, outcomes=(Blocked(gaps),))

    assert found.summary == f"Azathioprine: {len(FactKind)} kinds of facts could not be checked"


# --- unread records


def test_a_record_that_could_not_be_read_is_named_by_its_reference():
    found = unchecked(ORDER, unread())

    assert found.indicator is Indicator.WARNING
    assert found.summary == "Azathioprine: could not check 1 unreadable record"
    assert [(fact.text, fact.record_ref) for fact in found.why] == [
        ("A record not used: the unit is not known", "Observation/9")
    ]


@pytest.mark.parametrize(
    ("fields", "indicator"),
    [
        ({"reason": UnreadReason.DATE, "is_counted": True}, Indicator.INFO),
        ({"reason": UnreadReason.DATE}, Indicator.WARNING),
        ({"reason": UnreadReason.CONTRADICTORY, "is_counted": True}, Indicator.WARNING),
    ],
)
def test_a_record_that_counts_without_its_day_is_for_information(fields, indicator):
    assert unchecked(ORDER, unread(**fields)).indicator is indicator


@pytest.mark.parametrize(
    ("kind", "indicator"),
    [
        (FactKind.COUNTS, Indicator.WARNING),
        (None, Indicator.WARNING),
        (FactKind.GENES, Indicator.INFO),  # no rule that reads it can be critical here
    ],
)
def test_a_record_that_can_hide_no_critical_card_is_for_information(kind, indicator):
    assert unchecked(ORDER, unread(kind)).indicator is indicator


def test_while_nothing_is_ordered_it_is_for_information():
    assert unchecked(TAKING, unread()).indicator is Indicator.INFO


@pytest.mark.parametrize(
    ("record", "is_named"),
    [
        (unread(FactKind.COUNTS), True),
        (unread(None), True),  # may be anything
        (unread(FactKind.SEROLOGY), False),  # no rule asked reads it
        (unread(FactKind.COUNTS, deciding=False), False),
    ],
)
def test_only_what_could_have_changed_a_verdict_is_named(record, is_named):
    assert (unchecked(ORDER, record) is not None) is is_named


def test_gaps_and_records_are_counted_together():
    found = unchecked(ORDER, unread(), unread(ref="Observation/10"), outcomes=(Blocked((GENES_GAP,)),))

    assert found.summary == ("Azathioprine: could not check TPMT and NUDT15 results and 2 unreadable records")


def test_a_record_without_its_day_that_another_card_shows_is_not_shown_again():
    shown = Finding(
        decision=DecisionKey(DecisionKind.UNDATED),
        indicator=Indicator.WARNING,
        summary="WBC 2, no date recorded",
        why=(Fact("WBC 2, no date recorded", record_ref="Observation/9"),),
        do=(),
        citations=(),
        reasons=Reasons.DATA,
    )
    doubt = unread(reason=UnreadReason.DATE, is_counted=True)
    other = unread(ref="Observation/10", reason=UnreadReason.DATE, is_counted=True)

    assert unchecked(ORDER, doubt, outcomes=(Fired((shown,)),)) is None
    (line,) = unchecked(ORDER, doubt, other, outcomes=(Fired((shown,)),)).why
    assert line.record_ref == "Observation/10"
    (line,) = unchecked(ORDER, unread(), outcomes=(Fired((shown,)),)).why  # not used: told whatever is shown
    assert line.record_ref == "Observation/9"


def test_records_that_count_with_a_doubt_are_not_called_unreadable():
    found = unchecked(ORDER, unread(), unread(ref="Observation/10", is_counted=True))

    assert found.summary == "Azathioprine: could not check 1 unreadable record and 1 doubtful record"


def test_six_records_have_a_line_each():
    found = unchecked(ORDER, *(unread(ref=f"Observation/{n}") for n in range(6)))

    assert [fact.record_ref for fact in found.why] == [f"Observation/{n}" for n in range(6)]


def test_more_records_than_lines_are_put_together_by_kind_and_reason():
    records = [unread(ref=f"Observation/{n}", what="WBC", why=f"{n}, no unit") for n in range(7)]
    other = unread(ref="Observation/7", what="ANC", why="no value", reason=UnreadReason.NO_VALUE)
    nameless = [unread(None, ref=f"Basic/{n}") for n in range(2)]

    found = unchecked(ORDER, *records, other, *nameless)

    assert [(fact.text, fact.record_ref) for fact in found.why] == [
        ("WBC not used: 0, no unit; WBC not used: 1, no unit; and 5 more (blood counts)", None),
        ("ANC not used: no value", "Observation/7"),
        ("A record not used: the unit is not known; and 1 more (of an unknown kind)", None),
    ]


def test_a_group_of_two_needs_no_count_of_the_rest():
    records = [unread(ref=f"Observation/{n}", what="WBC", why=f"{n}, no unit") for n in range(2)]
    others = [unread(None, ref=f"Basic/{n}") for n in range(5)]

    found = unchecked(ORDER, *records, *others)

    assert [fact.text for fact in found.why] == [
        "WBC not used: 0, no unit; WBC not used: 1, no unit",
        "A record not used: the unit is not known; and 4 more (of an unknown kind)",
    ]


def test_many_of_an_unknown_kind_are_counted():
    found = unchecked(ORDER, *(unread(None, ref=f"Basic/{n}") for n in range(7)))

    assert [fact.text for fact in found.why] == [
        "A record not used: the unit is not known; and 6 more (of an unknown kind)"
    ]


def test_the_grave_come_first():
    """Records and kinds that a rule reads which can be critical."""
    rules = (MILD_RULE, CRITICAL_RULE)
    mild = unread(FactKind.GENES, ref="Observation/tpmt")
    gaps = (Blocked((GENES_GAP, COUNTS_GAP)),)

    found = unchecked(ORDER, mild, unread(), rules=rules, outcomes=gaps)

    assert [fact.text.partition(":")[0] for fact in found.why] == [
        "A record not used",
        "Blood counts",
        "A record not used",
        "TPMT and NUDT15 results",
    ]
    assert [fact.record_ref for fact in found.why] == ["Observation/9", None, "Observation/tpmt", None]


def test_at_most_six_lines_and_the_last_counts_the_rest():
    reasons = list(UnreadReason)
    records = [unread(ref=f"Observation/{n}", reason=reason) for n, reason in enumerate(reasons)]
    gap = Missing(FactKind.GENES, "not sent")

    found = unchecked(ORDER, *records, outcomes=(Blocked((gap,)),), orders_of_others=1)

    assert len(found.why) == 6
    assert found.why[0].text == "1 order names another patient: not checked"
    more = len(reasons) - 4 + 1
    assert found.why[-1].text == f"and {more} more: blood counts and TPMT and NUDT15 results"


def test_the_rest_may_be_of_an_unknown_kind():
    kinds = [FactKind.COUNTS] * 5 + [None] * 2
    records = [
        unread(kind, ref=f"X/{n}", reason=reason)
        for n, (kind, reason) in enumerate(zip(kinds, UnreadReason, strict=False))
    ]

    found = unchecked(ORDER, *records)

    assert found.why[-1].text == "and 2 more: records of an unknown kind"


def test_records_elsewhere_are_counted_among_the_rest_without_a_kind():
    records = [
        unread(ref=f"Observation/{n}", reason=reason) for n, reason in enumerate(list(UnreadReason)[:6])
    ]

    found = unchecked(ORDER, *records, records_elsewhere=1)

    assert found.why[-1].text == "and 2 more: blood counts"


@pytest.mark.parametrize(
    ("facts", "is_named"),
    [
        ((live_vaccine(),), True),
        ((ordered(Drug.ALLOPURINOL, 100),), True),
        ((), True),  # nothing could be read of the order itself
        ((live_vaccine(kind=VaccineKind.NON_LIVE),), False),
        ((live_vaccine(kind=VaccineKind.NON_LIVE), NAMELESS_ORDER), True),
        ((STOP,), True),  # what it interacted with may be among them
        ((STOP, TAKING), True),
    ],
)
def test_a_medication_that_may_hide_a_thiopurine_is_named_where_it_matters(facts, is_named):
    assert (unchecked(*facts, unread(FactKind.MEDICATIONS)) is not None) is is_named


def test_without_a_thiopurine_other_records_do_not_matter():
    assert unchecked(live_vaccine(), unread(FactKind.COUNTS)) is None
    assert unchecked(STOP, unread(FactKind.COUNTS)) is not None  # why it is ended may be among them


PARTIAL = Known(Availability.PARTIAL, "2 results that name another patient were not used")


def test_records_that_were_not_used_are_told_though_no_rule_was_blocked():
    found = unchecked(TAKING, outcomes=(Silent("fine"), Silent("fine")), known={FactKind.COUNTS: PARTIAL})

    assert found.indicator is Indicator.INFO
    assert found.summary == "Azathioprine: could not check blood counts"
    assert [fact.text for fact in found.why] == [
        "Blood counts: 2 results that name another patient were not used"
    ]


def test_the_patient_is_called_in_words():
    unknown = Known(Availability.UNKNOWN, "not sent")
    blocked = Blocked((Missing(FactKind.PATIENT, "not sent"),))

    found = unchecked(TAKING, outcomes=(blocked,), known={FactKind.PATIENT: unknown})

    assert found.summary == "Azathioprine: could not check the patient's details"
    assert [fact.text for fact in found.why] == ["The patient's details: not sent"]


def test_they_are_not_told_without_a_thiopurine():
    assert unchecked(outcomes=(Silent("fine"),), known={FactKind.COUNTS: PARTIAL}) is None


@pytest.mark.parametrize("facts", [(STOP,), (TAKING, STOP)])
def test_they_are_told_where_a_thiopurine_is_ended(facts):
    """Why it is ended may be among them."""
    found = unchecked(*facts, outcomes=(Silent("fine"),), known={FactKind.COUNTS: PARTIAL})

    assert found.indicator is Indicator.INFO


def test_of_a_kind_that_no_rule_reads_they_are_not_told():
    assert unchecked(TAKING, outcomes=(Silent("fine"),), known={FactKind.LIVER: PARTIAL}) is None


def test_kinds_that_lack_the_same_records_share_a_line():
    known = {FactKind.COUNTS: PARTIAL, FactKind.GENES: PARTIAL}

    found = unchecked(ORDER, outcomes=(Silent("fine"), Silent("fine")), known=known)

    assert [fact.text for fact in found.why] == [
        "TPMT and NUDT15 results and blood counts: 2 results that name another patient were not used"
    ]


@pytest.mark.parametrize(("orders", "words"), [(1, "1 order names"), (2, "2 orders name")])
def test_an_order_that_names_another_patient_is_a_warning(orders, words):
    found = unchecked(outcomes=(Silent("fine"),), orders_of_others=orders)

    assert found.indicator is Indicator.WARNING
    assert found.summary == f"Thiopurine: {words} another patient, not checked"
    assert [fact.text for fact in found.why] == [f"{words} another patient: not checked"]
    assert found.do == ("Check that every order is written for this patient.",)


def test_it_is_named_first_beside_other_gaps():
    found = unchecked(TAKING, outcomes=(Blocked((COUNTS_GAP,)),), orders_of_others=1)

    assert found.indicator is Indicator.WARNING
    assert (
        found.summary
        == "Azathioprine: 1 order names another patient, not checked; other things could not be checked either"
    )
    assert [fact.text for fact in found.why] == [
        "1 order names another patient: not checked",
        "Blood counts: not sent",
    ]
    assert len(found.do) == 2


# --- what a server withholds

WITHHELD = "the server withholds a part"
OF_COUNTS = {FactKind.COUNTS: Known(Availability.KNOWN, withheld=WITHHELD)}
WITHHELD_GAP = Missing(FactKind.COUNTS, WITHHELD)


def test_what_is_withheld_is_one_line_for_information_even_where_it_stopped_a_rule():
    found = unchecked(ORDER, outcomes=(Blocked((WITHHELD_GAP,)), Silent("fine")), known=OF_COUNTS)

    assert (found.indicator, found.summary) == (Indicator.INFO, "Azathioprine: could not check blood counts")
    assert [fact.text for fact in found.why] == [f"Blood counts: {WITHHELD}"]


def test_what_else_stopped_the_rule_is_a_warning():
    gaps = (WITHHELD_GAP, GENES_GAP)

    found = unchecked(ORDER, outcomes=(Blocked(gaps), Silent("fine")), known=OF_COUNTS)

    assert found.indicator is Indicator.WARNING


def test_what_is_withheld_is_told_though_no_rule_was_stopped():
    found = unchecked(TAKING, outcomes=(Silent("fine"), Silent("fine")), known=OF_COUNTS)

    assert [fact.text for fact in found.why] == [f"Blood counts: {WITHHELD}"]


@pytest.mark.parametrize(
    ("facts", "rules"), [((), RULES), ((TAKING,), (MILD_RULE,))], ids=["no thiopurine", "no rule reads it"]
)
def test_what_is_withheld_and_nobody_asks_for_is_not_told(facts, rules):
    assert unchecked(*facts, outcomes=(Silent("fine"),), rules=rules, known=OF_COUNTS) is None


def test_of_a_kind_that_is_unknown_anyway_it_is_not_told_that_a_part_is_withheld():
    known = {FactKind.COUNTS: Known(Availability.UNKNOWN, "not sent", withheld=WITHHELD)}

    found = unchecked(ORDER, outcomes=(Blocked((COUNTS_GAP,)), Silent("fine")), known=known)

    assert (found.indicator, [fact.text for fact in found.why]) == (
        Indicator.WARNING,
        ["Blood counts: not sent"],
    )


# --- records to which the patient's points


@pytest.mark.parametrize(("count", "said"), [(1, "1 other record"), (2, "2 other records")])
def test_records_to_which_the_patients_points_are_told(count, said):
    found = unchecked(ORDER, outcomes=(Silent("fine"), Silent("fine")), records_elsewhere=count)

    assert (found.indicator, found.summary) == (
        Indicator.INFO,
        f"Azathioprine: could not check {said} of the patient",
    )
    assert [fact.text for fact in found.why] == [f"The patient's record points at {said}: not read"]
    assert found.do == ("Look these up in the chart before relying on the absence of a warning.",)


def test_without_a_thiopurine_they_do_not_matter():
    assert unchecked(outcomes=(Silent("fine"), Silent("fine")), records_elsewhere=1) is None


def test_they_stand_beside_orders_of_others():
    found = unchecked(TAKING, outcomes=(Silent("fine"),), records_elsewhere=1, orders_of_others=1)

    assert found.summary == (
        "Azathioprine: 1 order names another patient, not checked; other things could not be checked either"
    )
