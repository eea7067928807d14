"""How the index is laid out: mapping, analyzers, settings. Pure functions; a test holds the whole of it."""

from typing import Literal, TypeAlias

from dalil.domain import IndexFingerprint
from dalil.stores.rows import fingerprint_to_json
from dalil.text.normalisation import normalise

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
JsonObject: TypeAlias = dict[str, Json]

DEEPEST_PAGE = 100_000
"""More passages than the longest article can have: an article is read in one request, so that it is one version."""

BinaryField: TypeAlias = Literal["vectors", "tokens"]

DOC_VALUES: tuple[BinaryField, ...] = ("vectors", "tokens")
"""The binary fields, which are read by themselves."""

_ARABIC_BLOCKS = ((0x0600, 0x0700), (0x0750, 0x0780), (0x08A0, 0x0900), (0xFB50, 0xFE00), (0xFE70, 0xFF00))
_INVISIBLE = (0x00AD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF)


def write_alias(alias: str) -> str:
    """The alias that writes go through; reads go through `alias` itself."""
    return f"{alias}-write"


def index_body(
    fingerprint: IndexFingerprint, alias: str, *, engine: Literal["lucene", "faiss"], shards: int, replicas: int
) -> JsonObject:
    """The body that creates an index for `alias`.

    Nothing becomes visible but by an explicit refresh; a field that the mapping does not know is refused.
    """
    return {
        "settings": {
            "index": {
                "number_of_shards": shards,
                "number_of_replicas": replicas,
                "refresh_interval": "-1",
                "max_result_window": DEEPEST_PAGE,
                "knn": True,
                "similarity": {"dalil_bm25": {"type": "BM25", "k1": 1.2, "b": 0.75}},
            },
            "analysis": _analysis(),
        },
        "mappings": {
            "dynamic": "strict",
            # A hit's source is read whole, whatever is asked of it: what is large stays out of it.
            "_source": {"excludes": ["vector", "terms", *DOC_VALUES]},
            "_meta": {"dalil": {"alias": alias, "fingerprint": fingerprint_to_json(fingerprint)}},
            "properties": _properties(fingerprint.dimension, engine),
        },
    }


def _properties(dimension: int, engine: str) -> JsonObject:
    keyword: Json = {"type": "keyword"}
    # A longer one is stored all the same, but no filter finds it: Lucene takes no term above 32,766 bytes.
    short_keyword: Json = {"type": "keyword", "ignore_above": 8191}
    integer: Json = {"type": "integer"}
    stored_text: Json = {"type": "keyword", "index": False, "doc_values": False}
    stored_integer: Json = {"type": "integer", "index": False, "doc_values": False}
    for_people: Json = {
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
        "text": for_people,
        "sentences": stored_integer,
        "terms": {
            "type": "text",
            "analyzer": "dalil_terms",
            "similarity": "dalil_bm25",
            "index_options": "freqs",
        },
        # Without an engine of its own it would be faiss, whose native libraries not every node has.
        "vector": {
            "type": "knn_vector",
            "dimension": dimension,
            "method": {"name": "hnsw", "engine": engine, "space_type": "cosinesimil"},
        },
        **{field: {"type": "binary", "doc_values": True} for field in DOC_VALUES},
        "title": for_people,
        "source": short_keyword,
        "published_at": {"type": "date", "format": "strict_date_optional_time"},
        # A date is kept to the millisecond; the filters compare microseconds, as the other store does.
        "published_us": {"type": "long"},
        "url": stored_text,
        "article_text": stored_text,
        "language": short_keyword,
        "metadata": stored_text,
    }


def _analysis() -> JsonObject:
    """Analyzers.

    `dalil_terms` takes the terms as they were made in Python, and is the one Dalil asks. `dalil_arabic` folds spelling
    as Python does, and `dalil_exact` not at all: for people's own queries on `text` and `title`.
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
    return [f"{_escaped(letter)} => {_escaped(fold)}" for letter, fold in folded.items() if letter != fold]


def _escaped(text: str) -> str:
    return "".join(f"\\u{ord(character):04x}" for character in text)
