"""A site's policy: its TOML text checked against bounds, and what differs from the default."""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from types import MappingProxyType

from cards.card import Indicator
from cards.knowledge.holds_for import ANY
from cards.knowledge.knowledge import Knowledge
from cards.knowledge.policy_bounds import Bounds
from cards.knowledge.releases import ReleaseError
from cards.knowledge.rule_facts import RuleFacts
from cards.model.policy import Loudness, Policy, RuleSwitch

# Fields that are words, and the words they may be.
_WORDS: Mapping[str, Callable[[Knowledge], Set[str]]] = MappingProxyType(
    {
        "schedule_profile": lambda knowledge: knowledge.schedules.profiles,
        "repeat": lambda _: frozenset({"always", "once"}),
        "country": lambda knowledge: {ANY} | knowledge.indication_doses.countries,
        "leukaemia_protocol": lambda knowledge: {ANY} | knowledge.leukaemia_limits.studies,
    }
)
_SWITCHES = ("silent", "at_most", "at_least", "acknowledge_risk")
SCHEMA = 1  # of a site's policy
# What a site must look at, by the schema that brought it.
_BROUGHT = MappingProxyType(
    {
        1: "`tables` names a release in the folder THIOPURINE_CDS_RELEASES; none comes with the software any more"
    }
)
_LEAST_WORDS = 3  # "because" is not a reason


class PolicyError(ValueError):
    """A site's policy that cannot be used. `problems` names each thing that is wrong with it."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a site has decided otherwise than the default."""

    name: str
    default: str
    chosen: str


def site_policy(text: str, knowledge_of: Callable[[str], Knowledge]) -> Policy:
    """The policy of a site: the default, with what its TOML says otherwise.

    It is judged by the tables of the version that it names; `knowledge_of` loads them, "" is the software's own.

    Raises PolicyError with everything that is wrong, not only the first; for tables that cannot be used
    with that alone, since the rest is judged by them.
    """
    try:
        chosen = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError((f"not valid TOML: {error}",)) from error
    _schema_in(chosen)
    knowledge = _its_tables(chosen, knowledge_of)
    rules = chosen.pop("rules", {})
    problems = [*_value_problems(chosen, knowledge), *_rule_problems(rules, knowledge)]
    if problems:
        raise PolicyError(tuple(problems))
    policy = replace(
        knowledge.default_policy, **chosen, switches=tuple(_switch(*rule) for rule in rules.items())
    )
    contradictions = tuple(_contradictions(policy, knowledge))
    if contradictions:
        raise PolicyError(contradictions)
    return policy


@dataclass(frozen=True, slots=True)
class PolicyAge:
    """The schema that a policy was written for; one without a schema is of 0."""

    schema: int

    @property
    def changes(self) -> tuple[str, ...]:
        """What has changed since, and how the file is brought up to date; () for one of today."""
        since = tuple(f"schema {number}: {what}" for number, what in _BROUGHT.items() if number > self.schema)
        return (*since, f"then write schema = {SCHEMA} in its first line") if since else ()


def age_of(text: str) -> PolicyAge:
    """How old a policy that can be used is."""
    return PolicyAge(_schema_in(tomllib.loads(text)))


def _schema_in(chosen: dict[str, object]) -> int:
    schema = chosen.pop("schema", 0)
    if type(schema) is not int or schema < 0:
        raise PolicyError((f"schema = {schema!r}: expected a whole number",))
    if schema > SCHEMA:
        raise PolicyError((f"schema = {schema}: this software reads policies up to schema {SCHEMA}",))
    return schema


def _its_tables(chosen: dict[str, object], knowledge_of: Callable[[str], Knowledge]) -> Knowledge:
    version = chosen.pop("tables", "")
    if not isinstance(version, str):
        raise PolicyError((f"tables = {version!r}: expected the version of a release in quotes",))
    try:
        return knowledge_of(version)
    except ReleaseError as error:
        raise PolicyError((str(error),)) from error


def differences(policy: Policy, knowledge: Knowledge) -> tuple[Difference, ...]:
    """What differs from the default, values first, then the rules that are switched."""
    base = replace(knowledge.default_policy, tables="")
    values = tuple(
        Difference(name, str(getattr(base, name)), str(getattr(policy, name)))
        for name in _names()
        if getattr(base, name) != getattr(policy, name)
    )
    return (*values, *(_switch_difference(switch, knowledge) for switch in policy.switches))


def _kinds() -> dict[str, object]:
    return {one.name: one.type for one in fields(Policy)}


def _names() -> tuple[str, ...]:
    return tuple(one.name for one in fields(Policy) if one.name != "switches")


def _value_problems(chosen: dict[str, object], knowledge: Knowledge) -> Iterator[str]:
    for name, value in chosen.items():
        if name not in _names():
            yield f"{name}: unknown{_meant(name, _names())}"
        elif name in _WORDS:
            words = _WORDS[name](knowledge)
            if value not in words:
                yield f"{name} = {value!r}: expected one of {', '.join(sorted(words))}"
        else:
            yield from _number_problems(name, value, knowledge.policy_bounds)


def _number_problems(name: str, value: object, bounds_of: Mapping[str, Bounds]) -> Iterator[str]:
    is_count = _kinds()[name] is int
    if isinstance(value, bool) or not isinstance(value, int if is_count else int | float):
        yield f"{name} = {value!r}: expected a {'whole number' if is_count else 'number'}"
        return
    bounds = bounds_of[name]
    if not bounds.low <= value <= bounds.high:
        yield (f"{name} = {value!r}: expected {bounds.low:g} to {bounds.high:g} {bounds.unit} ({bounds.why})")


def _contradictions(policy: Policy, knowledge: Knowledge) -> Iterator[str]:
    """Values that are each within bounds and do not fit together; the first must be the smaller one."""
    for smaller, greater in (
        ("restart_gap_days", "new_start_days"),
        ("weight_flagged_after_days_adult", "weight_unused_after_days"),
        ("weight_flagged_after_days_child", "weight_unused_after_days"),
        ("childbearing_from_years", "childbearing_to_years"),
        ("severe_egfr", "reduced_egfr"),
    ):
        low, high = getattr(policy, smaller), getattr(policy, greater)
        if low >= high:
            yield f"{smaller} = {low} must be below {greater} = {high}"
    profiles = knowledge.schedules.profiles
    if policy.schedule_profile not in profiles:  # the built-in one is younger than these tables
        known = ", ".join(sorted(profiles))
        yield f"schedule_profile = {policy.schedule_profile!r} is not in these tables: choose one of {known}"


def _rule_problems(rules: object, knowledge: Knowledge) -> Iterator[str]:
    if not isinstance(rules, dict):
        yield "rules: expected tables such as [rules.start-plan]"
        return
    known = knowledge.rule_facts
    for rule_id, switch in rules.items():
        where = f"rules.{rule_id}"
        if rule_id not in known:
            yield f"{where}: unknown{_meant(rule_id, tuple(known))}"
        elif not isinstance(switch, dict):
            yield f"{where}: expected a table with {', '.join(_SWITCHES)}"
        else:
            yield from _switch_problems(where, known[rule_id], switch)


def _switch_problems(where: str, facts: RuleFacts, switch: dict[str, object]) -> Iterator[str]:
    for name in switch:
        if name not in _SWITCHES:
            yield f"{where}.{name}: unknown{_meant(name, _SWITCHES)}"
    silent, reason = switch.get("silent", False), switch.get("acknowledge_risk", "")
    if not isinstance(silent, bool):
        yield f"{where}.silent = {silent!r}: expected true or false"
    if not isinstance(reason, str):
        yield f"{where}.acknowledge_risk = {reason!r}: expected a reason in words"
        reason = ""
    hides = silent is True or switch.get("at_most") == Loudness.INFO
    if hides and facts.can_be_critical and len(reason.split()) < _LEAST_WORDS:
        yield (
            f"{where}: this rule can be critical; to silence it or to make it an info, say why in "
            'acknowledge_risk = "..."'
        )
    yield from _loudness_problems(where, facts, switch)


def _loudness_problems(where: str, facts: RuleFacts, switch: dict[str, object]) -> Iterator[str]:
    allowed = {"at_most": (Loudness.WARNING, Loudness.INFO), "at_least": _raised(facts)}
    for name, words in allowed.items():
        if name in switch and switch[name] not in words:
            expected = " or ".join(words) or "nothing: this rule cannot be made more urgent"
            yield f"{where}.{name} = {switch[name]!r}: expected {expected}"
    if {"at_most", "at_least"} <= switch.keys():
        yield f"{where}: at_most and at_least exclude each other"


def _raised(facts: RuleFacts) -> tuple[Loudness, ...]:
    """How urgent a site may make a rule: a warning where it can be one, critical only where the rule allows it."""
    warning = (Loudness.WARNING,) if facts.highest is not Indicator.INFO else ()
    return (*warning, Loudness.CRITICAL) if facts.may_be_critical else warning


def _switch(rule_id: str, switch: dict[str, object]) -> RuleSwitch:
    at_most, at_least = (str(switch.get(name, "")) for name in ("at_most", "at_least"))
    return RuleSwitch(
        rule_id,
        is_silent=bool(switch.get("silent", False)),
        at_most=Loudness(at_most) if at_most else None,
        at_least=Loudness(at_least) if at_least else None,
        acknowledged_risk=str(switch.get("acknowledge_risk", "")),
    )


def _switch_difference(switch: RuleSwitch, knowledge: Knowledge) -> Difference:
    facts = knowledge.rule_facts[switch.rule_id]
    usual = str(facts.highest) if facts.highest is facts.lowest else f"{facts.lowest} to {facts.highest}"
    parts = ["silent"] if switch.is_silent else []
    parts += [f"at most {switch.at_most}"] if switch.at_most else []
    parts += [f"at least {switch.at_least}"] if switch.at_least else []
    parts += [f"risk acknowledged: {switch.acknowledged_risk}"] if switch.acknowledged_risk else []
    return Difference(f"rule {switch.rule_id}", usual, ", ".join(parts) or "unchanged")


def _meant(name: str, known: tuple[str, ...]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""
