"""Should hepatitis B be vaccinated against before a thiopurine is started?"""

from cards.assessment.case import Case
from cards.assessment.episodes import Episode
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.model.facts import FactKind
from cards.model.labs import Analyte, LabFinding, LabResult
from cards.model.vaccines import Antigen
from cards.rules.rule import ORDER_SIGN, Rule
from cards.wording import drug_name

NEEDS = frozenset({FactKind.SEROLOGY, FactKind.MEDICATIONS, FactKind.IMMUNIZATIONS})


def hepatitis_b_seronegative(case: Case) -> Outcome:
    """A line of the plan when HBsAg and anti-HBs are both negative at a new start.

    Missing tests are the question of the baseline tests, not of this rule.
    """
    starts = [exposure for exposure in case.ordered if exposure.episode is Episode.NEW_START]
    if not starts:
        return Silent("no new start of a thiopurine")
    surface, antibody = (_word(analyte, case) for analyte in (Analyte.HBSAG, Analyte.ANTI_HBS))
    if surface is None or antibody is None:
        missing = case.missing(FactKind.SEROLOGY)
        return Blocked(missing) if missing else Silent("HBsAg or anti-HBs is not on record")
    if LabFinding.POSITIVE in (surface.finding, antibody.finding, _core_finding(case)):
        return Silent("immune to hepatitis B, or infected")
    if any(order.antigen is Antigen.HEPATITIS_B for order in case.chart.vaccine_orders):
        return Silent("a hepatitis B vaccine is in the draft")
    facts = tuple(
        Fact(f"{name} {result.finding}", result.taken_on, result.record_ref)
        for name, result in (("HBsAg", surface), ("anti-HBs", antibody))
    )
    doses = [record for record in case.chart.immunizations if record.antigen is Antigen.HEPATITIS_B]
    given = tuple(Fact("Hepatitis B vaccine given", dose.given_on, dose.record_ref) for dose in doses)
    return Fired(
        tuple(
            Finding(
                decision=DecisionKey(DecisionKind.PLAN, exposure.key),
                indicator=Indicator.INFO,
                summary=f"Starting {drug_name(exposure.drug)}: plan",
                why=(*facts, *given),
                do=(
                    "HBsAg and anti-HBs are negative: vaccinate against hepatitis B before starting, where the "
                    "disease can wait; the vaccine is not live (grade E).",
                ),
                citations=(
                    case.knowledge.cite(
                        "clinical-summary-2025", "G03: hepatitis B vaccine if seronegative before starting"
                    ),
                    case.knowledge.cite("sps-azathioprine", "vaccination status before treatment"),
                ),
                reasons=Reasons.PLAN,
                leads=False,
            )
            for exposure in starts
        )
    )


def _word(analyte: Analyte, case: Case) -> LabResult | None:
    judged = [result for result in case.chart.series(analyte) if result.finding is not None]
    return judged[-1] if judged else None


def _core_finding(case: Case) -> LabFinding | None:
    core = _word(Analyte.ANTI_HBC, case)
    return core.finding if core else None


RULE = Rule(
    id="hepatitis-b-vaccine",
    question="Should hepatitis B be vaccinated against before a thiopurine is started?",
    check=hepatitis_b_seronegative,
    needs=NEEDS,
    implements=("G03",),
    at=(ORDER_SIGN,),
    highest=Indicator.INFO,
    lowest=Indicator.INFO,
    sources=(
        "clinical-summary-2025",
        "sps-azathioprine",
    ),
)
