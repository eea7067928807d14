"""What a sentence names, and where quotes name the same, across scripts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dalil.answering.bindings import tokens
from dalil.answering.facts import facts
from dalil.domain import Span
from dalil.retrieval.query import ENGLISH_STOP_WORDS
from dalil.text.aliases import Aliases, FoundName
from dalil.text.analysis import (
    STOP_WORDS,
    consonant_key_terms,
    consonant_keys_of,
    key_terms,
    latin_consonant_key_terms,
    word_terms,
    words,
)

SHORTEST = 4
"""Letters of a name in Latin script whose absence tells."""

_CAPITALISED = re.compile(r"\b[A-Z][^\W\d_]+")
_COMMON = """
nobody nothing everyone everything something someone neither none most more less fewer several asked according
about under over during while although however meanwhile earlier later another both yes no six seven eight nine ten
three four five two one seen given based born held made its
"""
_BEGINNINGS = frozenset(_COMMON.split())
"""Words that often begin a sentence and name nothing."""


@dataclass(frozen=True, slots=True)
class Naming:
    """`missing` counts the names that the alias file knows and no quote has; `unheard` are the others in Latin letters
    of which no word of the quotes sounds, where they stand; `shared` gives the places, as `bindings.tokens` counts
    them, in the sentence and in the quotes of what both name.
    """

    missing: int
    unheard: tuple[Span, ...]
    shared: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]


def naming(sentence: str, said: str, aliases: Aliases) -> Naming:
    """Compare what a sentence names with what quotes name."""
    own, theirs = tokens(sentence), tokens(said)
    terms = [_told(word) for word in theirs]
    held, heard = frozenset(key_terms(said)), consonant_keys_of(said)
    names = aliases.names_in(sentence)
    known = {word for name in names for word in name.words}
    unheard, shared = [], []
    for name in names:
        places = tuple(_runs(own, name.words))
        there = sorted({place for form in (" ".join(name.words), *name.arabic) for place in _named(form, terms)})
        if places and there:
            shared.append((places, tuple(there)))
    for word, span in _latin_names(sentence, known):
        sought = {word} | latin_consonant_key_terms(word)
        there = [place for place, term in enumerate(terms) if sought & term]
        if there:
            shared.append((tuple(place for place, other in enumerate(own) if other == word), tuple(there)))
        elif len(word) >= SHORTEST and word not in _BEGINNINGS and not facts(f"in {word} 2000").months:
            unheard.append(span)
    missing = sum(not _is_named(name, said, held, heard) for name in names)
    return Naming(missing, tuple(unheard), tuple(one for one in shared if one[0]))


def _latin_names(sentence: str, known: set[str]) -> list[tuple[str, Span]]:
    """Each name in Latin letters that the alias file does not know, where it stands first, in order."""
    found: dict[str, Span] = {}
    for match in _CAPITALISED.finditer(sentence):
        for word in words(match.group()):
            if word not in ENGLISH_STOP_WORDS and word not in known and not facts(word).weekdays:
                found.setdefault(word, Span(*match.span()))
    return list(found.items())


def _runs(own: Sequence[str], sought: Sequence[str]) -> list[int]:
    return [place for place in range(len(own) - len(sought) + 1) if tuple(own[place : place + len(sought)]) == sought]


def _told(word: str) -> frozenset[str]:
    """What a word is known by: its stem, its consonant keys, and itself."""
    return frozenset((*word_terms(word)[:1], *consonant_key_terms(word), word))


def _named(form: str, terms: Sequence[frozenset[str]]) -> list[int]:
    """Where a run of words names what goes by `form`: by stems, or by consonant keys, since روسي names روسيا too."""
    sought = [_told(word) for word in words(form)]
    return [
        place
        for place in range(len(terms) - len(sought) + 1)
        if all(terms[place + at] & term for at, term in enumerate(sought))
    ]


def _is_named(name: FoundName, said: str, held: frozenset[str], heard: set[str]) -> bool:
    return f" {' '.join(name.words)} " in f" {' '.join(words(said))} " or any(
        set(key_terms(form)) <= held
        or all(heard.intersection(consonant_key_terms(word)) for word in words(form) if word not in STOP_WORDS)
        for form in name.arabic
    )
