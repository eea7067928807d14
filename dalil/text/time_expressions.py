"""The times that a question names, as days: "in October 2023", "last week", منذ بداية العام, آخر حصيلة.

The field calls them temporal expressions, and their days the normalised values (TIMEX3). Names of months and weekdays
are CLDR's, numbers are read as in the rest of the text analysis. docs/decisions/0035 says why no library reads them.
"""

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Literal, NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict

from dalil.domain import TimeEffect, TimeExpression
from dalil.text.arabic import ARTICLES, PROCLITICS, strip_proclitic
from dalil.text.dates import DigitDate, blank_digit_dates, find_months, find_weekdays
from dalil.text.lexicon import WordLists, WordValues, read_lexicon
from dalil.text.normalisation import NormalisedText, normalise_with_origins
from dalil.text.numbers import read_numbers
from dalil.text.tokens import Token, tokenize
from dalil.text.years import is_year

MAX_PHRASE_WORDS = 4
"""Words of the longest phrase of the lexicon: the day before yesterday."""

MAX_DATE_GAP = 2
"""Tokens between two parts of one date: "6th of August", "August 6, 2015"."""

MAX_REPORT_WORDS = 3
"""Words at the beginning of a question among which a noun for reports makes its time that of the reports."""

MAX_UNITS = 100
"""More units are no time that news is asked for, and may be beyond the calendar."""

MONTHS_OF_SEASON = 3

MAX_DAY = 31

YEAR_DIGITS = 4

DAY = timedelta(days=1)

_COMMAS = frozenset(",،")

_PAIR_MARKS = frozenset("/(")
"""Between the two names of a month."""

Unit: TypeAlias = Literal["day", "week", "month", "year"]


class _UnitWord(NamedTuple):
    """A unit, and how many of it the word says: 2 for a dual."""

    unit: Unit
    number: int


class _Whole(NamedTuple):
    """A whole number and the place behind its last token."""

    value: int
    behind: int


def find_time_expressions(text: str, today: date) -> tuple[TimeExpression, ...]:
    """The times that a question names, in order; `today` is the day on which it is asked.

    A date that names its year is mostly the time of an event, which later articles report too: it prefers the articles
    of these days. A time that counts from today, and one of the reports themselves ("news of October 2023"), narrow. A
    number is a year only where `dalil.text.years` reads one. Times of the future, and those behind "before" and
    "after", are not read.

    >>> [str(one.published_from) for one in find_time_expressions("Who won in October 2023?", date(2026, 1, 1))]
    ['2023-10-01']
    """
    try:
        return tuple(_Reader.of(text, today).read())
    except OverflowError:  # a time before the year 1 or after 9999, by `today` or by the question
        return ()


class _TimeLists(BaseModel):
    """The entries of `time_expressions.yaml`, as its comments explain them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    days: WordValues
    before_other_days: WordLists
    units: dict[Unit, WordLists]
    dual_units: dict[Unit, WordLists]
    seasons: WordValues
    last_before: WordLists
    rolling_before: WordLists
    within: WordLists
    last_after: WordLists
    this_before: WordLists
    this_after: WordLists
    ago_before: WordLists
    ago_after: WordLists
    ago: WordLists
    of: WordLists
    since: WordLists
    since_with_beginning: WordLists
    beginnings: WordLists
    fillers: WordLists
    date_joiners: WordLists
    range_beginnings: WordLists
    range_joiners: WordLists
    not_read_behind: WordLists
    latest: WordLists
    latest_adjectives: WordLists
    latest_after: WordLists
    latest_nouns: WordLists
    reports: WordLists


@cache
def _lists() -> _TimeLists:
    return read_lexicon("time_expressions", _TimeLists)


@cache
def _units() -> Mapping[str, _UnitWord]:
    """Folded word → its unit."""
    lists = _lists()
    singles = {word: _UnitWord(unit, 1) for unit, words in lists.units.items() for word in words.folded}
    return singles | {word: _UnitWord(unit, 2) for unit, words in lists.dual_units.items() for word in words.folded}


class _Period(NamedTuple):
    """The days that the tokens from `first` up to `behind` name, both inclusive, and what they do."""

    first: int
    behind: int
    start: date
    end: date
    effect: TimeEffect = TimeEffect.NARROW


@dataclass(frozen=True, slots=True)
class _Reader:
    """The tokens of a question, the dates in digits, and the months that are named, by their tokens' places."""

    text: str
    today: date
    normalised: NormalisedText
    tokens: Sequence[Token]
    digit_dates: Mapping[int, DigitDate]
    months: Mapping[int, tuple[int, int]]
    numbers: Mapping[int, _Whole]

    @classmethod
    def of(cls, text: str, today: date) -> "_Reader":
        normalised = normalise_with_origins(text)
        undated, dates = blank_digit_dates(normalised.text)
        tokens = tokenize(undated)
        starts = {token.start: place for place, token in enumerate(tokens)}
        return cls(
            text,
            today,
            normalised,
            tokens,
            {
                place: date
                for place, token in enumerate(tokens)
                for date in dates
                if date.start <= token.start < date.end
            },
            {
                starts[month.start]: (month.value, sum(token.start < month.end for token in tokens))
                for month in find_months(tokens)
            },
            {
                starts[number.start]: _Whole(int(number.value), sum(token.start < number.end for token in tokens))
                for number in read_numbers(tokens)
            },
        )

    def read(self) -> Iterator[TimeExpression]:
        latest = [_Period(first, behind, date.max, date.max) for first, behind in self._latest()]
        for period in sorted([*self._merge_ranges(list(self._periods())), *latest], key=lambda one: one.first):
            start, end = self.tokens[period.first].start, self.tokens[period.behind - 1].end
            for place in range(period.first, period.behind):
                if place in self.digit_dates:
                    start, end = min(start, self.digit_dates[place].start), max(end, self.digit_dates[place].end)
            text = self.normalised.original(start, end).of(self.text)
            if period.start == date.max:
                yield TimeExpression(text, None, None, TimeEffect.NEWEST_FIRST)
            elif period.start <= min(period.end, self.today):
                yield TimeExpression(text, period.start, period.end, period.effect)

    def _periods(self) -> Iterator[_Period]:
        place = 0
        while place < len(self.tokens):
            readings = (
                self._date,
                self._counted_units,
                self._last_season,
                self._last_unit,
                self._this_unit,
                self._last_month,
                self._last_weekday,
                self._day,
            )
            found = next((period for reading in readings if (period := reading(place))), None)
            place = found.behind if found else place + 1
            if found and (period := self._with_context(found)):
                yield period

    def _date(self, place: int) -> _Period | None:
        """A day, a month, a season or a year that is named with its year."""
        if place in self.digit_dates:
            written = self.digit_dates[place]
            with suppress(ValueError):
                day = date(written.year, written.month, written.day)
                return _Period(place, place + 1, day, day, TimeEffect.PREFER)
            return None
        seasons = _lists().seasons.folded
        if self._text(place) in seasons and (year := self._year_behind(place + 1)):
            start = date(int(self._text(year)), int(seasons[self._text(place)]), 1)
            return _Period(place, year + 1, start, _add_months(start, MONTHS_OF_SEASON) - DAY, TimeEffect.PREFER)
        return self._named_date(place) or self._year(place)

    def _year(self, place: int) -> _Period | None:
        if not is_year(self.tokens, place):
            return None
        year = int(self._text(place))
        return _Period(place, place + 1, date(year, 1, 1), date(year, 12, 31), TimeEffect.PREFER)

    def _named_date(self, place: int) -> _Period | None:
        """A month with its year, and the day before or behind it: 6 August 2015, August 6, 2015, أيلول/سبتمبر 2023."""
        day = self._day_of_month(place)
        at = self._past_joiners(place + 1) if day else place
        if at not in self.months:
            return None
        month, behind = self.months[at]
        # The other name of the month: أيلول/سبتمبر.
        if self._text(behind) in _PAIR_MARKS and behind + 1 in self.months and self.months[behind + 1][0] == month:
            behind = self.months[behind + 1][1]
            behind += self._text(behind) == ")"
        if not day and (day := self._day_of_month(behind)) and self._year_behind(behind + 1):
            behind += 1
        year = self._year_behind(behind)
        if not year:
            return None
        with suppress(ValueError):
            start = date(int(self._text(year)), month, day or 1)
            end = start if day else _add_months(start, 1) - DAY
            return _Period(place, year + 1, start, end, TimeEffect.PREFER)
        return None

    def _day_of_month(self, place: int) -> int:
        """The number from 1 to 31 at `place`, in digits or words: العشرين; 0 for any other token."""
        number = self.numbers.get(place)
        return number.value if number and 1 <= number.value <= MAX_DAY and number.behind == place + 1 else 0

    def _year_behind(self, place: int) -> int | None:
        """The place of the year that belongs to a date that ends at `place`."""
        for at in range(place, place + MAX_DATE_GAP + 1):
            text = self._text(at)
            if text.isdigit() and len(text) == YEAR_DIGITS and "1000" <= text < "2100":
                return at
            if text not in _COMMAS | _lists().date_joiners.folded:
                break
        return None

    def _past_joiners(self, place: int) -> int:
        while self._text(place) in _lists().date_joiners.folded:
            place += 1
        return place

    def _counted_units(self, place: int) -> _Period | None:
        """A number of days, weeks, months or years back from today: آخر ثلاثة أيام, 3 days ago."""
        lists = _lists()
        first, count, behind, unit = place, 0, place, None
        if (found := _units().get(self._word(place))) and found.number > 1:
            count, unit, behind = found.number, found.unit, place + 1
        elif found and (number := self.numbers.get(place + 1)):
            count, unit, behind = number.value, found.unit, number.behind
        elif (number := self.numbers.get(place)) and (found := _units().get(self._word(number.behind))):
            count, unit, behind = number.value, found.unit, number.behind + 1
        if not unit or not 1 <= count <= MAX_UNITS:
            return None
        if self._text(behind) in lists.ago_after.folded:
            behind += 1
        elif self._text(place - 1) in lists.ago_before.folded and self._text(behind) not in lists.of.folded:
            first = place - 1
        else:
            return None
        # "Five years ago" dates an event, of which later articles report.
        if unit == "year" and self._text(first if first < place else behind - 1) in lists.ago.folded:
            return None
        return _Period(first, behind, _subtract(self.today, count, unit), self.today)

    def _last_season(self, place: int) -> _Period | None:
        """The last season of its name: last summer, الصيف الماضي."""
        month = int(_lists().seasons.folded.get(self._word(place), 0))
        found = self._last(place) if month else None
        if not found:
            return None
        start = date(self.today.year, month, 1)
        start = start if start <= self.today else _add_months(start, -12)
        return _Period(*found, start, _add_months(start, MONTHS_OF_SEASON) - DAY)

    def _last_unit(self, place: int) -> _Period | None:
        """The last day, week, month or year: last week, العام الماضي."""
        word, found = _units().get(self._word(place)), self._last(place)
        if not word or word.number > 1 or not found:
            return None
        first, behind = found
        is_before = first < place
        # "In the last week" and "the past week" count back from today, "last week" is one of the calendar.
        if is_before and self._is_rolling(first):
            return _Period(first, behind, _subtract(self.today, 1, word.unit), self.today)
        # "What was the last day?" asks for the final one.
        if is_before and (word.unit == "day" or self._text(first - 1) == "the"):
            return None
        end = _start_of(self.today, word.unit) - DAY
        return _Period(first, behind, _start_of(end, word.unit), end)

    def _is_rolling(self, place: int) -> bool:
        """Whether the "last" or "past" at `place` counts back from today."""
        lists = _lists()
        is_within = self._text(place - 1) == "the" and self._text(place - 2) in lists.within.folded
        return self._text(place) in lists.rolling_before.folded or is_within

    def _this_unit(self, place: int) -> _Period | None:
        """The week, month or year of today up to today, by itself only behind "since the beginning of"."""
        lists, word = _lists(), _units().get(self._word(place))
        if not word or word.number > 1:
            return None
        start = _start_of(self.today, word.unit)
        if self._text(place + 1) in lists.this_after.folded:
            return _Period(place, place + 2, start, self.today)
        if self._text(place - 1) in lists.this_before.folded:
            return _Period(place - 1, place + 1, start, self.today)
        is_since = self._since(place, needs_beginning=True) is not None and not self._year_behind(place + 1)
        return _Period(place, place + 1, start, self.today) if is_since else None

    def _last(self, place: int) -> tuple[int, int] | None:
        """The first token of a noun with its "last", and the one behind both; None for a noun without one."""
        lists = _lists()
        if length := self._phrase(place + 1, lists.last_after.folded):
            return place, place + 1 + length
        is_last = self._text(place - 1) in lists.last_before.folded and self._text(place + 1) not in lists.of.folded
        return (place - 1, place + 1) if is_last else None

    def _last_month(self, place: int) -> _Period | None:
        """The last month of its name: last October, أكتوبر الماضي, since January."""
        if place not in self.months:
            return None
        month, behind = self.months[place]
        # Both words of a name of two come before the "last": تشرين الأول الماضي.
        found = self._last(behind - 1)
        is_before = found is not None and found[0] < behind - 1
        if is_before or (not found and self._text(place - 1) in _lists().last_before.folded):
            place, found = place - 1, (place - 1, behind)
        is_since = self._since(place) is not None
        if not found and not is_since:
            return None
        start = date(self.today.year, month, 1)
        # "Since January" may be said in January, "last January" is over.
        is_past = start <= self.today if is_since else _add_months(start, 1) <= self.today
        start = start if is_past else _add_months(start, -12)
        return _Period(place, found[1] if found else behind, start, _add_months(start, 1) - DAY)

    def _last_weekday(self, place: int) -> _Period | None:
        """The last weekday of its name before today: last Friday, الجمعة الماضية."""
        weekday, found = next(find_weekdays(self.tokens[place : place + 1]), None), self._last(place)
        if not weekday or not found:
            return None
        day = self.today - timedelta(days=(self.today.weekday() - weekday.value - 1) % 7 + 1)
        return _Period(*found, day, day)

    def _day(self, place: int) -> _Period | None:
        """Today, yesterday, or the day before."""
        lists = _lists()
        length = self._phrase(place, frozenset(lists.days.folded))
        if not length or self._text(place - 1) in lists.before_other_days.folded:
            return None
        # اليوم التالي and اليوم الوطني are other days.
        if length == 1 and self._text(place) in _units() and self._text(place + 1).startswith(ARTICLES):
            return None
        phrase = self._join(place, length)
        days = lists.days.folded.get(phrase, lists.days.folded.get(strip_proclitic(phrase, PROCLITICS, min_letters=3)))
        day = self.today - timedelta(days=int(days or 0))
        return _Period(place, place + length, day, day)

    def _with_context(self, period: _Period) -> _Period | None:
        """The period with the "since" before it, or as that of the reports; None behind a "before" or "after"."""
        lists = _lists()
        if (since := self._since(period.first)) is not None:
            return period._replace(first=since, end=self.today)
        before = self._text(self._before_fillers(period.first))
        if before in lists.not_read_behind.folded and period.first:
            return None
        is_of_reports = any(self._word(at) in lists.reports.folded for at in range(min(MAX_REPORT_WORDS, period.first)))
        return period._replace(effect=TimeEffect.NARROW) if is_of_reports else period

    def _since(self, place: int, *, needs_beginning: bool = False) -> int | None:
        """The place of the "since" before `place`, past "the beginning of"; None without one."""
        lists = _lists()
        at, has_beginning = place - 1, False
        while self._text(at) in lists.fillers.folded | lists.beginnings.folded:
            has_beginning |= self._text(at) in lists.beginnings.folded
            at -= 1
        is_since = self._text(at) in lists.since.folded
        if self._text(at) in lists.since_with_beginning.folded or needs_beginning:
            is_since = is_since and has_beginning
        return at if is_since else None

    def _before_fillers(self, place: int) -> int:
        at = place - 1
        while self._text(at) in _lists().fillers.folded:
            at -= 1
        return at

    def _merge_ranges(self, periods: Sequence[_Period]) -> Iterator[_Period]:
        """The periods; two that are the ends of one range as one: between 2017 and 2023."""
        lists, place = _lists(), 0
        while place < len(periods):
            period, place = periods[place], place + 1
            following = periods[place] if place < len(periods) else None
            if following and self._text(self._before_fillers(period.first)) in lists.range_beginnings.folded:
                between = [self._text(at) for at in range(period.behind, following.first)]
                # In وفبراير the "and" is part of the month.
                if all(text in lists.range_joiners.folded | lists.fillers.folded for text in between):
                    period, place = period._replace(behind=following.behind, end=following.end), place + 1
            yield period

    def _latest(self) -> Iterator[tuple[int, int]]:
        """The tokens of each phrase by which the newest comes first."""
        lists = _lists()
        for place in range(len(self.tokens)):
            if length := self._phrase(place, lists.latest.folded):
                yield place, place + length
                continue
            word, following = self._word(place), self._text(place + 1)
            noun = strip_proclitic(following, ARTICLES, min_letters=3)
            if word in lists.latest_adjectives.folded and noun in lists.latest_nouns.folded:
                yield place, place + 2
            noun = strip_proclitic(self._text(place), ARTICLES, min_letters=3)
            if noun in lists.latest_nouns.folded and following in lists.latest_after.folded:
                yield place, place + 2

    def _phrase(self, place: int, phrases: frozenset[str]) -> int:
        """The number of tokens of the longest of the phrases at `place`, which a proclitic may precede; 0 for none."""
        for length in range(MAX_PHRASE_WORDS, 0, -1):
            phrase = self._join(place, length)
            if phrase and {phrase, strip_proclitic(phrase, PROCLITICS, min_letters=3)} & phrases:
                return length
        return 0

    def _join(self, place: int, length: int) -> str:
        own = self.tokens[place : place + length]
        return " ".join(token.text for token in own) if len(own) == length and all(one.is_word for one in own) else ""

    def _word(self, place: int) -> str:
        """The word at `place`, without a proclitic where it is a unit, a season or a noun for reports."""
        text = self._text(place)
        bare = f"ال{text[2:]}" if text.startswith("لل") else strip_proclitic(text, PROCLITICS, min_letters=3)
        return bare if bare in _known_words() and text not in _known_words() else text

    def _text(self, place: int) -> str:
        return self.tokens[place].text if 0 <= place < len(self.tokens) else ""


@cache
def _known_words() -> frozenset[str]:
    lists = _lists()
    return frozenset(_units()).union(lists.seasons.folded, lists.reports.folded, lists.latest_adjectives.folded)


def _start_of(day: date, unit: Unit) -> date:
    """The first day of the calendar's day, week (from Monday, ISO 8601), month or year that has this day."""
    match unit:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "year":
            return day.replace(month=1, day=1)


def _subtract(day: date, count: int, unit: Unit) -> date:
    """The day that many units before; the last day of a shorter month."""
    if unit in {"day", "week"}:
        return day - timedelta(days=count * (7 if unit == "week" else 1))
    return _add_months(day, -count * (12 if unit == "year" else 1))


def _add_months(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
