"""What retrieval makes of a question before it searches."""

import re
import unicodedata
from dataclasses import dataclass

from dalil.errors import InvalidQuery
from dalil.text.aliases import Aliases
from dalil.text.analysis import SKELETON, key_terms, latin_skeleton_terms, word_terms, words
from dalil.text.language import Language, language_of

MAX_CHARACTERS = 1_000
"""The longest question, in code points."""

_NAME = re.compile(r"\b[A-Z]\w*")

_FUNCTION_WORDS = """
a about according after all also among an and any are as at be because been before besides between both but by can
compare could define describe did do does during each every explain find for from give had has have he how i if in
into is it its list many may me might much my name of on or other our she should show since so some state summarise
summarize tell than that the their them there these they this those though to under until up us was we were what
when where whether which while who whom whose why will with within would you your
"""

NO_NAMES = frozenset(_FUNCTION_WORDS.split())
"""Words that begin a question, or a title in it, with a capital and name nothing."""


TELLING = len(SKELETON) + 3
"""Length of the shortest skeleton, as a term, whose absence tells that a text does not speak of a name."""


@dataclass(frozen=True, slots=True)
class Question:
    """A checked question.

    `terms` are the distinct terms for the keyword leg: all of an Arabic question's; of another only those that can
    occur in Arabic text, which are the Arabic names of what it names, numbers, and names in Latin script with their
    skeletons.
    `names` and `words` are what the question is about as far as keywords can tell: for each name its Arabic
    alternatives, each as the key terms of a text that speaks of it; of the other words the key terms, in a question
    that is not in Arabic only those of numbers; `spoken` holds the skeletons of each name in Latin script that the
    alias file does not know. `embedded` is what the embedder reads: the question, followed by
    the Arabic name of what it names by an abbreviation, since models know "North Korea" but hardly "DPRK".
    """

    text: str
    language: Language
    embedded: str
    terms: tuple[str, ...]
    names: tuple[tuple[frozenset[str], ...], ...]
    spoken: tuple[frozenset[str], ...]
    words: tuple[str, ...]


def understand(text: str, aliases: Aliases) -> Question:
    """Check and analyse a question; raises `InvalidQuery` for one that is empty, too long or not clean text."""
    text = checked(text)
    language = language_of(text)
    latin = _latin_names(text)
    own = words(text) if language == "ar" else [word for word in words(text) if word in latin or _has_digit(word)]
    names = aliases.names_in(text)
    aliased = [word for name in names for alternative in name.arabic for word in words(alternative)]
    found = dict.fromkeys(term for word in (*own, *aliased) for term in word_terms(word))
    heard = {word: latin_skeleton_terms(word) for word in latin if not _is_abbreviation(word)}
    found.update(dict.fromkeys(sorted(term for skeletons in heard.values() for term in skeletons)))
    inside = {word for name in names for word in name.words}
    others = [word for word in own if word not in inside and (language == "ar" or _has_digit(word))]
    return Question(
        text=text,
        language=language,
        embedded=" ".join((text, *(name.arabic[0] for name in names if _is_abbreviation("".join(name.words))))),
        terms=tuple(found),
        names=tuple(tuple(frozenset(key_terms(alternative)) for alternative in name.arabic) for name in names),
        spoken=tuple(
            skeletons
            for word, skeletons in heard.items()
            if word not in inside and min(map(len, skeletons), default=0) >= TELLING
        ),
        words=tuple(dict.fromkeys(term for word in others for term in key_terms(word))),
    )


def checked(text: str) -> str:
    """The question without surrounding white space; raises `InvalidQuery`."""
    text = text.strip()
    if not text:
        raise InvalidQuery("the question is empty")
    if len(text) > MAX_CHARACTERS:
        raise InvalidQuery(f"the question has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read")
    for character in text:
        category = unicodedata.category(character)
        if category == "Cs" or (category == "Cc" and character not in "\t\n\r"):
            raise InvalidQuery(f"the question holds U+{ord(character):04X}, which is not text: remove it")
    if not words(text):
        raise InvalidQuery(f"the question {text!r} has no word in it")
    return text


def _latin_names(text: str) -> list[str]:
    """The folded words in Latin script that are written with a capital and may be names, in order."""
    return [word for match in _NAME.finditer(text) for word in words(match.group()) if word not in NO_NAMES]


def _is_abbreviation(letters: str) -> bool:
    """A folded name in Latin letters without a vowel, as it is spelt out: DPRK, IRGC."""
    return letters.isascii() and letters.isalpha() and not set(letters) & set("aeiouy")


def _has_digit(word: str) -> bool:
    return any(character.isdigit() for character in word)
