"""The flat record that every store keeps for each passage, and its conversions.

Each passage is one row. The row of an article's first passage (ordinal 0) also holds the whole article: so an article
with its passages is replaced in one step, and needs no second table.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Literal, NamedTuple, TypedDict, cast

import numpy as np

from dalil.domain import (
    Article,
    ArticleSummary,
    FacetFields,
    Filters,
    IndexedArticle,
    IndexFingerprint,
    Passage,
    QuantizedTokens,
    Signature,
    SignedArticle,
    Span,
    StoredPassage,
    Vector,
)
from dalil.errors import IndexMismatch
from dalil.stores.base import REBUILD

UNDATED_DAY = 0
"""The day of an article without a date: a filter of LanceDB cannot ask for null. The calendar begins on day 1."""
DEFAULT_LANGUAGE = "ar"
"""Of an article in an index of a release that did not store it."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SummaryRow(TypedDict):
    """The fields of an `ArticleSummary`. `published_at` is ISO 8601 with the article's own UTC offset."""

    article_id: str
    title: str
    source: str | None
    published_at: str | None
    url: str | None


class ArticleRow(SummaryRow):
    """The whole article. The fields added here are None except on ordinal 0. `metadata` is a JSON object."""

    article_text: str | None
    language: str | None
    metadata: str | None


class PassageRow(SummaryRow):
    """The fields of a `StoredPassage`.

    `sentences` alternates starts and ends. `vector` is rounded to float16, so that all stores compare the same numbers.
    `tokens_to_bytes` makes `tokens`.
    """

    id: str
    start: int
    end: int
    text: str
    sentences: list[int]
    vector: Vector
    tokens: bytes


class FacetRow(TypedDict):
    """The fields of `FacetFields`.

    `published_day` is the ordinal of `published_on`, or `UNDATED_DAY`; filters compare it too.
    """

    id: str
    article_id: str
    source: str | None
    published_day: int


class DateBound(NamedTuple):
    """The lowest or the highest value of a field that a filter lets pass, inclusive."""

    field: Literal["published_us", "published_day"]
    value: int
    is_lowest: bool


class SignatureRow(TypedDict):
    """The signature of an article. `signature` holds numbers as `<u2`."""

    article_id: str
    signature: bytes


class SignedRow(SummaryRow, SignatureRow):
    """The fields of a `SignedArticle`, and the passage's id."""

    id: str


class Row(ArticleRow, PassageRow, FacetRow, SignedRow):
    """All fields.

    `passage_count` is the number of passages of the article. `published_us` counts the microseconds since 1970, for
    filters.
    """

    ordinal: int
    passage_count: int
    version: str
    published_us: int | None
    terms: str


SUMMARY_FIELDS = tuple(SummaryRow.__annotations__)
ARTICLE_FIELDS = tuple(ArticleRow.__annotations__)
WHOLE_ARTICLE_FIELDS = (*ARTICLE_FIELDS, "version")
REQUIRED_FIELDS = ("article_id", "title", "article_text", "version")
"""The fields without which no article can be taken from an index of another release."""

PASSAGE_FIELDS = tuple(PassageRow.__annotations__)
FACET_FIELDS = tuple(FacetRow.__annotations__)
SIGNATURE_FIELDS = tuple(SignatureRow.__annotations__)
SIGNED_FIELDS = tuple(SignedRow.__annotations__)
MATCH_FIELDS = ("id", "vector")
"""The fields that a search fetches of a passage."""

UNMATCHED_FIELDS = tuple(field for field in PASSAGE_FIELDS if field != "vector")
"""The other fields of a passage, and its id to identify it."""


def rows_of(indexed: IndexedArticle) -> list[Row]:
    """The rows of an article, in order of ordinal."""
    article, signature = indexed.article, indexed.signature.astype("<u2").tobytes()
    return [
        Row(
            id=passage.passage.id,
            article_id=article.id,
            ordinal=ordinal,
            passage_count=len(indexed.passages),
            version=indexed.version,
            start=passage.passage.start,
            end=passage.passage.end,
            text=passage.passage.text,
            sentences=[offset for span in passage.passage.sentences for offset in (span.start, span.end)],
            terms=passage.terms,
            vector=passage.vector.astype(np.float16).astype(np.float32),
            tokens=tokens_to_bytes(passage.tokens),
            title=article.title,
            source=article.source,
            published_at=article.published_at.isoformat() if article.published_at else None,
            published_us=microseconds(article.published_at) if article.published_at else None,
            published_day=article.published_at.toordinal() if article.published_at else UNDATED_DAY,
            url=article.url,
            signature=signature,
            article_text=None if ordinal else article.text,
            language=None if ordinal else article.language,
            metadata=None if ordinal else json.dumps(dict(article.metadata), ensure_ascii=False),
        )
        for ordinal, passage in enumerate(indexed.passages)
    ]


def summary_of(row: SummaryRow) -> ArticleSummary:
    """The summary of a row's article."""
    published = row["published_at"]
    return ArticleSummary(
        id=row["article_id"],
        title=row["title"],
        source=row["source"],
        published_at=datetime.fromisoformat(published) if published else None,
        url=row["url"],
    )


def facet_fields_of(row: FacetRow) -> FacetFields:
    """The facet fields of a row."""
    day = row["published_day"]
    return FacetFields(
        article_id=row["article_id"],
        source=row["source"],
        published_on=None if day == UNDATED_DAY else date.fromordinal(day),
    )


def signed_article_of(row: SignedRow) -> SignedArticle:
    """The article of a row with its signature."""
    return SignedArticle(summary_of(row), signature_of(row))


def signature_of(row: SignatureRow) -> Signature:
    """The signature of a row's article."""
    return np.frombuffer(row["signature"], "<u2")


def article_of(row: ArticleRow) -> Article:
    """The article of a row with ordinal 0."""
    summary = summary_of(row)
    return Article(
        id=summary.id,
        title=summary.title,
        text=row["article_text"] or "",
        source=summary.source,
        published_at=summary.published_at,
        url=summary.url,
        language=row["language"] or "",
        metadata=json.loads(row["metadata"] or "{}"),
    )


def whole_article_of(row: Mapping[str, object]) -> tuple[Article, str]:
    """The article of a row with ordinal 0 and its version.

    The row may lack optional fields, which the release that wrote it did not know.
    """
    defaults = {**dict.fromkeys(ARTICLE_FIELDS), "language": DEFAULT_LANGUAGE}
    return article_of(cast("ArticleRow", {**defaults, **row})), str(row["version"])


def stored_passage_of(row: PassageRow, vector: "Vector | None" = None) -> StoredPassage:
    """The passage of a row; `vector` comes from a search whose row has none, else from the row."""
    offsets = row["sentences"]
    sentences = tuple(Span(start, end) for start, end in zip(offsets[::2], offsets[1::2], strict=True))
    passage = Passage(row["id"], row["article_id"], row["start"], row["end"], row["text"], sentences)
    own = row["vector"] if vector is None else vector
    return StoredPassage(passage, summary_of(row), own, tokens_from_bytes(row["tokens"]))


def tokens_to_bytes(tokens: QuantizedTokens) -> bytes:
    """The number of sentences, the number of tokens of each, then the codes row by row; numbers as `<u2`."""
    return np.array([len(tokens.counts), *tokens.counts], dtype="<u2").tobytes() + tokens.codes.tobytes()


def tokens_from_bytes(stored: bytes) -> QuantizedTokens:
    """The inverse of `tokens_to_bytes`."""
    (sentences,) = np.frombuffer(stored, "<u2", 1).tolist()
    counts = tuple(np.frombuffer(stored, "<u2", sentences, 2).tolist())
    codes = np.frombuffer(stored, np.uint8, offset=2 + 2 * sentences)
    return QuantizedTokens(codes.reshape(sum(counts), -1) if len(codes) else codes.reshape(0, 0), counts)


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 in UTC; a time without a time zone is in UTC, as in `Article`."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(microseconds=1)


def date_bounds(filters: Filters) -> list[DateBound]:
    """The bounds that the dates of a filter set; an article has to be within all. Empty without dates.

    A moment is compared by its microsecond, a date by its day.
    """
    bounds: list[DateBound] = []
    for bound, is_lowest in ((filters.published_from, True), (filters.published_to, False)):
        if isinstance(bound, datetime):
            bounds.append(DateBound("published_us", microseconds(bound), is_lowest=is_lowest))
        elif bound is not None:
            bounds.append(DateBound("published_day", bound.toordinal(), is_lowest=is_lowest))
    return [*bounds, DateBound("published_day", UNDATED_DAY + 1, is_lowest=True)] if bounds else []


def fingerprint_to_json(fingerprint: IndexFingerprint) -> str:
    """The fingerprint as the mark of an index."""
    return json.dumps(asdict(fingerprint))


def fingerprint_from_json(mark: str) -> IndexFingerprint:
    """The fingerprint in a mark; raises `IndexMismatch` for the fields of another release of Dalil."""
    try:
        return IndexFingerprint(**json.loads(mark))
    except (TypeError, ValueError) as error:
        raise IndexMismatch(
            f"the index carries the mark of another release of Dalil, {mark!r}; rebuild it: `{REBUILD}`"
        ) from error
