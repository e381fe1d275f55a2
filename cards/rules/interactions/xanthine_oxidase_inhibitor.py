"""Is azathioprine or mercaptopurine combined with allopurinol or febuxostat?"""

from dataclasses import dataclass, replace
from datetime import date

from cards.assessment.case import Case
from cards.assessment.courses import Course, CourseState
from cards.assessment.dose_words import close_one_order, dose_facts, dose_words
from cards.assessment.episodes import Episode
from cards.assessment.exposures import Exposure
from cards.assessment.genes import GeneStatus, reduced_words
from cards.assessment.usual_dose import is_usual_dose_dated, usual_dose, usual_dose_facts, usual_dose_source
from cards.card import Indicator
from cards.finding import (
    Blocked,
    Bound,
    DecisionKey,
    DecisionKind,
    DoseConstraint,
    Fact,
    Finding,
    Fired,
    Outcome,
    Reasons,
    Silent,
)
from cards.knowledge.interactions import Effect, Interaction
from cards.knowledge.rule_sentences import RuleSentence
from cards.model.facts import FactKind
from cards.model.genes import Gene, Phenotype
from cards.model.proposals import RemoveOrder
from cards.model.protocol import Group
from cards.model.therapy import XANTHINE_OXIDASE_INHIBITORS, Drug, DrugOrder
from cards.rules.rule import ORDER_SELECT, ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, fitting, listed, number, rounded, span, titled

NEEDS = frozenset({FactKind.MEDICATIONS, FactKind.VITALS, FactKind.GENES, FactKind.CONDITIONS})


@dataclass(frozen=True, slots=True)
class _InhibitedThiopurine:
    """A thiopurine and the inhibitor it meets."""

    exposure: Exposure
    interaction: Interaction
    orders: tuple[DrugOrder, ...]  # of the inhibitor, in this request
    course: Course | None  # of the inhibitor

    @property
    def is_new(self) -> bool:
        """Whether this request brings the two together, or keeps them together."""
        return self.exposure.course is None or not self.exposure.course.is_taken or self.course is None

    @property
    def is_doubtful(self) -> bool:
        """Whether only contradictory records name the inhibitor: the rule warns of it, and offers no dose."""
        return not self.orders and self.course is not None and self.course.is_contradictory


def combined_with_xanthine_oxidase_inhibitor(case: Case) -> Outcome:
    """Warn in either direction, with the fraction of the usual dose in mg where a source gives one.

    A dose already cut is a reminder; long-standing low-dose co-therapy is a quiet reminder.
    """
    missing = case.missing(FactKind.MEDICATIONS)
    if not case.exposures:
        if missing and case.orders_of(*XANTHINE_OXIDASE_INHIBITORS):
            return Blocked(missing)
        return Silent("no thiopurine is ordered or taken")
    pairs = tuple(_pairs(case))
    if not pairs:
        return Blocked(missing) if missing else Silent("no xanthine oxidase inhibitor is ordered or taken")
    return Fired(tuple(_finding(pair, case) for pair in pairs), missing)


def _pairs(case: Case) -> list[_InhibitedThiopurine]:
    pairs = []
    for exposure in case.exposures:
        for culprit in XANTHINE_OXIDASE_INHIBITORS:
            effect = case.knowledge.interactions.interaction(culprit, exposure.drug)
            orders = case.orders_of(culprit)
            course = case.course(culprit)
            is_taken = course is not None and course.is_taken and not case.is_ending(culprit)
            if effect is None or not (orders or is_taken):
                continue
            if exposure.is_in_doubt or (not orders and course is not None and course.is_in_doubt):
                continue  # possible_inhibitor asks first
            pairs.append(_InhibitedThiopurine(exposure, effect, orders, course if is_taken else None))
    return pairs


def _finding(pair: _InhibitedThiopurine, case: Case) -> Finding:
    if pair.interaction.effect is Effect.CONTRAINDICATED:
        return _contraindicated(pair, case)
    low_genes = tuple(status for status in case.genes.values() if status.is_below_normal)
    found = _with_low_gene(pair, case, low_genes) if low_genes else _with_fraction(pair, case)
    is_transplanted = case.group(pair.exposure) is Group.TRANSPLANT
    is_told = is_transplanted and pair.exposure.drug is Drug.AZATHIOPRINE
    return _with_view_after_transplant(found, case) if is_told else found


def _with_view_after_transplant(found: Finding, case: Case) -> Finding:
    """The finding with the view of a guideline that allows the pair to nobody after a kidney transplantation."""
    sentences = case.knowledge.sentences
    return replace(
        found,
        also=(*found.also, sentences.text(RuleSentence.INHIBITOR_TRANSPLANT)),
        citations=(*found.citations, sentences.citation(RuleSentence.INHIBITOR_TRANSPLANT)),
    )


def decision_with_fraction(exposure: Exposure, case: Case) -> DecisionKey | None:
    """The decision about a thiopurine and an inhibitor that requires a lower dose; None where they do not meet."""
    met = (pair for pair in _pairs(case) if pair.exposure is exposure)
    return next((_decision(pair) for pair in met if pair.interaction.effect is Effect.REDUCE), None)


def _decision(pair: _InhibitedThiopurine) -> DecisionKey:
    return DecisionKey(DecisionKind.INTERACTION, pair.exposure.key, pair.interaction.culprit)


def _why(pair: _InhibitedThiopurine, case: Case) -> tuple[Fact, ...]:
    name = titled(drug_name(pair.interaction.culprit))
    facts = [Fact(f"{name} ordered", record_ref=order.record_ref) for order in pair.orders]
    if pair.course is not None:
        since = f" since {pair.course.started_on}" if pair.course.started_on else ""
        facts.append(
            Fact(f"{name} {pair.course.state.value}{since}", record_ref=pair.course.latest.record_ref)
        )
    return (*dose_facts(pair.exposure, case.weight), *facts)


def _contraindicated(pair: _InhibitedThiopurine, case: Case) -> Finding:
    culprit, drug = drug_name(pair.interaction.culprit), drug_name(pair.exposure.drug)
    return Finding(
        decision=_decision(pair),
        indicator=Indicator.CRITICAL,
        summary=f"{titled(drug)} with {culprit}: contraindicated, choose another drug for one of them",
        why=_why(pair, case),
        do=(
            f"{titled(culprit)} inhibits xanthine oxidase, which inactivates {drug}: severe marrow "
            "suppression is possible.",
            "No reduced dose is known for this pair: do not combine them.",
        ),
        citations=(
            pair.interaction.citation,
            case.knowledge.cite("fda-imuran-interactions", "febuxostat: not recommended"),
        ),
        reasons=Reasons.INTERACTION,
        constraints=(DoseConstraint(pair.exposure.key, Bound.STOP),),
        proposals=_removal(pair),
    )


def _removal(pair: _InhibitedThiopurine) -> tuple[RemoveOrder, ...]:
    if not pair.orders or pair.exposure.is_ordered:
        return ()
    return tuple(RemoveOrder(order.record_ref, f"the {drug_name(order.drug)} order") for order in pair.orders)


def _with_low_gene(pair: _InhibitedThiopurine, case: Case, low: tuple[GeneStatus, ...]) -> Finding:
    fraction = _fraction_in_mg(pair, case)
    amount = f", {fraction.words}," if fraction and case.firm_weight else ""
    sentences, shares = case.knowledge.sentences, pair.interaction.shares
    lead = f"{titled(drug_name(pair.exposure.drug))} with {drug_name(pair.interaction.culprit)}"
    is_poor = any(status.phenotype is Phenotype.POOR for status in low)
    action = "choose another drug" if is_poor else "reduce further or choose another drug"
    return Finding(
        decision=_decision(pair),
        indicator=Indicator.CRITICAL,
        summary=fitting(
            f"{lead} and {reduced_words(low)}: {action}",
            f"{lead} and low {' and '.join(status.gene for status in low)}: {action}",
        ),
        why=(*_why(pair, case), *(fact for status in low for fact in status.facts())),
        do=(
            sentences.text(RuleSentence.INHIBITOR_LOW_GENE, **shares, amount=amount),
            "Consider a further reduction with specialist advice, or an alternative drug. "
            "No source gives a number for this combination, so no dose is offered.",
            sentences.text(RuleSentence.INHIBITOR_LOW_GENE_COUNTS),
        ),
        citations=(
            sentences.citation(RuleSentence.INHIBITOR_LOW_GENE),
            pair.interaction.citation,
        ),
        reasons=Reasons.INTERACTION,
        constraints=(
            DoseConstraint(pair.exposure.key, Bound.XANTHINE_OXIDASE),
            DoseConstraint(pair.exposure.key, Bound.STOP),
        ),
        proposals=_removal(pair),
    )


@dataclass(frozen=True, slots=True)
class _Fraction:
    """The fraction of the usual dose, in mg a day."""

    usual_mg: float
    basis: str
    low_mg: float
    high_mg: float

    @property
    def mg(self) -> str:
        return span(self.low_mg, self.high_mg, 0)

    @property
    def words(self) -> str:
        return f"{self.mg} mg/day"

    @property
    def of_usual(self) -> dict[str, str]:
        """The fraction, and what it is a fraction of, as sentences name them."""
        return {"mg": self.mg, "usual": number(self.usual_mg, 0), "basis": self.basis}


def _fraction_in_mg(pair: _InhibitedThiopurine, case: Case) -> _Fraction | None:
    """The fraction in mg of the patient's own dose, else of the usual one; None where neither is known."""
    return _fraction_of(_established_dose(pair, case), pair) or _standard_fraction(pair, case)


def _standard_fraction(pair: _InhibitedThiopurine, case: Case) -> _Fraction | None:
    return _fraction_of(usual_dose(pair.exposure, case), pair)


def _fraction_of(usual: tuple[float, str] | None, pair: _InhibitedThiopurine) -> _Fraction | None:
    low, high = pair.interaction.fraction_low, pair.interaction.fraction_high
    if usual is None or low is None or high is None:
        return None
    mg, basis = usual
    return _Fraction(mg, basis, mg * low, mg * high)


def _established_dose(pair: _InhibitedThiopurine, case: Case) -> tuple[float, str] | None:
    """The patient's own dose, where it long worked without the inhibitor and is below the usual one.

    None where several orders leave the dose open, or where the dose changed since the inhibitor came.
    """
    exposure, course = pair.exposure, pair.exposure.course
    usual = usual_dose(exposure, case)
    own = course.regimen if course and course.state is CourseState.CURRENT else None
    if course is None or own is None or usual is None or course.doses.parts or course.dose_since is None:
        return None
    met_on = case.chart.today if pair.course is None else _first_day(pair.course)
    if met_on is None or course.dose_since.days_before(met_on) < case.policy.established_days:
        return None
    if rounded(own.mg_per_day, 1) >= rounded(usual[0], 1):
        return None
    return own.mg_per_day, f"the dose taken since {course.dose_since} without {_culprit(pair)}"


def _first_day(course: Course) -> date | None:
    return course.started_on.first if course.started_on else None


def _culprit(pair: _InhibitedThiopurine) -> str:
    return drug_name(pair.interaction.culprit)


def _with_fraction(pair: _InhibitedThiopurine, case: Case) -> Finding:
    fraction = _fraction_in_mg(pair, case)
    standard = _standard_fraction(pair, case)
    if _is_low_by_undated_size(pair, case, fraction, standard):
        fraction = standard = None
    if fraction is not None and pair.exposure.is_at_most(fraction.high_mg):
        return _already_reduced(pair, case, fraction)
    if fraction is not None and standard is not None and pair.exposure.is_at_most(standard.high_mg):
        if _is_established_together(pair, case):
            return _already_reduced(pair, case, standard)
        return _low_without_it(pair, case, fraction, standard)
    sentences, shares = case.knowledge.sentences, pair.interaction.shares
    if fraction is None or case.firm_weight is None:
        lead = sentences.text(RuleSentence.INHIBITOR_REDUCE_IN_SHORT, **shares)
        act = sentences.text(RuleSentence.INHIBITOR_REDUCE_UNKNOWN, **shares)
    else:
        lead = f"reduce to {fraction.words}"
        act = sentences.text(RuleSentence.INHIBITOR_REDUCE, **shares, **fraction.of_usual)
    order_key = pair.exposure.key
    constraint = DoseConstraint(
        order_key,
        Bound.XANTHINE_OXIDASE,
        fraction.low_mg if fraction else None,
        fraction.high_mg if fraction else None,
    )
    return Finding(
        decision=_decision(pair),
        indicator=Indicator.CRITICAL,
        summary=_not_reduced(pair, case, lead),
        why=(*_why(pair, case), *usual_dose_facts(pair.exposure, case), *_gene_facts(case)),
        do=(
            *close_one_order(pair.exposure),
            act,
            sentences.text(RuleSentence.INHIBITOR_COUNTS),
            f"With a low TPMT or NUDT15 this is not enough{_untested(case)}.",
        ),
        also=(sentences.text(RuleSentence.INHIBITOR_LOW_DOSE, drug=drug_name(pair.exposure.drug)),),
        citations=(
            pair.interaction.citation,
            *usual_dose_source(pair.exposure, case),
            sentences.citation(RuleSentence.INHIBITOR_LOW_DOSE),
        ),
        reasons=Reasons.INTERACTION,
        constraints=_constraints(pair, constraint) if pair.exposure.is_ordered else (),
        proposals=_removal(pair),
    )


def _constraints(pair: _InhibitedThiopurine, constraint: DoseConstraint) -> tuple[DoseConstraint, ...]:
    no_offer = (DoseConstraint(pair.exposure.key, Bound.STOP),) if pair.is_doubtful else ()
    return (constraint, *no_offer)


def _not_reduced(pair: _InhibitedThiopurine, case: Case, lead: str) -> str:
    """The summary; where orders leave the dose open it names them all."""
    parts, culprit = pair.exposure.parts, _culprit(pair)
    if not parts:
        return f"{dose_words(pair.exposure, case.weight)} with {culprit}: {lead}, or avoid the combination"
    doses = listed(number(part.mg_per_day, 1) for part in parts)
    name, count = titled(drug_name(pair.exposure.drug)), f"({len(parts)} orders) with {culprit}"
    return fitting(
        f"{name} {doses} mg/day {count}: close one and {lead} in all, or avoid the combination",
        f"{name} {doses} mg/day {count}: {lead} in all",
        f"{name} {count}: {lead} in all",
    )


def _gene_facts(case: Case) -> tuple[Fact, ...]:
    return tuple(fact for gene in Gene for fact in case.genes[gene].facts())


def _untested(case: Case) -> str:
    unknown = [gene for gene in Gene if not case.genes[gene].is_informative]
    return f": {' and '.join(unknown)} not known here" if unknown else ""


def _already_reduced(
    pair: _InhibitedThiopurine, case: Case, fraction: _Fraction, *, is_beside_stop: bool = False
) -> Finding:
    is_established = not is_beside_stop and _is_established_together(pair, case)
    culprit = drug_name(pair.interaction.culprit)
    sentences = case.knowledge.sentences
    action = "keep both together, never stop one alone" if is_established else "do not titrate up"
    return Finding(
        decision=_decision(pair),
        indicator=Indicator.INFO if is_established else Indicator.WARNING,
        summary=f"{dose_words(pair.exposure, case.weight)} with {culprit}: already reduced, {action}",
        why=(*_why(pair, case), *usual_dose_facts(pair.exposure, case), *_gene_facts(case)),
        do=(
            sentences.text(RuleSentence.INHIBITOR_REDUCED, **pair.interaction.shares, **fraction.of_usual),
            f"Do not titrate up while on {culprit}. If {culprit} is stopped, the effect of this dose falls.",
            "Keep blood counts close." if not is_established else "Keep the usual blood counts.",
        ),
        citations=(
            pair.interaction.citation,
            *usual_dose_source(pair.exposure, case),
            sentences.citation(RuleSentence.INHIBITOR_LOW_DOSE),
        ),
        reasons=Reasons.INTERACTION,
        constraints=(
            DoseConstraint(
                pair.exposure.key, Bound.XANTHINE_OXIDASE, None, fraction.high_mg, is_binding=False
            ),
        ),
        where_stopped=_already_reduced(pair, case, fraction, is_beside_stop=True) if is_established else None,
    )


def _low_without_it(pair: _InhibitedThiopurine, case: Case, own: _Fraction, standard: _Fraction) -> Finding:
    """A dose within the fraction of the usual one that was enough without the inhibitor: it was never reduced."""
    culprit = _culprit(pair)
    order_key = pair.exposure.key
    sentences, shares = case.knowledge.sentences, pair.interaction.shares
    return Finding(
        decision=_decision(pair),
        indicator=Indicator.WARNING,
        summary=sentences.text(
            RuleSentence.INHIBITOR_LOW_WITHOUT,
            dose=dose_words(pair.exposure, case.weight),
            culprit=culprit,
            mg=own.mg,
        ),
        why=(*_why(pair, case), *usual_dose_facts(pair.exposure, case), *_gene_facts(case)),
        do=(
            sentences.text(
                RuleSentence.INHIBITOR_OWN_DOSE, **shares, culprit=culprit, basis=own.basis, mg=own.mg
            ),
            sentences.text(RuleSentence.INHIBITOR_BELOW_USUAL, **shares, **standard.of_usual),
            sentences.text(RuleSentence.INHIBITOR_COUNTS_AT_FIRST, untested=_untested(case)),
        ),
        citations=(
            pair.interaction.citation,
            *usual_dose_source(pair.exposure, case),
            case.knowledge.cite("project", "the patient's own established dose"),
        ),
        reasons=Reasons.INTERACTION,
        constraints=(DoseConstraint(order_key, Bound.XANTHINE_OXIDASE, None, standard.high_mg),)
        if pair.exposure.is_ordered
        else (),
    )


def _is_low_by_undated_size(pair: _InhibitedThiopurine, case: Case, *fractions: _Fraction | None) -> bool:
    """Whether only a weight or height without a date shows the dose to be low: that makes no dose already reduced."""
    is_low = any(one is not None and pair.exposure.is_at_most(one.high_mg) for one in fractions)
    return is_low and not is_usual_dose_dated(pair.exposure, case)


def _is_established_together(pair: _InhibitedThiopurine, case: Case) -> bool:
    """Whether both drugs were taken together long enough, at a dose that this request does not change."""
    today, policy = case.chart.today, case.policy
    if pair.exposure.is_ordered and pair.exposure.episode is not Episode.RENEWAL:
        return False
    if pair.is_new or pair.is_doubtful or pair.exposure.course is None or pair.course is None:
        return False
    days = (pair.exposure.course.days_on(today), pair.course.days_on(today))
    return all(day is not None and day >= policy.established_days for day in days)


RULE = Rule(
    id="xanthine-oxidase-inhibitor",
    question="Is azathioprine or mercaptopurine combined with allopurinol or febuxostat?",
    check=combined_with_xanthine_oxidase_inhibitor,
    needs=NEEDS,
    implements=("F01", "F02", "X01", "X07"),
    at=(
        ORDER_SELECT,
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.CRITICAL,
    lowest=Indicator.INFO,
    sources=(
        "fda-imuran-interactions",
        "uloric-label",
        "bsg-2019",
        "project",
        "ser-gout",
        "mosteller-1987",
    ),
)
