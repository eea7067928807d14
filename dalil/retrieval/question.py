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
    `requirements` are the things the question is about as far as keywords can tell: each is a set of alternatives,
    each alternative the terms that a text must hold to speak of it.
    """

    text: str
    language: Language
    terms: tuple[str, ...]
    requirements: tuple[tuple[frozenset[str], ...], ...]


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
    return Question(text, language, tuple(found), _requirements(own, names))


def _requirements(own: list[str], names: list[FoundName]) -> tuple[tuple[frozenset[str], ...], ...]:
    inside = {word for name in names for word in name.words}
    single = (frozenset(key_terms(word)) for word in dict.fromkeys(own) if word not in inside)
    return (
        *(tuple(frozenset(key_terms(alternative)) for alternative in name.arabic) for name in names),
        *((word,) for word in single if word),
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
    return [word for word in words(text) if word in named or any(character.isdigit() for character in word)]
