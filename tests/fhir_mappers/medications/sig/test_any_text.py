"""Whatever stands in a sig, it is read into clauses or left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.model.dosage.written import Clause
from fhir_mappers.medications.sig.text import sig

pytestmark = pytest.mark.slow

WORDS = st.sampled_from([
    "take", "1", "2", "1/2", "0.5", "50", "mg", "tablets", "tab", "x", "of", "each", "daily", "bid", "once",
    "in", "divided", "doses", "morning", "and", "night", "mon-fri", "prn", "(", ")", ",", "=", "total",
    "every", "12", "hours", "for", "3", "weeks", "then", "½", "mg/kg/day",
])  # fmt: skip


@given(st.lists(WORDS, max_size=12).map(" ".join) | st.text(max_size=60))
def test_no_text_breaks_the_reading(text):
    read = sig(text)

    assert read is None or all(isinstance(clause, Clause) for clause in read.clauses)
