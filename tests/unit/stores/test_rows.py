from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from dalil.errors import IndexMismatch
from dalil.stores.rows import (
    article_of,
    fingerprint_from_json,
    fingerprint_to_json,
    microseconds,
    rows_of,
    stored_passage_of,
    summary_of,
)
from tests.contracts.samples import FINGERPRINT, indexed


def test_only_the_first_row_carries_the_article() -> None:
    rows = rows_of(indexed(terms=["x", "y"]))
    assert [row["ordinal"] for row in rows] == [0, 1]
    assert [row["passage_count"] for row in rows] == [2, 2]
    assert rows[0]["article_text"] == indexed(terms=["x", "y"]).article.text
    assert rows[1]["article_text"] is rows[1]["language"] is rows[1]["metadata"] is None


def test_a_row_gives_back_what_it_was_made_of() -> None:
    one = indexed(terms=["x", "y"], metadata={"a": "ب"}, published_at=None)
    rows = rows_of(one)
    assert article_of(rows[0]) == one.article
    assert summary_of(rows[1]) == one.article.summary
    stored = stored_passage_of(rows[1])
    assert stored.passage == one.passages[1].passage
    np.testing.assert_array_equal(stored.vector, one.passages[1].vector.astype(np.float16).astype(np.float32))
    np.testing.assert_array_equal(stored.tokens.codes, one.passages[1].tokens.codes)
    assert stored.tokens.counts == (2, 1)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC), 1_000_005),
        (datetime(1970, 1, 1, 3, tzinfo=timezone(timedelta(hours=3))), 0),
        (datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), -1),
        (datetime(1970, 1, 2), 86_400_000_000),  # noqa: DTZ001  a moment without a time zone is what is tested
    ],
)
def test_moments_are_counted_in_microseconds(moment: datetime, expected: int) -> None:
    assert microseconds(moment) == expected


def test_a_fingerprint_survives_being_written() -> None:
    arabic = replace(FINGERPRINT, embedding_model="نموذج@1")
    assert fingerprint_from_json(fingerprint_to_json(arabic)) == arabic


@pytest.mark.parametrize("mark", ["", "{", "[]", "null", '{"colour": "green"}'])
def test_another_releases_mark_is_a_mismatch(mark: str) -> None:
    with pytest.raises(IndexMismatch, match="rebuild"):
        fingerprint_from_json(mark)
