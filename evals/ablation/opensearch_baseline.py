"""The peer to beat: OpenSearch's own `hybrid` query over its built-in `arabic` analyzer, the recipe everyone copies.

It searches the same passages by the same vectors, in an index of its own that is deleted at the end.
"""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

import httpx
from pydantic import BaseModel, Field, ValidationError

from dalil.domain import StoredPassage, Vector
from dalil.errors import StoreUnavailable
from dalil.settings import OpenSearchSettings
from dalil.stores.opensearch.queries import EF_SEARCH
from dalil.stores.opensearch.schema import JsonObject
from dalil.text.title_prefix import title_prefix
from evals.measures.judgements import Found
from evals.runs.runner import DEPTH

Model = TypeVar("Model", bound=BaseModel)

INDEX = "dalil-evals-peer"
"""Begins the name of the index; the rest is drawn, so that two runs on one node do not meet."""

WRITE_SECONDS = 120.0
BULK_PASSAGES = 500


@dataclass(frozen=True, slots=True)
class Blend:
    """What each leg counts after min-max; they add up to 1."""

    lexical: float
    semantic: float


class _Hit(BaseModel):
    id: str = Field(alias="_id")
    score: float = Field(alias="_score")


class _Hits(BaseModel):
    hits: list[_Hit]


class _Answer(BaseModel):
    hits: _Hits


class _Bulk(BaseModel):
    errors: bool


class Peer:
    """The peer's index, filled; `bytes_a_passage` counts the text it analyses and the vector, four bytes a number."""

    def __init__(self, node: "_Node", passages: Mapping[str, Found], embed: Callable[[str], Vector], size: int) -> None:
        self._node, self._passages, self._embed = node, passages, embed
        self.bytes_a_passage = size / max(1, len(passages))

    def search(self, text: str, blend: Blend) -> tuple[Found, ...]:
        """The best passages, best first, ties by passage id; raises `StoreUnavailable`."""
        answer = self._node.search(hybrid_body(text, self._embed(text), blend))
        ranked = sorted(answer.hits.hits, key=lambda hit: (-hit.score, hit.id))
        return tuple(self._passages[hit.id] for hit in ranked)


def index_body(dimension: int) -> JsonObject:
    """The mapping as the guides have it, but for the engine: faiss, the default, needs native libraries."""
    method: JsonObject = {"name": "hnsw", "engine": "lucene", "space_type": "cosinesimil"}
    return {
        "settings": {"index": {"knn": True, "number_of_shards": 1, "number_of_replicas": 0}},
        "mappings": {
            "dynamic": "strict",
            "properties": {
                "text": {"type": "text", "analyzer": "arabic"},
                "vector": {"type": "knn_vector", "dimension": dimension, "method": method},
            },
        },
    }


def hybrid_body(text: str, vector: Vector, blend: Blend) -> JsonObject:
    """The query, with its normalisation as a pipeline of this one request: nothing has to be put, nor taken away."""
    nearest: JsonObject = {
        "vector": vector.tolist(),
        "k": DEPTH,
        "method_parameters": {"ef_search": EF_SEARCH},
    }
    combination: JsonObject = {
        "technique": "arithmetic_mean",
        "parameters": {"weights": [blend.lexical, blend.semantic]},
    }
    processor: JsonObject = {"normalization": {"technique": "min_max"}, "combination": combination}
    return {
        "size": DEPTH,
        "_source": False,
        "query": {
            "hybrid": {
                "pagination_depth": DEPTH,
                "queries": [{"match": {"text": {"query": text}}}, {"knn": {"vector": nearest}}],
            }
        },
        "search_pipeline": {"phase_results_processors": [{"normalization-processor": processor}]},
    }


@contextmanager
def opened(
    settings: OpenSearchSettings,
    passages: Sequence[StoredPassage],
    embed: Callable[[str], Vector],
    index: str = INDEX,
) -> Iterator[Peer]:
    """Give the passages to the node, and the peer over them; `embed` makes a question's vector.

    A passage's text begins with its article's title, as what Dalil's keyword retriever searches does. Raises
    `StoreUnavailable` where no node answers, or one without the plugins k-NN and neural-search.
    """
    password = settings.password.get_secret_value() if settings.password else ""
    client = httpx.Client(
        base_url=settings.url,
        auth=(settings.username, password) if settings.username else None,
        verify=settings.verify_certificates,
        timeout=httpx.Timeout(WRITE_SECONDS, connect=settings.timeout_seconds),
    )
    texts = {stored.passage.id: titled_text(stored) for stored in passages}
    with client:
        node = _Node(client, f"{index}-{uuid.uuid4().hex[:8]}")
        node.create(index_body(len(passages[0].vectors[0]) if passages else 1))
        try:
            for start in range(0, len(passages), BULK_PASSAGES):
                node.write({own.passage.id: _document(own, texts) for own in passages[start : start + BULK_PASSAGES]})
            node.finish()
            size = sum(len(texts[own.passage.id].encode()) + 4 * own.vectors.shape[1] for own in passages)
            yield Peer(node, {own.passage.id: found_passage(own) for own in passages}, embed, size)
        finally:
            with suppress(StoreUnavailable):  # a node that went away has said so to whoever asked it
                node.delete()


def titled_text(stored: StoredPassage) -> str:
    """The passage behind its article's title, as the engine reads it."""
    return title_prefix(stored.article.title, stored.passage.text) + stored.passage.text


def found_passage(stored: StoredPassage) -> Found:
    """A stored passage as one of a ranking."""
    return Found(stored.article.id, stored.article.title, stored.passage.span, stored.passage.text)


class _Node:
    """The few requests that the peer needs, each failing with `StoreUnavailable`."""

    def __init__(self, client: httpx.Client, index: str) -> None:
        self._client, self._index = client, index

    def create(self, body: JsonObject) -> None:
        self._sent("PUT", f"/{self._index}", body)

    def write(self, documents: Mapping[str, JsonObject]) -> None:
        lines = [
            line for key, own in documents.items() for line in (json.dumps({"index": {"_id": key}}), json.dumps(own))
        ]
        answer = self._sent("POST", f"/{self._index}/_bulk", "\n".join([*lines, ""]))
        if _read(_Bulk, answer).errors:
            raise StoreUnavailable(f"OpenSearch at {self._client.base_url} refused a passage: {answer.text[:500]}")

    def finish(self) -> None:
        """One segment, so that the graph of vectors is one, and the same each time."""
        self._sent("POST", f"/{self._index}/_refresh")
        self._sent("POST", f"/{self._index}/_forcemerge?max_num_segments=1")
        self._sent("POST", f"/{self._index}/_refresh")

    def search(self, body: JsonObject) -> _Answer:
        return _read(_Answer, self._sent("POST", f"/{self._index}/_search", body))

    def delete(self) -> None:
        self._sent("DELETE", f"/{self._index}?ignore_unavailable=true")

    def _sent(self, method: str, path: str, body: JsonObject | str | None = None) -> httpx.Response:
        content = body if isinstance(body, str) or body is None else json.dumps(body)
        kind = "application/x-ndjson" if isinstance(body, str) else "application/json"
        headers = {} if body is None else {"content-type": kind}
        try:
            answer = self._client.request(method, path, content=content, headers=headers)
        except httpx.HTTPError as error:
            raise StoreUnavailable(f"no OpenSearch answers at {self._client.base_url}: {error}") from error
        if answer.is_error:
            said = " ".join(answer.text.split())[:300]
            raise StoreUnavailable(f"OpenSearch at {self._client.base_url} does not do {method} {path}: {said}")
        return answer


def _document(stored: StoredPassage, texts: Mapping[str, str]) -> JsonObject:
    return {"text": texts[stored.passage.id], "vector": stored.vectors[0].tolist()}


def _read(model: type[Model], answer: httpx.Response) -> Model:
    try:
        return model.model_validate_json(answer.content)
    except ValidationError as error:
        raise StoreUnavailable(f"something else than OpenSearch answers at {answer.url.host}: {error}") from error
