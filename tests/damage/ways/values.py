"""Ways to damage what was measured, and how much is taken."""

from collections.abc import Callable

from tests.damage.ways.way import (
    MEDICATIONS,
    RESULTS,
    UCUM,
    Json,
    Setting,
    Statement,
    Way,
    copied,
    with_element,
    without_elements,
)

SAME, TOLD, OTHER = Statement.SAME, Statement.TOLD, Statement.OTHER
_VALUE = r"value|unit|number|plausible|sign|not readable"
_DOSE = r"no dose|dose (?:is )?not|could not be read|dosage|instruction|not readable"
_VALUES = ("valueQuantity", "valueCodeableConcept", "valueString")
_FACTORS = {
    "10*3/uL": (1000, "/uL"),
    "kg": (1000, "g"),
    "g/dL": (10, "g/L"),
    "mg/dL": (0.01, "g/L"),
    "cm": (0.01, "m"),
}


def _valued(value: Json):
    """Another value[x] in place of the record's own."""

    def change(record: Json, _: Setting) -> Json | None:
        left = without_elements(record, *_VALUES)
        return left | value if left else None

    return change


def _of_quantity(change: Callable[[Json], object]):
    def changed(record: Json, _: Setting) -> Json | None:
        if "valueQuantity" not in record or "value" not in record["valueQuantity"]:
            return None
        new = change(dict(record["valueQuantity"]))
        return None if new is None else record | {"valueQuantity": new}

    return changed


def _converted(quantity: Json) -> Json | None:
    if quantity.get("unit") not in _FACTORS:
        return None
    factor, unit = _FACTORS[quantity["unit"]]
    value = round(quantity["value"] * factor, 6)
    return quantity | {"value": value, "unit": unit, "code": unit, "system": UCUM}


def _unit(unit: str | None):
    def change(quantity: Json) -> Json:
        left = {name: value for name, value in quantity.items() if name not in ("unit", "code", "system")}
        return left if unit is None else left | {"unit": unit}

    return change


def _in_words(record: Json, _: Setting) -> Json | None:
    quantity = record.get("valueQuantity")
    if not quantity or "value" not in quantity or "unit" not in quantity:
        return None
    text = f"{quantity.get('comparator', '')}{quantity['value']} {quantity['unit']}"
    return without_elements(record, "valueQuantity") | {"valueString": text}


def _refers_to_words(record: Json, _: Setting) -> Json | None:
    return record | {"valueString": "see note"} if "valueQuantity" in record else None


def _absent_beside(record: Json, _: Setting) -> Json | None:
    has_value = any(name in record for name in _VALUES)
    return record | {"dataAbsentReason": {"coding": [{"code": "unknown"}]}} if has_value else None


def _of_dosage(change: Callable[[Json], object]):
    """Every dosage instruction changed."""

    def changed(record: Json, _: Setting) -> Json | None:
        given = record.get("dosageInstruction")
        if not given:
            return None
        new = [change(copied(one)) for one in given]
        return None if None in new else with_element(record, "dosageInstruction", new)

    return changed


def _dose(value: Json):
    def change(dosage: Json) -> Json | None:
        if "doseAndRate" not in dosage:
            return None
        return dosage | {"doseAndRate": [{"doseQuantity": value}]}

    return change


def _less(name: str):
    return lambda dosage: without_elements(dosage, name)


WAYS = (
    Way("value absent", OTHER, _valued({}), types=RESULTS),
    Way("value is null", OTHER, lambda record, _: next(
        (record | {name: None} for name in _VALUES if name in record), None), types=RESULTS),
    Way("value 'see note'", TOLD, _valued({"valueString": "see note"}), _VALUE, types=RESULTS),
    Way("value absent with a reason", OTHER,
        _valued({"dataAbsentReason": {"coding": [{"code": "error"}]}}), types=RESULTS),
    Way("value beside a reason for having none", TOLD, _absent_beside, _VALUE, types=RESULTS),
    Way("two values", TOLD, _refers_to_words, _VALUE, types=RESULTS),
    Way("value of a kind that no result has", TOLD, _valued({"valueTime": "08:00:00"}), _VALUE, types=RESULTS),
    Way("value is an attachment", TOLD, _valued({"valueAttachment": {"url": "Binary/1"}}), _VALUE, types=RESULTS),
    Way("quantity is a string", TOLD, _of_quantity(lambda quantity: str(quantity["value"])), _VALUE, types=RESULTS),
    Way("quantity without a number", TOLD,
        _of_quantity(lambda quantity: {"unit": quantity.get("unit", "")}), _VALUE, types=RESULTS),
    Way("quantity's number is a string", SAME,
        _of_quantity(lambda quantity: quantity | {"value": str(quantity["value"])}), types=RESULTS),
    Way("quantity in words", SAME, _in_words, types=RESULTS),
    Way("unit absent", TOLD, _of_quantity(_unit(None)), _VALUE, types=RESULTS),
    Way("unit unknown", TOLD, _of_quantity(_unit("furlong")), _VALUE, types=RESULTS),
    Way("another unit, value converted", SAME, _of_quantity(_converted), types=RESULTS),
    Way("value negative", TOLD, _of_quantity(lambda quantity: quantity | {"value": -1}), _VALUE, types=RESULTS),
    Way("value of no body", TOLD, _of_quantity(lambda quantity: quantity | {"value": 1e12}), _VALUE, types=RESULTS),
    Way("specimen is another", TOLD, lambda record, _: record | {"specimen": {"display": "Liquor"}},
        r"specimen", types=RESULTS),
    Way("comparator unknown", TOLD,
        _of_quantity(lambda quantity: quantity | {"comparator": "~"}), _VALUE, types=RESULTS),
    Way("no dosage", TOLD, lambda record, _: without_elements(record, "dosageInstruction"), _DOSE, types=MEDICATIONS),
    Way("dosage in words that nobody reads", TOLD,
        _of_dosage(lambda _: {"text": "as per protocol 7b"}), _DOSE, types=MEDICATIONS),
    Way("dosage says stop", TOLD, _of_dosage(lambda _: {"text": "STOP"}), _DOSE, types=MEDICATIONS),
    Way("dosage is null", TOLD, _of_dosage(lambda _: {"doseAndRate": None}), _DOSE, types=MEDICATIONS),
    Way("dosage without timing", TOLD, _of_dosage(_less("timing")), _DOSE, types=MEDICATIONS),
    Way("dosage without dose", TOLD, _of_dosage(_less("doseAndRate")), _DOSE, types=MEDICATIONS),
    Way("dose in an unknown unit", TOLD, _of_dosage(_dose({"value": 3, "unit": "spoon"})), _DOSE, types=MEDICATIONS),
    Way("dose's number in words", TOLD,
        _of_dosage(_dose({"value": "one hundred", "unit": "mg"})), _DOSE, types=MEDICATIONS),
    Way("dosage is a string", TOLD, lambda record, _: with_element(
        record, "dosageInstruction", "100 mg once daily"), _DOSE, types=MEDICATIONS),
)  # fmt: skip
