import pytest

from api.pages.article_text import ArticleText, TextPart
from dalil.domain import Span

TEXT = "menu\nOne. Two.\nThree.\nshare"
PASSAGES = [Span(5, 14), Span(15, 21)]


def parts(cited: Span | None) -> list[list[tuple[str, bool]]]:
    own = ArticleText.of(TEXT, cited, PASSAGES)
    return [[(part.text, part.is_boilerplate) for part in group] for group in (own.before, own.cited, own.after)]


def test_what_no_passage_has_is_boilerplate_and_white_space_is_not() -> None:
    assert parts(None) == [
        [("menu\n", True), ("One. Two.", False), ("\n", False), ("Three.", False), ("\nshare", True)],
        [],
        [],
    ]


def test_the_cited_characters_are_apart() -> None:
    assert parts(Span(10, 17)) == [
        [("menu\n", True), ("One. ", False)],
        [("Two.", False), ("\n", False), ("Th", False)],
        [("ree.", False), ("\nshare", True)],
    ]


def test_boilerplate_can_be_cited() -> None:
    assert parts(Span(0, 4)) == [
        [],
        [("menu", True)],
        [("\n", False), ("One. Two.", False), ("\n", False), ("Three.", False), ("\nshare", True)],
    ]


@pytest.mark.parametrize("passages", [[], [Span(0, len(TEXT))], [Span(0, 9), Span(5, 14)]], ids=str)
@pytest.mark.parametrize("cited", [None, Span(0, 1), Span(3, len(TEXT))], ids=str)
def test_the_parts_are_the_text(passages: list[Span], cited: Span | None) -> None:
    own = ArticleText.of(TEXT, cited, passages)
    assert "".join(part.text for part in (*own.before, *own.cited, *own.after)) == TEXT
    assert TextPart("", is_boilerplate=False) not in (*own.before, *own.cited, *own.after)
