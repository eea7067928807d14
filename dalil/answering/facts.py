"""The numbers and dates a sentence states, in either language and in any digits: 16 ألف is 16,000 is ١٦٠٠٠.

Month and weekday names are CLDR's (through Babel), in English and in the four ways Arabic newspapers write them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache

from babel.dates import get_day_names, get_month_names

from dalil.answering.numerals import TOKEN, numbers
from dalil.text.normalisation import normalise

SMALLEST = 3
"""Numbers below it are stated without a number too: by a dual, by "a" or "another"."""

_ARABIC_LOCALES = ("ar", "ar_SY", "ar_DZ", "ar_MA")
_PREFIXES = ("و", "ف", "ل", "ب")
"""Arabic conjunctions and prepositions that are written as one with the name behind them."""

_ALSO_WORDS = frozenset(map(normalise, ("may", "march", "مارس", "آب", "ماي")))
"""Also a verb, a noun or a father: a month only beside what tells of a date, as are abbreviations: Jan Egeland."""

_BEFORE = """
in since until by of from between early late mid last next
في من بين منذ حتى شهر مطلع أوائل بداية منتصف أواخر نهاية خلال
"""
_BEFORE_MONTHS = frozenset(normalise(_BEFORE).split())
_AFTER_MONTHS = frozenset({"الماضي", "المقبل", "القادم", "الجاري", "الحالي"})
_JOINING = frozenset({"/", "-", "and", "or", "to", "و", "او", "الي"})

_NUMBER_DAYS = frozenset({0, 6})
"""Monday and Sunday, which in Arabic are a two and a one without their article."""

_DATE = re.compile(r"(?<!\d)(?:(\d{4})[-/](\d{1,2})[-/](\d{1,2})|(\d{1,2})([-/.])(\d{1,2})\5(\d{4}))(?!\d)")


@dataclass(frozen=True, slots=True)
class Facts:
    """Numbers as values, months from 1 to 12, weekdays from 0 for Monday."""

    numbers: frozenset[float]
    months: frozenset[int]
    weekdays: frozenset[int]

    def missing(self, stated: "Facts") -> int:
        """How many of these are not among `stated`."""
        return (
            sum(not any(_equal(number, other) for other in stated.numbers) for number in self.numbers)
            + len(self.months - stated.months)
            + len(self.weekdays - stated.weekdays)
        )


def facts(text: str) -> Facts:
    """What a text states; numbers below `SMALLEST` are left out."""
    folded = normalise(text)
    dates = [(date[1] or date[7], date[2] or date[6], date[3] or date[4]) for date in _DATE.finditer(folded)]
    folded = _DATE.sub(" ; ", folded)
    found = {*numbers(folded), *(float(part) for year, _, day in dates for part in (year, day))}
    tokens = [token.group() for token in TOKEN.finditer(folded)]
    months = {*_months(tokens), *(int(month) for _, month, _ in dates)}
    return Facts(
        frozenset(number for number in found if number >= SMALLEST or number % 1),
        frozenset(month for month in months if 1 <= month <= 12),
        frozenset(day for token in tokens if (day := _weekday_names().get(token)) is not None),
    )


def _months(tokens: Sequence[str]) -> Iterator[int]:
    names = _month_names()
    for place, word in enumerate(tokens):
        pair = f"{word} {tokens[place + 1]}" if place + 1 < len(tokens) else ""
        month = names.get(pair) or names.get(word)
        if month and (word not in _uncertain_months() or _is_dated(tokens, place)):
            yield month


def _is_dated(tokens: Sequence[str], place: int) -> bool:
    """Whether the words on either side of what may be a month's name, past what joins them to it, tell of a date."""
    passed = _JOINING | {"."} if tokens[place] in _abbreviations() else _JOINING
    before = next((token for token in reversed(tokens[:place]) if token not in passed), "")
    after = next((token for token in tokens[place + 1 :] if token not in passed), "")
    return (
        before in _BEFORE_MONTHS
        or after in _AFTER_MONTHS
        or any(token[:1].isdigit() or token in _certain_months() for token in (before, after))
    )


@cache
def _month_names() -> Mapping[str, int]:
    names: dict[str, int] = {}
    for locale in ("en", *_ARABIC_LOCALES):
        for month, name in get_month_names("wide", locale=locale).items():
            names.update((form, month) for form in _forms(normalise(name)))
    return {**_abbreviations(), **names}


@cache
def _abbreviations() -> Mapping[str, int]:
    cldr = {normalise(name): month for month, name in get_month_names("abbreviated", locale="en").items()}
    return {"sept": 9, **{name: month for name, month in cldr.items() if name not in _ALSO_WORDS}}


@cache
def _uncertain_months() -> frozenset[str]:
    return frozenset(form for name in _ALSO_WORDS for form in _forms(name)).union(_abbreviations())


@cache
def _certain_months() -> AbstractSet[str]:
    return _month_names().keys() - _uncertain_months()


@cache
def _weekday_names() -> Mapping[str, int]:
    tables = [get_day_names("wide", locale=locale) for locale in ("en", "ar")]
    names = [(normalise(name), day) for table in tables for day, name in table.items()]
    bare = [(name.removeprefix("ال"), day) for name, day in names if name.startswith("ال") and day not in _NUMBER_DAYS]
    return {form: day for name, day in (*names, *bare) for form in _forms(name)}


def _forms(name: str) -> Iterator[str]:
    """A folded name by itself and, in Arabic, behind each prefix; what is also a word only behind an "and"."""
    yield name
    if not name.isascii():
        yield from (f"{prefix}{name}" for prefix in (_PREFIXES[:1] if name in _ALSO_WORDS else _PREFIXES))


def _equal(one: float, other: float) -> bool:
    return one == other or abs(one - other) <= 1e-9 * max(abs(one), abs(other))
