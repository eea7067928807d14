"""The bodies of search requests. Pure functions with golden tests.

User input is only ever a JSON value in these bodies, never part of a query string.
"""

from collections.abc import Sequence

from dalil.domain import Filters, Vector
from dalil.stores.opensearch.schema import DOC_VALUES, MAX_ARTICLE_PASSAGES, Json, JsonObject
from dalil.stores.rows import (
    ARTICLE_FIELDS,
    FACET_FIELDS,
    MATCH_FIELDS,
    PASSAGE_FIELDS,
    SIGNATURE_FIELDS,
    SIGNED_FIELDS,
    SUMMARY_FIELDS,
    UNDATED_DAY,
    UNMATCHED_FIELDS,
    WHOLE_ARTICLE_FIELDS,
    date_bounds,
)

BUCKETS = 10_000
"""Buckets in one page of `states`."""

EF_SEARCH = 1000
"""Candidates of the graph search: 1000 find 0.999 of the nearest hundred among 10,000 random vectors. 256 find 0.93 and
take two milliseconds less."""

_FIRST: Json = {"term": {"ordinal": 0}}
_K1 = 1.2


def by_text(terms: Sequence[str], limit: int, filters: Filters) -> JsonObject:
    """Passages by BM25 of their terms; ties in order of passage id.

    Lucene omits the constant factor k1 + 1 of BM25; the boost restores it.
    """
    match: Json = {"match": {"terms": {"query": " ".join(terms), "operator": "or", "boost": _K1 + 1}}}
    return {
        **_doc_value_fields(MATCH_FIELDS, limit),
        "query": {"bool": {"must": [match], "filter": _conditions(filters)}},
        "sort": ["_score", {"id": "asc"}],
    }


def by_vector(vector: Vector, depth: int, filters: Filters) -> JsonObject:
    """The `depth` nearest passages. The filter applies during the graph search, not after it."""
    nearest: JsonObject = {
        "vector": vector.tolist(),
        "k": depth,
        "method_parameters": {"ef_search": max(depth, EF_SEARCH)},
    }
    conditions = _conditions(filters)
    if conditions:
        nearest["filter"] = {"bool": {"filter": conditions}}
    return {**_doc_value_fields(MATCH_FIELDS, depth), "query": {"knn": {"vector": nearest}}}


def passages(passage_ids: Sequence[str]) -> JsonObject:
    """The fields of passages that a search did not fetch, by passage id, in any order."""
    return {
        **_row_fields(UNMATCHED_FIELDS, len(passage_ids)),
        "query": _all_of({"terms": {"id": list(passage_ids)}}),
    }


def facet_fields(passage_ids: Sequence[str]) -> JsonObject:
    """The facet fields of passages, by passage id, in any order."""
    return {
        **_doc_value_fields(FACET_FIELDS, len(passage_ids)),
        "query": _all_of({"terms": {"id": list(passage_ids)}}),
    }


def signed_articles(passage_ids: Sequence[str]) -> JsonObject:
    """The articles of passages and their signatures, by passage id, in any order."""
    return {
        **_row_fields(SIGNED_FIELDS, len(passage_ids)),
        "query": _all_of({"terms": {"id": list(passage_ids)}}),
    }


def passages_of_article(article_id: str) -> JsonObject:
    """All passages of one article in order."""
    return {
        **_row_fields(PASSAGE_FIELDS, MAX_ARTICLE_PASSAGES),
        "query": _all_of({"term": {"article_id": article_id}}),
        "sort": [{"ordinal": "asc"}],
    }


def article(article_id: str) -> JsonObject:
    """The row that holds the article."""
    return {
        "size": 1,
        "_source": list(ARTICLE_FIELDS),
        "track_total_hits": False,
        "query": _all_of({"term": {"article_id": article_id}}, _FIRST),
    }


def whole_articles(article_ids: Sequence[str]) -> JsonObject:
    """The rows that hold these articles, in any order."""
    return {
        "size": len(article_ids),
        "_source": list(WHOLE_ARTICLE_FIELDS),
        "track_total_hits": False,
        "query": _all_of({"terms": {"article_id": list(article_ids)}}, _FIRST),
    }


def signatures(article_ids: Sequence[str]) -> JsonObject:
    """The signatures of these articles, in any order."""
    return {
        **_row_fields(SIGNATURE_FIELDS, len(article_ids)),
        "query": _all_of({"terms": {"article_id": list(article_ids)}}, _FIRST),
    }


def articles(limit: int, after: str | None) -> JsonObject:
    """Summaries in ascending order of id."""
    later: list[Json] = [] if after is None else [{"range": {"article_id": {"gt": after}}}]
    return {
        "size": limit,
        "_source": list(SUMMARY_FIELDS),
        "track_total_hits": False,
        "query": _all_of(_FIRST, *later),
        "sort": [{"article_id": "asc"}],
    }


def counts() -> JsonObject:
    """The number of rows, and the number of first rows of an article."""
    return {"size": 0, "track_total_hits": True, "aggs": {"articles": {"filter": _FIRST}}}


def states(article_ids: Sequence[str] | None, after: Json = None) -> JsonObject:
    """One bucket for each article and version: its number of passages, its highest ordinal, its `passage_count`.

    `article_ids` is None for all articles; `after` is the `after_key` of the page before.
    """
    composite: JsonObject = {
        "size": BUCKETS,
        "sources": [{"article": {"terms": {"field": "article_id"}}}, {"version": {"terms": {"field": "version"}}}],
    }
    if after is not None:
        composite["after"] = after
    aggregation: Json = {
        "composite": composite,
        "aggs": {"highest": {"max": {"field": "ordinal"}}, "wanted": {"max": {"field": "passage_count"}}},
    }
    every: Json = {"match_all": {}}
    query: Json = every if article_ids is None else _all_of({"terms": {"article_id": list(article_ids)}})
    return {"size": 0, "track_total_hits": False, "query": query, "aggs": {"states": aggregation}}


def _doc_value_fields(fields: Sequence[str], size: int) -> JsonObject:
    """The fields of each passage from their doc values, without its source.

    Without "_none_" OpenSearch reads each hit's stored fields for its `_id`, which doubles the time.
    """
    return {
        "size": size,
        "_source": False,
        "stored_fields": "_none_",
        "docvalue_fields": [DOC_VALUES.get(field, field) for field in fields],
        "track_total_hits": False,
    }


def _row_fields(fields: Sequence[str], size: int) -> JsonObject:
    source: list[Json] = [field for field in fields if field not in DOC_VALUES]
    doc_values: list[Json] = [binary for field, binary in DOC_VALUES.items() if field in fields]
    return {"size": size, "_source": source, "docvalue_fields": doc_values, "track_total_hits": False}


def _all_of(*conditions: Json) -> Json:
    return {"bool": {"filter": list(conditions)}}


def _conditions(filters: Filters) -> list[Json]:
    conditions: list[Json] = []
    if filters.article_ids:
        conditions.append({"terms": {"article_id": list(filters.article_ids)}})
    if filters.sources:
        conditions.append({"terms": {"source": list(filters.sources)}})
    dates: list[Json] = [
        {"range": {bound.field: {"gte" if bound.is_lowest else "lte": bound.value}}} for bound in date_bounds(filters)
    ]
    if dates and filters.include_undated:
        undated: Json = {"term": {"published_day": UNDATED_DAY}}
        dates = [{"bool": {"should": [_all_of(*dates), undated]}}]
    return [*conditions, *dates]
