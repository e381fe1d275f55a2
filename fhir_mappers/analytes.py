"""What an analyte is called, which group of facts it belongs to, and which codes stand for it."""

from collections.abc import Mapping

from cards.model.facts import FactKind
from cards.model.labs import Analyte
from fhir_mappers.codes import lookup
from fhir_mappers.fhir_json import codings
from fhir_mappers.repeated import once

_KINDS: Mapping[FactKind, tuple[Analyte, ...]] = {
    FactKind.COUNTS: (
        Analyte.WBC, Analyte.ANC, Analyte.ALC, Analyte.PLATELETS, Analyte.HEMOGLOBIN, Analyte.MCV,
    ),
    FactKind.LIVER: (
        Analyte.ALT, Analyte.AST, Analyte.ALP, Analyte.BILIRUBIN_TOTAL, Analyte.BILIRUBIN_DIRECT,
        Analyte.BILE_ACIDS, Analyte.AMYLASE, Analyte.LIPASE,
    ),
    FactKind.KIDNEY: (Analyte.CREATININE, Analyte.EGFR, Analyte.URIC_ACID),
    FactKind.METABOLITES: (Analyte.TGN, Analyte.MMP),
    FactKind.VITALS: (Analyte.BODY_WEIGHT, Analyte.BODY_HEIGHT, Analyte.BODY_TEMPERATURE),
    FactKind.PREGNANCY: (Analyte.PREGNANCY_STATUS, Analyte.BREASTFEEDING_STATUS, Analyte.HCG),
    FactKind.SEROLOGY: (
        Analyte.HBSAG, Analyte.ANTI_HBC, Analyte.ANTI_HBC_IGM, Analyte.ANTI_HBS, Analyte.HCV_ANTIBODY,
        Analyte.VZV_IGG,
    ),
}  # fmt: skip
KIND_OF = {analyte: kind for kind, analytes in _KINDS.items() for analyte in analytes}
IN_WORDS = (*_KINDS[FactKind.SEROLOGY], *_KINDS[FactKind.PREGNANCY], *_KINDS[FactKind.METABOLITES])
"""Analytes that laboratories also report as positive or negative."""


@once
def analytes_of(concept: object) -> frozenset[Analyte]:
    """The analytes that the codings of a concept stand for."""
    meanings = (meaning for one in codings(concept) for meaning in lookup(one.system, one.code))
    return frozenset(Analyte(meaning.concept) for meaning in meanings if meaning.kind == "analyte")


def name_of(analyte: Analyte) -> str:
    """The analyte in plain words."""
    return _NAMES.get(analyte, analyte.value.upper())


_NAMES = {
    Analyte.WBC: "white cell count",
    Analyte.ANC: "neutrophil count",
    Analyte.ALC: "lymphocyte count",
    Analyte.PLATELETS: "platelet count",
    Analyte.HEMOGLOBIN: "haemoglobin",
    Analyte.BILIRUBIN_TOTAL: "bilirubin",
    Analyte.BILIRUBIN_DIRECT: "direct bilirubin",
    Analyte.BILE_ACIDS: "bile acids",
    Analyte.CREATININE: "creatinine",
    Analyte.EGFR: "eGFR",
    Analyte.AMYLASE: "amylase",
    Analyte.LIPASE: "lipase",
    Analyte.URIC_ACID: "uric acid",
    Analyte.HBSAG: "HBsAg",
    Analyte.ANTI_HBC: "anti-HBc",
    Analyte.ANTI_HBC_IGM: "anti-HBc IgM",
    Analyte.ANTI_HBS: "anti-HBs",
    Analyte.HCV_ANTIBODY: "HCV antibody",
    Analyte.VZV_IGG: "VZV IgG",
    Analyte.HCG: "hCG",
    Analyte.TGN: "6-TGN",
    Analyte.MMP: "6-MMP",
    Analyte.BODY_WEIGHT: "body weight",
    Analyte.BODY_HEIGHT: "body height",
    Analyte.BODY_TEMPERATURE: "body temperature",
    Analyte.PREGNANCY_STATUS: "pregnancy status",
    Analyte.BREASTFEEDING_STATUS: "breastfeeding status",
}
