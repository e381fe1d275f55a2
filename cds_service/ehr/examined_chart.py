"""How the records of a test patient are read: dates ahead of the service's day, records and codes of no use."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from itertools import chain
from typing import Any

import msgspec

from cds_service.ehr.examined_point import ExaminedPoint, PointState
from fhir_mappers.bundle.resources import RawResource, resources_in
from fhir_mappers.chart import ChartRequest, chart_from
from fhir_mappers.json.dates import clinical_date
from fhir_mappers.ledger import Disposition, Ledger, ledger_of

_MOST_CODES = 5
_OBSERVATION = "Observation"


def examined_chart(
    answers: Sequence[Sequence[dict[str, Any]]], patient_id: str, zone: tzinfo, now: datetime
) -> Iterator[ExaminedPoint]:
    """The points about the resources that the searches brought; `zone` is the service's, `now` aware."""
    records = [one for answer in chain(*answers) for one in resources_in(msgspec.json.encode(answer))]
    mapped = chart_from(ChartRequest(zone=zone, patient_id=patient_id, records=records))
    ledger = ledger_of(patient_id, (), records, mapped)
    yield _dates(records, zone, now)
    yield _unusable(ledger)
    yield _codes(ledger)


def _dates(records: Sequence[RawResource], zone: tzinfo, now: datetime) -> ExaminedPoint:
    today = now.astimezone(zone).date()
    dates = [clinical_date(one.date_text, zone) for one in records if one.type == _OBSERVATION]
    ahead = [one for one in dates if one is not None and one.first > today]
    if not ahead:
        return ExaminedPoint("dates", PointState.OK, f"no result lies ahead of today in {zone}")
    return ExaminedPoint(
        "dates",
        PointState.WARNING,
        f"{len(ahead)} of {len(dates)} results lie ahead of today in {zone}",
        "One day ahead: the site lies east of the service's zone, set THIOPURINE_CDS_TIMEZONE. Further ahead: the "
        "dates at the source are wrong, and such a result is shown and does not count as done.",
    )


def _unusable(ledger: Ledger) -> ExaminedPoint:
    others = sum(one.is_of_another_patient for one in ledger.entries)
    told = [f"{len(notes)} {reason}" for reason, notes in ledger.not_usable.items()]
    told += [f"{others} of another patient"] if others else []
    if not told:
        return ExaminedPoint("records", PointState.OK, f"all {len(ledger.entries)} could be read")
    return ExaminedPoint(
        "records",
        PointState.WARNING,
        f"of {len(ledger.entries)} records some are not usable: {', '.join(told)}",
        "`thiopurine-cds inspect` names each of them; the cards name those that matter.",
    )


def _codes(ledger: Ledger) -> ExaminedPoint:
    """The codes of results that mean nothing here, the most frequent first."""
    codes = Counter(
        code
        for one in ledger.of(Disposition.IRRELEVANT)
        if one.resource_type == _OBSERVATION
        for code in one.codes
    )
    if not codes:
        return ExaminedPoint("codes", PointState.OK, "every result has a code that is known here")
    return ExaminedPoint(
        "codes",
        PointState.OK,
        "results that mean nothing here, the most frequent: "
        + ", ".join(f"{code} x {count}" for code, count in codes.most_common(_MOST_CODES)),
        "If a blood count or liver test is among them, let the server send a LOINC code beside its own.",
    )
