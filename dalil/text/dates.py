"""Dates in digits, and the names of months and weekdays, in either language.

The names are CLDR's (through Babel): in English and in the four ways Arabic newspapers write them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from babel.dates import get_day_names, get_month_names
from pydantic import BaseModel, ConfigDict

from dalil.text.lexicon import WordLists, WordValues, read_lexicon
from dalil.text.normalisation import normalise
from dalil.text.tokens import Token

_ARABIC_LOCALES = ("ar", "ar_SY", "ar_DZ", "ar_MA")

_NUMBER_WEEKDAYS = frozenset({0, 6})
"""Monday and Sunday: without the article their Arabic names are a two (اثنين) and a one (أحد)."""

_DIGIT_DATE = re.compile(r"(?<!\d)(?:(\d{4})[-/](\d{1,2})[-/](\d{1,2})|(\d{1,2})([-/.])(\d{1,2})\5(\d{4}))(?!\d)")
"""2024-03-05, 2024/3/5, 5/3/2024, 5.3.2024, 5-3-2024; of two that could be either the day comes first."""


class DigitDate(NamedTuple):
    """A date in digits as it is written, which may be none of the calendar, and where in the folded text."""

    year: int
    month: int
    day: int
    start: int
    end: int


class NamedDate(NamedTuple):
    """A month from 1 to 12 or a weekday from 0 for Monday, and where its name is in the folded text."""

    value: int
    start: int
    end: int


def blank_digit_dates(folded: str) -> tuple[str, list[DigitDate]]:
    """The text with a mark in place of each date in digits, as long as it was, and the dates in order."""
    dates = [
        DigitDate(int(date[1] or date[7]), int(date[2] or date[6]), int(date[3] or date[4]), *date.span())
        for date in _DIGIT_DATE.finditer(folded)
    ]
    return _DIGIT_DATE.sub(lambda date: ";".center(len(date.group())), folded) if dates else folded, dates


def find_months(tokens: Sequence[Token]) -> Iterator[NamedDate]:
    """The months that are named; a name that is also another word counts only beside what shows that it is a date."""
    names = _month_names()
    for place, token in enumerate(tokens):
        following = tokens[place + 1] if place + 1 < len(tokens) else None
        # كانون الأول is a month, and كانون none.
        pair = names.get(f"{token.text} {following.text}") if following else None
        month = pair or names.get(token.text)
        if month and (token.text not in _uncertain_months() or _is_dated(tokens, place)):
            yield NamedDate(month, token.start, following.end if pair and following else token.end)


def find_weekdays(tokens: Sequence[Token]) -> Iterator[NamedDate]:
    """The weekdays that are named."""
    names = _weekday_names()
    for token in tokens:
        weekday = names.get(token.text)
        if weekday is not None:
            yield NamedDate(weekday, token.start, token.end)


def can_be_month(word: str) -> bool:
    """Whether a folded word is the name of a month, though it may be another word too."""
    return word in _month_names()


def gregorian_months() -> Mapping[str, int]:
    """The folded names of months in either language, with their numbers."""
    return _month_names()


def is_weekday(word: str) -> bool:
    """Whether a folded word is the name of a weekday."""
    return word in _weekday_names()


def month_name(month: int) -> str:
    """The English name of a month from 1 to 12."""
    return str(get_month_names("wide", locale="en")[month])


def weekday_name(weekday: int) -> str:
    """The English name of a weekday from 0 for Monday."""
    return str(get_day_names("wide", locale="en")[weekday])


class _DateWordLists(BaseModel):
    """The entries of `date_words.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    month_abbreviations: WordValues
    ambiguous_months: WordLists
    before_months: WordLists
    after_months: WordLists
    joiners: WordLists
    prefixes: WordLists
    conjunctions: WordLists


@dataclass(frozen=True, slots=True)
class _DateWords:
    """The folded words of `date_words.yaml`, as its comments explain them."""

    month_abbreviations: Mapping[str, int]
    ambiguous_months: frozenset[str]
    before_months: frozenset[str]
    after_months: frozenset[str]
    joiners: frozenset[str]
    prefixes: frozenset[str]
    conjunctions: frozenset[str]


@cache
def _date_words() -> _DateWords:
    lists = read_lexicon("date_words", _DateWordLists)
    return _DateWords(
        {word: int(month) for word, month in lists.month_abbreviations.folded.items()},
        lists.ambiguous_months.folded,
        lists.before_months.folded,
        lists.after_months.folded,
        lists.joiners.folded,
        lists.prefixes.folded,
        lists.conjunctions.folded,
    )


def _is_dated(tokens: Sequence[Token], place: int) -> bool:
    """Whether the tokens on either side of what may be a month's name, past what joins them to it, belong to a date.

    "in May" and "5 مارس" do, "they may" does not.
    """
    words = _date_words()
    # The stop of an abbreviation: "Dec. 5".
    joiners = words.joiners | {"."} if tokens[place].text in _abbreviations() else words.joiners
    before = next((token.text for token in reversed(tokens[:place]) if token.text not in joiners), "")
    after = next((token.text for token in tokens[place + 1 :] if token.text not in joiners), "")
    return (
        before in words.before_months
        or after in words.after_months
        or any(text[:1].isdigit() or text in _certain_months() for text in (before, after))
    )


@cache
def _month_names() -> Mapping[str, int]:
    names: dict[str, int] = {}
    for locale in ("en", *_ARABIC_LOCALES):
        for month, name in get_month_names("wide", locale=locale).items():
            names.update((form, month) for form in _with_prefixes(normalise(name)))
    return {**_abbreviations(), **names}


@cache
def _abbreviations() -> Mapping[str, int]:
    words = _date_words()
    cldr = {normalise(name): month for month, name in get_month_names("abbreviated", locale="en").items()}
    unambiguous = {name: month for name, month in cldr.items() if name not in words.ambiguous_months}
    return {**words.month_abbreviations, **unambiguous}


@cache
def _uncertain_months() -> frozenset[str]:
    """Names that are also other words; so are abbreviations: Jan Egeland is a man."""
    ambiguous = _date_words().ambiguous_months
    return frozenset(form for name in ambiguous for form in _with_prefixes(name)).union(_abbreviations())


@cache
def _certain_months() -> frozenset[str]:
    return frozenset(_month_names()) - _uncertain_months()


@cache
def _weekday_names() -> Mapping[str, int]:
    tables = [get_day_names("wide", locale=locale) for locale in ("en", "ar")]
    names = [(normalise(name), day) for table in tables for day, name in table.items()]
    without_article = [
        (name.removeprefix("ال"), day) for name, day in names if name.startswith("ال") and day not in _NUMBER_WEEKDAYS
    ]
    return {form: day for name, day in (*names, *without_article) for form in _with_prefixes(name)}


def _with_prefixes(name: str) -> Iterator[str]:
    """A folded name by itself and, in Arabic, behind each prefix; an ambiguous one only behind an "and"."""
    words = _date_words()
    yield name
    if not name.isascii():
        prefixes = words.conjunctions if name in words.ambiguous_months else words.prefixes
        yield from (f"{prefix}{name}" for prefix in sorted(prefixes))
