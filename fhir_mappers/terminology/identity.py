"""Whether the parts of a record that state its subject name the same thing.

A record contradicts itself when two of its parts (code, display, text, ingredient, gene) each name something
in the dictionaries, with nothing in common. A part that names more contains the other; an unknown word never
contradicts.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations

from fhir_mappers.json.fhir_json import Coding, codings, texts

Concepts = frozenset[str]


@dataclass(frozen=True, slots=True)
class Named:
    """What one part of a record names: the part "display" names {"allopurinol"}."""

    part: str
    concepts: Concepts


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two parts of one record that name different things."""

    one: Named
    other: Named

    def in_words(self) -> str:
        """The contradiction as a clause: "its code says azathioprine and its text allopurinol"."""
        first, second = (
            " and ".join(sorted(part.concepts)).replace("_", " ") for part in (self.one, self.other)
        )
        return f"its {self.one.part} says {first} and its {self.other.part} {second}"


def contradiction(named: Iterable[Named]) -> Contradiction | None:
    """The first two parts that name known things and none in common, None where there are none.

    Two codings of one concept may each name one ingredient: equal parts are not compared.
    """
    known = [one for one in named if one.concepts]
    return next(
        (
            Contradiction(one, other)
            for one, other in combinations(known, 2)
            if one.part != other.part and one.concepts.isdisjoint(other.concepts)
        ),
        None,
    )


def named_by(
    concept: object, in_code: Callable[[Coding], Concepts], in_words: Callable[[str], Concepts]
) -> list[Named]:
    """The concepts that code, displays and text of a CodeableConcept name."""
    coded = codings(concept)
    displays = dict.fromkeys(one.display for one in coded if one.display)
    return [
        Named("code", frozenset().union(*map(in_code, coded))),
        *(Named("display", in_words(display)) for display in displays),
        *(Named("text", in_words(text)) for text in texts(concept) if text not in displays),
    ]
