"""Whatever is missing, cut, unreadable or failing: no rule is silent about what it could not see."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from cards.finding import Blocked, Fired, Silent
from cards.model.facts import Availability, FactKind
from cds_service.errors import PatientDataUnavailableError
from tests.reliability.hospitals import Hospital, any_hospital, hospitals
from tests.reliability.server import IS_FULL

# A request that fails is printed whole, and that is long.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:Generating overly large repr")]

EXAMPLES = 5_000 if IS_FULL else 1_000


def raises(_case):
    raise ValueError


def says_all_is_well(_case):
    return Silent("all is well")


@dataclass(frozen=True)
class Request:
    """What a hospital sends, which keys of its prefetch are damaged, and rules that raise."""

    hospital: Hospital
    hit: frozenset[str]
    broken: frozenset[str]
    sent: dict[str, object]

    def __repr__(self) -> str:
        changed = {key: str(self.sent.get(key, "not sent"))[:300] for key in sorted(self.hit)}
        return f"{self.hospital}, {changed}, raising: {sorted(self.broken)}"[:20_000]


@st.composite
def requests(draw):
    """A request of any hospital, damaged somehow."""
    hospital = draw(any_hospital())
    hit, sent = draw(hospital.damages)
    broken = draw(st.frozensets(st.sampled_from([rule.id for rule in hospital.service.rules]), max_size=2))
    return Request(hospital, hit, broken, sent)


@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=not IS_FULL, suppress_health_check=list(HealthCheck)
)
@given(requests())
def test_every_rule_spoke_or_was_satisfied_or_is_named(request):
    hospital, hit = request.hospital, request.hit

    try:
        answer = hospital.answer(request.sent, with_check(hospital.service, request.broken, raises))
    except PatientDataUnavailableError:
        event("refused with 412")
        assert (hospital.service.hook, "medications" in hit) == ("patient-view", True)
        return

    assert unexplained(answer, hospital, hit) == {}


def test_a_rule_that_is_silent_about_what_it_could_not_see_would_be_found():
    (hospital,) = (one for one in hospitals() if one.name == "leukopenia-withhold")
    sent = {name: value for name, value in hospital.prefetch.items() if name != "counts"}
    reads_counts = {rule.id for rule in hospital.service.rules if FactKind.COUNTS in rule.needs}

    answer = hospital.answer(sent, with_check(hospital.service, reads_counts, says_all_is_well))

    assert unexplained(answer, hospital, {"counts"}) == {"low-counts": "it would have spoken"}


def with_check(service, rule_ids, check):
    rules = (replace(rule, check=check) if rule.id in rule_ids else rule for rule in service.rules)
    return replace(service, rules=tuple(rules))


def unexplained(answer, hospital, hit):
    """The rules that neither spoke nor were satisfied by what they had, and that no card names; with the reason."""
    if answer.considered is None:
        return {"all": "nothing was looked at"}
    cards = {card.content["source"]["topic"]["code"]: text_of(card.content) for card in answer.cards}
    unchecked, did_not_run = cards.get("CouldNotBeChecked", ""), cards.get("CheckDidNotRun", "")
    if not unchecked and any("not shown here" in text for text in cards.values()):
        event("the card on what could not be checked gave way to more urgent ones, which say so")
        return {}
    whole = outcomes(hospital.whole_answer)
    found = {}
    for rule in answer.considered.rules:
        outcome = outcomes(answer).get(rule.id)
        if outcome is None:
            why = "" if f"- {rule.question}\n" in did_not_run else "it failed, and no card says so"
        elif isinstance(outcome, Fired | Blocked):
            untold = [gap for gap in outcome.missing if not is_told(gap, unchecked)]
            why = f"untold: {untold}" if untold else ""
        else:
            is_lost = isinstance(whole[rule.id], Fired) and not is_named(
                rule, answer, hospital, hit, unchecked
            )
            why = "it would have spoken" if is_lost else ""
        found |= {rule.id: why} if why else {}
    return found


def outcomes(answer):
    return {decision.rule_id: decision.outcome for decision in answer.considered.advice.decisions}


def is_told(gap, unchecked):
    """Whether a line gives the reason for this kind, alone or together with other kinds."""
    return any(
        (line.endswith(f": {gap.why}") or line.startswith("- and "))
        and gap.kind.casefold() in line.casefold()
        for line in unchecked.splitlines()
    )


def text_of(card):
    """The text without the backslashes that keep it from being Markdown."""
    return card["detail"].replace("\\", "")


def is_named(rule, answer, hospital, hit, unchecked):
    """Whether the card names a kind, or a record, that the rule reads and that was damaged."""
    kinds = {key.kind for key in hospital.service.prefetch_keys if key.name in hit} & rule.needs
    told = unchecked.casefold()
    unread = [one for one in answer.considered.chart.unread if one.kind is None or one.kind in rule.needs]
    is_full = "- and " in unchecked or " more (" in unchecked  # more records than it has lines for
    return (
        any(kind.casefold() in told for kind in kinds)
        or any(one.record_ref in unchecked or one.in_words.casefold() in told for one in unread)
        or (is_full and bool(unread))
        or (FactKind.MEDICATIONS in kinds and reaches_back(answer))
    )


def reaches_back(answer):
    """Whether the medications are known as far back as a therapy counts that nobody renewed: the policy's choice."""
    known = answer.considered.chart.knowledge_of(FactKind.MEDICATIONS)
    days = answer.considered.policy.new_start_days
    return (
        known.availability is Availability.TRUNCATED
        and known.complete_since is not None
        and known.complete_since.days_before(answer.considered.chart.today) > days
    )
