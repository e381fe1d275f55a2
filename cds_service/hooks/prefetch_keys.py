"""The records a client is asked to send along: one search per group of records (CDS Hooks 2.0.1, "Prefetch").

Templates keep to the query subset that the specification recommends: reference, token and date
parameters by equality, `_sort`, `_count`, and no parameter twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from cards.model.facts import FactKind
from cards.model.genes import Gene
from cards.model.labs import Analyte
from fhir_mappers.terminology.codes import codes_of

_GENOMICS = (
    "genotype_name",
    "haplotype_name",
    "drug_metabolism_interpretation",
    "therapeutic_implication",
    "variant_assessment",
    "interpretation",
)

_KEY_OF: dict[FactKind, str] = {
    FactKind.COUNTS: "counts",
    FactKind.VITALS: "vitals",
    FactKind.LIVER: "liver",
    FactKind.KIDNEY: "kidney",
    FactKind.METABOLITES: "metabolites",
    FactKind.SEROLOGY: "serology",
    FactKind.PREGNANCY: "pregnancy",
}
_GENE_REPORTS = ("genetic_report", "variant_panel")
_COUNTS = {"counts": 200, "liver": 100}
_FEW = 50


@dataclass(frozen=True, slots=True)
class PrefetchKey:
    """One prefetch template, and the kinds of facts its answer covers."""

    name: str
    kind: FactKind
    resource_type: str
    query: str = ""
    sort: str = ""  # the search parameter that puts the newest first
    count: int | None = None  # an answer with this many records may be cut; None: a read of one resource
    is_main: bool = True  # False: adds records, and its absence leaves the kind known

    @property
    def template(self) -> str:
        """The query that a client fills and sends to its FHIR server."""
        if self.count is None:
            return f"{self.resource_type}/{{{{context.patientId}}}}"
        parts = ["patient={{context.patientId}}", self.query, f"_sort=-{self.sort}", f"_count={self.count}"]
        return f"{self.resource_type}?{'&'.join(part for part in parts if part)}"


def keys_for(kinds: Iterable[FactKind]) -> tuple[PrefetchKey, ...]:
    """The searches that together cover these kinds of facts."""
    wanted = frozenset(kinds)
    return tuple(key for key in all_keys() if key.kind in wanted)


@cache
def all_keys() -> tuple[PrefetchKey, ...]:
    """Every search, in the order in which discovery lists them."""
    return (
        PrefetchKey("patient", FactKind.PATIENT, "Patient"),
        *_medication_keys(),
        *_record_keys(),
        *_gene_keys(),
        *_measurement_keys(),
    )


def _medication_keys() -> tuple[PrefetchKey, ...]:
    """Orders decide what is known of the medications; lists and supplies may be absent where they are not kept."""
    kind = FactKind.MEDICATIONS
    return (
        PrefetchKey("medications", kind, "MedicationRequest", "", "authoredon", 200),
        PrefetchKey("statements", kind, "MedicationStatement", "", "effective", 100, is_main=False),
        PrefetchKey("dispenses", kind, "MedicationDispense", "", "whenhandedover", 100, is_main=False),
    )


def _record_keys() -> tuple[PrefetchKey, ...]:
    return (
        PrefetchKey("conditions", FactKind.CONDITIONS, "Condition", "", "recorded-date", 200),
        PrefetchKey("allergies", FactKind.ALLERGIES, "AllergyIntolerance", "", "date", 100),
        PrefetchKey("immunizations", FactKind.IMMUNIZATIONS, "Immunization", "", "date", 100),
        PrefetchKey("procedures", FactKind.PROCEDURES, "Procedure", "", "date", 100),
        PrefetchKey(
            "orderedTests",
            FactKind.ORDERED_TESTS,
            "ServiceRequest",
            "status=active,on-hold",
            "authored",
            100,
        ),
    )


def _gene_keys() -> tuple[PrefetchKey, ...]:
    """Results decide what is known of the genes; some results name their gene only in the report."""
    tests = _tokens("gene_test", *Gene)
    results = [*tests, *_tokens("genomics", *_GENOMICS)]
    reports = [*tests, *_tokens("genomics", *_GENE_REPORTS)]
    kind = FactKind.GENES
    return (
        PrefetchKey("genes", kind, "Observation", _code(results), "date", 100),
        PrefetchKey("geneReports", kind, "DiagnosticReport", _code(reports), "date", 50, is_main=False),
    )


def _measurement_keys() -> tuple[PrefetchKey, ...]:
    """Records that no rule reads are not asked for: no EHR sends more of a patient than is needed."""
    return tuple(
        PrefetchKey(
            name, kind, "Observation", _code(_tokens("analyte", *asked)), "date", _COUNTS.get(name, _FEW)
        )
        for kind, name in _KEY_OF.items()
        if (asked := [analyte for analyte in Analyte if analyte.kind is kind and analyte.row.is_read])
    )


def _code(tokens: list[str]) -> str:
    return f"code={','.join(tokens)}"


def _tokens(code_kind: str, *concepts: str) -> list[str]:
    found = (code for concept in concepts for code in codes_of(concept, code_kind))
    return list(dict.fromkeys(f"{code.system}|{code.code}" for code in found))
