"""The checks that were not possible in this request, and why: one finding for all rules."""

from collections.abc import Sequence
from dataclasses import dataclass

from cards.assessment.case import Case
from cards.card import Indicator
from cards.finding import Blocked, Decision, DecisionKey, DecisionKind, Fact, Finding, Fired, Reasons, Silent
from cards.model.facts import Availability, FactKind, Missing, Unread, UnreadReason
from cards.model.therapy import THIOPURINES, OrderIntent
from cards.model.vaccines import VaccineKind
from cards.rules.rule import Rule
from cards.wording import fitting, listed, titled

_MOST_LINES = 6  # read in ten seconds; the gravest come first
_MOST_OF_A_GROUP = 2
_ASKED_ABOUT = (
    FactKind.COUNTS,
    FactKind.LIVER,
    FactKind.VITALS,
)  # a rule of their own asks for a day that is not known
_IN_WORDS = {FactKind.PATIENT: "the patient's details"}  # any other kind is called by its value
_LOOK_UP = "Look these up in the chart before relying on the absence of a warning."


def unchecked_finding(case: Case, rules: tuple[Rule, ...], decisions: tuple[Decision, ...]) -> Finding | None:
    """A finding that names what the rules could not see, or None when they saw all they need.

    `warning` where that kept a rule from answering that can be critical for an order, else `info`.
    """
    gaps: dict[Missing, None] = {}
    blocked: set[str] = set()
    withheld = frozenset(_withheld(case))
    is_order = _orders_something(case)
    for decision in decisions:
        outcome = decision.outcome
        if isinstance(outcome, Silent):
            continue
        if isinstance(outcome, Blocked) and not (withheld and withheld.issuperset(outcome.missing)):
            blocked.add(decision.rule_id)
        gaps.update(dict.fromkeys(outcome.missing))
    is_serious = is_order and any(rule.id in blocked and rule.can_be_critical for rule in rules)
    ends_only = bool(case.chart.draft_orders or case.chart.vaccine_orders) and not is_order
    if not ends_only:
        gaps.update(dict.fromkeys((*_hiding_a_thiopurine(case, rules), *_withheld_and_read(case, rules))))
    of_others = case.chart.orders_of_others
    # What a drug that ends was taken with may be among them; a killed vaccine alone asks nothing of the rest.
    ends_a_drug = ends_only and any(one.intent is OrderIntent.END for one in case.chart.draft_orders)
    is_none_of_ours = ends_only and not case.exposures and not ends_a_drug
    unread: tuple[Unread, ...] = ()
    if not is_none_of_ours:
        gaps.update(dict.fromkeys(_not_used(case, rules)))
        unread = _not_shown(_unread_that_matter(case, rules), decisions)
    is_serious |= (is_order and _may_hide_a_critical_card(unread, rules)) or bool(of_others)
    elsewhere = case.chart.records_elsewhere if case.exposures else 0
    if not (gaps or unread or of_others or elsewhere):
        return None
    kinds = list(dict.fromkeys(gap.kind for gap in gaps))
    return Finding(
        decision=DecisionKey(DecisionKind.UNCHECKED),
        indicator=Indicator.WARNING if is_serious else Indicator.INFO,
        summary=_summary(case, kinds, unread, elsewhere),
        why=_lines(of_others, (*_lines_of_gaps(tuple(gaps)), *_lines_of_elsewhere(elsewhere)), unread, rules),
        do=(
            *(("Check that every order is written for this patient.",) if of_others else ()),
            *((_LOOK_UP,) if gaps or unread or elsewhere else ()),
        ),
        citations=(case.knowledge.cite("project", "unknown is not empty"),),
        reasons=Reasons.DATA,
    )


@dataclass(frozen=True, slots=True)
class _UncheckedLine:
    """A line of the card, and how many records or kinds of facts it stands for."""

    fact: Fact
    kinds: Sequence[FactKind | None]
    count: int = 1


def _lines(
    of_others: int, lacking: tuple["_UncheckedLine", ...], unread: tuple[Unread, ...], rules: tuple[Rule, ...]
) -> tuple[Fact, ...]:
    """What could not be checked, the gravest first: records that came, then kinds that did not.

    Records are put together by kind and reason only where there are more than the card has lines for.
    """
    first = [Fact(f"{_orders(of_others)} another patient: not checked")] if of_others else []
    most = _MOST_LINES - len(first)
    is_short = len(unread) + len(lacking) <= most
    together: dict[object, list[Unread]] = {}
    for record in unread:
        together.setdefault(record if is_short else (record.kind, record.reason), []).append(record)
    lines = [*(_line_of_records(some) for some in together.values()), *lacking]
    if len(lines) > 1:
        grave = _grave_kinds(rules)
        lines.sort(key=lambda line: None not in line.kinds and grave.isdisjoint(line.kinds))
    if len(lines) <= most:
        return (*first, *(line.fact for line in lines))
    return (*first, *(line.fact for line in lines[: most - 1]), _rest(lines[most - 1 :]))


def _rest(lines: list[_UncheckedLine]) -> Fact:
    """The line that stands for those without room: it names their kinds."""
    kinds = dict.fromkeys(
        _called(kind) if kind else "records of an unknown kind" for line in lines for kind in line.kinds
    )
    of_kinds = f": {listed(kinds)}" if kinds else ""
    return Fact(f"and {sum(line.count for line in lines)} more{of_kinds}")


def _lines_of_gaps(gaps: tuple[Missing, ...]) -> list[_UncheckedLine]:
    """The unknown kinds, one line for those that are unknown for the same reason."""
    kinds_of: dict[str, list[FactKind]] = {}
    for gap in gaps:
        kinds_of.setdefault(gap.why, []).append(gap.kind)
    return [
        _UncheckedLine(Fact(f"{titled(listed(map(_called, kinds)))}: {why}"), kinds, len(kinds))
        for why, kinds in kinds_of.items()
    ]


def _lines_of_elsewhere(count: int) -> list[_UncheckedLine]:
    """The records of the same patient that the Patient points at, and that were not read."""
    if not count:
        return []
    return [_UncheckedLine(Fact(f"The patient's record points at {_others(count)}: not read"), (), count)]


def _line_of_records(records: list[Unread]) -> _UncheckedLine:
    """One record with its reference, or the first of several of one kind and reason."""
    kind = records[0].kind
    if len(records) == 1:
        return _UncheckedLine(Fact(titled(records[0].in_words), record_ref=records[0].record_ref), [kind])
    told = list(dict.fromkeys(record.in_words for record in records))[:_MOST_OF_A_GROUP]
    if more := len(records) - len(told):
        told.append(f"and {more} more ({kind or 'of an unknown kind'})")
    return _UncheckedLine(Fact(titled("; ".join(told))), [kind], len(records))


def _called(kind: FactKind) -> str:
    return _IN_WORDS.get(kind) or str(kind)


def _partial(case: Case) -> list[FactKind]:
    """The kinds of which records came that were not used."""
    return [kind for kind, known in case.chart.known.items() if known.availability is Availability.PARTIAL]


def _withheld(case: Case) -> tuple[Missing, ...]:
    """The kinds of which a server withholds a part: a rule that this alone stopped makes the card no more urgent."""
    known = case.chart.known.items()
    return tuple([Missing(kind, one.withheld) for kind, one in known if one.withheld and not one.is_unknown])


def _withheld_and_read(case: Case, rules: tuple[Rule, ...]) -> tuple[Missing, ...]:
    """Those of them that a rule about the patient's thiopurine reads, whether or not it was stopped."""
    withheld = _withheld(case)
    if not (withheld and case.exposures):
        return ()
    read = frozenset().union(*(rule.needs for rule in rules))
    return tuple(
        sorted((gap for gap in withheld if gap.kind in read), key=lambda gap: list(FactKind).index(gap.kind))
    )


def _may_hide_a_critical_card(unread: tuple[Unread, ...], rules: tuple[Rule, ...]) -> bool:
    """Whether a record of theirs is of a kind that such a rule reads; one that counts but for its day hides nothing."""
    hiding = [one for one in unread if not _is_day_only(one)]
    if not hiding:
        return False
    grave = _grave_kinds(rules)
    return any(one.kind is None or one.kind in grave for one in hiding)


def _grave_kinds(rules: tuple[Rule, ...]) -> frozenset[FactKind]:
    """What the rules read that can be critical."""
    return frozenset().union(*(rule.needs for rule in rules if rule.can_be_critical))


def _orders(count: int) -> str:
    return "1 order names" if count == 1 else f"{count} orders name"


def _not_used(case: Case, rules: tuple[Rule, ...]) -> tuple[Missing, ...]:
    """Kinds with unused records that a rule reads: reported even though no rule was stopped."""
    partial = _partial(case)
    if not (partial and (case.exposures or any(map(case.is_ending, THIOPURINES)))):
        return ()
    read = frozenset().union(*(rule.needs for rule in rules)).intersection(partial)
    return case.missing(*(kind for kind in FactKind if kind in read))


def _hiding_a_thiopurine(case: Case, rules: tuple[Rule, ...]) -> tuple[Missing, ...]:
    """Why it cannot be said that no thiopurine is taken: without one, most rules have nothing to say."""
    if case.exposures or not any(FactKind.MEDICATIONS in rule.needs for rule in rules):
        return ()
    return case.missing_within(case.policy.new_start_days, FactKind.MEDICATIONS)


def _orders_something(case: Case) -> bool:
    """Whether the request orders something a rule may warn about; ending a drug and killed vaccines do not count.

    An order of which nothing could be read may be one.
    """
    takes = any(order.intent is OrderIntent.TAKE for order in case.chart.draft_orders)
    is_open = any(one.is_order for one in case.chart.unread)
    return (
        takes or is_open or any(order.kind is not VaccineKind.NON_LIVE for order in case.chart.vaccine_orders)
    )


def _unread_that_matter(case: Case, rules: tuple[Rule, ...]) -> tuple[Unread, ...]:
    """Unread records of a kind that a rule reads; without a thiopurine taken or ended, only those that may hide one."""
    if not case.unused:
        return ()
    read = frozenset().union(*(rule.needs for rule in rules))
    if not case.exposures:
        is_ended = any(map(case.is_ending, THIOPURINES))
        read = (read if is_ended else frozenset()) | {FactKind.MEDICATIONS}
    return tuple(record for record in case.unused if record.kind is None or record.kind in read)


def _not_shown(unread: tuple[Unread, ...], decisions: tuple[Decision, ...]) -> tuple[Unread, ...]:
    """The records without the results of which another card says already that their day is not known."""
    asked_about = [one for one in unread if _is_day_only(one) and one.kind in _ASKED_ABOUT]
    if not asked_about:
        return unread
    fired = [one.outcome for one in decisions if isinstance(one.outcome, Fired)]
    shown = {fact.record_ref for outcome in fired for finding in outcome.findings for fact in finding.why}
    return tuple(one for one in unread if one not in asked_about or one.record_ref not in shown)


def _is_day_only(record: Unread) -> bool:
    """Whether the record counts, and only its day is in doubt: that hides no warning."""
    return record.is_counted and record.reason is UnreadReason.DATE


def _others(count: int) -> str:
    return f"{count} other {'record' if count == 1 else 'records'}"


def _summary(case: Case, kinds: list[FactKind], unread: tuple[Unread, ...], elsewhere: int) -> str:
    names = [_called(kind) for kind in kinds]
    drug = case.exposures[0].drug.value.capitalize() if case.exposures else "Thiopurine"
    if of_others := case.chart.orders_of_others:
        more = "; other things could not be checked either" if kinds or unread or elsewhere else ""
        return f"{drug}: {_orders(of_others)} another patient, not checked{more}"
    doubtful = sum(record.is_counted for record in unread)
    for count, kind_of in ((len(unread) - doubtful, "unreadable"), (doubtful, "doubtful")):
        names += [f"{count} {kind_of} {'record' if count == 1 else 'records'}"] if count else []
    if elsewhere:
        names.append(f"{_others(elsewhere)} of the patient")
    return fitting(
        f"{drug}: could not check {listed(names)}",
        f"{drug}: {len(names)} kinds of facts could not be checked",
    )
