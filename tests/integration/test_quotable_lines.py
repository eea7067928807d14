"""Which lines of real files are quoted: files read by the loaders, and questions asked with the bundled model.

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
from tests.programs import SEEDS

pytestmark = pytest.mark.model

FIRE = "حريق في سوق الخشب بمدينة تل الورد"

FILES = {
    "explainer.md": """---
title: كل ما تريد معرفته عن قمر «بصيرة» الصناعي
published_at: "2024-05-20"
---
أطلقت وكالة فضاء واحة الرمال قمرها الأول للمراقبة «بصيرة» من قاعدة في جزيرة الفنار.

ما وزن القمر الصناعي بصيرة؟

يزن 315 كيلوغراما بعد تعبئة الوقود، وهو أخف من القمر التجريبي الذي سبقه.

كم كلفة القمر الصناعي بصيرة؟

أنفقت الوكالة عليه 78 مليون دينار على مدى أربعة أعوام، ولا يشمل ذلك ثمن الإطلاق.

من صنع القمر الصناعي بصيرة؟

تولت الجامعة التقنية في تل الورد تصميم الهيكل، بينما جاءت الكاميرا من شركة «عدسات الشمال».
""",
    "interview.md": """---
title: حوار مع مدير مرصد الفنار
published_at: "2024-04-10"
---
س: متى يبدأ مرصد الفنار استقبال الزوار؟
ج: يبدأ ذلك في 15 مايو بعد انتهاء تركيب القبة.

س: كم يبلغ قطر مرآة مرصد الفنار؟
ج: قطرها 3.2 متر، وصنعت في مصنع الزجاج بتل الورد.
""",
    "list.md": """---
title: أبرز بنود اتفاق الصيد بين جزيرتي المرجان واللؤلؤ
published_at: "2024-03-05"
---
وقع وزيرا الزراعة في جزيرتي المرجان واللؤلؤ، الثلاثاء، اتفاقا ينظم الصيد في المضيق المشترك بعد مفاوضات استمرت عاما.

وفيما يلي أبرز بنود الاتفاق:

- مدة الاتفاق سبع سنوات قابلة للتجديد
- حصة جزيرة المرجان 62 بالمئة من التونة
- حظر الصيد الليلي بين مايو وأغسطس
- غرامة المخالف تصل إلى 40 ألف دينار
""",
    "tickets.html": """<!doctype html><html lang="ar" dir="rtl"><head><meta charset="utf-8">
<title>أسعار تذاكر قطار الشرق</title>
<meta property="article:published_time" content="2024-05-09T06:00:00+03:00"></head><body><article>
<h1>أسعار تذاكر قطار الشرق</h1><p>نشرت هيئة السكك الحديدية في واحة الرمال جدول أسعار تذاكر قطار الشرق السريع، الذي
يبدأ العمل به مطلع الشهر المقبل في جميع المحطات.</p><table><tr><th>الدرجة</th><th>السعر</th></tr><tr>
<td>الاقتصادية</td><td>18 دينارا</td></tr><tr><td>رجال الأعمال</td><td>46 دينارا</td></tr></table>
<h2>شروط الحجز</h2><ul><li>الحجز قبل السفر بأربع ساعات على الأقل</li><li>يسافر الأطفال دون الخامسة مجانا</li></ul>
</article></body></html>""",
    "table.md": """---
title: ترتيب دوري واحة الرمال بعد الجولة العاشرة
published_at: "2024-11-02"
---
حافظ فريق النسور على الصدارة بعد الجولة العاشرة من دوري واحة الرمال لكرة القدم.

| الفريق | لعب | النقاط |
| --- | --- | --- |
| النسور | 10 | 26 |
| اتحاد الميناء | 10 | 21 |
| شباب تل الورد | 10 | 17 |
""",
    "fire.txt": f"""{FIRE}

اندلع حريق كبير فجر الاثنين في سوق الخشب وسط مدينة تل الورد
وأسفر الحريق عن إصابة 17 شخصا
وقدرت الخسائر بنحو 3 ملايين دينار
وقال قائد الإطفاء عمر الشريف إن السبب ماس كهربائي
وشاركت في الإخماد 24 عربة إطفاء
""",
    "petrol.txt": """قررت حكومة واحة الرمال رفع سعر لتر البنزين إلى 1.4 دينار.

ويبدأ العمل بالسعر الجديد مطلع الشهر المقبل في جميع المحطات، بحسب وزارة النفط.
""",
    "wrapped.txt": """محطة السدرة لتحلية المياه تدخل الخدمة

أعلنت شركة المياه في مدينة واحة الرمال، الأربعاء 12
يونيو/حزيران 2024، تشغيل محطة «السدرة» لتحلية مياه البحر
بطاقة إنتاجية تبلغ 220 ألف متر مكعب يوميا، بعد تأخير دام
سنتين بسبب خلاف مع المقاول الرئيسي على كلفة الأنابيب.

وقال مدير المشروع راشد النعماني إن المحطة ستغطي حاجة ثلاثة
أحياء يسكنها نحو 640 ألف شخص، وإن العمل في خط النقل الثاني
يكتمل في أكتوبر/تشرين الأول المقبل بكلفة 95 مليون دينار.
""",
}

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
    folder = tmp_path_factory.mktemp("files")
    for name, content in FILES.items():
        (folder / name).write_text(content, encoding="utf-8")
    items = list(Corpus([folder, *sorted(SEEDS.glob("*.md"))[:15]], 1_000_000))
    articles = [item.article for item in items if isinstance(item, Loaded)]
    assert len(articles) == len(FILES) + 15
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
