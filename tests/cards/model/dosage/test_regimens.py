"""A dosage as written comes to milligrams, or to the reason why not."""

from fractions import Fraction

import pytest

from cards.model.dosage.amounts import Amount, BodySize, DoseError, Measures
from cards.model.dosage.regimens import changes_over_time, regimen_of
from cards.model.dosage.written import Clause, Limit, Rhythm, Sig, StatedAmount, WrittenDosage
from cards.model.therapy import DoseRegimen, Product

DAILY = Rhythm(Fraction(1), "once a day")
TWICE = Rhythm(Fraction(2), "twice a day")
ALTERNATE = Rhythm(Fraction(1, 2), "every other day")
TABLETS = Product(strength_mg=50, form="tablet")


def amount(number, unit="mg", **fields):
    return Amount(Fraction(number), Fraction(number), unit, **fields)


def stated(*amounts, **fields):
    return WrittenDosage(amounts=tuple(StatedAmount(one) for one in amounts), rhythm=DAILY, **fields)


def said(text, *clauses):
    return {"text": text, "sig": Sig(clauses)}


def read(dosage, product=TABLETS, body=None):
    return regimen_of((dosage,), Measures(product, body or BodySize()))


@pytest.mark.parametrize(
    ("dosage", "reading"),
    [
        (stated(amount(100)), "100 mg, once a day = 100 mg/day"),
        (stated(amount(2, "tablet")), "2 tablets x 50 mg, once a day = 100 mg/day"),
        (stated(amount(2, "unit")), "2 tablets x 50 mg, once a day = 100 mg/day"),
        (
            stated(amount(100), **said("50-100 mg", Clause(mass=amount(100)))),
            "100 mg, once a day = 100 mg/day",
        ),
        (stated(amount(100), **said("daily", Clause(rhythm=DAILY))), "100 mg, once a day = 100 mg/day"),
        (
            WrittenDosage(
                **said("1 tablet (75 mg) daily", Clause(amount(1, "tablet"), amount(75), None, DAILY))
            ),
            "75 mg, once a day = 75 mg/day",
        ),
        (
            stated(amount(100), limits=(Limit(amount(1, "mg/kg"), Fraction(1)),)),
            "100 mg, once a day = 100 mg/day",  # a limit by an unknown weight limits nothing
        ),
    ],
)
def test_it_is_read(dosage, reading):
    product = Product() if dosage.text.startswith("1 tablet") else TABLETS

    assert read(dosage, product).reading == reading


@pytest.mark.parametrize(
    ("dosage", "why"),
    [
        (stated(), "no dose given"),
        (stated(amount(2, "mg/m2")), "the dose is 2 mg/m2, and the weight and height is not known"),
        (
            stated(amount(100), amount(100, is_per_day=True)),
            "one dose is given as 100 mg and as 100 mg",
        ),
        (
            WrittenDosage(amounts=(StatedAmount(amount(100, is_per_day=True)),), rhythm=ALTERNATE),
            "the dose is given per day, but taken every other day",
        ),
        (
            stated(amount(100), **said("50 mg", Clause(mass=amount(50)))),
            'the order says "100 mg, once a day", its text says "50 mg"',
        ),
        (
            stated(amount(100), **said("twice a day", Clause(rhythm=TWICE))),
            'the order says "100 mg, once a day", its text says "twice a day"',
        ),
        (WrittenDosage(**said("0 mg daily", Clause(mass=amount(0), rhythm=DAILY))), "the dose is zero"),
    ],
)
def test_it_is_not_read(dosage, why):
    with pytest.raises(DoseError) as refused:
        read(dosage)

    assert str(refused.value) == why


def test_tablets_of_a_liquid_are_no_dose():
    with pytest.raises(DoseError, match=r"^the dose is 2 tablets, but the product is a suspension$"):
        read(stated(amount(2, "tablet")), Product(form="suspension"))


def test_half_a_body_size_gives_no_surface():
    with pytest.raises(DoseError, match=r"^the dose is 2 mg/m2, and the weight and height is not known$"):
        read(stated(amount(2, "mg/m2")), body=BodySize(weight_kg=80))


def test_a_part_of_a_sig_without_an_amount_leaves_the_whole_unread():
    parts = (Clause(mass=amount(50), rhythm=DAILY), Clause(rhythm=TWICE))

    with pytest.raises(DoseError, match=r'^the sig was not understood: "50 mg daily and twice"$'):
        read(WrittenDosage(**said("50 mg daily and twice", *parts)))


def test_what_is_said_of_the_whole_day_is_divided():
    whole = WrittenDosage(amounts=(StatedAmount(amount(100, is_per_day=True)),), rhythm=TWICE)

    assert read(whole) == DoseRegimen(100.0, "100 mg a day, divided: twice a day = 100 mg/day", 50.0, 2.0)


def test_a_mass_beside_several_tablets_may_be_that_of_one_or_of_all():
    both = Clause(amount(2, "tablet"), amount(100), None, DAILY)

    with pytest.raises(DoseError, match=r'^2 tablets and 100 mg do not agree: "2 tablets \(100 mg\) daily"$'):
        read(WrittenDosage(**said("2 tablets (100 mg) daily", both)), Product())


@pytest.mark.parametrize(
    ("text", "changes"),
    [("50 mg daily, then 100 mg", True), ("taper by 5 mg", True), ("50 mg daily", False), ("thenar", False)],
)
def test_a_later_change_is_noticed(text, changes):
    assert changes_over_time(text) is changes
