from itertools import pairwise

import pytest

from dalil.answering.quotable import QuotableSentence, quotable_sentences
from dalil.domain import Article, Passage
from dalil.embedding.fake import FakeEmbedder
from dalil.indexing.chunking import Chunker


def passage_of(text: str) -> Passage:
    (passage,) = Chunker(FakeEmbedder().count_tokens, 500).passages(Article("a", "عنوان", text))
    return passage


def read(text: str, title: str = "عنوان") -> dict[str, tuple[list[str], list[str]]]:
    """The quotable sentences of a text, each with its questions and its context."""
    passage = passage_of(text)
    sentences = [span.of(text) for span in passage.sentences]
    return {
        sentences[own.place]: (
            [sentences[place] for place in own.questions],
            [sentences[place] for place in own.context],
        )
        for own in quotable_sentences(passage, title)
    }


def quotable(text: str, title: str = "عنوان") -> list[str]:
    return list(read(text, title))


PARAGRAPH = "قالت الهيئة في بيان نشرته أمس إن القطار سيربط المدينتين ابتداء من مطلع الشهر المقبل."


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("وقال الوزير إن الشحنة وصلت أمس.", id="a sentence"),
        pytest.param("وقال «لن نقبل ذلك أبدا»", id="a quotation"),
        pytest.param("قتل 17 شخصا.", id="three words with a number"),
        pytest.param("جملة طويلة بلا نقطة في آخرها لكنها تمضي وتمضي حتى لا تكون عنوانا أبدا", id="a long line"),
        pytest.param("أسعار الذهب ترتفع إلى ذروة جديدة", id="a line that is all of the text"),
    ],
)
def test_what_states_something_is_quotable(text: str) -> None:
    assert quotable(text) == [text]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("نعم.", id="one word"),
        pytest.param("لجين الأحمدي", id="a name"),
        pytest.param("| --- | --- |", id="the rule of a table"),
        pytest.param("من أرسل الأسلحة إلى روسيا؟", id="a question"),
    ],
)
def test_labels_fragments_and_questions_are_not_quoted(text: str) -> None:
    assert quotable(text) == []


@pytest.mark.parametrize(
    "heading",
    [
        "شروط الحجز",
        "مخاوف السكان من الضجيج",
        "ترشيح مواقع لجائزة دولية",
        "أبرز أحداث عام 2024",
        "# قطار جديد بين المدينتين",
        "**قطار جديد بين المدينتين**",
        "كم كلفة قطار الشرق",
        "وفيما يلي تفاصيل البيان:",
    ],
)
def test_a_heading_above_a_paragraph_is_not_quoted(heading: str) -> None:
    assert quotable(f"{PARAGRAPH}\n\n{heading}\n\nوأضافت أن {PARAGRAPH}") == [PARAGRAPH, f"وأضافت أن {PARAGRAPH}"]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("إصابة 17 شخصا في الحادث", id="a number that nothing else states"),
        pytest.param("وأكدت النيابة فتح تحقيق", id="a line that goes on with a verb"),
        pytest.param("ركاب ينتظرون وصول القطار الأول في محطة تل الورد الجديدة", id="a caption of ten words"),
    ],
)
def test_a_short_line_above_a_paragraph_is_quoted_if_it_states_something(line: str) -> None:
    assert line in quotable(f"{PARAGRAPH}\n\n{line}\n\n{PARAGRAPH.replace('القطار', 'الترام')}")


def test_two_headings_one_above_the_other_are_none_of_them_quoted() -> None:
    assert quotable(f"تفاصيل خط القطار الجديد\nمخاوف السكان\n{PARAGRAPH}") == [PARAGRAPH]


def test_adjacent_lines_without_final_marks_are_quoted() -> None:
    lines = [
        "اندلع حريق في سوق الخشب",
        "وأسفر عن إصابة عاملين",
        "وقدرت الخسائر بنحو 3 ملايين",
        "تحقيق في السبب يبدأ غدا",
    ]
    assert quotable("\n".join(lines)) == lines


def test_verses_are_quoted_whole() -> None:
    verses = [
        "يا نخلة في الدار ظللت الصبا ... وسقى ثراك الغيم والأنداء",
        "ما غاب وجهك عن عيون مسافر *** إلا وعاد الشوق والأسماء",
    ]
    assert quotable(f"وألقى الشاعر قصيدته أمام الجمهور.\n\n{verses[0]}\n{verses[1]}\n\n{PARAGRAPH}")[1:3] == verses


def test_an_answer_is_read_with_the_question_above_it() -> None:
    text = "كم بلغت كلفة الجسر؟\n\n78 مليون دينار.\n\nس: ومن صممه\nج: شركة «أعمدة». وهي شركة من الفنار."
    assert read(text) == {
        "78 مليون دينار.": (["كم بلغت كلفة الجسر؟"], []),
        "ج: شركة «أعمدة».": (["س: ومن صممه"], []),
        "وهي شركة من الفنار.": ([], ["س: ومن صممه"]),
    }


def test_the_answer_to_a_question_is_no_heading_however_short() -> None:
    text = "كم استغرقت الكتابة؟\nثلاث سنوات وسبعة أشهر\n\nولماذا اخترت هذه المدينة مسرحا للرواية؟\nلأن جدتي ولدت فيها."
    assert quotable(text) == ["ثلاث سنوات وسبعة أشهر", "لأن جدتي ولدت فيها."]


def test_a_rhetorical_question_within_a_paragraph_is_read_with_what_follows() -> None:
    text = "بدأ ملء السد قبل عامين. فهل يكفي لري السهل كله؟ يقول المهندسون إنه يروي نصفه فقط."
    assert read(text) == {
        "بدأ ملء السد قبل عامين.": ([], []),
        "يقول المهندسون إنه يروي نصفه فقط.": (["فهل يكفي لري السهل كله؟"], []),
    }


def test_several_questions_are_answered_together() -> None:
    assert read("متى بدأ العمل؟ ومن يموله؟\nبدأ في مايو بقرض عربي.") == {
        "بدأ في مايو بقرض عربي.": (["متى بدأ العمل؟", "ومن يموله؟"], [])
    }


def test_a_list_item_is_read_with_the_line_that_introduces_the_list() -> None:
    introduction = "وفيما يلي أبرز بنود الاتفاق:"
    text = f"{PARAGRAPH}\n\n{introduction}\n\n- مدته سبع سنوات\n- غرامة المخالف 40 ألف دينار\n- القاهرة\n\n{PARAGRAPH}!"
    found = read(text)
    assert introduction not in found
    assert found["- مدته سبع سنوات"] == found["- غرامة المخالف 40 ألف دينار"] == ([], [introduction])
    assert found["- القاهرة"] == ([], [introduction])
    assert found[f"{PARAGRAPH}!"] == ([], [])


def test_a_list_without_introduction_may_be_a_menu_so_that_its_short_items_are_not_quoted() -> None:
    assert quotable("- الرئيسية\n- سياسة عربية\n- مدة العقد سبع سنوات") == ["- مدة العقد سبع سنوات"]


TABLES = {
    "Markdown": ["| الفريق | النقاط |", "| --- | --- |", "| اتحاد الميناء | 21 |", "| شباب تل الورد | 17 |"],
    "Markdown without outer bars": ["الفريق | النقاط", "--- | ---", "اتحاد الميناء | 21", "شباب تل الورد | 17"],
    "tabs": ["الفريق\tالنقاط", "اتحاد الميناء\t21", "شباب تل الورد\t17"],
    "single bars": ["الفريق | النقاط", "اتحاد الميناء | 21", "شباب تل الورد | 17"],
}


@pytest.mark.parametrize("rows", TABLES.values(), ids=TABLES.keys())
def test_a_row_is_read_with_the_header_of_its_table(rows: list[str]) -> None:
    found = read("\n".join([PARAGRAPH, "", *rows]))
    header, *_, row, last = rows
    assert found == {PARAGRAPH: ([], []), row: ([], [header]), last: ([], [header])}


def test_a_table_of_labels_and_values_has_no_header() -> None:
    rows = ["| العاصمة | تل الورد |", "| السكان | 5 ملايين |", "| العملة | الدينار |"]
    assert read("\n".join(rows)) == {row: ([], []) for row in rows}


def test_a_flash_with_a_bar_is_no_row_of_a_table() -> None:
    assert quotable("عاجل | انفجار في ميناء الصفاء") == ["عاجل | انفجار في ميناء الصفاء"]


TITLE = "قطار جديد يربط تل الورد بالفنار"


@pytest.mark.parametrize("title", [TITLE, f"{TITLE}!", f"{TITLE}.. والأسعار قريبا", f"ماذا بعد؟ {TITLE}"])
def test_a_title_at_the_beginning_of_the_text_is_not_quoted(title: str) -> None:
    assert quotable(f"{title}\n{PARAGRAPH}", title) == [PARAGRAPH]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("رفعت الحكومة سعر لتر البنزين إلى 1.4 دينار.", id="a text of one sentence"),
        pytest.param("أسعار الذهب ترتفع إلى ذروة جديدة", id="a text of one line"),
        pytest.param(f"رفعت الحكومة سعر لتر البنزين إلى 1.4 دينار.\n\n{PARAGRAPH}", id="a lede with a full stop"),
        pytest.param(f"مصرع 17 شخصا في حريق السوق\n\n{PARAGRAPH}", id="a number that nothing else states"),
        pytest.param("اندلع حريق كبير فجر أمس في السوق\nوأصيب عاملان\nوشاركت الطائرات", id="a lede of news in lines"),
    ],
)
def test_a_lede_that_became_the_title_is_quoted(text: str) -> None:
    lede = text.split("\n", 1)[0]
    assert quotable(text, title=lede)[0] == lede


def test_a_line_that_boilerplate_parts_from_the_text_is_a_heading() -> None:
    assert quotable_sentences(passage_of(TITLE), TITLE, is_alone=False) == []
    with_number = passage_of("مصرع 17 شخصا في حريق السوق")
    assert quotable_sentences(with_number, "عنوان", is_alone=False) == [QuotableSentence(0)]


def test_places_are_in_order_and_none_is_its_own_context() -> None:
    text = f"كم الكلفة؟\n{PARAGRAPH}\nالبنود:\n- بند أول طويل\n- بند ثان طويل\n{PARAGRAPH}"
    found: list[QuotableSentence] = quotable_sentences(passage_of(text), "عنوان")
    assert all(first.place < second.place for first, second in pairwise(found))
    assert all(place < own.place for own in found for place in (*own.questions, *own.context))


ADDED = "وأضاف أن المشروع يكتمل قبل نهاية العام."


@pytest.mark.parametrize(
    ("text", "antecedent"),
    [
        pytest.param(f"{PARAGRAPH} {ADDED}", PARAGRAPH, id="on the same line"),
        pytest.param(f"{PARAGRAPH}\n\n{ADDED}", PARAGRAPH, id="in the next paragraph"),
        pytest.param(f"{PARAGRAPH} من ينفذه؟ {ADDED}", None, id="a question between"),
        pytest.param(f"شروط الحجز\n\n{ADDED}", None, id="a heading before it"),
        pytest.param(ADDED, None, id="nothing before it"),
        pytest.param(f"{ADDED} {PARAGRAPH}", None, id="it comes first"),
    ],
)
def test_the_antecedent_is_the_quotable_sentence_right_before(text: str, antecedent: str | None) -> None:
    passage = passage_of(text)
    (added,) = [own for own in quotable_sentences(passage, "") if passage.sentences[own.place].of(text) == ADDED]
    assert (None if added.antecedent is None else passage.sentences[added.antecedent].of(text)) == antecedent
