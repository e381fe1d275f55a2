"""A record whose damage gives it another meaning stands in the ledger as what it then is."""

import json

import pytest

from cds_service.inspection.source import source_in
from cds_service.inspection.understanding import inspected
from fhir_mappers.ledger import Disposition, LedgerEntry
from tests.damage.campaign import SEED, cases, sampled
from tests.damage.places import damaged, record_at, stories
from tests.damage.ways.catalogue import ALL_WAYS
from tests.damage.ways.way import Statement
from tests.reliability.server import IS_FULL

pytestmark = pytest.mark.slow

# A denial counts only where nothing else in the record states an allergy: a reaction there keeps it in use.
OTHERS = [
    name
    for name, way in ALL_WAYS.items()
    if way.statement is Statement.OTHER and name != "allergy denied in words"
]
SAMPLE = 40 if not IS_FULL else 2_000  # of each way
_NOT_USED = frozenset(Disposition) - {Disposition.USED}
_GENE_STUDIED = "48018-6"  # LOINC: a component that names the gene, whatever the code of the whole says
_OF_THE_CODE = ("local code without words", "words that nobody knows")


def entries_of(place, way) -> list[LedgerEntry] | None:
    """The entries of a damaged record; None where the way does not change it."""
    request = damaged(place, ALL_WAYS[way])
    if request is None:
        return None
    story = stories()[place.story]
    source = source_in(json.dumps(request).encode(), story.as_of.tzinfo)
    patient_id = request["context"]["patientId"].removeprefix("Patient/")
    ledger = inspected(source, patient_id, story.as_of, story.as_of.tzinfo).ledger
    assert len([one for one in ledger.entries if "#" not in one.record_ref]) == len(source.resources)
    record = record_at(place)
    return [one for one in ledger.entries if one.record_ref == f"{record['resourceType']}/{record['id']}"]


@pytest.mark.parametrize("way", OTHERS)
def test_it_stands_in_the_ledger_as_not_used(way):
    # A draft that is void or not to be performed is used as just that.
    records = [
        case
        for case in cases([way], stories())
        if not case[0].is_draft
        and not (way in _OF_THE_CODE and _GENE_STUDIED in json.dumps(record_at(case[0])))
    ]
    chosen = sampled(records, SAMPLE, SEED)
    found = {str(place): entries_of(place, way) for place, _ in chosen if "id" in record_at(place)}

    # Of several with one reference (a draft of a placed order, two versions) the facts do not say whose they are.
    is_several = way != "entered in error, as a newer version"
    told = {
        place: entries
        for place, entries in found.items()
        if entries is not None and not (is_several and len(entries) > 1)
    }
    assert told
    assert {
        place: [str(one.disposition) for one in entries]
        for place, entries in told.items()
        if not any(one.disposition in _NOT_USED for one in entries)
    } == {}
