"""What retrieval makes of a question before it searches."""

import re
import unicodedata
from dataclasses import dataclass

from dalil.errors import InvalidQuery
from dalil.text.aliases import Aliases, FoundName
from dalil.text.analysis import key_terms, terms, word_terms, words
from dalil.text.language import Language, language_of

MAX_CHARACTERS = 1_000
"""The longest question, in code points."""

_NAME = re.compile(r"(?<!^)\b[A-Z][\w-]*")


@dataclass(frozen=True, slots=True)
class Question:
    """A checked question.

    `terms` are the distinct terms for the keyword leg: all of an Arabic question's; of another only those that can
    occur in Arabic text, which are the Arabic names of what it names, numbers, and names in Latin script.
    `names` and `words` are what the question is about as far as keywords can tell: for each name its Arabic
    alternatives, each as the key terms of a text that speaks of it; of the other words the key terms, in a question
    that is not in Arabic only those of numbers. `embedded` is what the embedder reads: the question, followed by
    the Arabic name of what it names by an abbreviation, since models know "North Korea" but hardly "DPRK".
    """

    text: str
    language: Language
    embedded: str
    terms: tuple[str, ...]
    names: tuple[tuple[frozenset[str], ...], ...]
    words: tuple[str, ...]


def understand(text: str, aliases: Aliases) -> Question:
    """Check and analyse a question; raises `InvalidQuery` for one that is empty, too long or not clean text."""
    text = checked(text)
    language = language_of(text)
    own = words(text) if language == "ar" else _foreign_words(text)
    names = aliases.names_in(text)
    found = dict.fromkeys(term for word in own for term in word_terms(word))
    for name in names:
        for alternative in name.arabic:
            found.update(dict.fromkeys(terms(alternative)))
    inside = {word for name in names for word in name.words}
    others = [word for word in own if word not in inside and (language == "ar" or _has_digit(word))]
    return Question(
        text=text,
        language=language,
        embedded=" ".join((text, *(name.arabic[0] for name in names if _is_abbreviation(name)))),
        terms=tuple(found),
        names=tuple(tuple(frozenset(key_terms(alternative)) for alternative in name.arabic) for name in names),
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


def _foreign_words(text: str) -> list[str]:
    """Words of a question not in Arabic that may stand in Arabic text: numbers, and names but for the first word."""
    named = {word for match in _NAME.finditer(text) for word in words(match.group())}
    return [word for word in words(text) if word in named or _has_digit(word)]


def _is_abbreviation(name: FoundName) -> bool:
    """A name in Latin letters without a vowel, as it is spelt out: DPRK, IRGC."""
    letters = "".join(name.words)
    return letters.isascii() and letters.isalpha() and not set(letters) & set("aeiouy")


def _has_digit(word: str) -> bool:
    return any(character.isdigit() for character in word)
