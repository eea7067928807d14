from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from dalil.domain import Article, Filters, IndexedArticle, IndexFingerprint, Passage, Span

ARTICLE = Article("a", "عنوان", "نص", published_at=datetime(2024, 1, 2), metadata={"k": "v"})  # noqa: DTZ001


@pytest.mark.parametrize(("start", "end"), [(-1, 0), (2, 1)])
def test_a_span_that_runs_backwards_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="0 <= start <= end"):
        Span(start, end)


def test_a_date_without_a_zone_is_utc() -> None:
    assert ARTICLE.published_at == datetime(2024, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "b"},
        {"title": ""},
        {"text": "نص آخر"},
        {"source": "x"},
        {"published_at": None},
        {"url": "https://example.org"},
        {"language": "en"},
        {"metadata": {}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_the_content_hash_sees_every_field(changes: dict[str, object]) -> None:
    assert replace(ARTICLE, **changes).content_hash != ARTICLE.content_hash  # type: ignore[arg-type]


def test_the_content_hash_does_not_see_the_order_of_metadata() -> None:
    one, other = replace(ARTICLE, metadata={"a": "1", "b": "2"}), replace(ARTICLE, metadata={"b": "2", "a": "1"})
    assert one.content_hash == other.content_hash


def test_equal_passages_have_equal_ids_and_others_do_not() -> None:
    assert Passage.of("a", 0, 2, "نص", ()).id == Passage.of("a", 0, 2, "نص", ()).id
    others = [Passage.of("b", 0, 2, "نص", ()), Passage.of("a", 1, 3, "نص", ()), Passage.of("a", 0, 2, "سن", ())]
    assert len({passage.id for passage in others} | {Passage.of("a", 0, 2, "نص", ()).id}) == 4


def test_an_article_without_a_passage_is_not_stored() -> None:
    with pytest.raises(ValueError, match="no passage"):
        IndexedArticle(ARTICLE, "1", (), np.empty(0, dtype=np.uint16))


def test_a_fingerprint_names_what_differs() -> None:
    one, other = IndexFingerprint("m", 384, 1, 1), IndexFingerprint("n", 384, 2, 1)
    assert one.differences(other) == ["embedding_model: 'm', not 'n'", "text_analysis_version: 1, not 2"]
    assert one.differences(one) == []


def test_a_filters_date_without_a_zone_is_utc() -> None:
    naive, aware = datetime(2024, 3, 1), datetime(2024, 3, 1, tzinfo=UTC)  # noqa: DTZ001 - that is what is tested
    assert Filters(published_from=naive, published_to=naive) == Filters(published_from=aware, published_to=aware)
