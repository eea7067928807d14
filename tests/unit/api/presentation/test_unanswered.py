import pytest
from markdown_it import MarkdownIt

from api.presentation.unanswered import WORDINGS, unanswered_markdown
from dalil.domain import Answer, AnswerStatus, ArticleSummary, Citation, DetailKind, MissingDetail

ARTICLE = ArticleSummary("a", "عنوان", None, None, None)
MISSING = (
    MissingDetail(DetailKind.NAME, "Kremlin"),
    MissingDetail(DetailKind.NUMBER, "12"),
    MissingDetail(DetailKind.DATE, "1975"),
    MissingDetail(DetailKind.WORD, "price"),
)


def unanswered(language: str, quotes: tuple[str, ...] = (), missing: tuple[MissingDetail, ...] = ()) -> str:
    """The message for related evidence with these quotes, or for a refusal without quotes."""
    answer = Answer(
        question="q",
        language=language,
        status=AnswerStatus.RELATED_EVIDENCE if quotes else AnswerStatus.INSUFFICIENT_EVIDENCE,
        confidence=0.1,
        sentences=(),
        citations=(),
        generator="extractive",
        related=tuple(Citation(number, ARTICLE, quote, 0, len(quote)) for number, quote in enumerate(quotes, start=1)),
        missing=missing,
    )
    return unanswered_markdown(answer)


def test_related_evidence_is_at_most_three_quotes_with_their_markers() -> None:
    assert unanswered("en", ("أولا.", "ثانيا.", "ثالثا.", "رابعا.")) == (
        "I found no sure answer. The closest passages, which may not answer:\n\n"
        "- «أولا.» [1]\n- «ثانيا.» [2]\n- «ثالثا.» [3]"
    )


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "Not found: the name “Kremlin”, the number “12”, the date “1975”, “price”."),
        ("und", "Not found: the name “Kremlin”, the number “12”, the date “1975”, “price”."),
        ("ar", "لم يُعثر على: الاسم «Kremlin»، العدد «12»، التاريخ «1975»، «price»."),
    ],
)
@pytest.mark.parametrize("quotes", [(), ("أولا.",)], ids=["nothing", "related"])
def test_the_details_that_are_missing_come_last(language: str, expected: str, quotes: tuple[str, ...]) -> None:
    assert unanswered(language, quotes, MISSING).endswith(expected)


@pytest.mark.parametrize("language", ["en", "ar", "und"])
def test_nothing_found_is_one_sentence_where_no_detail_is_named(language: str) -> None:
    assert unanswered(language) == WORDINGS[language].nothing


def test_a_quote_cannot_end_its_item_or_become_markup() -> None:
    quote = "# <img src=x>\n\n- [2] ![x](http://evil.example)"
    tokens = MarkdownIt().parse(unanswered("en", (quote,), (MissingDetail(DetailKind.WORD, "[9]{x}"),)))
    assert [token.type for token in tokens if token.type.endswith("_open")] == [
        *("paragraph_open", "bullet_list_open", "list_item_open", "paragraph_open", "paragraph_open"),
    ]
    children = [child for token in tokens for child in token.children or []]
    assert {child.type for child in children} <= {"text", "text_special"}
    assert f"«{' '.join(quote.split())}» [1]" in "".join(child.content for child in children)
