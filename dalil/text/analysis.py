"""The terms of the keyword index, made from text here and not in the stores, so that all stores hold the same terms.

The terms of an Arabic word are its stem (light10, see `dalil.text.arabic`) and its overlapping character 4-grams: so
كوريا, الكورية and كوري share terms, and so do two spellings of a name. A name of three letters behind a proclitic
(لمصر) has its own term besides. An indexed text also has the consonant keys of
its Arabic words, by which names in Latin letters find it. A word of another script or a number is one term.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from dalil.domain import Span
from dalil.text.arabic import bare_forms, is_arabic_word, stem
from dalil.text.lexicon import read_words
from dalil.text.normalisation import normalise, normalise_with_origins
from dalil.text.transliteration import arabic_consonant_keys, latin_consonant_keys

TEXT_ANALYSIS_VERSION = 3
"""Raised with every change to the terms of a text; part of every index's fingerprint."""

NGRAM_SIZE = 4
"""Letters of a character n-gram; a shorter word is one n-gram."""

STEM_PREFIX = "#"
"""Begins a term that is a stem, so that no n-gram equals it."""

CONSONANT_KEY_PREFIX = "~"
"""Begins a term that is a consonant key."""

_MARKS = "[\u0640\u064b-\u0652\u0670]*"
_HAMZA = re.compile(f"(?P<waw>[ئء](?={_MARKS}و))|(?<=ا)[ؤء](?={_MARKS}[آ-ي])")
"""Marks are tatweel and harakat."""

_WORD = re.compile(r"\d+(?:[.,٫٬]\d+)*|[^\W\d_]+|\w")

STOP_WORDS = read_words("arabic_stop_words")
"""Folded Arabic words that have no terms."""


def words(text: str) -> list[str]:
    """The folded words and numbers of a text in order.

    A number loses its thousands separators. مسئول and مسؤول, أبنائه and أبناءه are one word.
    """
    return [word for _, _, word in match_words(normalise(unify_hamza(text)))]


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
    own = stem(word)
    # A longer name shares n-grams with itself behind a proclitic; of لمصر and مصر nothing is shared.
    short = [form for form in bare_forms(word)[1:] if len(form) < NGRAM_SIZE and stem(form) != own]
    return (f"{STEM_PREFIX}{own}", *ngrams, *short)


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


def key_term_forms(text: str) -> frozenset[str]:
    """The key terms of a text by which it has a word: those of its words, with and without their proclitics."""
    return word_key_forms(words(text))


def word_key_forms(folded: Iterable[str]) -> frozenset[str]:
    """As `key_term_forms`, of folded words."""
    return frozenset(
        terms[0] for word in folded if word_terms(word) for form in bare_forms(word) if (terms := word_terms(form))
    )


def located_words(text: str) -> Iterator[tuple[Span, str]]:
    """The folded words of a text in order, each with its span in the text before folding."""
    folded = normalise_with_origins(unify_hamza(text))
    for start, end, word in match_words(folded.text):
        yield folded.original(start, end), word


def unify_hamza(text: str) -> str:
    """The text, as long as it was, with one seat of each hamza that newspapers write on several.

    Before و it is on ؤ: مسئول, شئون and مرءوس are the Egyptian spellings of مسؤول, شؤون and مرؤوس. Between ا and
    another letter it is on ئ, because أبناؤه, أبنائه and أبناءه differ in case alone. Folding comes after.
    """
    return _HAMZA.sub(lambda hamza: "ؤ" if hamza["waw"] else "ئ", text)


def _number(word: str) -> str:
    return re.sub(r"[,٬](?=\d{3}(?!\d))", "", word).replace("٫", ".") if word[0].isdigit() else word
