from datetime import UTC, datetime

import numpy as np

from dalil.domain import Filters
from dalil.stores.opensearch import queries

HOSTILE = '"} OR x:* \\ ع'
EVERY_FILTER = Filters(
    article_ids=("a", HOSTILE),
    sources=("SPA",),
    published_from=datetime(1970, 1, 1, tzinfo=UTC),
    published_to=datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
)
CONDITIONS = [
    {"terms": {"article_id": ["a", HOSTILE]}},
    {"terms": {"source": ["SPA"]}},
    {"range": {"published_us": {"gte": 0}}},
    {"range": {"published_us": {"lte": 1_000_000}}},
    {"range": {"published_day": {"gte": 1}}},
]
SUMMARY = ["article_id", "title", "source", "published_at", "url"]
MATCHES = {
    "_source": False,
    "stored_fields": "_none_",
    "docvalue_fields": ["id", "vector_float16"],
    "track_total_hits": False,
}
PASSAGES = {
    "_source": [*SUMMARY, "id", "start", "end", "text", "sentences"],
    "docvalue_fields": ["vector_float16", "tokens"],
    "track_total_hits": False,
}
FIRST = {"term": {"ordinal": 0}}


def test_text_is_asked_for_by_its_terms_alone() -> None:
    assert queries.by_text(["x", HOSTILE], 7, EVERY_FILTER) == {
        "size": 7,
        **MATCHES,
        "query": {
            "bool": {
                "must": [{"match": {"terms": {"query": f"x {HOSTILE}", "operator": "or", "boost": 2.2}}}],
                "filter": CONDITIONS,
            }
        },
        "sort": ["_score", {"id": "asc"}],
    }


def test_vectors_are_filtered_inside_the_search() -> None:
    vector = np.array([0.5, -0.5], dtype=np.float32)
    parameters = {"ef_search": 1000}
    assert queries.by_vector(vector, 8, EVERY_FILTER) == {
        "size": 8,
        **MATCHES,
        "query": {
            "knn": {
                "vector": {
                    "vector": [0.5, -0.5],
                    "k": 8,
                    "method_parameters": parameters,
                    "filter": {"bool": {"filter": CONDITIONS}},
                }
            }
        },
    }
    assert queries.by_vector(vector, 2000, Filters()) == {
        "size": 2000,
        **MATCHES,
        "query": {"knn": {"vector": {"vector": [0.5, -0.5], "k": 2000, "method_parameters": {"ef_search": 2000}}}},
    }


def test_fetches_ask_for_what_they_need() -> None:
    assert queries.passages(["p", "q"]) == {
        "size": 2,
        **PASSAGES,
        "docvalue_fields": ["tokens"],
        "query": {"bool": {"filter": [{"terms": {"id": ["p", "q"]}}]}},
    }
    assert queries.facet_fields(["p", HOSTILE]) == {
        "size": 2,
        **MATCHES,
        "docvalue_fields": ["id", "article_id", "source", "published_day"],
        "query": {"bool": {"filter": [{"terms": {"id": ["p", HOSTILE]}}]}},
    }
    assert queries.signed_articles(["p", HOSTILE]) == {
        "size": 2,
        "_source": [*SUMMARY, "id"],
        "docvalue_fields": ["signature"],
        "track_total_hits": False,
        "query": {"bool": {"filter": [{"terms": {"id": ["p", HOSTILE]}}]}},
    }
    assert queries.passages_of_article(HOSTILE) == {
        "size": 100_000,
        **PASSAGES,
        "query": {"bool": {"filter": [{"term": {"article_id": HOSTILE}}]}},
        "sort": [{"ordinal": "asc"}],
    }
    assert queries.article(HOSTILE) == {
        "size": 1,
        "_source": [*SUMMARY, "article_text", "language", "metadata"],
        "track_total_hits": False,
        "query": {"bool": {"filter": [{"term": {"article_id": HOSTILE}}, FIRST]}},
    }


def test_articles_are_paged_by_id() -> None:
    first = queries.articles(5, None)
    assert first["query"] == {"bool": {"filter": [FIRST]}}
    assert first["sort"] == [{"article_id": "asc"}]
    assert first["size"] == 5
    assert queries.articles(5, "b")["query"] == {"bool": {"filter": [FIRST, {"range": {"article_id": {"gt": "b"}}}]}}


def test_counts_are_taken_in_one_request() -> None:
    assert queries.counts() == {"size": 0, "track_total_hits": True, "aggs": {"articles": {"filter": FIRST}}}


def test_states_are_paged_over_article_and_version() -> None:
    def body(query: object, **after: object) -> object:
        sources = [{"article": {"terms": {"field": "article_id"}}}, {"version": {"terms": {"field": "version"}}}]
        parts = {"highest": {"max": {"field": "ordinal"}}, "wanted": {"max": {"field": "passage_count"}}}
        composite = {"size": 10_000, "sources": sources, **after}
        aggregation = {"composite": composite, "aggs": parts}
        return {"size": 0, "track_total_hits": False, "query": query, "aggs": {"states": aggregation}}

    key = {"article": "a", "version": "v1"}
    assert queries.states(None) == body({"match_all": {}})
    assert queries.states(["a"], dict(key)) == body({"bool": {"filter": [{"terms": {"article_id": ["a"]}}]}}, after=key)
