"""The mapping is held here whole: a changed field or engine is a changed index."""

import json

from dalil.stores.opensearch.schema import DOC_VALUES, folding_rules, index_body
from dalil.stores.rows import Row
from tests.contracts.samples import FINGERPRINT

BODY = index_body(FINGERPRINT, "news", engine="lucene", shards=3, replicas=1)

PEOPLES_TEXT = {
    "type": "text",
    "analyzer": "dalil_arabic",
    "fields": {"arabic": {"type": "text", "analyzer": "arabic"}, "exact": {"type": "text", "analyzer": "dalil_exact"}},
}
STORED = {"type": "keyword", "index": False, "doc_values": False}
STORED_NUMBER = {"type": "integer", "index": False, "doc_values": False}


def test_the_mapping_is_strict_marked_and_says_every_engine_and_method() -> None:
    assert BODY["mappings"] == {
        "dynamic": "strict",
        "_source": {"excludes": ["vector", "terms", "vector_float16", "tokens", "signature"]},
        "_meta": {
            "dalil": {
                "alias": "news",
                "fingerprint": '{"embedding_model": "test-model@1", "dimension": 8, '
                '"text_analysis_version": 1, "schema_version": 1}',
            }
        },
        "properties": {
            "id": {"type": "keyword"},
            "article_id": {"type": "keyword"},
            "ordinal": {"type": "integer"},
            "passage_count": {"type": "integer"},
            "version": {"type": "keyword"},
            "start": STORED_NUMBER,
            "end": STORED_NUMBER,
            "text": PEOPLES_TEXT,
            "sentences": STORED_NUMBER,
            "terms": {
                "type": "text",
                "analyzer": "dalil_terms",
                "similarity": "dalil_bm25",
                "index_options": "freqs",
            },
            "vector": {
                "type": "knn_vector",
                "dimension": 8,
                "method": {"name": "hnsw", "engine": "lucene", "space_type": "cosinesimil"},
            },
            "vector_float16": {"type": "binary", "doc_values": True},
            "tokens": {"type": "binary", "doc_values": True},
            "signature": {"type": "binary", "doc_values": True},
            "title": PEOPLES_TEXT,
            "source": {"type": "keyword", "ignore_above": 8191},
            "published_at": {"type": "date", "format": "strict_date_optional_time"},
            "published_us": {"type": "long"},
            "published_day": {"type": "integer"},
            "url": STORED,
            "article_text": STORED,
            "language": {"type": "keyword", "ignore_above": 8191},
            "metadata": STORED,
        },
    }


def test_every_field_of_a_row_is_mapped() -> None:
    mappings = BODY["mappings"]
    assert isinstance(mappings, dict)
    properties = mappings["properties"]
    assert isinstance(properties, dict)
    assert properties.keys() == Row.__annotations__.keys() | set(DOC_VALUES.values())


def test_nothing_is_visible_before_a_refresh_and_bm25_has_the_usual_constants() -> None:
    settings = BODY["settings"]
    assert isinstance(settings, dict)
    assert settings["index"] == {
        "number_of_shards": 3,
        "number_of_replicas": 1,
        "refresh_interval": "-1",
        "max_result_window": 100_000,
        "knn": True,
        "similarity": {"dalil_bm25": {"type": "BM25", "k1": 1.2, "b": 0.75}},
    }


def test_the_engine_is_a_setting() -> None:
    body = index_body(FINGERPRINT, "news", engine="faiss", shards=1, replicas=0)
    assert '"engine": "faiss"' in json.dumps(body)
    assert '"engine": "lucene"' not in json.dumps(body)


def test_folding_rules_are_those_of_python() -> None:
    rules = folding_rules()
    for rule in (r"\u0640 => ", r"\u06cc => \u064a", r"\u06a9 => \u0643", r"\u0624 => \u0648", r"\u200f => "):
        assert rule in rules
    assert r"\ufefb => \u0644\u0627" in rules
    assert not any(str(rule).startswith(r"\u0643 ") for rule in rules), "a letter that stays needs no rule"
