from datetime import UTC, datetime
from pathlib import Path

import pytest

from dalil.answering.short_answer import find_short_answer, locate_short_answer
from dalil.bootstrap import no_progress
from dalil.domain import AnswerSentence, ArticleSummary, Citation, Verdict
from dalil.embedding.centring import Centres, measure_centres
from dalil.embedding.encoder import Encoder
from dalil.embedding.fake import FakeEmbedder
from dalil.embedding.onnx import OnnxEmbedder
from dalil.retrieval.query import analyze_query
from dalil.text.aliases import Aliases

ENCODER = Encoder(FakeEmbedder(), Centres.none(64))
ALIASES = Aliases.standard()


def short_answer(question: str, quote: str) -> str | None:
    span = locate_short_answer(analyze_query(question, ALIASES), quote, ENCODER)
    return span.of(quote) if span else None


@pytest.mark.parametrize(
    ("question", "quote", "answer"),
    [
        pytest.param(
            "How much did the new bridge cost?", "بلغت كلفة الجسر 78 مليون دينار.", "78 مليون دينار", id="money"
        ),
        pytest.param("How many died in the fire?", "أصيب تسعة عمال في الحريق.", None, id="the injured for the dead"),
        pytest.param("كم عدد جرحى الحريق؟", "قتل تسعة عمال في الحريق.", None, id="the dead for the injured"),
        pytest.param(
            "How many were killed?",
            "الحصيلة 12 قتيلا و59 مصابا، بينهم 14 طفلا.",
            "12 قتيلا",
            id="the dead beside others",
        ),
        pytest.param(
            "كم عدد جرحى الحريق؟",
            "الحصيلة 12 قتيلا و59 مصابا، بينهم 14 طفلا.",
            "59 مصابا",
            id="the injured beside others",
        ),
        pytest.param(
            "How many were killed?", "أعلن مقتل 278 وإصابة 356 من السكان.", "278", id="the dead before others"
        ),
        pytest.param("كم عدد المصابين؟", "بلغ القتلى 278 وبلغت الإصابات 356.", "356", id="the injured before others"),
        pytest.param("How many were injured?", "أصيب تسعة عمال في الحريق.", "تسعة عمال", id="the injured"),
        pytest.param("كم بلغت كلفة الجسر؟", "بلغت كلفة الجسر 78 مليون دينار.", "78 مليون دينار", id="money, Arabic"),
        pytest.param(
            "What share of the crop was lost in 2019?",
            "خسر المزارعون 14 في المئة من المحصول في 2019 أي 300 طن.",
            "14 في المئة",
            id="a percentage, beside a weight",
        ),
        pytest.param(
            "كم كانت نسبة الخسائر؟", "خسر 40 مزارعا ما نسبته 14 في المئة.", "14 في المئة", id="a percentage, Arabic"
        ),
        pytest.param(
            "How many farmers lost their crop?", "خسر 40 مزارعا نحو 14 في المئة.", "40 مزارعا", id="a count, no share"
        ),
        pytest.param(
            "How many minutes did the blackout last?", "انقطع التيار 19 دقيقة عن 28 حيا.", "19 دقيقة", id="a named unit"
        ),
        pytest.param("كم عمر الحارس؟", "انتقل الحارس (28 عاما) مقابل 3 ملايين يورو.", "28 عاما", id="an age"),
        pytest.param(
            "When did the museum open?",
            "افتتح المتحف في 5 مارس/آذار 2024 بحضور 300 ضيف.",
            "5 مارس/آذار 2024",
            id="a date",
        ),
        pytest.param("متى افتتح المتحف؟", "افتتح المتحف الثلاثاء بحضور الوزير.", "الثلاثاء", id="a weekday, Arabic"),
        pytest.param(
            "When will the museum open?", "قال الوزير الأحد إن المتحف يفتح في 9 مايو.", "9 مايو", id="no report day"
        ),
        pytest.param("In which year was the museum built?", "بني المتحف في مايو 1957.", "1957", id="a year"),
        pytest.param("في أي عام بني المتحف؟", "بني المتحف في مايو 1957.", "1957", id="a year, Arabic"),
        pytest.param(
            "كم قتيلا سقط في انفجار المصنع عام 2011؟",
            "أسفر انفجار المصنع عام 2011 عن سقوط 12 قتيلا.",
            "12 قتيلا",
            id="no number of the question",
        ),
        pytest.param(
            "كم فعالية أقيمت في منطقة القصيم؟",
            "أقيمت في محافظة الطائف 42 فعالية، وفي منطقة القصيم 173 فعالية.",
            "173 فعالية",
            id="the context decides",
        ),
    ],
)
def test_the_number_or_the_date_that_answers_is_located(question: str, quote: str, answer: str) -> None:
    assert short_answer(question, quote) == answer


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        pytest.param("كم شخصا أصيب؟", "نقل 12 رجلا إلى المستشفى وغادر 15 طفلا المدرسة.", id="two numbers alike"),
        pytest.param("And how many?", "نقل 12 رجلا إلى المستشفى وغادر 15 طفلا المدرسة.", id="no word to decide by"),
        pytest.param("When did it open?", "افتتح في 1957 وأغلق في 1984.", id="two dates"),
        pytest.param("متى افتتح؟", "افتتح في 1957 وأغلق في 1984.", id="two dates, Arabic"),
        pytest.param("In which year did it open?", "افتتح في مايو بحضور 1957 ضيفا.", id="a date without a year"),
        pytest.param("What percentage was lost?", "خسر المزارعون 300 طن.", id="another unit than asked for"),
        pytest.param("How much did it cost in 2019?", "ارتفعت الكلفة عام 2019.", id="only what the question states"),
        pytest.param("متى افتتح المتحف؟", "افتتح المتحف وسط حضور كبير.", id="no date"),
        pytest.param("كم ضيفا حضر؟", "افتتح المتحف وسط حضور كبير.", id="no number"),
        pytest.param("Who opened the museum?", "افتتح الوزير المتحف في 2019.", id="a person"),
        pytest.param("لماذا أغلق المتحف؟", "أغلق المتحف في 2019 بسبب حريق.", id="a cause"),
    ],
)
def test_without_a_sure_answer_there_is_none(question: str, quote: str) -> None:
    assert short_answer(question, quote) is None


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        pytest.param("How many olive trees were burnt?", "250 شجرة", id="trees"),
        pytest.param("How many houses were demolished?", "12 منزلا", id="houses"),
        pytest.param("How many vehicles were there?", None, id="neither"),
    ],
)
def test_across_languages_the_context_decides_with_the_real_model(
    question: str, answer: str | None, embedder: OnnxEmbedder, cache_folder: Path
) -> None:
    encoder = Encoder(embedder, measure_centres(embedder, cache_folder, no_progress))
    quote = "أحرق المستوطنون 250 شجرة زيتون وهدموا 12 منزلا في القرية."
    span = locate_short_answer(analyze_query(question, ALIASES), quote, encoder)
    assert (span.of(quote) if span else None) == answer


def test_the_short_answer_has_its_place_in_the_article() -> None:
    text = "افتتح المتحف أمس. وبلغت كلفته 78 مليون دينار."
    start = text.index("وبلغت")
    citation = Citation(3, ArticleSummary("a", "المتحف"), text[start:], start, len(text))
    sentence = AnswerSentence(citation.quote, (3,), 1.0, Verdict.SUPPORTED)
    found = find_short_answer(analyze_query("كم بلغت كلفة المتحف؟", ALIASES), [sentence], [citation], ENCODER)
    assert found is not None
    assert (found.text, found.citation) == ("78 مليون دينار", 3)
    assert text[found.start : found.end] == found.text


def test_an_answer_without_sentences_has_no_short_answer() -> None:
    assert find_short_answer(analyze_query("كم بلغت الكلفة؟", ALIASES), [], [], ENCODER) is None


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        pytest.param("كم قتل زلزال الجزيرة؟", None, id="a question of today"),
        pytest.param("كم قتل زلزال الجزيرة عام 1960؟", "12 ألف شخص", id="a question of that year"),
    ],
)
def test_a_quote_that_looks_back_to_another_year_gives_none(question: str, answer: str | None) -> None:
    text = "ولم تشهد الجزيرة زلزالا مثله منذ عام 1960، حين قتل 12 ألف شخص."
    article = ArticleSummary("a", "زلزال", published_at=datetime(2023, 9, 9, tzinfo=UTC))
    citation = Citation(1, article, text, 0, len(text))
    sentence = AnswerSentence(text, (1,), 1.0, Verdict.SUPPORTED)
    found = find_short_answer(analyze_query(question, ALIASES), [sentence], [citation], ENCODER)
    assert (found.text if found else None) == answer
