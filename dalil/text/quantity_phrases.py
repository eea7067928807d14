"""The numbers of an Arabic text with their units, and its dates, as phrases: 78 مليون دينار, الخامس من مارس 2024."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict

from dalil.domain import Span
from dalil.text.analysis import STOP_WORDS
from dalil.text.arabic import ARTICLES, PROCLITICS, is_arabic_word, strip_proclitic
from dalil.text.dates import DigitDate, blank_digit_dates, can_be_month, find_months, find_weekdays, is_weekday
from dalil.text.lexicon import WordLists, read_lexicon
from dalil.text.normalisation import NormalisedText, normalise_with_origins
from dalil.text.numbers import Number, read_numbers
from dalil.text.quantities import MIN_STATED_NUMBER, Quantity
from dalil.text.tokens import Token, tokenize
from dalil.text.units import PERCENT, known_units

MAX_LINK_TOKENS = 2
"""Tokens between two parts of one date: a slash, a bracket, or the words for "of the year"."""

MIN_ORDINAL_LETTERS = 4
"""Letters behind the article of an ordinal, which counts nothing: الثالث. The ال of the folded ألف is no article."""

MIN_ACCUSATIVE_LETTERS = 3
"""Letters of a noun that shows the accusative: قتيلا."""

_YEAR_DIGITS = re.compile(r"(?:1\d|20)\d\d")
_RECENT_YEAR_DIGITS = re.compile(r"(?:1[89]|20)\d\d")
"""A number of these digits that counts nothing is a year without a word before it: كأس العالم 2018."""
_DATE_MARKS = frozenset("/()")
_PAIR_MARKS = frozenset("/(")
"""Between the two names of a month."""


@dataclass(frozen=True, slots=True)
class NumberPhrase:
    """A number, or a range, with the unit or the counted noun behind it; `number` is the place without them.

    `unit` is a name of `measure_units.yaml`, or "" for a counted noun and for a bare number.
    """

    span: Span
    number: Span
    quantities: tuple[Quantity, ...]
    unit: str


@dataclass(frozen=True, slots=True)
class DatePhrase:
    """A date of a weekday, a day, a month or a year, or of several of them; `year` is the place of its year."""

    span: Span
    quantities: tuple[Quantity, ...]
    year: Span | None

    @property
    def is_weekday(self) -> bool:
        """True for a weekday alone, which in news is often the day of the report."""
        return bool(self.quantities) and all(quantity.kind == "weekday" for quantity in self.quantities)


def find_number_phrases(text: str) -> list[NumberPhrase]:
    """The numbers in order, without those of dates, ordinals with an article, and small numbers in words."""
    return list(_PhraseFinder.read(text).numbers())


def find_date_phrases(text: str) -> list[DatePhrase]:
    """The dates in order, each as the longest run of its parts; both names of a month belong to it."""
    return list(_PhraseFinder.read(text).dates())


class _PhraseLists(BaseModel):
    """The entries of `quantity_phrases.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    islamic_months: WordLists
    islamic_month_heads: WordLists
    before_years: WordLists
    year_nouns: WordLists
    eras: WordLists
    links: WordLists
    first_days: WordLists
    beginnings: WordLists
    endings: WordLists
    ranges: WordLists
    centuries: WordLists
    decades: WordLists


class _PhraseWords(NamedTuple):
    """The folded words of `quantity_phrases.yaml`."""

    islamic_months: frozenset[str]
    islamic_month_heads: frozenset[str]
    before_years: frozenset[str]
    year_nouns: frozenset[str]
    eras: frozenset[str]
    links: frozenset[str]
    first_days: frozenset[str]
    beginnings: frozenset[str]
    endings: frozenset[str]
    ranges: frozenset[str]
    centuries: frozenset[str]
    decades: frozenset[str]


@cache
def _words() -> _PhraseWords:
    lists = read_lexicon("quantity_phrases", _PhraseLists)
    return _PhraseWords(*(getattr(lists, name).folded for name in _PhraseWords._fields))


_PartKind: TypeAlias = Literal["digits", "month", "islamic month", "weekday", "year", "day", "era", "period"]


class _Part(NamedTuple):
    """What a token is in a date, and the quantities that begin there."""

    kind: _PartKind
    quantities: tuple[Quantity, ...] = ()


@dataclass(frozen=True, slots=True)
class _LocatedNumber:
    """A number and the indexes of its first token and of the one behind its last."""

    number: Number
    first: int
    behind: int


@dataclass(frozen=True, slots=True)
class _PhraseFinder:
    """The tokens of a text, its numbers, and the tokens that are parts of dates, by index."""

    normalised: NormalisedText
    tokens: Sequence[Token]
    located: Sequence[_LocatedNumber]
    parts: dict[int, _Part]

    @classmethod
    def read(cls, text: str) -> "_PhraseFinder":
        normalised = normalise_with_origins(text)
        undated, digit_dates = blank_digit_dates(normalised.text)
        tokens = _with_digit_dates(tokenize(undated), digit_dates)
        located = [
            _LocatedNumber(number, *_token_range(tokens, number.start, number.end)) for number in read_numbers(tokens)
        ]
        finder = cls(normalised, tokens, located, {})
        finder._mark_named_dates(digit_dates)
        finder._mark_years()
        finder._mark_days()
        finder._mark_periods()
        return finder

    def dates(self) -> Iterator[DatePhrase]:
        place = 0
        while place < len(self.tokens):
            if place not in self.parts:
                place += 1
                continue
            behind = self._date_end(place)
            own = [self.parts[index] for index in range(place, behind) if index in self.parts]
            # A month of the Islamic calendar needs a day or a year: رمضان alone is a season.
            if any(part.kind != "islamic month" for part in own):
                years = [index for index in range(place, behind) if self._is(index, "year")]
                first = place - 1 if self._text(place - 1) in _words().beginnings else place
                yield DatePhrase(
                    self._span(first, behind),
                    tuple(quantity for part in own for quantity in part.quantities),
                    self._span(years[-1], years[-1] + 1) if years else None,
                )
            place = behind

    def numbers(self) -> Iterator[NumberPhrase]:
        counting = [number for number in self.located if self._counts(number)]
        place = 0
        while place < len(counting):
            last = place
            # 100-150 and خمس إلى عشر سنوات are one range.
            if place + 1 < len(counting) and self._is_range(counting[place], counting[place + 1]):
                last += 1
            behind, unit = self._unit_end(counting[last].behind)
            quantities = tuple(Quantity("number", *found.number) for found in counting[place : last + 1])
            first = counting[place].first
            number = self._span(first, counting[last].behind)
            yield NumberPhrase(self._span(first, behind), number, quantities, unit)
            place = last + 1

    def _mark_named_dates(self, digit_dates: Iterable[DigitDate]) -> None:
        words = _words()
        for month in find_months(self.tokens):
            self._mark(month.start, month.end, _Part("month", (Quantity("month", *month),)))
        for weekday in find_weekdays(self.tokens):
            self._mark(weekday.start, weekday.end, _Part("weekday", (Quantity("weekday", *weekday),)))
        for date in digit_dates:
            quantities = tuple(
                Quantity("number", float(value), date.start, date.end)
                for value in (date.year, date.day)
                if value >= MIN_STATED_NUMBER
            )
            self._mark(date.start, date.end, _Part("digits", quantities))
        # In آذار (مارس) and in أيار/مايو the other of two names is a month too, though it may be another word.
        for place, token in enumerate(self.tokens):
            beside = {place - 2: self._text(place - 1), place + 2: self._text(place + 1)}
            if place not in self.parts and can_be_month(token.text):
                pair = [self.parts[at] for at, mark in beside.items() if mark in _PAIR_MARKS and self._is(at, "month")]
                if pair:
                    self.parts[place] = pair[0]
        for place, token in enumerate(self.tokens):
            is_head = token.text in words.islamic_month_heads and self._text(place + 1) in words.islamic_months
            if (token.text in words.islamic_months or is_head) and place not in self.parts:
                self.parts[place] = _Part("islamic month")

    def _mark_years(self) -> None:
        words = _words()
        for found in self.located:
            token = self.tokens[found.first]
            before, after = self._text(found.first - 1), self._text(found.behind)
            if found.first in self.parts or found.behind - found.first > 1 or token.value is None:
                continue
            # 857 للهجرة is a year by its era, 2005 by what precedes it; but إلى 2012 قتيلا counts.
            is_named = before in words.year_nouns or self._is_month(found.first - 1)
            is_dated = is_named or (
                (before in words.before_years or before in {"(", "-", "–"}) and not self._surely_counts(found)
            )
            is_slashed = before in _DATE_MARKS and self._is_month(found.first - 2)
            is_bare = self._unit_end(found.behind)[0] == found.behind
            if (
                (after in words.eras and token.text.isdigit())
                or (_YEAR_DIGITS.fullmatch(token.text) and (is_dated or is_slashed))
                or (_RECENT_YEAR_DIGITS.fullmatch(token.text) and is_bare)
            ):
                self.parts[found.first] = _Part("year", (Quantity("number", *found.number),))
                if after in words.eras:
                    self.parts[found.behind] = _Part("era")

    def _mark_days(self) -> None:
        for found in self.located:
            value = found.number.value
            if found.first in self.parts or value % 1 or not 1 <= value <= 31:
                continue
            # العاشر من أغسطس
            following = found.behind + (self._text(found.behind) in _words().links)
            if self._is_month(following):
                quantities = (Quantity("number", *found.number),) if value >= MIN_STATED_NUMBER else ()
                self.parts[found.first] = _Part("day", quantities)
                self.parts.update((index, _Part("day")) for index in range(found.first + 1, found.behind))
        # الأول من أيلول: the word for the first is no number.
        for place, token in enumerate(self.tokens):
            following = place + 1 + (self._text(place + 1) in _words().links)
            if token.text in _words().first_days and place not in self.parts and self._is_month(following):
                self.parts[place] = _Part("day")

    def _mark_periods(self) -> None:
        """Mark centuries and decades: القرن التاسع عشر, ستينيات القرن الماضي."""
        words = _words()
        for place, token in enumerate(self.tokens):
            if token.text in words.centuries or token.text in words.decades:
                self.parts[place] = _Part("period")
        for found in self.located:
            if self._text(found.first - 1) in words.centuries:
                self.parts.update((index, _Part("period")) for index in range(found.first, found.behind))

    def _date_end(self, place: int) -> int:
        """The index behind the last token of the date whose first part is at `place`."""
        words = _words()
        behind = place + 1
        has_bracket = False
        ahead = behind
        while ahead < len(self.tokens) and ahead - behind <= MAX_LINK_TOKENS:
            text = self._text(ahead)
            if ahead in self.parts:
                behind = ahead + 1
                has_bracket = has_bracket or self._text(ahead - 1) == "("
            elif text not in _DATE_MARKS and text not in words.links:
                break
            ahead += 1
        if has_bracket and self._text(behind) == ")":
            behind += 1
        return behind + (self._text(behind) in words.endings)

    def _counts(self, found: _LocatedNumber) -> bool:
        """Whether a number counts or measures something: it is in no date, no ordinal and no indefinite article."""
        if any(index in self.parts for index in range(found.first, found.behind)):
            return False
        token = self.tokens[found.first]
        if token.value is not None:
            return True
        is_definite = strip_proclitic(token.text, ARTICLES, min_letters=MIN_ORDINAL_LETTERS) != token.text
        return found.number.value >= MIN_STATED_NUMBER and not is_definite

    def _surely_counts(self, found: _LocatedNumber) -> bool:
        """Whether a unit is behind a number, or a noun in the accusative, which is what it counts."""
        behind, unit = self._unit_end(found.behind)
        noun = self._text(found.behind)
        return bool(unit) or (behind > found.behind and len(noun) >= MIN_ACCUSATIVE_LETTERS and noun.endswith("ا"))

    def _is_range(self, one: _LocatedNumber, other: _LocatedNumber) -> bool:
        between = [token.text for token in self.tokens[one.behind : other.first]]
        return len(between) == 1 and between[0] in _words().ranges

    def _unit_end(self, place: int) -> tuple[int, str]:
        """The index behind the unit or the counted noun at `place`, and the unit; `place` itself where neither is."""
        units = known_units()
        text, following = self._text(place), self._text(place + 1)
        if text in units.of_words:
            return place + 1, units.of_words[text]
        if text in units.fillers and units.of_words.get(following) == PERCENT:
            return place + 2, PERCENT
        return (place + 1, "") if self._is_counted_noun(place) else (place, "")

    def _is_counted_noun(self, place: int) -> bool:
        """Whether the word at `place` may be what the number before it counts: indefinite, without a conjunction."""
        text = self._text(place)
        if not is_arabic_word(text) or text in STOP_WORDS or text.startswith(("و", *ARTICLES)):
            return False
        return self.normalised.text[self.tokens[place - 1].end : self.tokens[place].start].isspace()

    def _mark(self, start: int, end: int, part: _Part) -> None:
        first, behind = _token_range(self.tokens, start, end)
        self.parts[first] = part
        self.parts.update((index, _Part(part.kind)) for index in range(first + 1, behind))

    def _is(self, place: int, kind: _PartKind) -> bool:
        return place in self.parts and self.parts[place].kind == kind

    def _is_month(self, place: int) -> bool:
        return self._is(place, "month") or self._is(place, "islamic month")

    def _text(self, place: int) -> str:
        return self.tokens[place].text if 0 <= place < len(self.tokens) else ""

    def _span(self, first: int, behind: int) -> Span:
        return self.normalised.original(_start_without_proclitic(self.tokens[first]), self.tokens[behind - 1].end)


def _token_range(tokens: Sequence[Token], start: int, end: int) -> tuple[int, int]:
    """The indexes of the first token that overlaps `start` to `end`, and of the one behind the last."""
    own = [index for index, token in enumerate(tokens) if token.start < end and token.end > start]
    return own[0], own[-1] + 1


def _with_digit_dates(tokens: Sequence[Token], dates: Sequence[DigitDate]) -> tuple[Token, ...]:
    """The tokens; the mark in place of each date in digits has the whole date's place."""
    places = [
        next(
            ((date.start, date.end) for date in dates if date.start <= token.start < date.end), (token.start, token.end)
        )
        for token in tokens
    ]
    return tuple(token._replace(start=start, end=end) for token, (start, end) in zip(tokens, places, strict=True))


def _start_without_proclitic(token: Token) -> int:
    """The start of a token, without a conjunction or preposition before a number, a weekday or a month: وثلاثة."""
    rest = token.text[1:]
    is_phrase = is_weekday(rest) or can_be_month(rest) or bool(read_numbers(tokenize(rest)))
    return token.start + (token.is_word and token.text.startswith(PROCLITICS) and is_phrase)
