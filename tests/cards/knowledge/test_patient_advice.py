from string import Formatter

import pytest

from cards.knowledge.patient_advice import Circumstance, graded
from tests.builders import KNOWLEDGE

WORDS = {"drug": "azathioprine", "age": 70}


@pytest.mark.parametrize("topic", list(Circumstance))
def test_every_topic_has_something_to_say_with_its_source(topic):
    said = KNOWLEDGE.patient_advice.advice(topic, **WORDS)

    assert said.do or said.also
    assert said.citations


@pytest.mark.parametrize("topic", list(Circumstance))
def test_no_blank_stays_unfilled_and_every_line_has_its_grade(topic):
    said = KNOWLEDGE.patient_advice.advice(topic, **WORDS)

    for line in (*said.do, *said.also):
        assert not any(name for _, name, _, _ in Formatter().parse(line))
        assert "grade " in line or "project choice" in line
        assert line.endswith(".")


def test_topics_keep_the_order_in_which_they_are_asked():
    both = KNOWLEDGE.patient_advice.advice(
        Circumstance.WARFARIN_STOP, Circumstance.WARFARIN_LINE, drug="azathioprine"
    )

    assert both.do == (
        *KNOWLEDGE.patient_advice.advice(Circumstance.WARFARIN_STOP).do,
        *KNOWLEDGE.patient_advice.advice(Circumstance.WARFARIN_LINE, drug="azathioprine").do,
    )


def test_a_line_that_names_its_grade_is_left_alone():
    assert (
        graded("Two views (LactMed, grade B).", KNOWLEDGE.cite("project")) == "Two views (LactMed, grade B)."
    )
