"""The survey of all articles, and their list."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import api.pages.collection as collection_module
from api.pages.collection import Collection, Overview, survey
from api.pages.listing import ListParameters, list_stories
from dalil.domain import Article, FacetCount
from dalil.engine import Engine
from tests.small_engine import small_engine

STORY = "أعلنت وزارة الصحة يوم الأحد تسجيل أربع حالات إصابة جديدة بفيروس كورونا في مدينة الرياض وفق بيان رسمي"


def _article(article_id: str, title: str, text: str, source: str | None, day: datetime | None) -> Article:
    return Article(article_id, title, text, source, day)


ARTICLES = (
    _article("a", "«ثانيا»", STORY, "عكاظ", datetime(2015, 8, 2, tzinfo=UTC)),
    _article("b", "أولا", f"{STORY} مساء", "سبق", datetime(2015, 8, 3, tzinfo=UTC)),
    _article("c", "ثالثا", "افتتح المتحف الوطني أبوابه للزوار في العاصمة بعد ترميم دام ثلاثة أعوام", "عكاظ", None),
    _article("d", "رابعا", "بدأ المزارعون حصاد القمح في الدلتا هذا الأسبوع", None, datetime(2015, 9, 1, tzinfo=UTC)),
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with small_engine(tmp_path_factory.mktemp("collection"), ARTICLES) as engine:
        yield engine


def shown(engine: Engine, **chosen: object) -> list[str]:
    stories = list_stories(survey(engine), ListParameters.model_validate(chosen)).stories
    assert stories is not None
    return [entry.article.id for entry in stories]


def test_the_overview_counts_days_and_sources(engine: Engine) -> None:
    overview = survey(engine).overview
    assert (overview.articles, overview.first, overview.last) == (4, date(2015, 8, 2), date(2015, 9, 1))
    assert overview.sources == (FacetCount("عكاظ", 2), FacetCount("سبق", 1))
    assert [article.id for article in overview.newest] == ["d", "b", "a"]


def test_a_large_collection_is_counted_but_not_listed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = survey(engine)
    monkeypatch.setattr(collection_module, "MAX_LISTED_ARTICLES", 3)
    found = survey(engine)
    assert found.overview == whole.overview
    page = list_stories(found, ListParameters())
    assert (page.articles, page.stories, page.next) == (4, None, None)


def test_near_duplicates_are_one_entry_led_by_the_first_that_matches(engine: Engine) -> None:
    assert shown(engine) == ["d", "a", "c"]
    page = list_stories(survey(engine), ListParameters(source="سبق"))
    assert page.stories is not None
    (entry,) = page.stories
    assert (entry.article.id, page.matching, page.articles) == ("b", 1, 4)
    assert entry.duplicates is not None
    assert [article.id for article in entry.duplicates.articles] == ["a"]
    assert (entry.duplicates.earliest, entry.duplicates.latest) == ("a", "b")


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"sort": "oldest"}, ["a", "d", "c"]),
        ({"sort": "title"}, ["c", "a", "d"]),
        ({"period": "2015-08"}, ["a"]),
        ({"period": "2015"}, ["d", "a"]),
        ({"period": "2014"}, []),
        ({"source": "عكاظ"}, ["a", "c"]),
        ({"offset": 2}, ["c"]),
        ({"offset": 9}, []),
    ],
    ids=str,
)
def test_the_list_is_sorted_filtered_and_paged(engine: Engine, chosen: dict[str, object], expected: list[str]) -> None:
    assert shown(engine, **chosen) == expected


def test_periods_are_months_latest_first(engine: Engine) -> None:
    page = list_stories(survey(engine), ListParameters())
    assert [(choice.value, choice.count) for choice in page.periods] == [("2015-09", 1), ("2015-08", 2)]


def test_a_survey_is_made_once_for_each_revision_and_again_after_a_failure(tmp_path: Path) -> None:
    collection = Collection()
    with small_engine(tmp_path, ARTICLES[:1]) as engine:
        first = collection.survey(engine)
        assert collection.survey(engine) is first
        engine.index(ARTICLES[1:])
        assert collection.overview(engine).articles == 4
        assert collection.questions(engine, "ar").result() == collection.known_questions(
            collection.overview(engine), "ar"
        )
        assert collection.known_questions(collection.overview(engine), "en") is None
        assert collection.known_questions(Overview(4), "ar") is None
    collection.close()
