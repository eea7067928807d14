from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from dalil.indexing.boilerplate import BoilerplatePatterns, is_boilerplate, main_content_spans

SHARED = Path(__file__).parents[4] / "shared" / "articles"


def body(text: str) -> list[str]:
    return [span.of(text) for span in main_content_spans(text)]


@pytest.mark.parametrize(
    "line",
    [
        "عاجل",
        "🔴 عـــاجل !",
        "شاركها.",
        "تم نسخ الرابط",
        "فيسبوك تويتر واتساب",
        "لا توجد تعليقات (0)",
        "...المزيد",
        "اقرأ المزيد",
        "اقرأ أيضا: تفاصيل الاتفاق مع القوات الانتقالية بشأن القواعد",
        "إقرأ أيضاً تفاصيل الاتفاق",
        "شاهد: لحظة وصول الوفد",
        "للمزيد من الأخبار اضغط هنا",
        "© 2024 صحيفة المثال. جميع الحقوق محفوظة.",
        "صحيفة المثال - جميع الحقوق محفوظة",
        "جميع الحقوق محفوظة لصحيفة المثال 2023 ©",
        "حقوق النشر محفوظة",
        "تابعونا على فيسبوك وتويتر",
        "اشترك في نشرتنا البريدية",
        "https://example.org/a?b=1",
        "الرابط: www.example.org",
        "writer@example.org",
        "تويتر: @writer",
        "للتواصل مع الكاتب أرسل رسالة",
        "تصوير: المحرر",
        "(رويترز)",
        "صورة أرشيفية",
        "المصدر: وكالات",
        "آخر تحديث: 12:30",
        "Next Previous الرياض",
        "رابط الخبر بصحيفة المثال: وصول الوفد إلى العاصمة",
        "الوسوم: الميناء، الصفاء",
        "***",
        "ـــ",
        "Share this article",
        "Read more: Russia admits",
        "Follow us on Twitter",
        "© 2023 Example. All rights reserved.",
        "Copyright 2024 Example Ltd.",
        "Photo: Getty",
    ],
)
def test_what_the_page_left_behind_is_boilerplate(line: str) -> None:
    assert is_boilerplate(line)


@pytest.mark.parametrize(
    "line",
    [
        "عاجل إلى المستشفى نقل الرئيس بعد إصابته في الهجوم.",
        "عاجل: روسيا تعترف بتجنيد كوريين شماليين",
        "قال إن جميع الحقوق محفوظة للمؤلف بموجب القانون.",
        "جميع الحقوق محفوظة للمؤلفين والناشرين بموجب القانون الذي أقره البرلمان الأسبوع الماضي.",
        "Copyright law protects authors for seventy years.",
        "انضم إلى قناة الجزيرة كمذيع عام 2005.",
        "تابعنا المباراة من المدرجات.",
        "وتابع أيضا أن الحرب انتهت.",
        "شاهد عيان قال إن الحادث وقع ليلا.",
        "قرأ أيضا رسالة الوزير.",
        "نشر في عام 2015 كتابه الأول.",
        "المزيد من المعاناة",
        "تعليق الدراسة غدا",
        "إعلان الحرب على الإرهاب",
        "استهداف مقر قيادة في كورسك",
        "صورة أرشيفية للرئيس كانت معلقة على الجدار حين دخل الوفد القاعة صباح اليوم.",
        "اقرأ أيضا: " + "كلمة " * 40,
        "قال في حسابه على تويتر www.example.org إن الحرب انتهت.",
        "2015",
    ],
)
def test_what_could_be_a_sentence_or_a_heading_stays(line: str) -> None:
    assert not is_boilerplate(line)


def test_a_run_goes_on_over_blank_lines_and_ends_at_boilerplate() -> None:
    text = "عاجل\n\n عنوان الخبر \n\nجملة أولى.\nاقرأ أيضا: خبر آخر\n\nجملة ثانية.\n \nشاركها."
    assert body(text) == ["عنوان الخبر \n\nجملة أولى.", "جملة ثانية."]


def test_a_caption_that_stands_there_twice_is_left_out_both_times() -> None:
    text = "عنوان الخبر هنا\n\nجنود من كوريا\nجنود من كوريا الشمالية\n\nاعترفت موسكو بذلك."
    assert body(text) == ["عنوان الخبر هنا", "اعترفت موسكو بذلك."]


def test_a_title_that_stands_there_twice_is_left_out_once() -> None:
    assert body("عنوان الخبر هنا\nعنوان الخبر هنا\nاعترفت موسكو.") == ["عنوان الخبر هنا", "اعترفت موسكو."]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("مقدمة.\nنعم هذا صحيح.\nنعم هذا صحيح.", id="full sentences"),
        pytest.param("مقدمة.\nكوريا الشمالية\nكوريا الشمالية وروسيا", id="two words"),
        pytest.param("مقدمة.\nجنود من كوريا\n\nجنود من كوريا", id="a blank line between"),
        pytest.param("مقدمة.\n" + "كلمة " * 30 + "\n" + "كلمة " * 30, id="long lines"),
        pytest.param("مقدمة.\nجنود من كوريا\nجنود من كوريا قاتلوا في الحرب.", id="a sentence that begins alike"),
    ],
)
def test_lines_that_only_resemble_a_repeated_caption_stay(text: str) -> None:
    assert body(text) == [text.strip()]


def test_the_rule_of_a_table_does_not_part_the_header_from_the_rows() -> None:
    table = "| الفريق | النقاط |\n| --- | --- |\n| النسور | 26 |"
    assert body(f"مقدمة.\n\n{table}\n\n***\nخاتمة.") == [f"مقدمة.\n\n{table}", "خاتمة."]


def test_a_line_that_goes_on_in_the_next_is_judged_with_it() -> None:
    text = "نشرت الصور وكالة\nرويترز"
    assert body(text) == ["نشرت الصور وكالة"]
    assert [span.of(text) for span in main_content_spans(text, {text.index("\n")})] == [text]


def test_nothing_is_left_of_nothing_but_boilerplate() -> None:
    assert main_content_spans("عاجل\n\nشاركها.\n***") == []
    assert main_content_spans("") == []


@settings(deadline=None)
@given(st.text() | st.text("ا ب\n\r.*عاجل"))
def test_runs_lie_in_order_and_are_trimmed(text: str) -> None:
    spans = main_content_spans(text)
    assert all(before.end <= after.start for before, after in pairwise(spans))
    assert all(span.of(text) and span.of(text) == span.of(text).strip() for span in spans)


def test_the_reference_articles_lose_their_boilerplate_and_nothing_else() -> None:
    if not SHARED.is_dir():
        pytest.skip("the reference articles are not in this checkout")
    left_out = {}
    for path in sorted(SHARED.glob("*.txt")):
        text = path.read_text("utf-8")
        kept = "\n".join(body(text))
        left_out[path.name[:3]] = [
            line.strip() for line in text.splitlines() if line.strip() and line.strip() not in kept
        ]
    assert {name: len(lines) for name, lines in left_out.items()} == {"000": 0, "001": 2, "002": 0, "003": 4, "004": 1}


def test_a_definition_stands_for_its_alternatives() -> None:
    patterns = BoilerplatePatterns.model_validate(
        {"definitions": {"site": ["x", "face ?book"]}, "patterns": {"a": ["on (?&site)!", "b"], "c": ["d"]}}
    )
    assert patterns.regex == "on (?:x|face ?book)!|b|d"


@pytest.mark.parametrize(
    ("definitions", "pattern", "message"),
    [
        pytest.param({}, "(", "is no regular expression", id="no regular expression"),
        pytest.param({}, "(?&site)", r"differ: \['site'\]", id="no such definition"),
        pytest.param({"site": ["x"]}, "y", r"differ: \['site'\]", id="a definition that nothing uses"),
        pytest.param({}, "صورة", "is not folded: write 'صوره'", id="letters that folding changes"),
        pytest.param({}, r"Photo\W", r"is not folded: write 'photo'", id="a capital letter"),
        pytest.param({}, "", "at least 1 character", id="an empty pattern, which matches every empty line"),
    ],
)
def test_a_defective_pattern_is_refused(definitions: dict[str, list[str]], pattern: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        BoilerplatePatterns.model_validate({"definitions": definitions, "patterns": {"kind": [pattern]}})
