"""Consonant keys, by which a name in Latin letters finds the same name in Arabic letters.

A key is a name without its vowels: Putin and بوتين both give `btn`, Khartoum and الخرطوم `krtm`. Letters that one of
the scripts does not distinguish are one letter of the key: p and b; v and f; c, q and k; the emphatic consonants and
the plain ones. Long vowels, hamza and ʿayn count as vowels, a letter that is written twice as one. A Latin spelling
with several pronunciations (ch, j) has several keys. docs/decisions/0036 has what was measured.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from dalil.text.arabic import bare_forms
from dalil.text.normalisation import normalise

MIN_CONSONANTS = 2
"""A name with fewer consonants has no key."""

MAX_SHORT_LETTERS = 3
"""Letters of a form without proclitics that is too short to have vowels."""

_CONSONANTS = str.maketrans(
    dict(zip("بتثجحخدذرزسشصضطظغفقكلمنه", "bttghkddrzsSsdtzgfkklmnh", strict=True)) | dict.fromkeys("اويع", "")
)

_PRONUNCIATIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("tch", ("tS",)),
    ("sch", ("S", "sk")),
    ("ch", ("tS", "S", "k")),
    ("sh", ("S",)),
    ("kh", ("k",)),
    ("gh", ("g",)),
    ("ph", ("f",)),
    ("th", ("t",)),
    ("zh", ("g", "z")),
    ("dh", ("d",)),
    ("ck", ("k",)),
    ("cz", ("tS",)),
    ("qu", ("k",)),
    ("dj", ("g", "d", "dg")),
    ("tz", ("ts",)),
    ("lz", ("lz", "lts")),
    ("ce", ("s", "S", "tS")),
    ("ci", ("s", "S", "tS")),
    ("cy", ("s",)),
    ("x", ("ks", "S", "tS")),
    ("j", ("g", "h")),
    ("g", ("g", "k")),
    ("c", ("k",)),
    ("q", ("k",)),
    ("p", ("b",)),
    ("v", ("f",)),
    *((vowel, ("",)) for vowel in "aeiouwy"),
)
"""The key letters of a group of Latin letters, longer groups first; any other letter is its own key letter."""

_ACCENTED = str.maketrans(
    {"ş": "sh", "š": "sh", "ś": "sh", "ç": "ch", "č": "ch", "ć": "ch", "ž": "zh", "ł": "l", "ß": "ss"}
)
"""Letters that sound otherwise than the ones that folding leaves of them."""

_TURKISH = frozenset("ğışöü")
"""Beside one of these letters a c is pronounced as j: Öcalan."""

_MAX_KEYS = 12
"""Per name, before the variants without a final h: "chchch" would have 27."""


@lru_cache(maxsize=65_536)
def arabic_consonant_keys(word: str) -> tuple[str, ...]:
    """The consonant keys of one folded Arabic word, with and without its article or other proclitic."""
    keys: list[str] = []
    for form in bare_forms(word):
        # A final ه is mostly a folded ة, which Latin letters write as a vowel or not at all: سوريه, Syria.
        key = form.removesuffix("ه").translate(_CONSONANTS)
        # What is short behind a letter that may be its own is a name only if it is all consonants, as مصر is.
        is_short = len(form) <= MAX_SHORT_LETTERS and not word.endswith(f"ال{form}") and form != word
        if not is_short or len(key) == len(form):
            keys += [key, _collapse_doubles(key)]
    return _long_enough(keys)


@lru_cache(maxsize=4_096)
def latin_consonant_keys(word: str) -> tuple[str, ...]:
    """The consonant keys of one word in Latin letters; accents and case make no difference."""
    letters = re.sub("[^a-z]", "", normalise(word.lower().translate(_ACCENTED)))
    if not _TURKISH.isdisjoint(word.lower()):
        letters = re.sub("c(?!h)", "j", letters)
    # A doubled letter is one sound: Hassan. Two such sounds are two: Sisi.
    letters = _collapse_doubles(letters)
    keys, position = [""], 0
    while position < len(letters):
        group, pronunciations = next(
            ((group, sounds) for group, sounds in _PRONUNCIATIONS if letters.startswith(group, position)),
            (letters[position], (letters[position],)),
        )
        keys = [key + pronunciation for key in keys for pronunciation in pronunciations][:_MAX_KEYS]
        position += len(group)
    # The ending of Slavic names: Djokovic.
    if letters.endswith("ic"):
        keys += [f"{key.removesuffix('k')}tS" for key in keys]
    # A final h may write ة, which the key of the Arabic word does not have: Salamah, سلامة.
    if letters.endswith("h"):
        keys += [key.removesuffix("h") for key in keys]
    # Both scripts have keys with and without double letters: Zaporizhzhia is زابوريجيا, but Sisi سيسي.
    return _long_enough([*keys, *map(_collapse_doubles, keys)])


def _long_enough(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for key in keys if len(key) >= MIN_CONSONANTS))


def _collapse_doubles(key: str) -> str:
    return re.sub(r"(.)\1+", r"\1", key)
