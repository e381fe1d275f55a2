"""CPIC's tables as the fixtures hold them, and the rows that our tables must have because of them."""

import csv
import json
import re
from pathlib import Path

from cards.knowledge.holds_for import ANY, COLUMNS
from cards.knowledge.sentences import Sentences
from cards.knowledge.tables import Row
from tests.builders import KNOWLEDGE, OWN_TABLES

TABLES = Path("cards/knowledge/tables")
FIXTURES = Path(__file__).parents[3] / "fixtures" / "cpic"
SOURCE = "cpic-thiopurines-2025"

GENES = json.loads((FIXTURES / "genes.json").read_text("utf-8"))
PHENOTYPES = json.loads((FIXTURES / "phenotypes.json").read_text("utf-8"))
DIPLOTYPES = json.loads((FIXTURES / "diplotypes.json").read_text("utf-8"))
DOSES = json.loads((FIXTURES / "doses.json").read_text("utf-8"))
OTHERS = json.loads((FIXTURES / "others.json").read_text("utf-8"))

SENTENCES = Sentences.read(OWN_TABLES)
ANYONE = dict.fromkeys(COLUMNS, ANY)

Rows = list[dict[str, str]]

CLASSES = {"nonmalignant": "nonmalignant", "nonmalignancy": "nonmalignant", "malignancy": "malignant"}


def table(name: str) -> Rows:
    """A table with its sentences in the place of their ids; what only names a sentence has its source."""
    path = Path(__file__).parents[3] / TABLES / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return [_with_sentences(name, row) for row in csv.DictReader(lines)]


def _with_sentences(name: str, row: dict[str, str]) -> dict[str, str]:
    said = {
        column: SENTENCES.of(Row(name, 0, row, KNOWLEDGE.sources), column)
        for column in ("sentence", "malignant_example")
        if row.get(column)
    }
    sources = {
        key: value
        for one in said.values()
        for key, value in (("source", one.citation.source.key), ("locator", one.citation.locator))
    }
    return sources | row | {column: one.text() for column, one in said.items()}


def expected_allele_functions() -> Rows:
    return [
        {
            "gene": gene,
            "allele": allele["allele"],
            "function": allele["function"],
            "function_before_2026_02": allele["function_before_2026_02"] or "",
            "rsids": " ".join(variant["rsid"] for variant in allele["defining_variants"] if variant["rsid"]),
            "change": allele.get("cdna") or "",
            "source": SOURCE,
            "locator": f"{gene} allele functionality",
        }
        for gene, its in GENES.items()
        for allele in its["alleles"]
    ]


def expected_phenotypes() -> Rows:
    return [
        {
            "gene": gene,
            "function_1": rule["function_1"],
            "function_2": rule["function_2"],
            "phenotype": rule["phenotype"],
            "alternative": rule.get("alternative_phenotype", ""),
            "note": (
                "CPIC's phenotype table says Intermediate; PharmCAT's diplotype table and CPIC's consultation "
                "text say Possible Intermediate. The dose advice is the same"
                if "conflict" in rule
                else ""
            ),
            "source": SOURCE,
            "locator": f"{gene} diplotype to phenotype",
        }
        for gene, rules in PHENOTYPES["phenotype_logic"].items()
        for rule in rules
    ]


def expected_phenotypes_before() -> Rows:
    return [
        {
            "function_1": rule["functions"][0],
            "function_2": rule["functions"][1],
            "phenotype": rule["phenotype"],
            "source": "cpic-thiopurines-2018",
            "locator": "diplotype to phenotype, data of 2025-11-05",
        }
        for rule in PHENOTYPES["legacy_phenotype_logic"]["rows"]
    ]


def expected_genotype_doses() -> Rows:
    return [_dose_row(dose) for dose in DOSES]


def _dose_row(dose: dict) -> dict[str, str]:
    percent = dose.get("percent_of_standard") or ["", ""]
    starts = {CLASSES[start["indication"]]: start for start in dose.get("standard_start") or []}
    malignancy = dose.get("malignancy") or {}
    any_alternative = dose.get("alternative_drug", False)
    nonmalignant_alternative = any_alternative or (dose.get("nonmalignancy") or {}).get(
        "alternative_drug", False
    )
    weeks = dose["steady_state_weeks"] or [None, None]
    return {
        "drug": dose["drug"],
        "tpmt": _or_untested(dose["TPMT"]),
        "nudt15": _or_untested(dose["NUDT15"]),
        "band": dose["band"],
        "percent_low": str(percent[0]),
        "percent_high": str(percent[1]),
        "only_from_standard_start": _flag(dose.get("applies_only_if_planned_start_at_least")),
        **{
            f"{kind}_{column}": _plain(starts[kind][field]) if kind in starts else ""
            for kind in ("nonmalignant", "malignant")
            for column, field in (("start", "value"), ("unit", "unit"))
        },
        "nonmalignant_alternative": _flag(nonmalignant_alternative),
        "malignant_alternative": _flag(any_alternative),
        "malignant_dose_factor": _plain(malignancy.get("dose_factor")),
        "malignant_days_per_week": malignancy.get("frequency", "").removesuffix(" days per week"),
        "malignant_example": malignancy.get("example", ""),
        "weeks_to_steady_state": _plain(weeks[0]),
        "weeks_to_steady_state_at_most": _plain(weeks[1]),
        "caution": dose.get("caution", ""),
        "text": dose["text"],
        "strength": dose["strength"],
        **ANYONE,
        "source": SOURCE,
        "locator": f"{dose['drug']} recommendations",
    }


def _or_untested(phenotype: str) -> str:
    return "" if phenotype == "No Result" else phenotype


def _flag(value: object) -> str:
    return "yes" if value else "no"


def _plain(value: float | str | None) -> str:
    return "" if value is None else value if isinstance(value, str) else f"{value:g}"


def expected_dpwg_advice() -> Rows:
    both, thioguanine = (
        OTHERS["dpwg_2025"]["azathioprine_or_mercaptopurine"],
        OTHERS["dpwg_2025"]["thioguanine"],
    )
    lines = []
    for drug in ("azathioprine", "mercaptopurine"):
        for gene in ("TPMT", "NUDT15"):
            lines.append((drug, gene, "IM", "", both["IM"]))
            if drug == "mercaptopurine":
                lines.append((drug, gene, "IM", "leukaemia", both["leukaemia_IM"]))
            lines.append((drug, gene, "PM", "", both["PM"]))
            if gene == "NUDT15":
                lines.append((drug, gene, "PM", "", both["NUDT15_PM"]))
    for gene_and_phenotype, percent in thioguanine.items():
        gene, phenotype = gene_and_phenotype.split("_")
        start = "start with " if phenotype == "IM" else ""
        words = f"{start}{percent.replace('alternative or', 'alternative, or')} of the normal dose"
        lines.append(("thioguanine", gene, phenotype, "", words))
    return [
        {
            "drug": drug,
            "gene": gene,
            "phenotype": DIPLOTYPES["abbreviations"][phenotype],
            "setting": setting,
            "percent_low": (re.findall(r"\d+", advice) or [""])[0],
            "percent_high": (re.findall(r"\d+", advice)[1:] or [""])[0],
            "sentence": advice,
            **ANYONE,
            "source": "dpwg-2025",
            "locator": "abstract",
        }
        for drug, gene, phenotype, setting, advice in lines
    ]


def expected_fda_statements() -> Rows:
    labels = OTHERS["fda_labels"]
    of_change = ("fda-azathioprine-label", "labeling change of 2018-12-20")
    lines = [
        ("azathioprine", "homozygous", labels["azathioprine"]["homozygous"], *of_change),
        ("azathioprine", "heterozygous", labels["azathioprine"]["heterozygous"], *of_change),
        ("azathioprine", "testing", labels["azathioprine"]["test"], *of_change),
    ]
    for drug in ("mercaptopurine", "thioguanine"):
        one, both = labels[drug]["heterozygous"].split("; both genes: ")
        place = (f"nbk-{drug}", "Table 1")
        lines += [
            (drug, "homozygous", labels[drug]["homozygous"], *place),
            (drug, "heterozygous", one, *place),
            (drug, "heterozygous for both", both, *place),
        ]
    columns = ("drug", "genotype", "sentence", "source", "locator")
    return [dict(zip(columns, line, strict=True)) | ANYONE for line in lines]


def expected_tpmt_activity() -> Rows:
    """As read at the laboratories' own pages, which sources.toml names."""
    columns = ("scale", "unit", "is_verified", "deficient_below", "low_from", "normal_from", "normal_to")
    lines = [
        ("Birmingham", "mU/L", "yes", "10", "20", "68", "150", "tpmt-birmingham"),
        ("ARUP", "U/mL{RBCs}", "yes", "17", "17", "24", "44", "tpmt-arup"),
        ("St Thomas", "nmol/h/g{Hb}", "yes", "10", "10", "26", "50", "tpmt-st-thomas"),
        ("Mayo", "nmol/mL/h", "no", "", "", "", "", "tpmt-mayo"),
    ]
    locators = [row["locator"] for row in table("tpmt_activity")]
    return [
        {**dict(zip((*columns, "source"), line, strict=True)), "locator": locator}
        for line, locator in zip(lines, locators, strict=True)
    ]


EXPECTED = {
    "allele_functions": expected_allele_functions,
    "phenotypes": expected_phenotypes,
    "phenotypes_before_2026_02": expected_phenotypes_before,
    "genotype_doses": expected_genotype_doses,
    "dpwg_advice": expected_dpwg_advice,
    "fda_statements": expected_fda_statements,
    "tpmt_activity": expected_tpmt_activity,
}
