"""Which lines of the files in tests/cases are quoted, as the loaders read them; the bundled model answers.

Slow: the model embeds the files and 15 of the seeds, from which a wrong answer could come.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dalil.bootstrap import assemble, no_progress
from dalil.domain import Answer
from dalil.embedding.centring import measure_centres
from dalil.embedding.onnx import OnnxEmbedder
from dalil.engine import Engine
from dalil.indexing.loaders import Corpus, Loaded
from dalil.stores.lance import LanceStore
from dalil.text.line_kinds import is_question
from tests.programs import ROOT, SEEDS, Service

pytestmark = pytest.mark.model

CASES = ROOT / "tests" / "cases"

FOLDERS = (
    "01-question-headings",
    "02-lines-without-full-stop",
    "03-quantity-read-as-year",
    "07-hard-wrapped-text",
    "12-html-in-text-fields",
)

SINGLE_FILES = ("10-front-matter-taken-for-text/toml-summary.md", "19-pdf-text/pdf-forms.md")

PETROL = """قررت حكومة واحة الرمال رفع سعر لتر البنزين إلى 1.4 دينار.

ويبدأ العمل بالسعر الجديد مطلع الشهر المقبل في جميع المحطات، بحسب وزارة النفط.
"""

FIRST = [
    ("كم كلفة القمر الصناعي بصيرة؟", "أنفقت الوكالة عليه 78 مليون دينار"),
    ("من صنع القمر الصناعي بصيرة؟", "تولت الجامعة التقنية"),
    ("كم يبلغ قطر مرآة مرصد الفنار؟", "ج: قطرها 3.2 متر"),
    ("How wide is the mirror of the Fanar observatory?", "ج: قطرها 3.2 متر"),
    ("كم نقطة لفريق اتحاد الميناء؟", "| اتحاد الميناء | 10 | 21 |"),
    ("هل يسافر الأطفال مجانا في قطار الشرق؟", "- يسافر الأطفال دون الخامسة مجانا"),
    ("كم عربة إطفاء شاركت في إخماد حريق سوق الخشب؟", "وشاركت في الإخماد 24 عربة إطفاء"),
    ("كم سعر لتر البنزين في واحة الرمال؟", "قررت حكومة واحة الرمال رفع سعر لتر البنزين إلى 1.4 دينار."),
    ("كم الطاقة الإنتاجية لمحطة السدرة لتحلية المياه؟", "أعلنت شركة المياه في مدينة واحة الرمال، الأربعاء 12\nيونيو"),
    ("كم تبلغ كلفة جسر النخيل؟", "وبلغت كلفة الجسر 480 مليون دينار، بحسب بيان الوزارة."),
    ("كم قطعة يضم متحف الفخار في تل الورد؟", "افتتحت بلدية تل الورد متحف الفخار الذي يضم 1200 قطعة"),
    ("كم طنا من تمر الخلاص سيصدر اتحاد المزارعين؟", "ﻭﻗﻊ ﺍﺗﺤﺎﺩ ﺍﻟﻤﺰﺍﺭﻋﻴﻦ"),
]
"""Questions, and the beginning of the quote that comes first."""

AMONG_THREE = [
    ("كم شخصا أصيب في حريق سوق الخشب في تل الورد؟", "وأسفر الحريق عن إصابة 17 شخصا"),
    ("كم تبلغ غرامة المخالف في اتفاق الصيد بين المرجان واللؤلؤ؟", "- غرامة المخالف تصل إلى 40 ألف دينار"),
    ("كم سعر تذكرة رجال الأعمال في قطار الشرق؟", "| رجال الأعمال | 46 دينارا |"),
    ("كم تبلغ كلفة خط النقل الثاني لمحطة السدرة؟", "وقال مدير المشروع راشد النعماني"),
]
"""Questions, and the beginning of a piece of evidence that is among the best three."""


@pytest.fixture(scope="module")
def engine(embedder: OnnxEmbedder, cache_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    petrol = tmp_path_factory.mktemp("files") / "petrol.txt"
    petrol.write_text(PETROL, encoding="utf-8")
    cases = [CASES / name for name in (*FOLDERS, *SINGLE_FILES)]
    items = list(Corpus([*cases, petrol, *sorted(SEEDS.glob("*.md"))[:15]], 1_000_000))
    articles = [item.article for item in items if isinstance(item, Loaded)]
    assert len(articles) == len(items) == 28
    centres = measure_centres(embedder, cache_folder, no_progress)
    with assemble(LanceStore(tmp_path_factory.mktemp("index")), embedder, centres=centres, threshold=0.0) as engine:
        assert not engine.index(articles).rejected
        yield engine


def quotes(engine: Engine, question: str) -> list[str]:
    """The quotes of an answer, checked: each is verbatim, and none is a question."""
    answer: Answer = engine.answer(question)
    for citation in answer.citations:
        assert engine.store.article(citation.article.id).text[citation.start : citation.end] == citation.quote
        assert not is_question(citation.quote)
    assert all("\n" not in sentence.text and sentence.support == 1 for sentence in answer.sentences)
    return [citation.quote for citation in answer.citations]


@pytest.mark.parametrize(("question", "beginning"), FIRST)
def test_the_line_that_answers_is_quoted_first(engine: Engine, question: str, beginning: str) -> None:
    assert quotes(engine, question)[0].startswith(beginning)


@pytest.mark.parametrize(("question", "beginning"), AMONG_THREE)
def test_the_line_that_answers_is_among_the_best_evidence(engine: Engine, question: str, beginning: str) -> None:
    explanation = engine.answer(question, explain=True).explanation
    assert explanation
    assert any(item.text.startswith(beginning) for item in explanation.evidence[:3])


@pytest.mark.parametrize("question", ["ما شروط الحجز في قطار الشرق؟", "ما أبرز بنود اتفاق الصيد؟", "حريق سوق الخشب"])
def test_headings_and_introductions_are_not_quoted(engine: Engine, question: str) -> None:
    headings = {
        "شروط الحجز",
        "وفيما يلي أبرز بنود الاتفاق:",
        "حريق في سوق الخشب بمدينة تل الورد",
        "أسعار تذاكر قطار الشرق",
    }
    found = quotes(engine, question)
    assert found
    assert headings.isdisjoint(found)


def test_both_spellings_of_a_number_get_the_same_answer(engine: Engine, seeds_service: Service) -> None:
    """1520 is a number of people, as 1,520 is, and no year."""
    answers = [engine.answer(f"هل قتل {number} شخصا في إعصار مرجانة؟") for number in ("1520", "1,520")]
    quoted = [[citation.quote for citation in answer.citations] for answer in answers]
    assert quoted[0] == quoted[1]
    assert "1,520 شخصا" in quoted[0][0]
    assert answers[0].confidence == pytest.approx(answers[1].confidence, abs=0.05)
    plain, separated = (
        seeds_service.client.post(
            "/v1/answer", json={"question": f"Did North Korea send {number} containers to Russia?"}
        ).json()
        for number in ("1000", "1,000")
    )
    assert plain["status"] == separated["status"] == "answered"
    assert plain["confidence"] == pytest.approx(separated["confidence"], abs=0.05)
