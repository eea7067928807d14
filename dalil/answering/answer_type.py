"""The type of the answer that a question expects: a number, with its units, or a date."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict

from dalil.domain import Span
from dalil.retrieval.query import ENGLISH_STOP_WORDS
from dalil.text.analysis import located_words
from dalil.text.arabic import is_arabic_word, strip_prefixes, strip_proclitic
from dalil.text.lexicon import WordLists, read_lexicon
from dalil.text.units import PERCENT, known_units

MAX_NOUN_DISTANCE = 4
"""Words behind an English question word among which its noun is looked for: "what annual carriage fees"."""

MIN_QUESTION_WORD_LETTERS = 2
"""The letters of a question word behind "and": وكم, وما."""

_QUESTION_MARK = re.compile(r"[?؟]")

AnswerKind: TypeAlias = Literal["number", "date"]


@dataclass(frozen=True, slots=True)
class ExpectedAnswer:
    """What a question asks for, and the span of the words that show it.

    `units` are the units of which the number has one, empty where the question leaves them open. `is_year` is True
    where a year answers.
    """

    kind: AnswerKind
    asking: Span
    units: frozenset[str] = frozenset()
    is_year: bool = False


def expected_answer(question: str) -> ExpectedAnswer | None:
    """The type of the answer; None where it is neither a number nor a date, or is not clear.

    Of several questions, such as a question and one that follows it up, the last one that has a question word counts.
    """
    begin = _last_question(question)
    located = [(span, word) for span, word in located_words(question) if span.start >= begin]
    words = [word for _, word in located]
    found = _find_phrase(words)
    if not found:
        return None
    kind, first, behind = found
    asking = Span(located[first][0].start, located[behind - 1][0].end)
    if kind == "date":
        is_year = any(is_one_of(word, _lexicon().year_nouns.folded) for word in words[first:behind])
        return ExpectedAnswer("date", asking, is_year=is_year)
    return ExpectedAnswer("number", asking, _units([*words[first:behind], *_noun(words, behind)]))


def _last_question(text: str) -> int:
    """Where the last question of a text begins: 0, or behind a question mark."""
    lexicon = _lexicon()
    question_words = lexicon.number_phrases.folded | lexicon.date_phrases.folded | lexicon.other_question_words.folded
    for mark in reversed(list(_QUESTION_MARK.finditer(text))):
        for _, word in located_words(text[mark.end() :]):
            asking = strip_proclitic(word, ("و",), min_letters=MIN_QUESTION_WORD_LETTERS)
            if not question_words.isdisjoint((word, asking)):
                return mark.end()
    return 0


class _AnswerTypeLists(BaseModel):
    """The entries of `answer_types.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number_phrases: WordLists
    date_phrases: WordLists
    other_question_words: WordLists
    initial_question_words: WordLists
    number_nouns: WordLists
    date_nouns: WordLists
    calendar_nouns: WordLists
    year_nouns: WordLists
    copulas: WordLists
    time_measures: WordLists
    length_measures: WordLists
    currency_measures: WordLists
    percent_measures: WordLists


@cache
def _lexicon() -> _AnswerTypeLists:
    return read_lexicon("answer_types", _AnswerTypeLists)


class _Phrase(NamedTuple):
    """What asks: the kind of its answer, the index of its first word, and that of the word behind it."""

    kind: AnswerKind
    first: int
    behind: int


def _find_phrase(words: Sequence[str]) -> _Phrase | None:
    lexicon = _lexicon()
    for place in range(len(words)):
        # "how many" asks behind another question word too: "of those who volunteered, how many passed".
        if length := _phrase_length(words, place, lexicon.number_phrases.folded):
            return _Phrase("number", place, place + length)
    for place, word in enumerate(words):
        if length := _phrase_length(words, place, lexicon.date_phrases.folded):
            return _Phrase("date", place, place + length)
        if word in lexicon.other_question_words.folded and (
            place == 0 or word not in lexicon.initial_question_words.folded
        ):
            return _find_noun(words, place)
    return _find_keyword(words)


def _phrase_length(words: Sequence[str], place: int, phrases: frozenset[str]) -> int:
    pair = " ".join(words[place : place + 2])
    if pair != words[place] and pair in phrases:
        return 2
    return int(words[place] in phrases)


def _find_noun(words: Sequence[str], question_word: int) -> _Phrase | None:
    """The noun of "what" or أي, if a number or a date answers it."""
    lexicon = _lexicon()
    first = _skip_copulas(words, question_word + 1)
    # An Arabic noun precedes its adjectives.
    distance = 1 if is_arabic_word(words[question_word]) else MAX_NOUN_DISTANCE
    for place in range(first, min(first + distance, len(words))):
        if is_one_of(words[place], lexicon.number_nouns.folded):
            return _Phrase("number", question_word, place + 1)
        if is_one_of(words[place], lexicon.date_nouns.folded | lexicon.calendar_nouns.folded):
            return _Phrase("date", question_word, place + 1)
        if words[place] in ENGLISH_STOP_WORDS:
            return None
    return None


def _find_keyword(words: Sequence[str]) -> _Phrase | None:
    """The first word that asks for a number or a date in a question of keywords."""
    lexicon = _lexicon()
    for place, word in enumerate(words):
        if word in lexicon.number_nouns.folded:
            return _Phrase("number", place, place + 1)
        if word in lexicon.date_nouns.folded:
            return _Phrase("date", place, place + 1)
    return None


def _noun(words: Sequence[str], place: int) -> Sequence[str]:
    """The word behind the asking phrase, past copulas: "how many minutes"."""
    first = _skip_copulas(words, place)
    return words[first : first + 1]


def _skip_copulas(words: Sequence[str], place: int) -> int:
    while place < len(words) and words[place] in _lexicon().copulas.folded:
        place += 1
    return place


def _units(words: Sequence[str]) -> frozenset[str]:
    """The units of the answer, from the words that ask; empty where these leave them open."""
    lexicon, units = _lexicon(), known_units()
    named = frozenset(units.of_words[word] for word in words if word in units.of_words)
    if named:
        return named
    if any(is_one_of(word, lexicon.percent_measures.folded) for word in words):
        return frozenset({PERCENT})
    measures = {
        "time": lexicon.time_measures.folded,
        "length": lexicon.length_measures.folded,
        "currency": lexicon.currency_measures.folded,
    }
    kinds = [kind for kind, own in measures.items() if any(is_one_of(word, own) for word in words)]
    return frozenset(unit for kind in kinds for unit in units.of_kind(kind))


def is_one_of(word: str, nouns: frozenset[str]) -> bool:
    """Whether a word is one of the nouns, with or without the Arabic article."""
    return word in nouns or (is_arabic_word(word) and strip_prefixes(word) in nouns)
