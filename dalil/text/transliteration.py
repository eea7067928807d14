"""Names across scripts: without its vowels a name is nearly the same in Latin and in Arabic letters.

Putin and بوتين both give `btn`, Khartoum and الخرطوم `krtm`. Letters that the scripts do not tell apart are one: p and
b, v and f, c, q and k, the emphatic consonants and the plain. Long vowels, hamza and ʿayn count as vowels, doubled
letters as one. A Latin spelling that can be read in several ways (ch, j) has several consonant keys.
"""

import re
from functools import lru_cache

from dalil.text.normalisation import normalise

MIN_CONSONANTS = 2
"""A name with fewer consonants has no key and is found by none."""

_CONSONANTS = str.maketrans(
    dict(zip("بتثجحخدذرزسشصضطظغفقكلمنه", "bttghkddrzsSsdtzgfkklmnh", strict=True)) | dict.fromkeys("اويع", "")
)
_ARTICLES = ("وال", "بال", "كال", "فال", "لل", "ال")
_CLITICS = "وبلفك"

_READINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
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
"""How a group of Latin letters may be heard, the longest first; any other letter is itself."""

_MAX_READINGS = 6


@lru_cache(maxsize=65_536)
def arabic_consonant_keys(word: str) -> tuple[str, ...]:
    """The consonant keys of one folded Arabic word, with and without its article or joined particle."""
    forms = [word]
    article = next((article for article in _ARTICLES if word.startswith(article)), "")
    if len(word) - len(article) >= 3 and article:
        forms.append(word[len(article) :])
    elif not article and word[0] in _CLITICS and len(word) > 4:
        forms.append(word[1:])
    # A final ه is mostly ة, which names in Latin letters write as a vowel or not at all.
    found = (_collapse_doubles(form.removesuffix("ه").translate(_CONSONANTS)) for form in forms)
    return tuple(dict.fromkeys(key for key in found if len(key) >= MIN_CONSONANTS))


@lru_cache(maxsize=4_096)
def latin_consonant_keys(word: str) -> tuple[str, ...]:
    """The consonant keys of one word in Latin letters, accents and case aside."""
    letters = re.sub("[^a-z]", "", normalise(word))
    heard, position = [""], 0
    while position < len(letters):
        group, readings = next(
            ((group, readings) for group, readings in _READINGS if letters.startswith(group, position)),
            (letters[position], (letters[position],)),
        )
        heard = [before + reading for before in heard for reading in readings][:_MAX_READINGS]
        position += len(group)
    if letters.endswith("h"):
        heard += [reading.removesuffix("h") for reading in heard]
    found = map(_collapse_doubles, heard)
    return tuple(dict.fromkeys(key for key in found if len(key) >= MIN_CONSONANTS))


def _collapse_doubles(key: str) -> str:
    return re.sub(r"(.)\1+", r"\1", key)
