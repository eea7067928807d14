"""The numbers of a quote with what they count or measure, by which two quotes are of the same thing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from dalil.retrieval.query import AnalyzedQuery
from dalil.text.analysis import key_term_forms, key_terms
from dalil.text.quantity_phrases import NumberPhrase, find_number_phrases

ROUNDING_TOLERANCE = 0.02
"""Two numbers this near to each other are one, which one of the articles rounds: "about 2,900" and 2,901."""

MIN_SHARED_TERMS = 3
"""The least words that two quotes of one subject share, besides numbers and what they count."""


@dataclass(frozen=True, slots=True)
class CountedNumber:
    """One number of a quote. `counted` is the key term of the noun behind it, or the name of its unit; "" for neither.

    `noun` is the noun or the unit as it is written.
    """

    phrase: NumberPhrase
    value: float
    counted: str
    noun: str


class Quote(NamedTuple):
    """A quote and the title of its article."""

    text: str
    title: str


def counted_numbers(quote: str) -> Iterator[CountedNumber]:
    """The numbers of a quote in order; ranges of two numbers are left out."""
    for phrase in find_number_phrases(quote):
        if len(phrase.quantities) == 1:
            noun = quote[phrase.number.end : phrase.span.end].strip()
            terms = key_terms(noun)
            yield CountedNumber(phrase, phrase.quantities[0].value, phrase.unit or (terms[0] if terms else ""), noun)


def differ(one: float, other: float) -> bool:
    """Whether two numbers are different ones, and not one that is rounded."""
    return abs(one - other) > ROUNDING_TOLERANCE * max(abs(one), abs(other))


def are_of_one_subject(question: AnalyzedQuery, one: Quote, other: Quote, *, counted: str) -> bool:
    """Whether two quotes share enough words, besides numbers and what is counted, and the question's names.

    A name that one of them has, or its title, the other has too: of two earthquakes the tolls do not disagree.
    """
    shared = frozenset(key_terms(one.text)) & frozenset(key_terms(other.text)) - {counted}
    held = [key_term_forms(f"{quote.title}. {quote.text}") for quote in (one, other)]
    has_same_names = all(len({any(form <= own for form in name) for own in held}) == 1 for name in question.names)
    return has_same_names and sum(not term[0].isdigit() for term in shared) >= MIN_SHARED_TERMS


def states_another_number(question: AnalyzedQuery, quote: Quote, other: Quote) -> bool:
    """Whether each of two quotes of one subject has one number of the same thing, and the two differ."""
    own, theirs = _single(quote.text), _single(other.text)
    return any(
        differ(own[counted], theirs[counted]) and are_of_one_subject(question, quote, other, counted=counted)
        for counted in own.keys() & theirs.keys()
    )


def _single(quote: str) -> dict[str, float]:
    """What is counted once → its number."""
    numbers = [number for number in counted_numbers(quote) if number.counted]
    counted = [number.counted for number in numbers]
    return {number.counted: number.value for number in numbers if counted.count(number.counted) == 1}
