from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from dalil.domain import Article, ArticleSummary, Filters, Hit, SignedArticle
from dalil.engine import Engine
from dalil.retrieval.near_duplicates import leaders, near_duplicates, stories
from dalil.text.analysis import words
from dalil.text.minhash import minhash_signature
from tests.small_engine import small_engine

STORY = (
    "أعلنت وزارة الصحة يوم الأحد تسجيل أربع حالات إصابة جديدة بفيروس كورونا في مدينة الرياض. "
    "وقالت الوزارة في بيان إن جميع المصابين يتلقون العلاج في مستشفى الملك سعود. "
    "وأضافت أن عدد الوفيات بلغ عشر حالات منذ بداية الشهر الحالي في مناطق المملكة."
)
QUESTION = "كم حالة إصابة بفيروس كورونا في الرياض؟"


def day(number: int) -> datetime:
    return datetime(2015, 8, number, tzinfo=UTC)


ORIGINAL = Article("original", "كورونا", STORY, source="واس", published_at=day(2))
CORRECTED = Article(
    "corrected", "كورونا في الرياض", STORY.replace("عشر حالات", "اثنتي عشرة حالة"), "عكاظ", published_at=day(3)
)
UNDATED = Article("copy", "إصابات جديدة", f"سبق - الرياض: {STORY}", source="سبق")
WEATHER = Article("weather", "طقس", "توقعت الأرصاد طقسا حارا على الرياض مع رياح نشطة على سواحل البحر الأحمر اليوم.")
ARTICLES = [UNDATED, CORRECTED, WEATHER, ORIGINAL]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with small_engine(tmp_path_factory.mktemp("stories"), ARTICLES) as engine:
        yield engine


def shown(hits: tuple[Hit, ...]) -> list[str]:
    return [hit.article.id for hit in hits]


def test_the_original_is_shown_for_its_copies_and_names_them(engine: Engine) -> None:
    hits = engine.search(QUESTION)
    assert shown(hits) == ["original", "weather"]
    group = hits[0].duplicates
    assert group is not None
    assert [duplicate.article for duplicate in group.articles] == [CORRECTED.summary, UNDATED.summary]
    assert (group.earliest, group.latest) == ("original", "corrected")
    assert all(0.6 < duplicate.similarity < 1 for duplicate in group.articles)
    assert {passage.article_id for passage in hits[0].collapsed} == {"corrected", "copy"}
    assert [hit.rank for hit in hits] == [1, 2]
    assert (hits[1].duplicates, hits[1].collapsed) == (None, ())


def test_all_are_shown_by_request(engine: Engine) -> None:
    hits = engine.search(QUESTION, collapse=False)
    assert sorted(shown(hits)) == ["copy", "corrected", "original", "weather"]
    assert {hit.duplicates for hit in hits} == {None}
    answer = engine.answer(QUESTION, collapse=False, explain=True)
    assert {citation.duplicates for citation in (*answer.citations, *answer.related)} == {None}


def test_a_filter_chooses_among_the_copies_that_it_lets_through(engine: Engine) -> None:
    (hit,) = engine.search(QUESTION, filters=Filters(sources=("سبق",)))
    assert (hit.article.id, hit.duplicates) == ("copy", None)


def test_the_limit_counts_stories(engine: Engine) -> None:
    assert shown(engine.search(QUESTION, limit=2)) == ["original", "weather"]


def test_the_copy_that_has_the_answer_is_shown_where_the_original_lacks_it(engine: Engine) -> None:
    hits = engine.search("كم بلغ عدد الوفيات؟ اثنتي عشرة حالة")
    assert shown(hits)[0] == "original"  # the sentence is edited, not missing
    longer = replace(CORRECTED, id="longer", text=f"{STORY} وتوفي مواطن ثمانيني في محافظة الدوادمي فجر الاثنين.")
    engine.index([longer])
    try:
        assert shown(engine.search("من توفي في محافظة الدوادمي فجر الاثنين؟"))[0] == "longer"
    finally:
        engine.delete(["longer"])


def test_answers_cite_the_original_and_name_its_copies(engine: Engine) -> None:
    answer = engine.answer(QUESTION, explain=True)
    cited = [*answer.citations, *answer.related]
    assert cited
    assert {citation.article.id for citation in cited} <= {"original", "weather"}
    duplicates = cited[0].duplicates
    assert duplicates is not None
    assert [duplicate.article.id for duplicate in duplicates.articles] == ["corrected", "copy"]
    assert answer.explanation is not None
    assert {passage.article_id for hit in answer.explanation.hits for passage in hit.collapsed} == {"corrected", "copy"}


def test_articles_join_and_leave_a_story_as_they_are_written_changed_and_deleted(tmp_path: Path) -> None:
    with small_engine(tmp_path, [ORIGINAL]) as growing:

        def names() -> list[str]:
            (hit,) = [hit for hit in growing.search(QUESTION) if hit.article.id == "original"]
            return [duplicate.article.id for duplicate in hit.duplicates.articles] if hit.duplicates else []

        assert names() == []
        growing.index([CORRECTED])
        growing.index([UNDATED])
        assert names() == ["corrected", "copy"]
        growing.index([replace(CORRECTED, text=WEATHER.text)])
        assert names() == ["copy"]
        growing.delete(["copy"])
        assert names() == []


def signed(article_id: str, published_at: datetime | None, *shared: int) -> SignedArticle:
    """An article whose similarity with one of another span is the share of the hundred minima that both have."""
    signature = np.full(100, ord(article_id), dtype=np.uint16)
    signature[slice(*shared)] = np.arange(60_001, 60_001 + len(range(*shared)), dtype=np.uint16)
    return SignedArticle(ArticleSummary(article_id, "", published_at=published_at), signature)


@pytest.mark.parametrize(
    ("published_at", "shared", "expected"),
    [
        pytest.param(day(4), 27, True, id="within two days"),
        pytest.param(day(4), 26, False, id="too different"),
        pytest.param(day(5), 55, False, id="later and too different"),
        pytest.param(day(5), 56, True, id="later"),
        pytest.param(None, 35, False, id="undated and too different"),
        pytest.param(None, 36, True, id="undated"),
    ],
)
def test_the_least_similarity_depends_on_the_days_between(
    published_at: datetime | None, shared: int, expected: bool
) -> None:
    other = signed("b", published_at, shared)
    assert bool(near_duplicates(signed("a", day(2), 100), [other])) is expected


def test_a_chain_is_no_story() -> None:
    first, second, third = signed("a", day(1), 0, 50), signed("b", day(2), 0, 100), signed("c", day(3), 50, 100)
    # The third has the second half of the second's minima, and nothing of the first.
    third.signature[50:] = second.signature[50:]
    first.signature[:50] = second.signature[:50]
    assert leaders([first, second, third]) == {"a": "a", "b": "a", "c": "c"}
    assert leaders([second, first, third]) == {"b": "b", "a": "b", "c": "b"}


def test_a_collection_is_told_as_stories_led_by_their_originals() -> None:
    signed = [SignedArticle(one.summary, minhash_signature(words(one.text))) for one in ARTICLES]
    found = stories(signed)
    assert [story.article.id for story in found] == ["original", "weather"]
    group, alone = (story.duplicates for story in found)
    assert alone is None
    assert group is not None
    assert [one.article.id for one in group.articles] == ["corrected", "copy"]
    assert (group.earliest, group.latest) == ("original", "corrected")
    assert stories([]) == []
