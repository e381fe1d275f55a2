"""A dose as a card prints it: mg a day and mg per kg, the weight it rests on, and what is missing."""

from cards.assessment.body import Weight
from cards.assessment.current_doses import added_up, is_order
from cards.assessment.exposures import Exposure
from cards.finding import Fact
from cards.model.therapy import DrugRecord
from cards.wording import drug_name, number, per_kg, span, titled


def dose_words(exposure: Exposure, weight: Weight | None) -> str:
    """Drug and dose for a summary: "Azathioprine 200 mg/day (2.5 mg/kg)"."""
    name = titled(drug_name(exposure.drug))
    regimen = exposure.regimen
    if regimen is None:
        return name
    per_day = f"{name} {number(regimen.mg_per_day, 1)} mg/day"
    if weight is None:
        return per_day
    return f"{per_day} ({number(per_kg(exposure.drug, regimen.mg_per_day, weight.kg))} mg/kg)"


def mg_per_kg(exposure: Exposure, weight: Weight | None) -> float | None:
    """The dose per kg as it is printed and compared; None without a readable dose or a weight."""
    if exposure.regimen is None or weight is None:
        return None
    return per_kg(exposure.drug, exposure.regimen.mg_per_day, weight.kg)


def dose_facts(exposure: Exposure, weight: Weight | None) -> tuple[Fact, ...]:
    """How the dose was read, and the weight it was divided by."""
    return (*_dose_as_read(exposure, weight), *weight_facts(weight))


def weight_facts(weight: Weight | None) -> tuple[Fact, ...]:
    """The weight with its date and record, or that there is none."""
    if weight is None:
        return (Fact("No usable body weight: mg/kg cannot be computed"),)
    return (Fact(titled(weight.words), weight.taken_on, weight.record_ref),)


def open_order_facts(exposure: Exposure) -> tuple[Fact, ...]:
    """The orders that may be taken together, or one instead of the other."""
    name, course = titled(drug_name(exposure.drug)), exposure.course
    standing = exposure.beside or (course.doses.standing if course else ())
    return (
        *(
            Fact(f"{name}, {_kind(record)}: {record.regimen.reading}", record.started_on, record.record_ref)
            for record in standing
            if record.regimen
        ),
        *(
            Fact(f"{name}, new order: {order.regimen.reading}", order.authored_on, order.record_ref)
            for order in exposure.orders
            if order.regimen
        ),
    )


def _kind(record: DrugRecord) -> str:
    return "active order" if is_order(record) else "on record"


def _dose_as_read(exposure: Exposure, weight: Weight | None) -> tuple[Fact, ...]:
    if exposure.parts:
        return open_order_facts(exposure)
    verb = "ordered" if exposure.is_ordered else _taken_words(exposure)
    if exposure.regimen is None:
        problem = exposure.dose_problem or "no dose given"
        return (
            Fact(
                f"{titled(drug_name(exposure.drug))} {verb}, dose not readable: {problem}",
                record_ref=exposure.record_ref,
            ),
        )
    read = " (read from the text)" if exposure.regimen.is_from_text else ""
    return (
        Fact(
            f"{dose_words(exposure, weight)} {verb}{read}: {exposure.regimen.reading}",
            record_ref=exposure.record_ref,
        ),
    )


def _taken_words(exposure: Exposure) -> str:
    is_sure = exposure.course is not None and exposure.course.is_sure
    return "being taken" if is_sure else "possibly still taken"


def span_in_mg(low_per_kg: float, high_per_kg: float, weight: Weight | None) -> str:
    """A range per kg, and for a known weight in mg: "0.6-1.6 mg/kg/day = 48-128 mg/day"."""
    per_kg_text = f"{span(low_per_kg, high_per_kg)} mg/kg/day"
    if weight is None:
        return per_kg_text
    return f"{per_kg_text} = {span(low_per_kg * weight.kg, high_per_kg * weight.kg, 0)} mg/day"


def close_one_order(exposure: Exposure) -> tuple[str, ...]:
    """What to do where several active orders leave the dose open; empty where they do not."""
    if not exposure.parts:
        return ()
    total = number(added_up(exposure.parts).mg_per_day, 1)
    return (
        f"Close the order that is not meant. If both are meant, the dose is {total} mg/day: say so on them.",
    )
