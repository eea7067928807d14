"""The times that questions name, read on Friday, 15 March 2024."""

from datetime import date

import pytest

from dalil.domain import TimeEffect, TimeExpression
from dalil.text.time_expressions import find_time_expressions

TODAY = date(2024, 3, 15)


def read(question: str) -> list[tuple[str, str, str]]:
    """Each time that is read: its words, and its first and last day."""
    return [
        (time.text, str(time.published_from), str(time.published_to)) for time in find_time_expressions(question, TODAY)
    ]


@pytest.mark.parametrize(
    ("question", "text", "first", "last"),
    [
        ("Who won in October 2023?", "October 2023", "2023-10-01", "2023-10-31"),
        ("ماذا أرسلت كوريا الشمالية في أكتوبر 2023؟", "أكتوبر 2023", "2023-10-01", "2023-10-31"),
        ("ماذا حدث في تشرين الأول ٢٠٢٣؟", "تشرين الأول ٢٠٢٣", "2023-10-01", "2023-10-31"),
        ("ماذا حدث في أيلول/سبتمبر 2023 في درنة؟", "أيلول/سبتمبر 2023", "2023-09-01", "2023-09-30"),
        ("how many fell on 6 August 2015", "6 August 2015", "2015-08-06", "2015-08-06"),
        ("Who fell on August 6th, 2015?", "August 6th, 2015", "2015-08-06", "2015-08-06"),
        ("من سقط في السادس من أغسطس 2015؟", "السادس من أغسطس 2015", "2015-08-06", "2015-08-06"),
        ("ماذا حدث في 10/9/2019؟", "10/9/2019", "2019-09-10", "2019-09-10"),
        ("the 1960 earthquake", "1960", "1960-01-01", "1960-12-31"),
        ("صيف 2015", "صيف 2015", "2015-06-01", "2015-08-31"),
        ("late February 2024", "February 2024", "2024-02-01", "2024-02-29"),
        ("attacks between 2017 and 2023", "2017 and 2023", "2017-01-01", "2023-12-31"),
        ("من أكتوبر 2023 إلى فبراير 2024", "أكتوبر 2023 إلى فبراير 2024", "2023-10-01", "2024-02-29"),
        ("كم هجوما بين 2017 و2023؟", "2017 و2023", "2017-01-01", "2023-12-31"),
        ("killed since 20 July 2015", "since 20 July 2015", "2015-07-20", "2024-03-15"),
        ("منذ العشرين من يوليو 2015", "منذ العشرين من يوليو 2015", "2015-07-20", "2024-03-15"),
    ],
)
def test_a_time_with_its_year_prefers_its_days(question: str, text: str, first: str, last: str) -> None:
    assert read(question) == [(text, first, last)]
    assert {time.effect for time in find_time_expressions(question, TODAY)} == {TimeEffect.PREFER}


@pytest.mark.parametrize(
    ("question", "text", "first", "last"),
    [
        ("What happened in Derna last week?", "last week", "2024-03-04", "2024-03-10"),
        ("ماذا حدث في درنة الأسبوع الماضي؟", "الأسبوع الماضي", "2024-03-04", "2024-03-10"),
        ("during the past week", "past week", "2024-03-08", "2024-03-15"),
        ("What did they say in the last month?", "last month", "2024-02-15", "2024-03-15"),
        ("last month", "last month", "2024-02-01", "2024-02-29"),
        ("كم قتيلا منذ بداية العام؟", "منذ بداية العام", "2024-01-01", "2024-03-15"),
        ("منذ مطلع السنة الجارية", "منذ مطلع السنة الجارية", "2024-01-01", "2024-03-15"),
        ("since the beginning of the year", "since the beginning of the year", "2024-01-01", "2024-03-15"),
        ("من بداية الشهر", "من بداية الشهر", "2024-03-01", "2024-03-15"),
        ("ماذا جرى أمس؟", "أمس", "2024-03-14", "2024-03-14"),
        ("حصل إيه امبارح؟", "امبارح", "2024-03-14", "2024-03-14"),
        ("أول أمس", "أول أمس", "2024-03-13", "2024-03-13"),
        ("the day before yesterday", "the day before yesterday", "2024-03-13", "2024-03-13"),
        ("في الأيام الثلاثة الماضية", "الأيام الثلاثة الماضية", "2024-03-12", "2024-03-15"),
        ("in the last three days", "last three days", "2024-03-12", "2024-03-15"),
        ("over the last year", "last year", "2023-03-15", "2024-03-15"),
        ("خلال السنوات الثلاث الماضية", "السنوات الثلاث الماضية", "2021-03-15", "2024-03-15"),
        ("3 days ago", "3 days ago", "2024-03-12", "2024-03-15"),
        ("قبل يومين", "قبل يومين", "2024-03-13", "2024-03-15"),
        ("آخر ثلاثة أشهر", "آخر ثلاثة أشهر", "2023-12-15", "2024-03-15"),
        ("this year", "this year", "2024-01-01", "2024-03-15"),
        ("السنة دي", "السنة دي", "2024-01-01", "2024-03-15"),
        ("العام الماضي", "العام الماضي", "2023-01-01", "2023-12-31"),
        ("last summer", "last summer", "2023-06-01", "2023-08-31"),
        ("الصيف اللي فات", "الصيف اللي فات", "2023-06-01", "2023-08-31"),
        ("تشرين الأول الماضي", "تشرين الأول الماضي", "2023-10-01", "2023-10-31"),
        ("last October", "last October", "2023-10-01", "2023-10-31"),
        ("since March", "since March", "2024-03-01", "2024-03-15"),
        ("منذ يناير", "منذ يناير", "2024-01-01", "2024-03-15"),
        ("يوم الجمعة الماضي", "الجمعة الماضي", "2024-03-08", "2024-03-08"),
        ("news of October 2023", "October 2023", "2023-10-01", "2023-10-31"),
        ("أخبار درنة في سبتمبر 2023", "سبتمبر 2023", "2023-09-01", "2023-09-30"),
    ],
)
def test_a_time_that_counts_from_today_and_that_of_the_reports_narrow(
    question: str, text: str, first: str, last: str
) -> None:
    assert read(question) == [(text, first, last)]
    assert {time.effect for time in find_time_expressions(question, TODAY)} == {TimeEffect.NARROW}


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("what is the latest death toll in Morocco?", "latest"),
        ("آخر حصيلة لضحايا الزلزال", "آخر حصيلة"),
        ("ما أحدث التقديرات؟", "أحدث التقديرات"),
        ("الحصيلة الأخيرة للقتلى", "الحصيلة الأخيرة"),
        ("كم عدد القتلى حتى الآن؟", "حتى الآن"),
        ("How many have died so far?", "so far"),
    ],
)
def test_the_latest_means_no_days(question: str, text: str) -> None:
    assert find_time_expressions(question, TODAY) == (TimeExpression(text, None, None, TimeEffect.NEWEST_FIRST),)


@pytest.mark.parametrize(
    "question",
    [
        "Did North Korea send 1000 containers to Russia?",
        "هل أرسلت كوريا الشمالية 1000 حاوية إلى روسيا؟",
        "Who may win?",
        "Before September 2023, when did Morocco last have an earthquake that deadly?",
        "قبل يومين من الانتخابات",
        "the last year of the war",
        "what was the last day for documents?",
        "ما مصير الاتفاق المبرم قبل خمس سنوات؟",
        "what they agreed five years ago",
        "اليوم الوطني السعودي",
        "في اليوم التالي للعاصفة",
        "متى كانت آخر مباراة؟",
        "what happens next week?",
        "منذ متى يعمل؟",
        "in 2030",
        "15 May",
        "",
    ],
)
def test_what_names_no_time_of_reports_is_not_read(question: str) -> None:
    assert read(question) == []


def test_a_question_may_name_several_times() -> None:
    question = "كم جنديا قالت سيول في أكتوبر 2023 إنهم أرسلوا، وكم في فبراير 2024؟"
    assert [text for text, _, _ in read(question)] == ["أكتوبر 2023", "فبراير 2024"]


@pytest.mark.parametrize("question", ["What happened last week?", "ماذا حدث الأسبوع الماضي؟", "yesterday", "last year"])
@pytest.mark.parametrize("today", [date.min, date.max], ids=["the first day", "the last day"])
def test_at_the_ends_of_the_calendar_a_time_is_read_or_not(question: str, today: date) -> None:
    assert all(time.published_to <= today for time in find_time_expressions(question, today) if time.published_to)
