"""Licences and advice for a new start (clinical-rules.md, A01 and the rows that the plan implements)."""

import pytest

from cards.knowledge.start_plan import AdviceTopic
from cards.model.conditions import Indication
from cards.model.therapy import THIOPURINES, Drug
from tests.builders import KNOWLEDGE

AZA, MP = Drug.AZATHIOPRINE, Drug.MERCAPTOPURINE


@pytest.mark.parametrize(
    ("drug", "indication", "is_licensed"),
    [
        (AZA, Indication.KIDNEY_TRANSPLANT, True),
        (AZA, Indication.RHEUMATOID_ARTHRITIS, True),
        (AZA, Indication.ITP, False),
        (AZA, Indication.ATOPIC_DERMATITIS, False),
        (AZA, Indication.PSORIASIS, False),
        (AZA, Indication.AUTOIMMUNE_HEPATITIS, False),
        (AZA, Indication.LUPUS_NEPHRITIS, False),
        (AZA, Indication.CROHNS, False),
        (MP, Indication.LEUKEMIA, True),
        (MP, Indication.CROHNS, False),
    ],
)
def test_a_licence_is_that_of_the_us(drug, indication, is_licensed):
    assert KNOWLEDGE.start_plan.licence(drug, indication).is_licensed_us is is_licensed


def test_a_licence_nobody_read_is_none():
    assert KNOWLEDGE.start_plan.licence(AZA, Indication.OTHER) is None
    assert KNOWLEDGE.start_plan.licence(Drug.THIOGUANINE, Indication.CROHNS) is None


@pytest.mark.parametrize("drug", THIOPURINES)
def test_every_start_has_counselling_for_the_patient(drug):
    topics = {one.topic for one in KNOWLEDGE.start_plan.start_advice(drug, None)}

    assert {
        AdviceTopic.VACCINATION,
        AdviceTopic.PATIENT,
        AdviceTopic.PREGNANCY,
        AdviceTopic.LONG_TERM,
    } <= topics


@pytest.mark.parametrize("indication", Indication)
def test_advice_for_an_indication_is_for_no_other(indication):
    for one in KNOWLEDGE.start_plan.start_advice(AZA, indication):
        assert one.indication in (None, indication)
        assert one.drug in (None, AZA)


def test_each_sentence_ends_with_its_grade():
    for one in KNOWLEDGE.start_plan.start_advice(AZA, Indication.RHEUMATOID_ARTHRITIS):
        assert one.graded == f"{one.text} (grade {one.citation.grade})."
        assert not one.text.endswith(".")


def test_what_the_sources_contradict_is_not_printed():
    text = " ".join(
        one.text
        for indication in (None, *Indication)
        for one in KNOWLEDGE.start_plan.start_advice(AZA, indication)
    )

    assert "87 %" not in text  # A11: the trial says 83
    assert "63 %" not in text  # I12: arthralgia followed prednisolone withdrawal
    assert "arthralgia" not in text
