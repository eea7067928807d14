"""The terms of the keyword index, made from text here and not in the stores, so that all stores hold the same terms.

The terms of an Arabic word are its stem (light10, see `dalil.text.arabic`) and its overlapping character 4-grams: so
كوريا, الكورية and كوري share terms, and so do two spellings of a name. An indexed text also has the consonant keys of
its Arabic words, by which names in Latin letters find it. A word of another script or a number is one term.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from dalil.domain import Span
from dalil.text.arabic import is_arabic_word, stem
from dalil.text.lexicon import read_words
from dalil.text.normalisation import normalise, normalise_with_origins
from dalil.text.transliteration import arabic_consonant_keys, latin_consonant_keys

TEXT_ANALYSIS_VERSION = 2
"""Raised with every change to the terms of a text; part of every index's fingerprint."""

NGRAM_SIZE = 4
"""Letters of a character n-gram; a shorter word is one n-gram."""

STEM_PREFIX = "#"
"""Begins a term that is a stem, so that no n-gram equals it."""

CONSONANT_KEY_PREFIX = "~"
"""Begins a term that is a consonant key."""

_WORD = re.compile(r"\d+(?:[.,٫٬]\d+)*|[^\W\d_]+|\w")

STOP_WORDS = read_words("arabic_stop_words")
"""Folded Arabic words that have no terms."""


def words(text: str) -> list[str]:
    """The folded words and numbers of a text in order; a number loses its thousands separators."""
    return [word for _, _, word in match_words(normalise(text))]


def match_words(folded: str) -> Iterator[tuple[int, int, str]]:
    """Each word and number of a folded text as `words` gives it, with its start and end in the folded text."""
    for match in _WORD.finditer(folded):
        yield match.start(), match.end(), _number(match.group())


@lru_cache(maxsize=65_536)
def word_terms(word: str) -> tuple[str, ...]:
    """The terms of one folded word of a question, in order; empty for a stop word."""
    if word in STOP_WORDS:
        return ()
    if not is_arabic_word(word):
        return (word,)
    ngrams = [word[start : start + NGRAM_SIZE] for start in range(max(1, len(word) - NGRAM_SIZE + 1))]
    return (f"{STEM_PREFIX}{stem(word)}", *ngrams)


def consonant_key_terms(word: str) -> tuple[str, ...]:
    """The consonant keys of one folded Arabic word as terms; empty for a stop word or a word of another script."""
    if word in STOP_WORDS or not is_arabic_word(word):
        return ()
    return tuple(f"{CONSONANT_KEY_PREFIX}{key}" for key in arabic_consonant_keys(word))


def latin_consonant_key_terms(word: str) -> frozenset[str]:
    """The consonant keys of one name in Latin letters as terms; the same name in Arabic letters shares one."""
    return frozenset(f"{CONSONANT_KEY_PREFIX}{key}" for key in latin_consonant_keys(word))


def consonant_keys_of(text: str) -> set[str]:
    """The consonant keys, as terms, of all Arabic words of a text."""
    return {term for word in words(text) for term in consonant_key_terms(word)}


def terms(text: str) -> list[str]:
    """The terms of an indexed text, each as often as it occurs."""
    return [term for word in words(text) for term in (*word_terms(word), *consonant_key_terms(word))]


def key_terms(text: str) -> list[str]:
    """One term for each word of a text but stop words: the stem of an Arabic word, any other word or number itself."""
    return [own[0] for word in words(text) if (own := word_terms(word))]


def located_words(text: str) -> Iterator[tuple[Span, str]]:
    """The folded words of a text in order, each with its span in the text before folding."""
    folded = normalise_with_origins(text)
    for start, end, word in match_words(folded.text):
        yield folded.original(start, end), word


def _number(word: str) -> str:
    return re.sub(r"[,٬](?=\d{3}(?!\d))", "", word) if word[0].isdigit() else word
