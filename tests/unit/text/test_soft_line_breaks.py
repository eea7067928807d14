import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalil.text.sentences import line_spans, sentence_spans
from dalil.text.soft_line_breaks import soft_line_breaks

PROSE = (
    "أعلنت بلدية الفنار، الأحد 3 مارس/آذار 2024، بدء العمل في خط الترام الذي يصل الميناء القديم بالحي الجامعي. وتبلغ"
    " كلفة الخط 64 مليون دينار تدفعها الحكومة على خمس سنوات، ويبلغ طوله 11 كيلومترا. وقال رئيس البلدية سامي الورداني"
    " إن الخط سينقل 30 ألف راكب كل يوم حين يكتمل في عام 2027."
)
"""Sentences of news, of a few lines."""


def sentences(text: str) -> list[str]:
    return [span.of(text) for span in sentence_spans(text, soft_breaks=soft_line_breaks(text))]


def on_one_line(found: list[str]) -> list[str]:
    return [" ".join(sentence.split()) for sentence in found]


@pytest.mark.parametrize("width", [40, 60, 72, 80])
def test_a_sentence_of_hard_wrapped_prose_goes_over_the_line_ends(width: int) -> None:
    wrapped = textwrap.fill(PROSE, width)
    found = sentences(wrapped)
    assert on_one_line(found) == sentences(PROSE)
    assert all(sentence in wrapped for sentence in found)


def test_headings_lists_and_tables_of_a_hard_wrapped_text_keep_their_lines() -> None:
    structure = "- مدة العقد خمس سنوات\n- قيمة العقد 64 مليون دينار\n\n| الخط | الطول |\n| --- | --- |\n| الترام | 11 |"
    text = f"خط ترام جديد في الفنار\n{textwrap.fill(PROSE, 60)}\n\nبنود العقد\n\n{structure}"
    assert on_one_line(sentences(text)) == [
        "خط ترام جديد في الفنار",
        *sentences(PROSE),
        "بنود العقد",
        *sentences(structure),
    ]


def test_the_paragraphs_of_a_hard_wrapped_text_stay_apart_without_a_blank_line() -> None:
    text = "\n".join([textwrap.fill(PROSE, 60), "ولم تعلق الشركة على الخبر"])
    assert sentences(text)[-1] == "ولم تعلق الشركة على الخبر"


VERSE = """قِفا نَبكِ مِن ذِكرى حَبيبٍ وَمَنزِلِ بِسِقطِ اللِوى بَينَ الدَخولِ فَحَومَلِ
فَتوضِحَ فَالمِقراةِ لَم يَعفُ رَسمُها لِما نَسَجَتها مِن جَنوبٍ وَشَمأَلِ
تَرى بَعَرَ الآرامِ في عَرَصاتِها وَقيعانِها كَأَنَّهُ حَبُّ فُلفُلِ
كَأَنّي غَداةَ البَينِ يَومَ تَحَمَّلوا لَدى سَمُراتِ الحَيِّ ناقِفُ حَنظَلِ."""

LINES_OF_NEWS = """اندلع حريق كبير فجر الاثنين في سوق الصفارين وسط المدينة
وأسفر الحريق عن إصابة عشرين عاملا نقلوا إلى المستشفى الملكي
وقدرت لجنة من البلدية الخسائر بأكثر من ثلاثة ملايين دينار
وقال قائد الإطفاء في المدينة إن سبب الحريق ماس كهربائي قديم
وشاركت في إخماد الحريق أربع وعشرون عربة وطائرة من الجيش."""

HEADLINES = """الحكومة تقر موازنة العام المقبل بعد جدل دام شهرين
المنتخب يبلغ النهائي
افتتاح معرض الكتاب في العاصمة بمشاركة 30 دار نشر عربية
ارتفاع أسعار الطاقة
وفاة المخرج الكبير عن عمر ناهز التسعين عاما."""


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(PROSE, id="one line"),
        pytest.param(PROSE.replace(". ", ".\n"), id="a sentence a line"),
        pytest.param(VERSE, id="verse"),
        pytest.param(LINES_OF_NEWS, id="news in lines of like length"),
        pytest.param(HEADLINES, id="headlines"),
        pytest.param("عنوان الخبر في سطر واحد طويل بعض الشيء\nوسطر ثان تحته بمثل طوله تقريبا.", id="two lines"),
        pytest.param("\n".join(f"- {line}" for line in textwrap.wrap(PROSE, 60)), id="list items"),
    ],
)
def test_lines_that_a_writer_ended_stay_lines(text: str) -> None:
    assert soft_line_breaks(text) == frozenset()


PDF_LINES = """وصل إلى ميناء الفنار أمس وفد من خبراء البيئة في
زيارة هي الأولى من نوعها منذ أن تسربت إلى
البحر كمية كبيرة من الزيت. وقال رئيس الوفد إن
الخبراء سيأخذون عينات من الماء ومن الرمل على
امتداد 12 كيلومترا، ثم يعودون إلى العاصمة. وأضاف أن
نتائج الفحص لن تعلن قبل نهاية الشهر لأنها تحتاج إلى
مختبرات غير متوفرة في المدينة."""


def test_lines_of_a_proportional_font_are_joined_where_phrases_are_broken() -> None:
    assert on_one_line(sentences(PDF_LINES)) == sentences(" ".join(PDF_LINES.split()))


@given(st.text() | st.text("اب .\n\r\u2028-|#؟:").map(lambda text: text * 5))
def test_every_soft_break_is_the_end_of_a_line(text: str) -> None:
    assert soft_line_breaks(text) <= {span.end for span in line_spans(text)}
