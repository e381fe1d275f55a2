from dataclasses import replace
from datetime import timedelta

from cards.finding import Blocked, Silent
from cards.model.facts import FactKind, Missing
from cds_service.hooks.feedback import FeedbackItem
from cds_service.memory.report import IN_WORDS, NO_REASON, RuleReport
from tests.cds_service.memory.sample_records import NOW, card, decided, failed, fired, record

SINCE, UNTIL = NOW - timedelta(days=7), NOW + timedelta(days=1)
ACCEPTED = FeedbackItem("c1", "accepted", "2026-11-20T09:00:00Z", ("s1",))
OVERRIDDEN = FeedbackItem("c1", "overridden", "2026-11-20T09:00:00Z")
MISSING = Missing(FactKind.GENES, "not sent")


def shown(store, *rules, uuid="c1", **changes):
    store.save([record(*map(fired, rules), cards=[card(*rules, uuid=uuid)], **changes)])


def say(store, *items):
    store.save_feedback("thiopurine-order-sign", items, "clinic", NOW)


def reports(store):
    return store.reports(SINCE, UNTIL)


def test_counts_what_each_rule_answered(store):
    store.save(
        [record(fired("a"), decided("b", Silent("no")), decided("c", Blocked((MISSING,))), failed("d"))]
    )
    store.save([record(fired("a"), fired("b"), muted_rules=frozenset({"b"}))])

    assert reports(store) == (
        RuleReport("a", asked=2, fired=2),
        RuleReport("b", asked=2, fired=1, silent=1, muted=1),
        RuleReport("c", asked=1, blocked=1),
        RuleReport("d", asked=1, failed=1),
    )


def test_a_card_nobody_spoke_of_was_ignored(store):
    shown(store, "a", "b")

    assert reports(store) == (
        RuleReport("a", asked=1, fired=1, shown=1, ignored=1),
        RuleReport("b", asked=1, fired=1, shown=1, ignored=1),
    )


def test_an_accepted_card_stays_accepted_whatever_is_said_later(store):
    shown(store, "a")
    say(store, ACCEPTED, OVERRIDDEN)

    assert reports(store) == (RuleReport("a", asked=1, fired=1, shown=1, accepted=1),)


def test_of_a_card_overridden_twice_the_last_reason_counts(store):
    shown(store, "a")
    say(store, OVERRIDDEN, replace(OVERRIDDEN, reason_code="patient-refuses"))

    assert reports(store) == (
        RuleReport("a", asked=1, fired=1, shown=1, overridden=1, reasons={"patient-refuses": 1}),
    )


def test_overrides_are_told_apart_by_reason_the_most_frequent_first(store):
    items = [
        replace(OVERRIDDEN, card="c1", reason_code="z"),
        replace(OVERRIDDEN, card="c2", comment="her own words"),
        replace(OVERRIDDEN, card="c3", reason_code="z"),
        replace(OVERRIDDEN, card="c4"),
    ]
    for item in items:
        shown(store, "a", uuid=item.card)
    say(store, *items)

    (found,) = reports(store)
    assert list(found.reasons.items()) == [("z", 2), (IN_WORDS, 1), (NO_REASON, 1)]
    assert (found.shown, found.overridden) == (4, 4)


def test_a_card_that_was_withheld_was_not_shown(store):
    store.save([record(fired("a"), cards=[card("a", withheld="silent")], muted_rules=frozenset({"a"}))])

    assert reports(store) == (RuleReport("a", asked=1, fired=1, muted=1),)


def test_feedback_about_cards_we_do_not_know_counts_for_no_rule(store):
    say(store, replace(ACCEPTED, card="never issued"))

    assert reports(store) == ()


def test_counts_from_the_first_instant_until_before_the_last(store):
    for number, at in enumerate((SINCE - timedelta(seconds=1), SINCE, UNTIL - timedelta(seconds=1), UNTIL)):
        shown(store, "a", uuid=f"c{number}", received_at=at)

    assert reports(store) == (RuleReport("a", asked=2, fired=2, shown=2, ignored=2),)


def test_a_reason_that_a_client_chose_cannot_command_a_terminal_or_a_spreadsheet(store):
    shown(store, "a")
    say(store, replace(OVERRIDDEN, reason_code="=HYPERLINK(1)\x1b[2J"))

    assert reports(store)[0].reasons == {"HYPERLINK(1)?[2J": 1}
