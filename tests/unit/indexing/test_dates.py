from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from dalil.indexing.dates import DateReading, find_date_line, parse_timestamp

RIYADH = DateReading(timezone=ZoneInfo("Asia/Riyadh"))
PLUS_3 = timezone(timedelta(hours=3))
DAY = datetime(2024, 10, 11, tzinfo=PLUS_3)
EVENING = datetime(2024, 10, 11, 18, 30, tzinfo=PLUS_3)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        pytest.param("2024-10-11", DAY, id="ISO"),
        pytest.param("20241011", DAY, id="ISO without hyphens"),
        pytest.param("2024-10-11T18:30:00+03:00", EVENING, id="ISO with a zone"),
        pytest.param("2024-10-11 18:30:00 +0300", EVENING, id="Jekyll"),
        pytest.param("2024-10-11 15:30:00 UTC", EVENING, id="Python with UTC"),
        pytest.param("2024-10-11T15:30:00.123456789Z", EVENING.replace(microsecond=123456), id="nanoseconds"),
        pytest.param("20241011183000", EVENING, id="a web archive"),
        pytest.param("Fri, 11 Oct 2024 18:30:00 +0300", EVENING, id="RSS"),
        pytest.param("Fri, 11 Oct 2024 15:30:00 GMT", EVENING, id="RSS in GMT"),
        pytest.param("11 Oct 2024 11:30 EDT", EVENING, id="RSS in New York"),
        pytest.param("Fri Oct 11 15:30:00 +0000 2024", EVENING, id="the year behind the clock"),
        pytest.param(1728660600, EVENING, id="seconds"),
        pytest.param("1728660600", EVENING, id="seconds as text"),
        pytest.param(1728660600000, EVENING, id="milliseconds"),
        pytest.param(1701011123045, datetime(2023, 11, 26, 18, 5, 23, 45000, PLUS_3), id="milliseconds, not round"),
        pytest.param("2024/10/11", DAY, id="slashes"),
        pytest.param("11/10/2024", DAY, id="the day first"),
        pytest.param("11.10.2024 18:30", EVENING, id="stops and a clock"),
        pytest.param("Oct 11, 2024 6:30 PM", EVENING, id="American"),
        pytest.param("Sept. 5, 2024", datetime(2024, 9, 5, tzinfo=PLUS_3), id="an abbreviation"),
        pytest.param("11 October 2024 18:30 GMT+3", EVENING, id="hours ahead of GMT"),
        pytest.param("11 أكتوبر 2024", DAY, id="Egyptian month"),
        pytest.param("١١ أكتوبر ٢٠٢٤", DAY, id="Arabic digits"),
        pytest.param("\u200f11 تشرين الأول 2024", DAY, id="Levantine month of two words, behind a mark"),
        pytest.param("الجمعة، 11 أكتوبر/تشرين الأول 2024 18:30", EVENING, id="both months"),
        pytest.param("11 كانون ثاني 2024 6:30 م", datetime(2024, 1, 11, 18, 30, tzinfo=PLUS_3), id="a spelling"),
        pytest.param("11 جانفي 2024", datetime(2024, 1, 11, tzinfo=PLUS_3), id="Algerian month"),
        pytest.param("11 غشت 2024", datetime(2024, 8, 11, tzinfo=PLUS_3), id="Moroccan month"),
        pytest.param("11 أكتوبر 2024م الساعة 12:30 ص", DAY.replace(minute=30), id="half past midnight"),
        pytest.param("11 أكتوبر 2024 15:30 بتوقيت غرينتش", EVENING, id="Greenwich"),
        # By the calendar of Umm al-Qura, 8 Rabi II 1446 is 11 October 2024.
        pytest.param("8 ربيع الآخر 1446", DAY, id="Hijri"),
        pytest.param("08/04/1446 هـ", DAY, id="Hijri in digits"),
        pytest.param("الجمعة 8 ربيع الثاني 1446هـ الموافق 11 أكتوبر 2024م", DAY, id="both calendars"),
    ],
)
def test_a_date_is_read(written: object, moment: datetime) -> None:
    assert parse_timestamp(written, RIYADH) == moment


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("2024", id="a year"),
        pytest.param("October 2024", id="a month"),
        pytest.param("11 أكتوبر", id="no year"),
        pytest.param("أمس", id="yesterday"),
        pytest.param("منذ 3 ساعات", id="hours ago"),
        pytest.param("11/10/24", id="a year of two digits"),
        pytest.param("29 فبراير 2023", id="no day of the calendar"),
        pytest.param("31/2/1446", id="no day of the Hijri calendar"),
        pytest.param("2024-10-11 - 2024-10-12", id="two days"),
        pytest.param("11 Oct 2024 18:30 AST", id="a zone of two places"),
        pytest.param(True, id="a boolean"),
        pytest.param(5, id="a small number"),
        pytest.param("x" * 10_000, id="long"),
        pytest.param("0001-01-01T00:00+05:00", id="before the calendar"),
        pytest.param("2024-01-01T00:00:00+25:00", id="no offset"),
        pytest.param("الجسر طوله 11 أكتوبر 2024", id="a sentence"),
    ],
)
def test_what_is_not_certainly_one_date_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="is not a date such as") as refused:
        parse_timestamp(written, RIYADH)
    assert len(str(refused.value)) < 300


def test_blank_is_no_date() -> None:
    assert parse_timestamp(None) is None
    assert parse_timestamp(" ") is None


def test_the_zone_of_a_date_is_kept_and_one_without_gets_that_of_the_setting() -> None:
    named = parse_timestamp("2024-10-11T01:30:00+03:00")
    assert named is not None
    assert named.isoformat() == "2024-10-11T01:30:00+03:00"
    unnamed = parse_timestamp("2024-10-11T01:30:00", RIYADH)
    assert unnamed == named
    assert parse_timestamp("2024-10-11") == datetime(2024, 10, 11, tzinfo=UTC)


def test_the_order_of_day_and_month_is_a_setting_which_the_refusal_names() -> None:
    american = DateReading(day_order="mdy")
    assert parse_timestamp("11/10/2024", american) == datetime(2024, 11, 10, tzinfo=UTC)
    assert parse_timestamp("2024/10/11", american) == datetime(2024, 10, 11, tzinfo=UTC)
    with pytest.raises(ValueError, match="DALIL_INDEXING__DAY_ORDER=mdy reads it"):
        parse_timestamp("10/25/2024")


@pytest.mark.parametrize(
    ("lines", "moment"),
    [
        pytest.param(["عنوان", "", "11 أكتوبر 2024"], DAY, id="a line"),
        pytest.param(["عنوان", "تاريخ النشر: 11/10/2024 18:30", "2020-01-01"], EVENING, id="a label"),
        pytest.param(["عنوان", "الرياض | الجمعة 11 تشرين الأول 2024 | محمد"], DAY, id="between bars"),
        pytest.param(["**Published:** 2024-10-11"], DAY, id="Markdown"),
        pytest.param(["عنوان", "الرياض - 11 أكتوبر 2024م الموافق 8 ربيع الآخر 1446هـ"], DAY, id="a place"),
        pytest.param(["الجمعة 11 أكتوبر 2024 - 18:30"], EVENING, id="a clock behind a hyphen"),
        pytest.param(["2024-10-11T18:30:00+03:00[Asia/Riyadh]"], EVENING, id="as Java writes it"),
        pytest.param(["عنوان", "افتتح الجسر في 11 أكتوبر 2024."], None, id="within a sentence"),
        pytest.param(["2024", "20241011"], None, id="numbers"),
        pytest.param([*"abcdef", "11 أكتوبر 2024"], None, id="too far down"),
        pytest.param([], None, id="nothing"),
    ],
)
def test_the_date_of_a_text_is_on_a_line_of_its_own_at_its_top(lines: list[str], moment: datetime | None) -> None:
    assert find_date_line(lines, RIYADH) == moment
