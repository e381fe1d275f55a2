"""Which analytes a concept's codes stand for."""

from cards.model.labs import Analyte
from fhir_mappers.json.fhir_json import codings
from fhir_mappers.json.repeated import remembered
from fhir_mappers.terminology.codes import lookup


@remembered
def analytes_of(concept: object) -> frozenset[Analyte]:
    """The analytes that the codings of a concept stand for."""
    meanings = (meaning for one in codings(concept) for meaning in lookup(one.system, one.code))
    return frozenset(Analyte(meaning.concept) for meaning in meanings if meaning.kind == "analyte")


@remembered
def analytes_by_race(concept: object) -> frozenset[Analyte]:
    """The analytes that the codings of a concept stand for, as computed with a term for race."""
    meanings = (meaning for one in codings(concept) for meaning in lookup(one.system, one.code))
    return frozenset(Analyte(meaning.concept) for meaning in meanings if meaning.kind == "analyte_by_race")
