from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from dalil.domain import Article, Filters, Timeline, TimeOptions
from dalil.engine import Engine
from dalil.errors import InvalidQuery
from dalil.limits import MAX_TIMELINE_ARTICLES
from tests.small_engine import small_engine

RIYADH = timezone(timedelta(hours=3))


def article(id_: str, published: datetime | None, text: str) -> Article:
    return Article(id_, f"عنوان {id_} الطويل", text, published_at=published)


ARTICLES = [
    article("late", datetime(2023, 9, 12, 9, tzinfo=UTC), "دمر زلزال المغرب قرى الأطلس كلها. وأرسلت دول المساعدات."),
    article("evening", datetime(2023, 9, 10, 20, tzinfo=UTC), "زلزال المغرب يقتل المئات في الحوز مساء."),
    # In Riyadh it is the day before.
    article("night", datetime(2023, 9, 10, 1, 30, tzinfo=RIYADH), "عنوان night الطويل\n\nضرب زلزال المغرب ليلا مراكش."),
    article("undated", None, "قال خبراء إن زلزال المغرب كان الأقوى."),
    article("other", datetime(2023, 9, 11, tzinfo=UTC), "فاز الفريق بكأس البلاد في كرة القدم."),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with small_engine(tmp_path_factory.mktemp("index"), ARTICLES) as engine:
        yield engine


def shown(timeline: Timeline) -> list[tuple[date | None, list[str]]]:
    return [(day.day, [entry.article.id for entry in day.entries]) for day in timeline.days]


def test_articles_of_a_subject_come_by_day_in_order_and_undated_ones_last(engine: Engine) -> None:
    assert shown(engine.timeline("زلزال المغرب")) == [
        (date(2023, 9, 10), ["night", "evening"]),
        (date(2023, 9, 12), ["late"]),
        (None, ["undated"]),
    ]


def test_each_article_has_its_lead_sentence_verbatim_and_not_its_title(engine: Engine) -> None:
    entries = {entry.article.id: entry for day in engine.timeline("زلزال المغرب").days for entry in day.entries}
    assert entries["night"].text == "ضرب زلزال المغرب ليلا مراكش."
    assert entries["late"].text == "دمر زلزال المغرب قرى الأطلس كلها."
    for id_, entry in entries.items():
        assert engine.article(id_).text[entry.start : entry.end] == entry.text


def test_filters_and_times_of_the_subject_hold(engine: Engine) -> None:
    filters = Filters(article_ids=("late",))
    assert shown(engine.timeline("زلزال المغرب", filters=filters)) == [(date(2023, 9, 12), ["late"])]
    yesterday = engine.timeline("زلزال المغرب أمس", time=TimeOptions(reference_date=date(2023, 9, 13)))
    assert shown(yesterday) == [(date(2023, 9, 12), ["late"]), (None, ["undated"])]
    assert [time.text for time in yesterday.times] == ["أمس"]


@pytest.mark.parametrize("limit", [0, MAX_TIMELINE_ARTICLES + 1])
def test_a_limit_out_of_bounds_is_refused(engine: Engine, limit: int) -> None:
    with pytest.raises(InvalidQuery, match="limit"):
        engine.timeline("زلزال", limit=limit)
