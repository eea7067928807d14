"""What the index is asked, as bodies of requests. Pure functions, held by golden tests.

User values only ever stand as values in these bodies, never inside a query language.
"""

from collections.abc import Sequence

from dalil.domain import Filters, Vector
from dalil.stores.opensearch.schema import DEEPEST_PAGE, DOC_VALUES, Json, JsonObject
from dalil.stores.rows import (
    ARTICLE_FIELDS,
    MATCH_FIELDS,
    ORIGIN_FIELDS,
    PASSAGE_FIELDS,
    SUMMARY_FIELDS,
    UNMATCHED_FIELDS,
    microseconds,
)

BUCKETS = 10_000
"""Buckets of one page of `states`."""

EF_SEARCH = 1000
"""Breadth of the graph search: at 10,000 vectors it finds 0.999 of the hundred nearest where 256 finds 0.93 of random
ones, for two milliseconds more."""

_FIRST: Json = {"term": {"ordinal": 0}}
_K1 = 1.2


def by_text(terms: Sequence[str], limit: int, filters: Filters) -> JsonObject:
    """Passages by BM25 of their terms, ties by passage id.

    Lucene leaves the constant factor k1 + 1 out of BM25; the boost puts it back.
    """
    match: Json = {"match": {"terms": {"query": " ".join(terms), "operator": "or", "boost": _K1 + 1}}}
    return {
        **_values(MATCH_FIELDS, limit),
        "query": {"bool": {"must": [match], "filter": _conditions(filters)}},
        "sort": ["_score", {"id": "asc"}],
    }


def by_vector(vector: Vector, depth: int, filters: Filters) -> JsonObject:
    """The `depth` nearest passages; the filter is applied while the graph is searched, not after."""
    nearest: JsonObject = {
        "vector": vector.tolist(),
        "k": depth,
        "method_parameters": {"ef_search": max(depth, EF_SEARCH)},
    }
    conditions = _conditions(filters)
    if conditions:
        nearest["filter"] = {"bool": {"filter": conditions}}
    return {**_values(MATCH_FIELDS, depth), "query": {"knn": {"vector": nearest}}}


def passages(passage_ids: Sequence[str]) -> JsonObject:
    """What a search left behind of the passages that it found, by their ids, in no order."""
    return {
        **_rows(UNMATCHED_FIELDS, len(passage_ids)),
        "query": _all_of({"terms": {"id": list(passage_ids)}}),
    }


def facet_fields(passage_ids: Sequence[str]) -> JsonObject:
    """Where passages come from, by their ids, in no order."""
    return {
        **_values(ORIGIN_FIELDS, len(passage_ids)),
        "query": _all_of({"terms": {"id": list(passage_ids)}}),
    }


def passages_of_article(article_id: str) -> JsonObject:
    """All passages of one article in order."""
    return {
        **_rows(PASSAGE_FIELDS, DEEPEST_PAGE),
        "query": _all_of({"term": {"article_id": article_id}}),
        "sort": [{"ordinal": "asc"}],
    }


def article(article_id: str) -> JsonObject:
    """The row that carries the article."""
    return {
        "size": 1,
        "_source": list(ARTICLE_FIELDS),
        "track_total_hits": False,
        "query": _all_of({"term": {"article_id": article_id}}, _FIRST),
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
    """How many rows there are, and how many of them begin an article."""
    return {"size": 0, "track_total_hits": True, "aggs": {"articles": {"filter": _FIRST}}}


def states(article_ids: Sequence[str] | None, after: Json = None) -> JsonObject:
    """One bucket for each article and version: how many passages, the highest ordinal, how many there should be.

    `article_ids` None asks for all; `after` is the `after_key` of the page before.
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
    asked: Json = every if article_ids is None else _all_of({"terms": {"article_id": list(article_ids)}})
    return {"size": 0, "track_total_hits": False, "query": asked, "aggs": {"states": aggregation}}


def _values(fields: Sequence[str], size: int) -> JsonObject:
    """Fields of each passage that are read by themselves, and not out of its source.

    Without "_none_" OpenSearch would read each hit's stored fields for its own `_id`, at twice the time.
    """
    return {
        "size": size,
        "_source": False,
        "stored_fields": "_none_",
        "docvalue_fields": [*fields],
        "track_total_hits": False,
    }


def _rows(fields: Sequence[str], size: int) -> JsonObject:
    source: list[Json] = [field for field in fields if field not in DOC_VALUES]
    by_themselves: list[Json] = [field for field in DOC_VALUES if field in fields]
    return {"size": size, "_source": source, "docvalue_fields": by_themselves, "track_total_hits": False}


def _all_of(*conditions: Json) -> Json:
    return {"bool": {"filter": list(conditions)}}


def _conditions(filters: Filters) -> list[Json]:
    conditions: list[Json] = []
    if filters.article_ids:
        conditions.append({"terms": {"article_id": list(filters.article_ids)}})
    if filters.sources:
        conditions.append({"terms": {"source": list(filters.sources)}})
    if filters.published_from is not None:
        conditions.append({"range": {"published_us": {"gte": microseconds(filters.published_from)}}})
    if filters.published_to is not None:
        conditions.append({"range": {"published_us": {"lte": microseconds(filters.published_to)}}})
    return conditions
