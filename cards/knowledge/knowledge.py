"""Knowledge: every table of one folder, read once, as one value that rules ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Self

from cards.knowledge.baseline_tests import BaselineTest, baseline_tests
from cards.knowledge.default_policy import default_policy
from cards.knowledge.dispensing import Dispensing
from cards.knowledge.dosing_days import WeeklyRhythms
from cards.knowledge.formulas import Formulas
from cards.knowledge.genotype_doses import GenotypeDoses
from cards.knowledge.genotypes import Genotypes
from cards.knowledge.hepatitis_b import HepatitisB
from cards.knowledge.indication_doses import IndicationDoses
from cards.knowledge.interactions import Interactions
from cards.knowledge.leukaemia_limits import LeukaemiaLimits
from cards.knowledge.live_vaccines import LiveVaccines
from cards.knowledge.liver_limits import LiverLimit, liver_limits
from cards.knowledge.metabolites import Metabolites
from cards.knowledge.monitoring import CountLimits
from cards.knowledge.other_interactions import OtherInteractions
from cards.knowledge.override_reasons import OverrideReasons
from cards.knowledge.patient_advice import PatientSentences
from cards.knowledge.placement import ReferenceStatement, statements
from cards.knowledge.policy_bounds import Bounds, policy_bounds
from cards.knowledge.releases import Release, own_tables, readable_release
from cards.knowledge.renal_doses import RenalDoses
from cards.knowledge.rule_facts import RuleFacts, rule_facts
from cards.knowledge.schedules import Schedules
from cards.knowledge.sentences import Sentences
from cards.knowledge.sequence import TreatmentSequence
from cards.knowledge.sources import Citation, Grade, Sources
from cards.knowledge.start_plan import StartSentences
from cards.knowledge.stopping import StopSentences
from cards.knowledge.tables import Tables
from cards.knowledge.toxicity import ToxicitySentences
from cards.knowledge.tpmt_activity import ActivityScales
from cards.knowledge.varicella import Varicella
from cards.model.policy import Policy
from cards.model.protocol import NOTHING_KNOWN, Protocol


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Knowledge:
    """What the rules know, part by part. Several may be in use side by side; each answers for itself."""

    release: Release | None  # None: these tables are the software's own, or no release
    sources: Sources
    baseline_tests: tuple[BaselineTest, ...]
    dispensing: Dispensing
    dosing_days: WeeklyRhythms
    formulas: Formulas
    genotype_doses: GenotypeDoses
    genotypes: Genotypes
    hepatitis_b: HepatitisB
    indication_doses: IndicationDoses
    interactions: Interactions
    leukaemia_limits: LeukaemiaLimits
    live_vaccines: LiveVaccines
    liver_limits: tuple[LiverLimit, ...]
    metabolites: Metabolites
    monitoring: CountLimits
    other_interactions: OtherInteractions
    override_reasons: OverrideReasons
    patient_advice: PatientSentences
    renal_doses: RenalDoses
    schedules: Schedules
    sentences: Sentences  # of rules; those of tables are in the rows that name them
    sequence: TreatmentSequence
    start_plan: StartSentences
    stopping: StopSentences
    toxicity: ToxicitySentences
    tpmt_activity: ActivityScales
    varicella: Varicella
    # What follows describes the software, and is its own in every release.
    default_policy: Policy
    placement: tuple[ReferenceStatement, ...]
    policy_bounds: Mapping[str, Bounds]
    rule_facts: Mapping[str, RuleFacts]

    @classmethod
    def load(
        cls, folder: Traversable, release: Release | None = None, protocol: Protocol | None = NOTHING_KNOWN
    ) -> Self:
        """Every table of a folder that holds `sources.toml` and `tables`, as its rows hold for a protocol.

        With a `protocol` of None every row is read, whoever it holds for: that is how all are checked.
        Raises TableError, LookupError or ValueError for tables that cannot be trusted: start-up stops.
        """
        sources = Sources.read(folder)
        tables = Tables(folder, sources, protocol)
        sentences = Sentences.read(tables)
        return cls(
            release=release,
            sources=sources,
            default_policy=default_policy(release.version if release else ""),
            baseline_tests=baseline_tests(tables, sentences),
            dispensing=Dispensing.read(tables),
            dosing_days=WeeklyRhythms.read(tables),
            formulas=Formulas.read(tables),
            genotype_doses=GenotypeDoses.read(tables, sentences),
            genotypes=Genotypes.read(tables),
            hepatitis_b=HepatitisB.read(tables, sentences),
            indication_doses=IndicationDoses.read(tables, sentences),
            interactions=Interactions.read(tables, sentences),
            leukaemia_limits=LeukaemiaLimits.read(tables),
            live_vaccines=LiveVaccines.read(tables),
            liver_limits=liver_limits(tables),
            metabolites=Metabolites.read(tables, sentences),
            monitoring=CountLimits.read(tables),
            other_interactions=OtherInteractions.read(tables, sentences),
            override_reasons=OverrideReasons.read(tables),
            patient_advice=PatientSentences.read(tables, sentences),
            renal_doses=RenalDoses.read(tables),
            schedules=Schedules.read(tables, sentences),
            sentences=sentences.of_rules,
            sequence=TreatmentSequence.read(tables),
            start_plan=StartSentences.read(tables, sentences),
            stopping=StopSentences.read(tables, sentences),
            toxicity=ToxicitySentences.read(tables, sentences),
            tpmt_activity=ActivityScales.read(tables),
            varicella=Varicella.read(tables),
            placement=statements(tables),
            policy_bounds=policy_bounds(tables),
            rule_facts=rule_facts(tables),
        )

    @classmethod
    def own(cls) -> Self:
        """The tables that this software came with."""
        return cls.load(own_tables())

    @classmethod
    def of_release(cls, version: str, releases: Traversable) -> Self:
        """The tables of a release in a folder of releases.

        Raises ReleaseError for a release that does not exist, or that this software cannot read.
        """
        found = readable_release(version, releases)
        cls.load(found.folder, found, protocol=None)  # a row that holds for others can be wrong as well
        return cls.load(found.folder, found)

    @property
    def version(self) -> str:
        """The release, "" for tables that are none."""
        return self.release.version if self.release else ""

    def cite(self, key: str, locator: str = "", strength: str = "", grade: Grade | None = None) -> Citation:
        """A citation of the source `key`. Raises UnknownSourceError for a key that sources.toml lacks."""
        return self.sources.cite(key, locator, strength, grade)
