"""Numbers that quotes hold, but of something else: in another unit, with another rank, or of somebody else.

Only a number's neighbours show what it belongs to, so that only plain mistakes are found.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations

from pydantic import BaseModel, ConfigDict

from dalil.answering.attribution.comparison import Comparison
from dalil.answering.attribution.entities import SharedEntity
from dalil.domain import Finding, Span, Verdict
from dalil.text.arabic import ORDINAL_PROCLITICS
from dalil.text.lexicon import WordLists, read_lexicon
from dalil.text.units import PERCENT, known_units

NO_UNIT = ""
"""The unit of a number behind which there is none that is known."""

MAX_UNIT_DISTANCE = 4
"""Tokens behind a number among which its unit is looked for, past words such as "of" and "in"."""


def misattributed_numbers(comparison: Comparison) -> Iterator[Finding]:
    """Each number of which the quotes have another unit, and each rank that they do not have though they rank."""
    yield from _other_units(comparison)
    yield from _other_ranks(comparison)


def swapped_numbers(comparison: Comparison) -> Iterator[Finding]:
    """Each pair of numbers that are nearer to each other's owners than in the quotes.

    The owners are what both name: "Rome 29, Busan 17" where the quotes have بوسان 29 and روما 17.
    """
    hypothesis = comparison.hypothesis
    own, theirs = _single_numbers(hypothesis.token_texts), _single_numbers(comparison.premise.token_texts)
    # Of a name of two places it is not known which one the number belongs to.
    owners = [entity for entity in comparison.entities.shared if len(entity.hypothesis_places) == 1]
    for one, other in combinations(sorted(own.keys() & theirs.keys()), 2):
        places, stated = (own[one], own[other]), (theirs[one], theirs[other])
        if any(_are_swapped(pair, places, stated) for pair in combinations(owners, 2)):
            first, last = (hypothesis.token_span(place) for place in sorted(places))
            message = f"the quotes have the numbers {one} and {other} the other way round"
            yield Finding("swapped_numbers", Verdict.UNSUPPORTED, message, Span(first.start, last.end))


def _other_units(comparison: Comparison) -> Iterator[Finding]:
    hypothesis = comparison.hypothesis
    own, theirs = _units_of_numbers(hypothesis.token_texts), _units_of_numbers(comparison.premise.token_texts)
    for number, units in own.items():
        stated = theirs.get(number)
        if stated and _differ(units, stated):
            message = f"the quotes have the number {number} {_with_units(stated)}, not {_with_units(units)}"
            span = hypothesis.token_span(hypothesis.token_texts.index(number))
            yield Finding("misattributed_numbers", Verdict.UNSUPPORTED, message, span)


def _other_ranks(comparison: Comparison) -> Iterator[Finding]:
    hypothesis = comparison.hypothesis
    own, theirs = _ranks(hypothesis.token_texts), _ranks(comparison.premise.token_texts)
    # Where the quotes rank nothing, a rank is only another way to say it.
    for rank in sorted(own.keys() - theirs.keys()) if theirs else ():
        message = f"the quotes have rank {', '.join(map(str, sorted(theirs)))}, not {rank}"
        span = hypothesis.token_span(own[rank])
        yield Finding("misattributed_numbers", Verdict.UNSUPPORTED, message, span)


def _units_of_numbers(texts: Sequence[str]) -> dict[str, set[str]]:
    """Each number in digits with the units that it has."""
    known = known_units()
    found: dict[str, set[str]] = {}
    for place, text in enumerate(texts):
        if text[0].isdigit():
            following = texts[place + 1 : place + 1 + MAX_UNIT_DISTANCE]
            unit = known.of_words.get(next((word for word in following if word not in known.fillers), ""), NO_UNIT)
            # "34 per cent" is a unit in two words.
            found.setdefault(text, set()).add(PERCENT if tuple(following[:2]) == ("per", "cent") else unit)
    return found


def _differ(one: set[str], other: set[str]) -> bool:
    """Whether the units of a number on the two sides cannot be the same."""
    # 41 is a count on one side and a share on the other.
    if (PERCENT in one) != (PERCENT in other) and (one | other) != {PERCENT, NO_UNIT}:
        return PERCENT not in one or NO_UNIT not in other
    if one == {PERCENT} or other == {PERCENT}:
        return one != other
    kinds = known_units().kinds
    shared_kinds = {kinds[unit] for unit in one & kinds.keys()} & {kinds[unit] for unit in other & kinds.keys()}
    return bool(shared_kinds) and not one & other - {NO_UNIT}


def _with_units(units: set[str]) -> str:
    return " or ".join(f"in the unit {unit}" if unit else "without a unit" for unit in sorted(units))


class _RankLists(BaseModel):
    """The entries of `ranks.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ranks: dict[int, WordLists]
    month_words: WordLists


@cache
def _known_ranks() -> tuple[Mapping[str, int], frozenset[str]]:
    """Folded ordinal, alone or behind a clitic, → rank; and the words with which it is the name of a month."""
    lists = read_lexicon("ranks", _RankLists)
    ranks = {form: rank for rank, words in lists.ranks.items() for word in words.folded for form in _rank_forms(word)}
    return ranks, lists.month_words.folded


def _rank_forms(word: str) -> Iterator[str]:
    yield word
    if not word.isascii():
        yield from (f"{clitic}{word}" for clitic in ORDINAL_PROCLITICS)
    # الثاني is للثاني behind a "to".
    yield word.replace("ال", "لل", 1)


def _ranks(texts: Sequence[str]) -> dict[int, int]:
    """Each rank and where it is first."""
    ranks, month_words = _known_ranks()
    found: dict[int, int] = {}
    for place, text in enumerate(texts):
        before = texts[place - 1] if place else ""
        # تشرين الثاني is November, and in "84 ثانية" the word means seconds.
        if text in ranks and before not in month_words and not before[:1].isdigit():
            found.setdefault(ranks[text], place)
    return found


def _single_numbers(texts: Sequence[str]) -> dict[str, int]:
    """The place of each number in digits that is there once."""
    return {text: place for place, text in enumerate(texts) if text[0].isdigit() and texts.count(text) == 1}


def _are_swapped(owners: tuple[SharedEntity, SharedEntity], places: tuple[int, int], stated: tuple[int, int]) -> bool:
    """Whether each owner is nearer to one of two numbers in the sentence and to the other in the quotes.

    The owners have to be nearer to different numbers: of two owners of one number neither is swapped.
    """
    one, other = (_nearer(owner.hypothesis_places, places) for owner in owners)
    one_stated, other_stated = (_nearer(owner.premise_places, stated) for owner in owners)
    return one * one_stated < 0 and other * other_stated < 0 and one * other < 0


def _nearer(places: Sequence[int], numbers: tuple[int, int]) -> int:
    """Below 0 where any of the places is nearer to the first number, above where nearer to the second."""
    return min(abs(numbers[0] - place) for place in places) - min(abs(numbers[1] - place) for place in places)
