from collections.abc import Iterator
from pathlib import Path

import pytest

from api.openai.completions import Message
from api.presentation.display_title import MAX_TITLE_CHARACTERS, display_title
from dalil.domain import AnswerSentence, Article, ArticleSummary, Citation, Verdict
from dalil.engine import Engine
from tests.small_engine import small_engine

LONG = "كلمة " * 20_000
ARTICLES = (
    Article("titled", " عنوان\n المقال ", "نص المقال كله هنا."),
    Article("short", "", " بدأ المزارعون\nحصاد القمح. "),
    Article("long", " ", LONG),
    Article("word", "", f"{'ش' * 3_000} ثم كلمات أخرى."),
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with small_engine(tmp_path_factory.mktemp("index"), ARTICLES) as engine:
        yield engine


@pytest.mark.parametrize(
    ("article", "title"),
    [
        ("titled", "عنوان المقال"),
        ("short", "بدأ المزارعون حصاد القمح."),
        ("word", f"{'ش' * (MAX_TITLE_CHARACTERS - 1)}…"),
    ],
)
def test_a_title_is_one_line_or_the_first_words(engine: Engine, article: str, title: str) -> None:
    assert display_title(engine.store.article(article).summary, engine.store) == title


def test_the_first_words_of_a_long_text_are_cut_between_words(engine: Engine) -> None:
    title = display_title(engine.store.article("long").summary, engine.store)
    assert title is not None
    assert MAX_TITLE_CHARACTERS - len("كلمة ") < len(title) <= MAX_TITLE_CHARACTERS
    assert set(title.removesuffix("…").split()) == {"كلمة"}


def test_an_article_without_a_title_that_is_gone_has_none(engine: Engine) -> None:
    assert display_title(ArticleSummary("gone", " "), engine.store) is None


def test_a_chat_names_an_article_that_is_gone_by_its_id(tmp_path: Path) -> None:
    with small_engine(tmp_path, ARTICLES[:2]) as engine:
        summary = engine.store.article("short").summary
        engine.store.delete(["short"])
        message = Message(engine.store, "http://dalil.example")
        message.cite([Citation(1, summary, "بدأ المزارعون", 1, 14)])
        message.add(AnswerSentence("بدأ المزارعون.", (1,), 1.0, Verdict.SUPPORTED), "ar")
    (annotation,) = message.annotations
    assert annotation.url_citation.title == "short"
