"""Code systems under the names that senders use, and their codes in one spelling."""

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
NDC = "http://hl7.org/fhir/sid/ndc"
CVX = "http://hl7.org/fhir/sid/cvx"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
CPT = "http://www.ama-assn.org/go/cpt"
ATC = "http://www.whocc.no/atc"
HGNC = "http://www.genenames.org"
UCUM = "http://unitsofmeasure.org"

ATC_ADDRESSES = {
    "urn:oid:2.16.840.1.113883.6.73": "gh-atc-oid",
    "http://hl7.org/fhir/sid/atc": "gh-atc-oid",
    "http://fhir.de/CodeSystem/bfarm/atc": "hl7-de-basis",
    "http://fhir.de/CodeSystem/dimdi/atc": "gh-atc-dimdi",  # before 2021
}
"""Other addresses of ATC, whose codes are the same, and where each was read: a key of code_sources.csv."""

# As HL7 v2 names them (table 0396), where a converter leaves the names as they came.
_OF_HL7_V2 = {"LN": LOINC, "SCT": SNOMED, "I10C": ICD_10_CM, "CVX": CVX, "NDC": NDC, "RXNORM": RXNORM}

_CANONICAL = {
    system: system
    for system in (
        RXNORM,
        SNOMED,
        LOINC,
        NDC,
        CVX,
        ICD_10_CM,
        CPT,
        ATC,
        HGNC,
        "http://www.ncbi.nlm.nih.gov/gene",
        "http://www.ncbi.nlm.nih.gov/projects/SNP",
        "http://www.ensembl.org",
        "https://www.pharmgkb.org",
        "http://terminology.hl7.org/CodeSystem/HCPCS-all-codes",
        "http://hl7.org/fhir/uv/genomics-reporting/CodeSystem/tbd-codes-cs",
    )
} | {
    "urn:oid:2.16.840.1.113883.6.88": RXNORM,
    "urn:oid:2.16.840.1.113883.6.96": SNOMED,
    "urn:oid:2.16.840.1.113883.6.1": LOINC,
    "urn:oid:2.16.840.1.113883.6.69": NDC,
    "urn:oid:2.16.840.1.113883.12.292": CVX,
    "urn:oid:2.16.840.1.113883.6.90": ICD_10_CM,
    "http://www.genenames.org/geneId": HGNC,
    **dict.fromkeys(ATC_ADDRESSES, ATC),
    **_OF_HL7_V2,
}
_LENIENT = {name.lower().removeprefix("https").removeprefix("http"): uri for name, uri in _CANONICAL.items()}

_NDC_SEGMENTS = {(4, 4, 2), (5, 3, 2), (5, 4, 1), (5, 4, 2)}


def canonical_system(system: str) -> str | None:
    """The one URI of a code system, None for a system without codes in the table.

    >>> canonical_system("urn:oid:2.16.840.1.113883.6.88") == RXNORM
    True
    >>> canonical_system("https://loinc.org/") == LOINC
    True
    """
    return _CANONICAL.get(system) or _leniently(system)


def canonical_code(system: str, code: str) -> str:
    """A code of a canonical system in the code table's spelling.

    >>> canonical_code(NDC, "54766-590-10")
    '54766059010'
    >>> canonical_code(CVX, "3"), canonical_code(ICD_10_CM, "k50.90"), canonical_code(HGNC, "12014")
    ('03', 'K5090', 'HGNC:12014')
    """
    code = code.strip()
    if system == NDC:
        return _eleven_digits(code)
    if system == CVX:
        return code.lstrip("0").zfill(2)
    if system == ICD_10_CM:
        return code.replace(".", "").upper()
    if system == ATC:
        return code.upper()
    if system == HGNC and code.isdecimal():
        return f"HGNC:{code}"
    return code


def _leniently(system: str) -> str | None:
    # SNOMED CT editions and versions are named below the system's own URI.
    name = system.strip().lower().removeprefix("https").removeprefix("http").partition("|")[0].rstrip("/")
    if name.startswith("://snomed.info/sct/"):
        return SNOMED
    return _LENIENT.get(name)


def _eleven_digits(code: str) -> str:
    # Ten digits without hyphens may be three different products, so they are left as received.
    segments = code.split("-")
    if tuple(map(len, segments)) not in _NDC_SEGMENTS or not all(map(str.isdecimal, segments)):
        return code
    labeler, product, package = segments
    return labeler.zfill(5) + product.zfill(4) + package.zfill(2)
