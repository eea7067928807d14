"""From text to the terms of the keyword index; made here once for every store, so that all stores hold the same.

A word of Arabic gives its stem (the light10 stemmer of Larkey, Ballesteros and Connell, "Light Stemming for Arabic
Information Retrieval", 2007) and its overlapping character 4-grams, so that كوريا, الكورية and كوري share terms and
two spellings of a name still meet; in a text that is searched also its consonant keys, by which names in Latin letters
find it. Words of other scripts and numbers stay whole.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from dalil.domain import Span
from dalil.text.normalisation import normalise, normalise_with_origins
from dalil.text.transliteration import arabic_consonant_keys, latin_consonant_keys

TEXT_ANALYSIS_VERSION = 2
"""Raised with every change to the terms a text gives; part of every index's fingerprint."""

NGRAM_SIZE = 4
"""Letters of a character n-gram; a shorter word is one n-gram."""

STEM_PREFIX = "#"
"""Begins the term that is a whole stem, so that no n-gram equals it."""

CONSONANT_KEY_PREFIX = "~"
"""Begins the term that is a word's consonant key."""

_WORD = re.compile(r"\d+(?:[.,٫٬]\d+)*|[^\W\d_]+|\w")
_ARABIC_WORD = re.compile(r"[ء-ي]+")
_PREFIXES = ("وال", "بال", "كال", "فال", "لل", "ال")
_SUFFIXES = ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي")

_STOP_WORDS = """
في من على إلى عن مع هذا هذه ذلك تلك التي الذي الذين ما ماذا متى أين كيف كم هل لماذا أي أية لم لن لا قد كان كانت كانوا
يكون تكون أن إن أنه أنها إنه إنها أو ثم بل لكن كما بعد قبل عند عندما حين بين حتى منذ خلال حول ضد هو هي هم هما نحن أنا
أنت كل بعض غير إذا إذ لو فيما بما مما عما وفي ومن وعلى وإلى وأن وقد به بها له لها لهم منه منها فيه فيها عليه عليها
ذات تم يتم ليس ليست لقد أيضا شنو شكون فين علاش كيفاش واش إيه ليه إزاي مين اللي ديال وش ايش
"""

STOP_WORDS = frozenset(normalise(_STOP_WORDS).split())
"""Words that ask or join and say nothing of what is sought, in the standard language and in dialects."""


def stem(word: str) -> str:
    """The light10 stem of one folded Arabic word; at least two letters remain."""
    word = without_prefixes(word)
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 2:
            word = word[: -len(suffix)]
    return word


def without_prefixes(word: str) -> str:
    """One folded word without its conjunction and article; at least two letters remain."""
    if word.startswith("و") and len(word) > 3:
        word = word[1:]
    prefix = next((prefix for prefix in _PREFIXES if word.startswith(prefix)), "")
    return word[len(prefix) :] if len(word) - len(prefix) >= 2 else word


def words(text: str) -> list[str]:
    """The folded words and numbers of a text in order; a number loses its thousands separators."""
    return [_number(match.group()) for match in _WORD.finditer(normalise(text))]


@lru_cache(maxsize=65_536)
def word_terms(word: str) -> tuple[str, ...]:
    """What a question's folded word is searched by, in order; nothing for a stop word."""
    if word in STOP_WORDS:
        return ()
    if not _ARABIC_WORD.fullmatch(word):
        return (word,)
    ngrams = [word[start : start + NGRAM_SIZE] for start in range(max(1, len(word) - NGRAM_SIZE + 1))]
    return (f"{STEM_PREFIX}{stem(word)}", *ngrams)


def consonant_key_terms(word: str) -> tuple[str, ...]:
    """The consonant keys of one folded Arabic word as terms; none for a stop word and for other words."""
    if word in STOP_WORDS or not _ARABIC_WORD.fullmatch(word):
        return ()
    return tuple(f"{CONSONANT_KEY_PREFIX}{key}" for key in arabic_consonant_keys(word))


def latin_consonant_key_terms(word: str) -> frozenset[str]:
    """The consonant keys of one name in Latin letters as terms: an Arabic word that sounds like it shares one."""
    return frozenset(f"{CONSONANT_KEY_PREFIX}{key}" for key in latin_consonant_keys(word))


def consonant_keys_of(text: str) -> set[str]:
    """The consonant keys, as terms, of all Arabic words of a text."""
    return {term for word in words(text) for term in consonant_key_terms(word)}


def terms(text: str) -> list[str]:
    """What a text is found by, repeated as often as it occurs."""
    return [term for word in words(text) for term in (*word_terms(word), *consonant_key_terms(word))]


def key_terms(text: str) -> list[str]:
    """One term for each word of a text that is no stop word: the Arabic word's stem, another word or number itself."""
    return [found[0] for word in words(text) if (found := word_terms(word))]


def located_words(text: str) -> Iterator[tuple[Span, str]]:
    """Each folded word of a text with where it stands in the text as it was."""
    folded = normalise_with_origins(text)
    for match in _WORD.finditer(folded.text):
        yield folded.original(match.start(), match.end()), _number(match.group())


def _number(word: str) -> str:
    return re.sub(r"[,٬](?=\d{3}(?!\d))", "", word) if word[0].isdigit() else word
