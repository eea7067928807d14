"""What of an Arabic text can be given in English without a translator: numbers, dates and known names, by CLDR.

>>> english_gloss("ضرب الزلزال المغرب الجمعة ٨ سبتمبر ٢٠٢٣").dates
('Friday 8 September 2023',)
"""

from collections.abc import Iterator
from dataclasses import dataclass

from babel.dates import get_day_names, get_month_names
from babel.numbers import format_decimal

from dalil.text.english_names import english_names
from dalil.text.quantities import Quantity
from dalil.text.quantity_phrases import DatePhrase, NumberPhrase, find_date_phrases, find_number_phrases
from dalil.text.units import PERCENT

LOCALE = "en_GB"

MAX_DAY = 31


@dataclass(frozen=True, slots=True)
class EnglishGloss:
    """The parts of a text in English, each kind in the order of the text and without repetition."""

    numbers: tuple[str, ...]
    dates: tuple[str, ...]
    names: tuple[str, ...]


def english_gloss(text: str) -> EnglishGloss:
    """The numbers of a text with their units of measure, its dates that name a month, and its names in English.

    A number is formatted as English writes it, and what it counts is left out. A year alone stands among the numbers.
    """
    dates = find_date_phrases(text)
    numbers = [(phrase.span.start, _number(phrase)) for phrase in find_number_phrases(text)]
    numbers += [(phrase.span.start, f"{phrase.quantities[0].value:.0f}") for phrase in dates if _is_year(phrase)]
    written = filter(None, map(_date, dates))
    # The alias file has the names of months too.
    names = (
        name.english
        for name in english_names().find(text)
        if not any(name.span.overlaps(phrase.span) for phrase in dates)
    )
    return EnglishGloss(_distinct(number for _, number in sorted(numbers)), _distinct(written), _distinct(names))


def _distinct(parts: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(parts))


def _is_year(phrase: DatePhrase) -> bool:
    """Whether a date is a year alone."""
    return len(phrase.quantities) == 1 and phrase.quantities[0].kind == "number"


def _number(phrase: NumberPhrase) -> str:
    """The number or the range, with a percent sign or the unit's name in brackets: 12,000, 12%, 20 (kilometre)."""
    values = "–".join(format_decimal(quantity.value, locale=LOCALE) for quantity in phrase.quantities)
    if phrase.unit == PERCENT:
        return f"{values}%"
    return f"{values} ({phrase.unit})" if phrase.unit else values


def _date(phrase: DatePhrase) -> str:
    """Friday 8 September 2023, 8 September, September 2023; empty for a date without a month."""
    by_kind: dict[str, list[Quantity]] = {"weekday": [], "number": [], "month": []}
    for quantity in phrase.quantities:
        by_kind[quantity.kind].append(quantity)
    if not by_kind["month"]:
        return ""
    weekdays = [get_day_names("wide", locale=LOCALE)[int(one.value)] for one in by_kind["weekday"][:1]]
    days = [f"{one.value:.0f}" for one in by_kind["number"] if one.value <= MAX_DAY][:1]
    years = [f"{one.value:.0f}" for one in by_kind["number"] if one.value > MAX_DAY][:1]
    month = get_month_names("wide", locale=LOCALE)[int(by_kind["month"][0].value)]
    return " ".join((*weekdays, *days, month, *years))
