from pathlib import Path

import pytest

from dalil.bootstrap import assemble
from dalil.domain import AnswerStatus, Article, Mode
from dalil.embedding.fake import FakeEmbedder
from dalil.engine import Engine
from dalil.errors import ArticleNotFound, IndexMissing, InvalidInput
from dalil.stores.lance import LanceStore

SHELLS = Article("shells", "قذائف", "سلمت كوريا الشمالية روسيا ملايين القذائف المدفعية في الميناء.")


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return assemble(LanceStore(tmp_path / "index"), FakeEmbedder(), threshold=0.0)


def test_articles_and_paths_are_indexed_searched_answered_and_deleted(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "quake.txt").write_text("زلزال\nضرب زلزال قوي جنوب تركيا فجر يوم الاثنين.", encoding="utf-8")
    (tmp_path / "bad.txt").write_bytes(b"\xff\xfe\xff")
    with engine:
        report = engine.index([SHELLS, str(tmp_path / "news"), tmp_path / "bad.txt"])
        assert (report.added, [Path(rejected.name).name for rejected in report.rejected]) == (2, ["bad.txt"])
        assert [article.id for article in engine.articles()] == ["quake", "shells"]
        assert engine.search("من سلم روسيا ملايين القذائف؟", mode=Mode.LEXICAL)[0].article.id == "shells"
        answer = engine.answer("من سلم روسيا ملايين القذائف؟")
        assert answer.status is AnswerStatus.ANSWERED
        cited = answer.citations[0]
        assert engine.article(cited.article.id).text[cited.start : cited.end] == cited.quote
        assert engine.index(SHELLS).unchanged == 1
        assert engine.index([SHELLS], prune=True).pruned == 1
        assert engine.delete(["shells", "nobody"]) == 1
        assert list(engine.articles()) == []


def test_without_an_index_reading_says_what_to_do(engine: Engine) -> None:
    with engine:
        for read in (engine.search, engine.answer, engine.article):
            with pytest.raises(IndexMissing, match="index"):
                read("قذائف")


def test_a_path_that_does_not_exist_is_named_before_anything_is_written(engine: Engine, tmp_path: Path) -> None:
    with engine:
        with pytest.raises(InvalidInput, match="no file or folder 'nowhere'"):
            engine.index([SHELLS, "nowhere"])
        assert not (tmp_path / "index").exists()


def test_an_unknown_article_is_not_found(engine: Engine) -> None:
    with engine:
        engine.index([SHELLS])
        with pytest.raises(ArticleNotFound):
            engine.article("nobody")
