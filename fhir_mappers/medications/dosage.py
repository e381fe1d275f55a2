"""Dosage instructions of one order or record -> WrittenDosage; nothing is guessed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import tzinfo

from cards.model.dosage.amounts import Amount, DoseError
from cards.model.dosage.written import Limit, Rhythm, StatedAmount, WrittenDosage
from cards.model.therapy import Product
from fhir_mappers.json.fhir_json import Json, codings, number_of, object_of, objects_of, text_of
from fhir_mappers.json.repeated import remembered_beside
from fhir_mappers.medications import timing
from fhir_mappers.medications.amounts import amount_of, range_of
from fhir_mappers.medications.sig.dose import sig_of

_MOST_INSTRUCTIONS = 24
_MOST_ENTRIES = 12  # ways to state one dose
_AS_NEEDED = ("asNeeded", "asNeededBoolean", "asNeededCodeableConcept", "asNeededFor")


def dosages(given: object, product: Product, zone: tzinfo) -> tuple[WrittenDosage, ...]:
    """The dosage instructions of an order for a product.

    `given` is a list of Dosage (R4, R5), or its counterpart in STU3, DSTU2 and MedicationAdministration.
    Raises DoseError for more instructions than a plan can have.
    """
    listed = objects_of(given)
    if len(listed) > _MOST_INSTRUCTIONS:
        raise DoseError(f"{len(listed)} dosage instructions in one order")
    if len(listed) == 1:  # not a plan of several steps: when it is taken decides nothing
        return (_dosage(listed[0], product),)
    return tuple(
        replace(
            _dosage(one, product),
            window=timing.window(one.get("timing"), zone),
            sequence=number_of(one.get("sequence")),
        )
        for one in listed
    )


@remembered_beside
def _dosage(given: Json, product: Product) -> WrittenDosage:
    """One instruction, whatever its place in a plan."""
    said, to_patient = text_of(given.get("text")), text_of(given.get("patientInstruction"))
    rhythm, problem, is_in_words = _rhythm(given.get("timing"))
    amounts = tuple(_amounts(given))
    return WrittenDosage(
        amounts=amounts,
        is_rate=not amounts and _has_rate(given),
        rhythm=rhythm,
        rhythm_problem=problem,
        is_rhythm_in_words=is_in_words,
        text=said,
        sig=sig_of(said, product),
        patient_text=to_patient,
        patient_sig=sig_of(to_patient, product),
        is_as_needed=any(given.get(name) not in (None, False, "", [], {}) for name in _AS_NEEDED),
        limits=tuple(_limits(given)),
    )


def _rhythm(given: object) -> tuple[Rhythm | None, str, bool]:
    """The rhythm of a Timing, why it cannot be read, and whether that is for unknown words or codes."""
    try:
        return timing.rhythm(given), "", False
    except timing.UnknownTimingError as error:
        return None, str(error), True
    except timing.TimingError as error:
        return None, str(error), False


def _amounts(given: Json) -> Iterator[StatedAmount]:
    """The dose in each way that it is stated."""
    for entry in [*objects_of(given.get("doseAndRate"))[:_MOST_ENTRIES], given]:
        try:
            amount = _of_entry(entry)
        except DoseError as error:
            yield StatedAmount(None, str(error))
            continue
        if amount is not None:
            yield StatedAmount(amount, rank=_rank(entry))


def _of_entry(entry: Json) -> Amount | None:
    """The dose of one entry; None when it has none."""
    for name in ("doseQuantity", "dose", "quantityQuantity", "quantity"):
        if entry.get(name) is not None:
            return amount_of(entry[name])
    for name in ("doseRange", "quantityRange"):
        if entry.get(name) is not None:
            return range_of(object_of(entry[name]))
    return None


def _rank(entry: Json) -> int:
    kinds = {coding.code for coding in codings(entry.get("type"))}
    return 0 if "ordered" in kinds else 1 if "calculated" in kinds else 2


def _has_rate(dosage: Json) -> bool:
    entries = [*objects_of(dosage.get("doseAndRate")), dosage]
    return any(name.startswith("rate") for entry in entries for name in entry)


def _limits(given: Json) -> Iterator[Limit]:
    """Its maxDosePerPeriod, as far as it can be read."""
    for ratio in objects_of(given.get("maxDosePerPeriod")):
        days = timing.days_of(ratio.get("denominator"))
        try:
            amount = amount_of(ratio.get("numerator"))
        except DoseError:
            continue
        if days and amount:
            yield Limit(amount, days)
