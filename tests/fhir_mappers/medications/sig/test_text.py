"""Free-text sigs: what is understood to the last word, and what is left alone."""

from fractions import Fraction

import pytest

from cards.model.dosage.amounts import Amount
from cards.model.dosage.written import Clause, Rhythm, Sig
from fhir_mappers.medications.sig.text import rhythm_in, sig


def tablets(number):
    return Amount(Fraction(number), Fraction(number), "tablet")


def milligrams(number):
    return Amount(Fraction(number), Fraction(number), "mg")


ONCE = Rhythm(Fraction(1), "once a day")
TWICE = Rhythm(Fraction(2), "twice a day")


@pytest.mark.parametrize(
    ("text", "clause"),
    [
        ("Take two tablets by mouth every day.", Clause(tablets(2), rhythm=ONCE)),
        ("TAKE 1 TAB PO QD", Clause(tablets(1), rhythm=ONCE)),
        ("a tablet daily", Clause(tablets(1), rhythm=ONCE)),
        ("half a tablet q.d.", Clause(tablets(Fraction(1, 2)), rhythm=ONCE)),
        ("1 and 1/2 tablets b.i.d.", Clause(tablets(Fraction(3, 2)), rhythm=TWICE)),
        ("50mg od", Clause(mass=milligrams(50), rhythm=ONCE)),
        ("0.05 g q24h", Clause(mass=milligrams(50), rhythm=ONCE)),
        ("50 mg every 12 hours", Clause(mass=milligrams(50), rhythm=TWICE)),
        ("2 tablets of 50 mg twice a day", Clause(tablets(2), strength_mg=Fraction(50), rhythm=TWICE)),
        ("take 2 50 mg tablets daily", Clause(tablets(2), strength_mg=Fraction(50), rhythm=ONCE)),
        ("50 mg tablets, take 2 daily tablets", None),
        ("1 tablet daily for 30 days", Clause(tablets(1), rhythm=ONCE)),
        ("1 tablet daily as directed for lupus", Clause(tablets(1), rhythm=ONCE)),
        ("Take", Clause()),
        ("", Clause()),
        ("1/0 tablet daily", Clause(tablets(0), rhythm=ONCE)),
    ],
)
def test_a_plain_sig_is_one_clause(text, clause):
    assert sig(text) == (Sig((clause,)) if clause else None)


@pytest.mark.parametrize(
    "text",
    [
        "2 tablets daily then 3 tablets daily",
        "50 mg daily, increase to 100 mg",
        "50 mg daily for the first week",
        "50 mg daily except Sunday",
        "50 mg daily unless nauseous",
        "50 mg daily or 100 mg daily",
        "2 tablets in the morning and 1 tablet",
        "1 tablet daily and 1 tablet twice daily",
        "100 mg 50 mg daily",
        "2 tablets 3 tablets daily",
        "once daily twice daily 50 mg",
        "50 mg in the morning and evening once daily",
        "5 drops daily",
        "50 mg daily x",
        "1.2.3 tablets daily",
    ],
)
def test_what_is_not_plain_is_not_read(text):
    assert sig(text) is None


def test_a_word_that_only_names_the_drug_may_stand_in_it():
    assert sig("Imuran 50 mg daily") is None
    assert sig("Imuran 50 mg daily", ["imuran"]) == Sig((Clause(mass=milligrams(50), rhythm=ONCE),))


def test_as_needed_is_kept():
    assert sig("1 tablet daily as needed for pain").is_as_needed


@pytest.mark.parametrize(
    ("text", "per_day", "words"),
    [
        ("BID", 2, "twice a day"),
        ("three times daily", 3, "3 times a day"),
        ("every 4 hr", 6, "6 times a day"),
        ("QAM", 1, "in the morning"),
        ("at bedtime", 1, "at night"),
        ("daily in the morning", 1, "once a day (in the morning)"),
        ("every other day", Fraction(1, 2), "every other day"),
        ("once a week", Fraction(1, 7), "once a week"),
        ("weekly on mondays", Fraction(1, 7), "once a week"),
        ("daily 5 days a week", Fraction(5, 7), "once a day on 5 days a week"),
        ("Mon-Fri", Fraction(5, 7), "on 5 days a week"),
        ("saturday and sunday", Fraction(2, 7), "on 2 days a week"),
        ("fri to mon", Fraction(4, 7), "on 4 days a week"),
    ],
)
def test_a_rhythm_is_named_in_words(text, per_day, words):
    found = rhythm_in(text)

    assert (found.per_day, found.words) == (per_day, words)


@pytest.mark.parametrize("text", ["", "now", "once", "50 mg daily", "weekly on mondays and fridays", "2"])
def test_other_words_name_no_rhythm(text):
    assert rhythm_in(text) is None
