"""Times of publication, in the forms in which feeds, exports and newspapers write them.

The ways of reading are tried in turn: a count of seconds, ISO 8601, RFC 5322 (RSS), then a date in words or digits. The
names of months are CLDR's (through Babel), Hijri dates are converted by hijridate. dateparser is not used, because it
knows the Egyptian names of months alone, and reads "yesterday"; nor is dateutil, for which `GMT+3` is three hours west.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from functools import cache
from itertools import islice
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from dalil.domain import DayOrder
from dalil.text.dates import gregorian_months, is_weekday
from dalil.text.lexicon import WordLists, WordValues, read_lexicon
from dalil.text.normalisation import normalise

MIN_EPOCH_SECONDS = 100_000_000
"""March 1973. A smaller number is a year, a day or an id."""

MAX_EPOCH_SECONDS = 4_102_444_800
"""The year 2100. A larger number counts milliseconds, microseconds or nanoseconds."""

HIJRI_YEARS = range(1343, 1501)
"""The years that hijridate converts, by the calendar of Umm al-Qura. No news has a Gregorian date in them."""

MAX_OFFSET = timedelta(hours=18)
"""OpenSearch takes no time zone farther from UTC."""

MAX_DATED_LINES = 6
"""Lines at the top of a text, blank ones not counted, among which one may be its date."""

MAX_DATE_CHARACTERS = 100
"""No date is longer."""


@dataclass(frozen=True, slots=True)
class DateReading:
    """What a date does not say itself: the order of day and month, and the time zone."""

    day_order: DayOrder = "dmy"
    timezone: tzinfo = UTC


DEFAULT_READING = DateReading()


class _WrittenDateWords(BaseModel):
    """The entries of `written_dates.yaml`, as its comments explain them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    months: WordValues
    hijri_months: WordValues
    before_noon: WordLists
    after_noon: WordLists
    hijri_years: WordLists
    gregorian_years: WordLists
    time_zones: WordValues
    fillers: WordLists
    labels: WordLists


class _Date(NamedTuple):
    """A date of either calendar, which may be none."""

    year: int
    month: int
    day: int
    is_hijri: bool


_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?")
"""20241011, and 20241011183000 as web archives write it."""

_ISO = re.compile(r"(\d{4}-\d{2}-\d{2}[tT ]\d{2}:?\d{2}(?::?\d{2})?)([.,]\d+)? ?(Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?")

_NAMED_ZONE = re.compile(r"(?<=[Zz\d])\[[\w/+-]{1,40}\]$")
"""The name behind an offset that Java writes: `2024-10-11T18:30:00+03:00[Asia/Riyadh]`."""

_CLOCK = re.compile(
    r"(?<!\d)(?:(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?|(?P<full_hour>\d{1,2})(?=\s*[\ue040\ue041]))"
    r"(?!\d)\s*(?P<half>[\ue040\ue041])?"
    r"(?:\s*(?:utc|gmt|z)?\s*(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d\d))?(?![\d:]))?"
)

# A word of a kind is replaced by one character of the private use area, so that the patterns below stay short.
_GREGORIAN, _HIJRI, _MORNING, _AFTERNOON = 0xE000, 0xE020, "\ue040", "\ue041"
_HIJRI_YEAR = "\ue042"
_MONTH = r"(?P<{name}>[\ue001-\ue00c\ue021-\ue02c])"
_SPACE = r"[\s,،./-]*"
_WHOLE_WORD = r"(?<![^\W\d_])({})(?![^\W\d_])\.?"
_TWO_NAMES = re.compile(r"([\ue001-\ue00c])(?:\s*[/(،,-]\s*|\s+)\1\)?")
"""Both names of one month: «أكتوبر/تشرين الأول»."""

_DATES = (
    re.compile(
        rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?{_SPACE}{_MONTH.format(name='month')}{_SPACE}"
        r"(?P<year>\d{4})(?!\d)\s*(?P<hijri>\ue042)?"
    ),
    re.compile(
        rf"{_MONTH.format(name='month')}{_SPACE}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\d){_SPACE}"
        r"(?P<year>\d{4})(?!\d)\s*(?P<hijri>\ue042)?"
    ),
    re.compile(rf"(?<!\d)(?P<year>\d{{4}}){_SPACE}{_MONTH.format(name='month')}{_SPACE}(?P<day>\d{{1,2}})(?!\d)"),
    re.compile(
        r"(?<!\d)(?P<year>\d{4})\s?([-/.])\s?(?P<month>\d{1,2})\s?\2\s?(?P<day>\d{1,2})(?!\d)\s*(?P<hijri>\ue042)?"
    ),
    re.compile(
        r"(?<!\d)(?P<first>\d{1,2})\s?([-/.])\s?(?P<second>\d{1,2})\s?\2\s?(?P<year>\d{4})(?!\d)\s*(?P<hijri>\ue042)?"
    ),
)


def parse_timestamp(value: object, reading: DateReading = DEFAULT_READING) -> datetime | None:
    """A date or time of publication, with the time zone that it names, or else that of `reading`; None for a blank one.

    A date is its midnight. Raises `ValueError` with the value for anything that is not certainly one date: a year, a
    month, "yesterday", two days.
    """
    text = "" if value is None else _NAMED_ZONE.sub("", str(value).strip())
    if not text:
        return None
    try:
        moment = None if isinstance(value, bool) or len(text) > MAX_DATE_CHARACTERS else _parse(text, reading)
        if moment is not None:
            return with_fixed_offset(moment, reading.timezone)
    except OverflowError:  # the calendar's first or last day, in another zone
        pass
    raise ValueError(
        f"{text!r:.100} is not a date such as 2024-10-11, 2024-10-11T18:30:00+03:00 or 11 October 2024"
        f"{_other_order(text, reading)}"
    ) from None


def parse_iso(text: str) -> datetime | None:
    """A date or time in ISO 8601, which may have no time zone; None for anything else.

    Raises `ValueError` for a time that has no equal in UTC, in the first and the last year of the calendar.
    """
    moment = _from_iso(text.strip())
    try:
        if moment is not None:
            with_fixed_offset(moment, UTC)
    except OverflowError:
        raise ValueError(f"{text!r:.100} is beyond the calendar") from None
    return moment


def find_date_line(lines: Iterable[str], reading: DateReading = DEFAULT_READING) -> datetime | None:
    """The date of a text by the first line at its top that is a date, behind a label, between `|`, or after a place.

    None if there is none among the first `MAX_DATED_LINES`.
    """
    for line in islice((line for line in lines if line.strip()), MAX_DATED_LINES):
        if len(line) > MAX_DATE_CHARACTERS or not any(map(str.isdigit, line)):
            continue
        folded = normalise(line)
        # «الرياض - 11 أكتوبر 2024»; but the clock may be behind a hyphen too.
        for part in (*re.split(r"[|•·]", folded), *re.split(r"\s[-–—]\s", folded)):
            date = _words().label_pattern.sub("", part.strip(" \t*_#-–"))
            # A line that is only a number is no date.
            if not date.isdecimal():
                with suppress(ValueError):
                    return parse_timestamp(date, reading)
    return None


def _other_order(text: str, reading: DateReading) -> str:
    """The advice for a date that only the other order of day and month makes one; else empty."""
    other: DayOrder = "mdy" if reading.day_order == "dmy" else "dmy"
    if len(text) > MAX_DATE_CHARACTERS or _parse_written(normalise(text), replace(reading, day_order=other)) is None:
        return ""
    return f"; DALIL_INDEXING__DAY_ORDER={other} reads it"


def _parse(text: str, reading: DateReading) -> datetime | None:
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return _parse_number(text, reading.timezone)
    if iso := _ISO.fullmatch(text):
        # Python takes six digits of a second; Go and Java write nine.
        zone = {"Z": "+00:00", "UTC": "+00:00", "GMT": "+00:00"}.get((iso[3] or "").upper(), iso[3] or "")
        return _from_iso(f"{iso[1]}{(iso[2] or '')[:7]}{zone}")
    return _from_iso(text) or _from_rfc_5322(text) or _parse_written(normalise(text), reading)


def _from_iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _from_rfc_5322(text: str) -> datetime | None:
    # The zones of RFC 5322 alone: for the library AST is the time of Halifax, and in Riyadh it is that of Riyadh.
    if not re.fullmatch(
        r"(?:[A-Za-z]{3},? )?\s*\d{1,2} [A-Za-z]{3} \d{4} \d\d?:\d\d(?::\d\d)? (?:[+-]\d{4}|UTC?|GMT|Z|[ECMP][SD]T)",
        text,
    ):
        return None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    zone = text.rpartition(" ")[2]
    if moment.tzinfo is None and zone in {"-0000", "Z"}:  # UTC, of an unknown place
        return moment.replace(tzinfo=UTC)
    return moment if moment.tzinfo is not None else None


def _parse_number(digits: str, zone: tzinfo) -> datetime | None:
    if compact := _COMPACT.fullmatch(digits):
        try:
            return datetime(*(int(part) for part in compact.groups(default="0")))  # type: ignore[arg-type] # noqa: DTZ001
        except ValueError:
            return None
    seconds = float(digits)
    for unit in (1, 1_000, 1_000_000, 1_000_000_000):
        if MIN_EPOCH_SECONDS <= seconds / unit <= MAX_EPOCH_SECONDS:
            return datetime.fromtimestamp(seconds / unit, zone)
    return None


def _parse_written(folded: str, reading: DateReading) -> datetime | None:
    """A date in words or digits, with or without a clock. Everything in the text has to belong to it."""
    text, offset = _mark_words(folded)
    hour, minute, second = 0, 0, 0
    if clock := _CLOCK.search(text):
        hour, minute, second = _read_clock(clock)
        offset = _read_offset(clock) if clock["sign"] else offset
        text = f"{text[: clock.start()]} {text[clock.end() :]}"
    dates: list[_Date] = []
    for pattern in _DATES:
        dates += (_read_date(match, reading.day_order) for match in pattern.finditer(text))
        text = pattern.sub(" ", text)
    if any(map(str.isdigit, text)) or re.search(r"[^\W\d_]", text):
        return None
    # Both calendars: «8 ربيع الآخر 1446هـ الموافق 11 أكتوبر 2024م».
    chosen = [date for date in dates if not date.is_hijri] or dates
    if len(chosen) != 1 or len(dates) > 2:
        return None
    try:
        moment = _to_gregorian(chosen[0]).replace(hour=hour, minute=minute, second=second)
    except ValueError:
        return None
    return moment if offset is None else moment.replace(tzinfo=timezone(offset))


def _read_date(match: re.Match[str], day_order: DayOrder) -> _Date:
    found = match.groupdict()
    year = int(found["year"])
    if "first" in found:
        first, second = int(found["first"]), int(found["second"])
        day, month = (first, second) if day_order == "dmy" else (second, first)
    else:
        day = int(found["day"])
        name = found["month"]
        month = int(name) if name.isdigit() else (ord(name) - _GREGORIAN) % (_HIJRI - _GREGORIAN)
        if not name.isdigit() and ord(name) > _HIJRI:
            return _Date(year, month, day, is_hijri=True)
    return _Date(year, month, day, is_hijri=bool(found.get("hijri")) or year in HIJRI_YEARS)


def _read_clock(clock: re.Match[str]) -> tuple[int, int, int]:
    hour = int(clock["hour"] or clock["full_hour"])
    if clock["half"] and hour <= 12:
        hour = hour % 12 + (12 if clock["half"] == _AFTERNOON else 0)
    return hour, int(clock["minute"] or 0), int(clock["second"] or 0)


def _read_offset(clock: re.Match[str]) -> timedelta:
    minutes = int(clock["hours"]) * 60 + int(clock["minutes"] or 0)
    return timedelta(minutes=-minutes if clock["sign"] == "-" else minutes)


def _to_gregorian(date: _Date) -> datetime:
    if not date.is_hijri:
        return datetime(date.year, date.month, date.day)  # noqa: DTZ001 - the caller knows the zone
    # Few articles have Hijri dates.
    from hijridate import Hijri  # noqa: PLC0415

    day = Hijri(date.year, date.month, date.day).to_gregorian()
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - the caller knows the zone


def _mark_words(folded: str) -> tuple[str, timedelta | None]:
    """The text with a mark for each month and half of the day, without fillers, and the time zone that words name."""
    words = _words()
    zone = words.zone_pattern.search(folded)
    text = words.year_pattern.sub(lambda year: year[1] + words.year_marks[year[2]], folded)
    text = words.mark_pattern.sub(lambda word: words.marks[word[1]], text)
    text = words.filler_pattern.sub(" ", words.zone_pattern.sub(" ", text))
    text = re.sub(r"[^\W\d_]+", lambda word: " " if is_weekday(word[0]) else word[0], text)
    return _TWO_NAMES.sub(r"\1", text), timedelta(hours=words.zones[zone[1]]) if zone else None


def with_fixed_offset(moment: datetime, zone: tzinfo) -> datetime:
    """The moment with an offset of whole minutes from UTC, which every store can keep; raises `OverflowError`."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    offset = timedelta(minutes=round((aware.utcoffset() or timedelta()) / timedelta(minutes=1)))
    if abs(offset) > MAX_OFFSET:
        raise OverflowError
    aware.astimezone(UTC)  # the first and the last day of the calendar may have no such time
    return aware.replace(tzinfo=timezone(offset) if offset else UTC)


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of written dates, folded, as patterns and their marks."""

    marks: dict[str, str]
    mark_pattern: re.Pattern[str]
    year_marks: dict[str, str]
    year_pattern: re.Pattern[str]
    zones: dict[str, float]
    zone_pattern: re.Pattern[str]
    filler_pattern: re.Pattern[str]
    label_pattern: re.Pattern[str]


@cache
def _words() -> _Words:
    lists = read_lexicon("written_dates", _WrittenDateWords)
    marks = {name: chr(_GREGORIAN + month) for name, month in gregorian_months().items()}
    marks |= {name: chr(_GREGORIAN + int(month)) for name, month in lists.months.folded.items()}
    marks |= {name: chr(_HIJRI + int(month)) for name, month in lists.hijri_months.folded.items()}
    marks |= dict.fromkeys(lists.before_noon.folded, _MORNING) | dict.fromkeys(lists.after_noon.folded, _AFTERNOON)
    years = dict.fromkeys(lists.gregorian_years.folded, " ") | dict.fromkeys(lists.hijri_years.folded, _HIJRI_YEAR)
    return _Words(
        marks,
        re.compile(_WHOLE_WORD.format(_alternatives(marks))),
        years,
        re.compile(rf"(\d{{4}})\s*({_alternatives(years)})(?![^\W\d_])\.?"),
        lists.time_zones.folded,
        re.compile(_WHOLE_WORD.format(_alternatives(lists.time_zones.folded))),
        re.compile(_WHOLE_WORD.format(_alternatives(lists.fillers.folded.union(years)))),
        re.compile(rf"^(?:{_alternatives(lists.labels.folded)})(?![^\W\d_])\s*:?\s*"),
    )


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))
