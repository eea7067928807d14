"""The names in a sentence, and the places of the same names in its quotes, across scripts."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from dalil.answering.attribution.parsed import ParsedText
from dalil.answering.attribution.premise import Premise, match_keys
from dalil.domain import Span
from dalil.retrieval.query import ENGLISH_STOP_WORDS
from dalil.text.aliases import FoundName
from dalil.text.analysis import STOP_WORDS, consonant_key_terms, key_terms, latin_consonant_key_terms, words
from dalil.text.dates import can_be_month, is_weekday
from dalil.text.latin_names import LatinName, latin_names
from dalil.text.lexicon import Word, read_lexicon, read_words
from dalil.text.normalisation import normalise

MIN_NAME_LETTERS = 4
"""A shorter name in Latin letters has too few consonants for their absence to mean anything."""


@dataclass(frozen=True, slots=True)
class SharedEntity:
    """A thing that sentence and quotes name: the places of its names, counted in the tokens of each."""

    hypothesis_places: tuple[int, ...]
    premise_places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class EntityOverlap:
    """The names of a sentence compared with those of its quotes.

    `missing` are the names that the alias file knows and no quote has. `unmatched` are the others in Latin letters that
    no word of the quotes sounds like. Both are places in the original sentence.
    """

    missing: tuple[Span, ...]
    unmatched: tuple[Span, ...]
    shared: tuple[SharedEntity, ...]


def compare_entities(premise: Premise, hypothesis: ParsedText) -> EntityOverlap:
    """Look for the names of a sentence in its quotes, in any spelling and script."""
    unmatched: list[Span] = []
    shared: list[SharedEntity] = []
    for name in hypothesis.names:
        forms = (" ".join(name.words), *name.arabic)
        there = {place for form in forms for place in _find_name(form, premise)}
        shared.append(SharedEntity(tuple(_runs_of(name.words, hypothesis.token_texts)), tuple(sorted(there))))
    for name_written in _unknown_names(hypothesis):
        word, span = name_written.folded, name_written.span
        there = _places_of(latin_consonant_key_terms(name_written.letters) | {word}, premise)
        if there:
            own = tuple(place for place, other in enumerate(hypothesis.token_texts) if other == word)
            shared.append(SharedEntity(own, tuple(sorted(there))))
        elif len(word) >= MIN_NAME_LETTERS and word not in read_words("sentence_openers") and not can_be_month(word):
            unmatched.append(span)
    return EntityOverlap(
        tuple(_span_of(name, hypothesis) for name in hypothesis.names if not _is_named(name, premise)),
        tuple(unmatched),
        tuple(entity for entity in shared if entity.hypothesis_places and entity.premise_places),
    )


def _unknown_names(text: ParsedText) -> Iterator[LatinName]:
    """Each capitalised word in Latin letters that the alias file does not know, where it is first, in order."""
    known = {word for name in text.names for word in name.words}
    seen: set[str] = set()
    for name in latin_names(text.text):
        word = name.folded
        is_new = word not in seen and known.isdisjoint(words(name.written))
        if is_new and len(word) > 1 and word.isalpha() and word not in ENGLISH_STOP_WORDS and not is_weekday(word):
            seen.add(word)
            yield name


def _span_of(name: FoundName, text: ParsedText) -> Span:
    return text.word_span(next(_runs_of(name.words, text.words)), len(name.words))


def _runs_of(sought: tuple[str, ...], texts: tuple[str, ...]) -> Iterator[int]:
    return (place for place in range(len(texts) - len(sought) + 1) if texts[place : place + len(sought)] == sought)


@dataclass(frozen=True, slots=True)
class _Form:
    """One way to write a name: the match keys of each word, its key terms, the consonant keys of words that count."""

    match_keys: tuple[frozenset[str], ...]
    key_terms: frozenset[str]
    consonant_keys: tuple[frozenset[str], ...]


@lru_cache(maxsize=8_192)
def _form(name: str) -> _Form:
    parts = words(name)
    return _Form(
        tuple(map(match_keys, parts)),
        frozenset(key_terms(name)),
        tuple(frozenset(consonant_key_terms(part)) for part in parts if part not in STOP_WORDS),
    )


def _find_name(name: str, premise: Premise) -> Iterator[int]:
    """Places of the tokens that match a name, by stems or by consonant keys: روسي matches روسيا."""
    first, *others = _form(name).match_keys
    keys = premise.match_keys
    for place in _places_of(first, premise):
        behind = keys[place + 1 : place + 1 + len(others)]
        if len(behind) == len(others) and all(map(_share_a_key, behind, others)):
            yield place


def _places_of(keys: frozenset[str], premise: Premise) -> set[int]:
    """The places of the tokens that have one of the match keys."""
    return {place for key in keys for place in premise.places_by_key.get(key, ())}


def _share_a_key(one: frozenset[str], other: frozenset[str]) -> bool:
    return not one.isdisjoint(other)


@cache
def _capitals() -> dict[str, str]:
    """The folded Arabic name of a country → that of its capital, by which the news calls its government."""
    return {normalise(country): capital for country, capital in read_lexicon("capitals", dict[Word, Word]).items()}


def _is_named(name: FoundName, premise: Premise) -> bool:
    """True if the quotes have the name, in any form, or the capital of the country that it is of."""
    if premise.has_words(name.words):
        return True
    capitals = [_capitals()[country] for form in name.arabic if (country := normalise(form)) in _capitals()]
    forms = map(_form, (*name.arabic, *capitals))
    return any(
        form.key_terms <= premise.key_terms
        or all(not premise.consonant_keys.isdisjoint(keys) for keys in form.consonant_keys)
        for form in forms
    )
