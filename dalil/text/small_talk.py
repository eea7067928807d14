"""Messages that ask nothing about the articles: thanks, greetings, agreement, questions about the assistant itself."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict

from dalil.text.analysis import words
from dalil.text.lexicon import WordLists, read_lexicon

MAX_SMALL_TALK_WORDS = 24
"""A message of more words is not small talk."""

MIN_REPEATED_LETTERS = 3
"""A letter that occurs this often in a row lengthens a word: "thaaanks", «شكراااا»."""

_LENGTHENED = re.compile(rf"(.)\1{{{MIN_REPEATED_LETTERS - 1},}}")


class SmallTalk(StrEnum):
    """The kinds of small talk. A message of several is of the kind that comes first here."""

    ABOUT_ASSISTANT = "about_assistant"
    DISAGREEMENT = "disagreement"
    THANKS = "thanks"
    FAREWELL = "farewell"
    PEACE_GREETING = "peace_greeting"
    GREETING = "greeting"
    ACKNOWLEDGEMENT = "acknowledgement"


class SmallTalkPhrases(BaseModel):
    """The lists of `small_talk.yaml`, which describes each."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    thanks: WordLists
    greetings: WordLists
    peace_greetings: WordLists
    farewells: WordLists
    acknowledgements: WordLists
    disagreements: WordLists
    about_assistant: WordLists
    fillers: WordLists
    ambiguous: WordLists
    emoticons: WordLists


Phrase: TypeAlias = tuple[str, ...]
"""The folded words of a phrase."""


@dataclass(frozen=True, slots=True)
class _Phrasebook:
    kinds: Mapping[Phrase, SmallTalk]
    fillers: frozenset[Phrase]
    ambiguous: frozenset[Phrase]
    emoticons: frozenset[str]
    vocabulary: frozenset[str]
    max_words: int


@cache
def _phrasebook() -> _Phrasebook:
    lists = read_lexicon("small_talk", SmallTalkPhrases)
    by_kind = {
        SmallTalk.ABOUT_ASSISTANT: lists.about_assistant,
        SmallTalk.DISAGREEMENT: lists.disagreements,
        SmallTalk.THANKS: lists.thanks,
        SmallTalk.FAREWELL: lists.farewells,
        SmallTalk.PEACE_GREETING: lists.peace_greetings,
        SmallTalk.GREETING: lists.greetings,
        SmallTalk.ACKNOWLEDGEMENT: lists.acknowledgements,
    }
    kinds = {phrase: kind for kind, own in by_kind.items() for phrase in _phrases(own)}
    fillers = _phrases(lists.fillers)
    known = fillers.union(kinds)
    return _Phrasebook(
        kinds=kinds,
        fillers=fillers,
        ambiguous=_phrases(lists.ambiguous),
        emoticons=frozenset(lists.emoticons.en),
        vocabulary=frozenset(word for phrase in known for word in phrase),
        max_words=max(map(len, known)),
    )


def _phrases(lists: WordLists) -> frozenset[Phrase]:
    return frozenset(tuple(words(phrase)) for phrase in (*lists.en, *lists.ar))


def small_talk(text: str) -> SmallTalk | None:
    """The kind of a message that consists of small talk alone; None for a message with any other word, or with none.

    Marks, emoji, capitals and lengthened letters do not count. Emoji alone are an acknowledgement.

    >>> small_talk("Thanks a lot! 🌹")
    <SmallTalk.THANKS: 'thanks'>
    >>> small_talk("thanks, and how many shells?") is None
    True
    """
    book = _phrasebook()
    tokens = text.split()
    rest = [token for token in tokens if token not in book.emoticons]
    found = [_shorten(word, book.vocabulary) for word in words(" ".join(rest))]
    if not found:
        has_emoji = len(rest) < len(tokens) or any(unicodedata.category(character) == "So" for character in text)
        return SmallTalk.ACKNOWLEDGEMENT if has_emoji else None
    return _kind_of(found, book) if len(found) <= MAX_SMALL_TALK_WORDS else None


def small_talk_before(text: str) -> int:
    """The number of words of small talk before the rest of a text: "hi, can you …" begins with one."""
    book = _phrasebook()
    found = words(text)
    return max(
        (end for end in range(1, min(len(found), MAX_SMALL_TALK_WORDS)) if _kind_of(found[:end], book)), default=0
    )


class _Division(NamedTuple):
    """The phrases, but for fillers, into which the words so far are divided: their kinds, and how many there are.

    `phrases` is at most 2, so that a message has few divisions to compare.
    """

    kinds: frozenset[SmallTalk] = frozenset()
    phrases: int = 0
    has_ambiguous: bool = False

    def plus(self, phrase: Phrase, book: _Phrasebook) -> "_Division":
        """The division with one more phrase."""
        is_ambiguous = self.has_ambiguous or phrase in book.ambiguous
        return _Division(self.kinds | {book.kinds[phrase]}, min(2, self.phrases + 1), is_ambiguous)

    @property
    def is_small_talk(self) -> bool:
        """Whether there is a phrase besides fillers, and an ambiguous one alone."""
        return self.phrases > 0 and not (self.has_ambiguous and self.phrases > 1)


def _kind_of(found: Sequence[str], book: _Phrasebook) -> SmallTalk | None:
    """The first kind of `SmallTalk` in any division of all words into phrases; None without a division."""
    divisions: list[set[_Division]] = [{_Division()}, *(set() for _ in found)]
    for start in range(len(found)):
        for end in range(start + 1, min(len(found), start + book.max_words) + 1) if divisions[start] else ():
            phrase = tuple(found[start:end])
            # An Arabic "and" is written as one with the word behind it: شكرا ومع السلامة.
            without_and = (phrase[0].removeprefix("و"), *phrase[1:])
            for own in dict.fromkeys((phrase, without_and)):
                if own in book.kinds:
                    divisions[end].update(before.plus(own, book) for before in divisions[start])
                if own in book.fillers:
                    divisions[end] |= divisions[start]
    kinds = frozenset().union(*(division.kinds for division in divisions[-1] if division.is_small_talk))
    return next((kind for kind in SmallTalk if kind in kinds), None)


def _shorten(word: str, vocabulary: frozenset[str]) -> str:
    """A lengthened word as the vocabulary has it, with each long run as two letters or one; else unchanged."""
    candidates = (word, _LENGTHENED.sub(r"\1\1", word), _LENGTHENED.sub(r"\1", word))
    return next((candidate for candidate in candidates if candidate in vocabulary), word)
