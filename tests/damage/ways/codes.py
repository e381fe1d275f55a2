"""Ways to damage what a record says that it is about."""

from collections.abc import Callable

from fhir_mappers.terminology.analyte_words import analytes_in_words
from fhir_mappers.terminology.codes import lookup
from fhir_mappers.terminology.synonyms import CONCEPTS, mentioned
from tests.damage.ways.way import (
    MEDICATIONS,
    RESULTS,
    Change,
    Json,
    Setting,
    Statement,
    Way,
    code_name,
    of_codings,
    of_concept,
    without_elements,
)

SAME, TOLD, OTHER = Statement.SAME, Statement.TOLD, Statement.OTHER
_NAMELESS = r"names no|no name|no known code|does not say what|code system|code could not|drug not readable"
_OTHERWISE = r"says"
_GENE_STUDIED = "48018-6"  # LOINC
# Two of ours that a record is not both of; a result is named with an analyte that it is not.
_OTHER_WORDS = {
    "MedicationRequest": ("Allopurinol 100 mg", "Azathioprine 50 mg"),
    "MedicationDispense": ("Allopurinol 100 mg", "Azathioprine 50 mg"),
    "Observation": ("Neutrophils", "Platelets"),
    "Condition": ("Acute pancreatitis", "Crohn's disease"),
    "AllergyIntolerance": ("Allopurinol", "Azathioprine"),
    "Immunization": ("Yellow fever vaccine", "MMR"),
}


def _words_contradict(record: Json, _: Setting) -> Json | None:
    name = code_name(record)
    if not name or record["resourceType"] not in _OTHER_WORDS or not record[name].get("coding"):
        return None
    if record[name].get("text") and not _knows_words_of(record[name]):
        return None  # it contradicts itself already, or nobody knows its words
    first, second = _OTHER_WORDS[record["resourceType"]]
    said = str(record[name]).casefold()
    other = second if first.split()[0].casefold() in said else first
    coding = [
        {key: value for key, value in one.items() if key != "display"} for one in record[name]["coding"]
    ]
    return record | {name: {"coding": coding, "text": other}}


def _nameless(record: Json, _: Setting) -> Json | None:
    return without_elements(record, code_name(record)) if code_name(record) else None


def _unnamed(name: str, concept: object) -> Way:
    return Way(name, TOLD, of_concept(lambda _: concept), _NAMELESS, for_forms=False)


def _named_by_code_alone(change: Change) -> Change:
    """The change, but none of a gene result that a component names all the same."""

    def changed(record: Json, setting: Setting) -> object:
        names = [
            one.get("code", {}).get("coding", [{}])[0].get("code") for one in record.get("component", ())
        ]
        return None if _GENE_STUDIED in names else change(record, setting)

    return changed


def _of_another_system(coding: Json) -> Json:
    return coding | {"system": "http://hospital.example/codes"}


def _local(coding: Json) -> Json:
    return {"system": "http://hospital.example/codes", "code": "X-4711", "display": coding.get("display", "")}


def _worded(change: Callable[[Json], Json]) -> Change:
    """The codings changed of a concept whose words our dictionaries know."""

    def changed(record: Json, setting: Setting) -> object:
        concept = record.get(code_name(record))
        return of_codings(change)(record, setting) if concept and _knows_words_of(concept) else None

    return changed


def _without(name: str):
    return lambda coding: {key: value for key, value in coding.items() if key != name}


def _words_alone(concept: Json) -> Json | None:
    words = concept.get("text") or next((one.get("display") for one in concept.get("coding", ())), None)
    return {"text": words} if words else None


def _known_words_alone(concept: Json) -> Json | None:
    return _words_alone(concept) if _knows_words_of(concept) else None


def _knows_words_of(concept: Json) -> bool:
    """Whether its words name all that its codes mean: then nothing is lost with the codes."""
    words = (_words_alone(concept) or {"text": ""})["text"]
    worded = {one.concept for kind in CONCEPTS for one in mentioned(words, kind)} | analytes_in_words(words)
    return bool(meant := _meant(concept)) and meant <= worded


def _meant(concept: Json) -> set[str]:
    coded = ((one.get("system"), one.get("code", "")) for one in concept.get("coding", ()))
    return {meaning.concept for system, code in coded for meaning in lookup(system, code)}


def _known_alone(record: Json, setting: Setting) -> object:
    """Without its system and words, a code that means something to us."""
    concept = record.get(code_name(record))
    if not concept or not _meant(concept):
        return None
    return of_codings(_without("system"), keeps_words=False)(record, setting)


def _as_oid(coding: Json) -> Json:
    oids = {
        "http://loinc.org": "urn:oid:2.16.840.1.113883.6.1",
        "http://snomed.info/sct": "urn:oid:2.16.840.1.113883.6.96",
        "http://www.nlm.nih.gov/research/umls/rxnorm": "urn:oid:2.16.840.1.113883.6.88",
        "http://hl7.org/fhir/sid/icd-10-cm": "urn:oid:2.16.840.1.113883.6.90",
    }
    return coding | {"system": oids.get(coding.get("system", ""), coding.get("system", ""))}


def _in_r5(record: Json, _: Setting) -> Json | None:
    if "medicationCodeableConcept" not in record:
        return None
    return record | {"medication": {"concept": record.pop("medicationCodeableConcept")}}


def _as_product(record: Json, _: Setting) -> Json | None:
    """The drug in a contained Medication."""
    if "medicationCodeableConcept" not in record:
        return None
    product = {"resourceType": "Medication", "id": "drug", "code": record.pop("medicationCodeableConcept")}
    return record | {"contained": [product], "medicationReference": {"reference": "#drug"}}


def _dead_reference(record: Json, _: Setting) -> Json | None:
    if "medicationCodeableConcept" not in record:
        return None
    record.pop("medicationCodeableConcept")
    return record | {"medicationReference": {"reference": "Medication/gone"}}


_NOT_CODED = frozenset({"Patient", "ImmunizationRecommendation"})

WAYS = (
    Way("no code", TOLD, _nameless, _NAMELESS, for_forms=False),
    _unnamed("code is null", {"coding": None}),
    _unnamed("coding is [null]", {"coding": [None]}),
    _unnamed("coding is []", {"coding": [], "text": ""}),
    _unnamed("coding without a code", {"coding": [{"system": "http://loinc.org"}]}),
    _unnamed("code is an empty object", {}),
    _unnamed("code is a number", 17),
    Way("codes of an unknown system, words kept", TOLD, _worded(_of_another_system), _NAMELESS),
    Way("codes without system, words kept", TOLD, _worded(_without("system")), _NAMELESS),
    Way("codes without system or words", TOLD, _known_alone, _NAMELESS),
    Way("local code, words kept", TOLD, _worded(_local), _NAMELESS),
    Way("local code without words", OTHER, _named_by_code_alone(of_codings(_local, keeps_words=False))),
    Way("words alone", TOLD, of_concept(_known_words_alone), _NAMELESS),
    Way("words that nobody knows", OTHER,
        _named_by_code_alone(of_concept(lambda _: {"text": "as discussed by phone"}))),
    Way("code and words contradict", TOLD, _words_contradict, _OTHERWISE, without=_NOT_CODED),
    Way("coding is an object", SAME,
        of_concept(lambda concept: concept | {"coding": concept["coding"][0]} if len(concept.get("coding", ())) == 1
                   else None)),
    Way("code is a list", SAME, of_concept(lambda concept: [concept])),
    Way("codes with spaces", SAME, of_codings(lambda coding: coding | {"code": f" {coding.get('code', '')} "})),
    Way("systems as OIDs", SAME, of_codings(_as_oid)),
    Way("a known coding behind null", SAME,
        of_concept(lambda concept: concept | {"coding": [None, *concept.get("coding", ())]})),
    Way("a local coding before the known one", SAME,
        of_concept(lambda concept: concept | {"coding": [_local({}), *concept.get("coding", ())]})),
    Way("drug as in R5", SAME, _in_r5, types=MEDICATIONS),
    Way("drug in a contained Medication", SAME, _as_product, types=MEDICATIONS),
    Way("drug in a Medication that is not there", TOLD, _dead_reference, rf"{_NAMELESS}|was not sent",
        types=MEDICATIONS),
    Way("component absent", TOLD, lambda record, _: without_elements(record, "component"),
        r"gene|TPMT|NUDT15|value|read", types=RESULTS),
)  # fmt: skip
