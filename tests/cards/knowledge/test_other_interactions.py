from cards.knowledge.other_interactions import Level, Raised
from cards.model.therapy import Drug
from tests.builders import KNOWLEDGE

AZA, MP = Drug.AZATHIOPRINE, Drug.MERCAPTOPURINE


def pairs(*levels):
    return [(pair.culprit, pair.drug) for pair in KNOWLEDGE.other_interactions.interactions_at(*levels)]


def test_each_pair_stands_once():
    keys = [(pair.culprit, pair.drug) for pair in KNOWLEDGE.other_interactions.pairs]

    assert len(keys) == len(set(keys))


def test_only_ribavirin_is_critical():
    assert pairs(Level.CRITICAL) == [(Drug.RIBAVIRIN, AZA), (Drug.RIBAVIRIN, MP)]


def test_methotrexate_is_a_warning_with_azathioprine_and_mercaptopurine():
    assert pairs(Level.WARNING) == [(Drug.METHOTREXATE, AZA), (Drug.METHOTREXATE, Drug.MERCAPTOPURINE)]


def test_lines_with_a_card_of_their_own_have_words_for_it():
    short = {
        pair.culprit: bool(pair.in_short) for pair in KNOWLEDGE.other_interactions.interactions_at(Level.LINE)
    }

    assert short == {
        Drug.ACE_INHIBITOR: True,
        Drug.AMINOSALICYLATE: True,
        Drug.TRIMETHOPRIM: True,
        Drug.GLYBURIDE: False,
        Drug.PROGESTIN_ONLY_PILL: False,
    }


def test_in_whom_a_line_is_raised():
    raised = {pair.culprit: pair.raised_in for pair in KNOWLEDGE.other_interactions.pairs if pair.raised_in}

    assert raised == {Drug.ACE_INHIBITOR: Raised.CYTOPENIA, Drug.TRIMETHOPRIM: Raised.TRANSPLANTATION}


def test_co_trimoxazole_is_never_to_be_stopped():
    for pair in KNOWLEDGE.other_interactions.interactions_at(Level.LINE):
        if pair.culprit is Drug.TRIMETHOPRIM:
            assert any(line.startswith("Keep a co-trimoxazole prophylaxis") for line in pair.advice.do)
