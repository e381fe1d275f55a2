"""Whether a result comes from another specimen than its code measures."""

from cards.model.facts import FactKind
from cards.model.labs import Analyte
from fhir_mappers.context import MapContext
from fhir_mappers.json.fhir_json import Json, object_of, reference, text_of
from fhir_mappers.terminology.specimens import BLOOD, URINE, specimens_in, specimens_of

# Our codes measure these in blood; a pregnancy test is done in either.
_IN_BLOOD = frozenset(
    {FactKind.COUNTS, FactKind.LIVER, FactKind.KIDNEY, FactKind.METABOLITES, FactKind.SEROLOGY}
)
_BLOOD, _EITHER = frozenset({BLOOD}), frozenset({BLOOD, URINE})


def specimens_stated(observation: Json, context: MapContext) -> frozenset[str]:
    """The specimens that an Observation says it was made from: by its Specimen, or in words beside it."""
    stated = observation.get("specimen")
    if not stated:
        return frozenset()
    literal = reference(stated)
    specimen = (context.find(literal, observation) if literal else None) or {}
    return specimens_of(specimen.get("type")) or specimens_in([text_of(object_of(stated).get("display"))])


def other_specimen(analyte: Analyte, worded: frozenset[str], stated: frozenset[str]) -> str:
    """The specimen that is not the one which the analyte is measured in: "urine"; "" where none is named.

    What the words of the code name (`worded`) counts too, but for a clearance, which takes urine and blood.
    """
    if not (worded or stated):
        return ""
    usual = _EITHER if analyte is Analyte.HCG else _BLOOD if analyte.kind in _IN_BLOOD else frozenset()
    if not usual:
        return ""
    for named in (stated, frozenset() if analyte is Analyte.EGFR else worded):
        if named and named.isdisjoint(usual):
            return " and ".join(sorted(named))
    return ""
