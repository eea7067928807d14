import pytest

from dalil.answering.copied_words import CopiedWords, CopiedWordsFinder
from dalil.answering.evidence import Evidence
from dalil.domain import ArticleSummary, Span

TEXTS = ("أرسلت كوريا 16 ألف قذيفة.", "وأضافت أنها أرسلت صواريخ.", "وبلغت الكلفةُ 12,000 دينار.")


def evidence(*texts: str, article: str = "a") -> list[Evidence]:
    """The sentences of an article, one after another."""
    found, start = [], 0
    for text in texts:
        found.append(Evidence(ArticleSummary(article, ""), Span(start, start + len(text)), text))
        start += len(text) + 1
    return found


def copied(words: str, *preferred: int, elsewhere: bool = True) -> list[tuple[int, str]]:
    """The copied words as the evidence has them, by its index."""
    items = [*evidence(*TEXTS), *evidence("أرسلت روسيا وفدا.", article="b")]
    places = CopiedWordsFinder(items).find(words, preferred, elsewhere=elsewhere)
    return [(place.index, place.span.of(items[place.index].text)) for place in places]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param("16 ألف قذيفة", [(0, "16 ألف قذيفة")], id="as they are"),
        pytest.param("«١٦ الف قذيفه».", [(0, "16 ألف قذيفة")], id="other spelling and marks"),
        pytest.param("الكلفة 12000", [(2, "الكلفةُ 12,000")], id="a number without its separator"),
        pytest.param("أضافت أنها", [(1, "وأضافت أنها")], id="without the conjunction"),
        pytest.param("قذيفة. وأضافت", [(0, "قذيفة"), (1, "وأضافت")], id="over two sentences"),
        pytest.param("6 ألف", [], id="a part of a number"),
        pytest.param("كوري 16", [], id="a part of a word"),
        pytest.param("كوريا قذيفة", [], id="with a gap"),
        pytest.param("دينار أرسلت", [], id="over two articles"),
        pytest.param("أنها", [], id="stop words alone"),
        pytest.param("«…»", [], id="no words"),
    ],
)
def test_words_are_found_verbatim_but_for_spelling(words: str, expected: list[tuple[int, str]]) -> None:
    assert copied(words) == expected


def test_the_preferred_evidence_comes_before_any_other() -> None:
    assert copied("أرسلت") == [(0, "أرسلت")]
    assert copied("أرسلت", 3) == [(3, "أرسلت")]
    assert copied("أرسلت", 2) == [(0, "أرسلت")]
    assert copied("أرسلت", 2, elsewhere=False) == []


def test_evidence_that_does_not_follow_the_piece_before_it_is_not_joined() -> None:
    first, second = evidence("وصلت قذائف", "ثقيلة أمس")
    assert CopiedWordsFinder([first, second]).find("قذائف ثقيلة") == [
        CopiedWords(0, Span(5, 10)),
        CopiedWords(1, Span(0, 5)),
    ]
    assert CopiedWordsFinder([second, first]).find("قذائف ثقيلة") == []


def test_long_texts_of_one_word_are_searched_to_their_end() -> None:
    finder = CopiedWordsFinder(evidence(*["قذيفة قذيفة"] * 1_000))
    assert finder.find("قذيفة " * 3_000) == []
    assert len(finder.find("قذيفة " * 1_000)) == 500
