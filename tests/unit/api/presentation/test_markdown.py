import pytest
from markdown_it import MarkdownIt

from api.presentation.markdown import escape, to_markdown
from dalil.domain import AnswerSentence, Verdict


@pytest.mark.parametrize(
    "text",
    [
        "قال ![x](http://evil.example/?q) [2] ثم ذهب.",
        "[text](http://evil.example) <img src='http://evil.example'> <!-- x --> <http://evil.example>",
        r"\[1\] \\[2] \![x](http://evil.example)",
        "&#91;3&#93; &lt;b&gt; AT&T a & b",
        "[1]: http://evil.example",
    ],
)
def test_a_text_is_shown_word_for_word_and_nothing_is_loaded(text: str) -> None:
    (paragraph,) = [token for token in MarkdownIt().parse(escape(text)) if token.type == "inline"]
    assert {child.type for child in paragraph.children or []} <= {"text", "text_special"}
    assert "".join(child.content for child in paragraph.children or []) == text


def test_a_text_without_markup_is_left_as_it_is() -> None:
    assert escape("أرسلت (كوريا) 16 ألف قذيفة، AT&T!") == "أرسلت (كوريا) 16 ألف قذيفة، AT&T!"


@pytest.mark.parametrize(
    ("verdict", "language", "expected"),
    [
        (Verdict.SUPPORTED, "en", "Shells came. [1][3]"),
        (Verdict.PARTIAL, "en", "Shells came. (partly supported) [1][3]"),
        (Verdict.UNSUPPORTED, "und", "Shells came. (not supported) [1][3]"),
        (Verdict.PARTIAL, "ar", "Shells came. (مدعومة جزئيا) [1][3]"),
        (Verdict.UNSUPPORTED, "ar", "Shells came. (غير مدعومة) [1][3]"),
    ],
)
def test_a_sentence_says_where_its_quotes_do_not_carry_it(verdict: Verdict, language: str, expected: str) -> None:
    assert to_markdown(AnswerSentence("Shells came.", (1, 3), 0.5, verdict), language) == expected
