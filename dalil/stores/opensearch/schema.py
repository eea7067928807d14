"""The layout of the index: mapping, analyzers, settings. Pure functions with a golden test."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

from dalil.domain import IndexFingerprint
from dalil.stores.base import Generation
from dalil.stores.rows import fingerprint_to_json
from dalil.text.normalisation import normalise

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
JsonObject: TypeAlias = dict[str, Json]

MAX_ARTICLE_PASSAGES = 100_000
"""More than the longest article can have: one request reads an article, so that all of it has one version."""

BinaryField: TypeAlias = Literal["vector_float16", "tokens", "signature"]

DOC_VALUES: Mapping[str, BinaryField] = MappingProxyType(
    {"vector": "vector_float16", "tokens": "tokens", "signature": "signature"}
)
"""Field of a row → the binary field whose doc values hold it. `vector` itself is for the search alone."""

_ARABIC_BLOCKS = ((0x0600, 0x0700), (0x0750, 0x0780), (0x08A0, 0x0900), (0xFB50, 0xFE00), (0xFE70, 0xFF00))
_INVISIBLE = (0x00AD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF)


def read_alias(alias: str, generation: Generation) -> str:
    """The alias for searches: of the live generation `alias` itself."""
    return alias if generation is Generation.LIVE else f"{alias}-{generation}"


def write_alias(alias: str, generation: Generation = Generation.LIVE) -> str:
    """The alias for writes, which only the live generation has beside that for searches."""
    return f"{alias}-write" if generation is Generation.LIVE else read_alias(alias, generation)


def swap_alias(alias: str) -> str:
    """The alias of the live index while it is being swapped, and no one may write to it."""
    return f"{alias}-swap"


def index_body(
    fingerprint: IndexFingerprint, alias: str, *, engine: Literal["lucene", "faiss"], shards: int, replicas: int
) -> JsonObject:
    """The body of the request that creates an index for `alias`.

    Writes become visible only by an explicit refresh; a field without mapping is refused.
    """
    return {
        "settings": {
            "index": {
                "number_of_shards": shards,
                "number_of_replicas": replicas,
                "refresh_interval": "-1",
                "max_result_window": MAX_ARTICLE_PASSAGES,
                "knn": True,
                "similarity": {"dalil_bm25": {"type": "BM25", "k1": 1.2, "b": 0.75}},
            },
            "analysis": _analysis(),
        },
        "mappings": {
            "dynamic": "strict",
            # OpenSearch reads a hit's whole source for any field of it, so large fields stay out of the source.
            "_source": {"excludes": ["vector", "terms", *DOC_VALUES.values()]},
            "_meta": {"dalil": {"alias": alias, "fingerprint": fingerprint_to_json(fingerprint)}},
            "properties": _properties(fingerprint.dimension, engine),
        },
    }


def _properties(dimension: int, engine: str) -> JsonObject:
    keyword: Json = {"type": "keyword"}
    # A longer value is stored, but no filter finds it: Lucene takes no term above 32,766 bytes.
    short_keyword: Json = {"type": "keyword", "ignore_above": 8191}
    integer: Json = {"type": "integer"}
    stored_text: Json = {"type": "keyword", "index": False, "doc_values": False}
    stored_integer: Json = {"type": "integer", "index": False, "doc_values": False}
    people_text: Json = {
        "type": "text",
        "analyzer": "dalil_arabic",
        "fields": {
            "arabic": {"type": "text", "analyzer": "arabic"},
            "exact": {"type": "text", "analyzer": "dalil_exact"},
        },
    }
    return {
        "id": keyword,
        "article_id": keyword,
        "ordinal": integer,
        "passage_count": integer,
        "version": keyword,
        "start": stored_integer,
        "end": stored_integer,
        "text": people_text,
        "sentences": stored_integer,
        "terms": {
            "type": "text",
            "analyzer": "dalil_terms",
            "similarity": "dalil_bm25",
            "index_options": "freqs",
        },
        # The default engine is faiss, whose native libraries some nodes do not have.
        "vector": {
            "type": "knn_vector",
            "dimension": dimension,
            "method": {"name": "hnsw", "engine": engine, "space_type": "cosinesimil"},
        },
        **{field: {"type": "binary", "doc_values": True} for field in DOC_VALUES.values()},
        "title": people_text,
        "source": short_keyword,
        "published_at": {"type": "date", "format": "strict_date_optional_time"},
        # OpenSearch keeps dates to the millisecond; the filters compare microseconds, as in the other store.
        "published_us": {"type": "long"},
        "published_day": {"type": "integer"},
        "url": stored_text,
        "article_text": stored_text,
        "language": short_keyword,
        "metadata": stored_text,
    }


def _analysis() -> JsonObject:
    """Analyzers.

    `dalil_terms` takes the terms made in Python unchanged; Dalil searches only them. The other two are for people who
    query `text` and `title` themselves: `dalil_arabic` folds spelling as Python does, `dalil_exact` does not.
    """
    return {
        "char_filter": {"dalil_folding": {"type": "mapping", "mappings": folding_rules()}},
        "tokenizer": {"dalil_terms": {"type": "whitespace", "max_token_length": 8192}},
        "analyzer": {
            "dalil_terms": {"type": "custom", "tokenizer": "dalil_terms", "filter": []},
            "dalil_arabic": {
                "type": "custom",
                "char_filter": ["dalil_folding"],
                "tokenizer": "standard",
                "filter": ["lowercase", "decimal_digit", "arabic_normalization"],
            },
            "dalil_exact": {"type": "custom", "tokenizer": "standard", "filter": ["lowercase"]},
        },
    }


def folding_rules() -> list[Json]:
    """`dalil.text.normalisation` as rules of a mapping char filter, for the letters and marks of Arabic script."""
    points = [point for start, end in _ARABIC_BLOCKS for point in range(start, end)] + list(_INVISIBLE)
    folded = {chr(point): normalise(chr(point)) for point in points}
    return [f"{_escape(letter)} => {_escape(fold)}" for letter, fold in folded.items() if letter != fold]


def _escape(text: str) -> str:
    return "".join(f"\\u{ord(character):04x}" for character in text)
