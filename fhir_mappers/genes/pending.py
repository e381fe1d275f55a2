"""A gene result that is announced and not there yet -> TestOrder: the test is pending."""

from cards.model.genes import Gene
from cards.model.tests_ordered import GENOTYPE_TESTS, OrderableTest, TestOrder
from fhir_mappers.context import MapContext
from fhir_mappers.genes.activity import is_activity
from fhir_mappers.genes.reports import genes_named, roles_of
from fhir_mappers.json.dates import first_date
from fhir_mappers.json.fhir_json import Json, codings, objects_of, status_of
from fhir_mappers.results.lab_results import DATES, VALUES
from fhir_mappers.terminology.codes import lookup

_REGISTERED = "registered"
_NOT_FINAL = ("preliminary", "partial")
# With one of these the report already states something, even if only why there is no value.
_SAYS = (*VALUES, "dataAbsentReason", "hasMember", "result", "conclusion", "conclusionCode", "note")


def pending_gene_test(resource: Json, context: MapContext) -> tuple[TestOrder, ...]:
    """The gene tests of a report that is registered, or not final and still without a value."""
    status, parts = status_of(resource), objects_of(resource.get("component"))
    if status != _REGISTERED and status not in _NOT_FINAL:
        return ()
    studied = [part for part in parts if "gene_studied" in roles_of(part)]
    says = any(one.get(name) for one in (resource, *_others(parts, studied)) for name in _SAYS)
    is_open = status == _REGISTERED or not says
    genes = _genes_of_code(resource.get("code")).union(
        *(genes_named(part.get(value)) for part in studied for value in VALUES)
    )
    if not is_open or not genes or resource.get("modifierExtension"):
        return ()
    is_enzyme = is_activity(roles_of(resource), resource)
    tests = frozenset(OrderableTest.TPMT_ACTIVITY if is_enzyme else GENOTYPE_TESTS[gene] for gene in genes)
    since = first_date(resource, context.zone, *DATES)
    return (TestOrder(context.record_ref, tests, is_draft=False, ordered_on=since, is_report=True),)


def _others(parts: list[Json], studied: list[Json]) -> list[Json]:
    return [part for part in parts if part not in studied]


def _genes_of_code(code: object) -> frozenset[Gene]:
    meanings = (meaning for one in codings(code) for meaning in lookup(one.system, one.code))
    return genes_named(code) | {Gene(meaning.concept) for meaning in meanings if meaning.kind == "gene_test"}
