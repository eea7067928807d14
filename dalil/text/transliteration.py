"""Consonant keys, by which a name in Latin letters finds the same name in Arabic letters.

A key is a name without its vowels: Putin and بوتين both give `btn`, Khartoum and الخرطوم `krtm`. Letters that one of
the scripts does not distinguish are one letter of the key: p and b; v and f; c, q and k; the emphatic consonants and
the plain ones. Long vowels, hamza and ʿayn count as vowels, doubled letters as one. A Latin spelling with several
pronunciations (ch, j) has several keys.
"""

import re
from functools import lru_cache

from dalil.text.arabic import ARTICLES, PROCLITICS, strip_proclitic
from dalil.text.normalisation import normalise

MIN_CONSONANTS = 2
"""A name with fewer consonants has no key."""

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
    ("ce", ("s",)),
    ("ci", ("s",)),
    ("cy", ("s",)),
    ("x", ("ks",)),
    ("j", ("g", "h")),
    ("c", ("k",)),
    ("q", ("k",)),
    ("p", ("b",)),
    ("v", ("f",)),
    *((vowel, ("",)) for vowel in "aeiouwy"),
)
"""The key letters of a group of Latin letters, longer groups first; any other letter is its own key letter."""

_MAX_KEYS = 6
"""Per name, before the variants without a final h: "chchch" would have 27."""


@lru_cache(maxsize=65_536)
def arabic_consonant_keys(word: str) -> tuple[str, ...]:
    """The consonant keys of one folded Arabic word, with and without its article or other proclitic."""
    # More letters must remain than in light10, whose stems may be short: the rest has to be a name.
    if word.startswith(ARTICLES):
        forms = (word, strip_proclitic(word, ARTICLES, min_letters=3))
    else:
        forms = (word, strip_proclitic(word, PROCLITICS, min_letters=4))
    # A final ه is mostly a folded ة, which Latin letters write as a vowel or not at all: سوريه, Syria.
    keys = (_collapse_doubles(form.removesuffix("ه").translate(_CONSONANTS)) for form in forms)
    return tuple(dict.fromkeys(key for key in keys if len(key) >= MIN_CONSONANTS))


@lru_cache(maxsize=4_096)
def latin_consonant_keys(word: str) -> tuple[str, ...]:
    """The consonant keys of one word in Latin letters; accents and case make no difference."""
    letters = re.sub("[^a-z]", "", normalise(word))
    keys, position = [""], 0
    while position < len(letters):
        group, pronunciations = next(
            ((group, sounds) for group, sounds in _PRONUNCIATIONS if letters.startswith(group, position)),
            (letters[position], (letters[position],)),
        )
        keys = [key + pronunciation for key in keys for pronunciation in pronunciations][:_MAX_KEYS]
        position += len(group)
    # A final h may write ة, which the key of the Arabic word does not have: Salamah, سلامة.
    if letters.endswith("h"):
        keys += [key.removesuffix("h") for key in keys]
    collapsed = map(_collapse_doubles, keys)
    return tuple(dict.fromkeys(key for key in collapsed if len(key) >= MIN_CONSONANTS))


def _collapse_doubles(key: str) -> str:
    return re.sub(r"(.)\1+", r"\1", key)
