import pytest

from dalil.text.line_kinds import (
    begins_like_a_question,
    has_question_label,
    is_list_item,
    is_markdown_heading,
    is_question,
    is_table_row,
    is_table_rule,
    table_cells,
)


@pytest.mark.parametrize(
    "sentence",
    [
        "كم كلفة القمر؟",
        "كم كلفة القمر ؟!",
        "**كم كلفة القمر؟**",
        "### Who built it?",
        "«الواحة»: كم استغرقت الكتابة؟",
        "«هل سننتصر؟»",
        "سأله: «هل سننتصر؟».",
        "نشهد هذا الإقبال كل عام وفي كل مدينة، فأين القراءة من حياتنا؟",
    ],
)
def test_a_sentence_that_ends_with_a_question_mark_is_a_question(sentence: str) -> None:
    assert is_question(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        "كلفته 78 مليون دينار.",
        "قال: «هل سننتصر؟ نعم، سننتصر» وغادر.",
        "«من المسؤول؟» سؤال طرحه النائب.",
        "بلغت الكلفة 70 مليونا (؟).",
        "نشرت الصحيفة في يناير مقالة طويلة للكاتب حملت عنوان «أزمة أم نهاية؟».",
    ],
)
def test_a_statement_that_only_holds_a_question_is_none(sentence: str) -> None:
    assert not is_question(sentence)


@pytest.mark.parametrize(
    ("line", "asks"),
    [
        ("كم يبلغ ارتفاع السد", True),
        ("2- لماذا تأخر المشروع", True),
        ("ما هي شروط الحجز", True),
        ("Why it matters", True),
        ("كمية الأمطار", False),
        ("من مصادر مطلعة", False),
        ("ما زال البحث جاريا", False),
    ],
)
def test_a_heading_asks_by_its_first_word(line: str, *, asks: bool) -> None:
    assert begins_like_a_question(line) is asks


@pytest.mark.parametrize(
    ("line", "labelled"),
    [
        ("س: متى تفتتح المكتبة", True),
        ("س 2: متى تفتتح", True),
        ("سؤال: متى", True),
        ("**Q:** When", True),
        ("ج: في مايو.", False),
        ("سعر الذهب: 300 دينار", False),
    ],
)
def test_an_interviewers_question_has_a_label(line: str, *, labelled: bool) -> None:
    assert has_question_label(line) is labelled


@pytest.mark.parametrize(
    "line", ["- بند", "* بند", "• بند", "– بند", "1. بند", "12) بند", "(3) بند", "2-بند", "أ) بند"]
)
def test_a_list_item_begins_with_a_marker(line: str) -> None:
    assert is_list_item(line)


@pytest.mark.parametrize("line", ["بند", "-5 درجات", "12-15 شخصا", "3.5 ملايين", "د. أحمد سالم", "*بند*", "12 يونيو"])
def test_a_number_a_range_or_a_title_is_no_list_marker(line: str) -> None:
    assert not is_list_item(line)


@pytest.mark.parametrize(
    ("line", "heading"),
    [
        ("# عنوان", True),
        ("**شروط الحجز**", True),
        ("**شروط الحجز**:", True),
        ("**وصل الوفد أمس.**", False),
        ("#وسم", False),
        ("**وصل** الوفد", False),
    ],
)
def test_markdown_marks_headings(line: str, *, heading: bool) -> None:
    assert is_markdown_heading(line) is heading


def test_rows_and_rules_of_tables_are_told_from_text() -> None:
    assert is_table_row("| النسور | 10 |")
    assert is_table_row("النسور\t10\t26")
    assert not is_table_row("عاجل | انفجار في الميناء")
    assert not is_table_row("وصل الوفد أمس.")
    assert is_table_rule("|---|:-:|")
    assert is_table_rule("--- | ---")
    assert not is_table_rule("---")
    assert not is_table_rule("| أ | ب |")


def test_the_cells_of_a_row_are_trimmed_and_empty_ones_kept() -> None:
    assert table_cells("| النسور |  | 26 |") == ["النسور", "", "26"]
    assert table_cells("النسور\t26") == ["النسور", "26"]
