"""The baseline: OpenSearch's own `hybrid` query over its built-in `arabic` analyzer, as its documentation advises.

It searches the same passages with the same vectors, in a temporary index.
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
from evals.ablation.index_parts import titled_text
from evals.systems.search import SEARCH_DEPTH, RankedPassage, from_stored

Model = TypeVar("Model", bound=BaseModel)

INDEX_PREFIX = "dalil-evals-baseline"
"""The beginning of the name of the index; the rest is random, so that two runs can use one node."""

WRITE_TIMEOUT_SECONDS = 120.0
BULK_PASSAGES = 500


@dataclass(frozen=True, slots=True)
class HybridWeights:
    """The weights of the two scores after min-max; they add up to 1."""

    lexical: float
    semantic: float


class _Hit(BaseModel):
    id: str = Field(alias="_id")
    score: float = Field(alias="_score")


class _Hits(BaseModel):
    hits: list[_Hit]


class _SearchResponse(BaseModel):
    hits: _Hits


class _BulkResponse(BaseModel):
    errors: bool


class OpenSearchBaseline:
    """The search over the filled index.

    `bytes_a_passage` counts the analysed text, and four bytes for each number of the vector.
    """

    def __init__(
        self, node: "_Node", passages: Mapping[str, RankedPassage], embed: Callable[[str], Vector], total_bytes: int
    ) -> None:
        self._node, self._passages, self._embed = node, passages, embed
        self.bytes_a_passage = total_bytes / max(1, len(passages))

    def search(self, text: str, weights: HybridWeights) -> tuple[RankedPassage, ...]:
        """The best passages, best first, ties by passage id; raises `StoreUnavailable`."""
        response = self._node.search(hybrid_body(text, self._embed(text), weights))
        ranked = sorted(response.hits.hits, key=lambda hit: (-hit.score, hit.id))
        return tuple(self._passages[hit.id] for hit in ranked)


@contextmanager
def opensearch_baseline(
    settings: OpenSearchSettings,
    passages: Sequence[StoredPassage],
    embed: Callable[[str], Vector],
    index_prefix: str = INDEX_PREFIX,
) -> Iterator[OpenSearchBaseline]:
    """Index the passages on the node and yield the search over them; the index is deleted at the end.

    `embed` embeds a question. The indexed text of a passage begins with the title of its article, as in the engine's
    own keyword index. Raises `StoreUnavailable` if no node responds, or the node lacks the plugins k-NN and
    neural-search.
    """
    password = settings.password.get_secret_value() if settings.password else ""
    client = httpx.Client(
        base_url=settings.url[0],
        auth=(settings.username, password) if settings.username else None,
        verify=settings.verify_certificates,
        timeout=httpx.Timeout(WRITE_TIMEOUT_SECONDS, connect=settings.timeout_seconds),
    )
    texts = {stored.passage.id: titled_text(stored) for stored in passages}
    with client:
        node = _Node(client, f"{index_prefix}-{uuid.uuid4().hex[:8]}")
        node.create(index_body(len(passages[0].vector) if passages else 1))
        try:
            for start in range(0, len(passages), BULK_PASSAGES):
                node.write({one.passage.id: _document(one, texts) for one in passages[start : start + BULK_PASSAGES]})
            node.merge_segments()
            total_bytes = sum(len(texts[one.passage.id].encode()) + 4 * len(one.vector) for one in passages)
            yield OpenSearchBaseline(node, {one.passage.id: from_stored(one) for one in passages}, embed, total_bytes)
        finally:
            with suppress(StoreUnavailable):  # if the node is gone, an earlier request has raised the error
                node.delete()


def index_body(dimension: int) -> JsonObject:
    """The mapping of the documentation, with the engine lucene: faiss, the default, needs native libraries."""
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


def hybrid_body(text: str, vector: Vector, weights: HybridWeights) -> JsonObject:
    """The query. Its normalisation is a pipeline inside the request, so that the node stores none."""
    nearest: JsonObject = {
        "vector": vector.tolist(),
        "k": SEARCH_DEPTH,
        "method_parameters": {"ef_search": EF_SEARCH},
    }
    combination: JsonObject = {
        "technique": "arithmetic_mean",
        "parameters": {"weights": [weights.lexical, weights.semantic]},
    }
    processor: JsonObject = {"normalization": {"technique": "min_max"}, "combination": combination}
    return {
        "size": SEARCH_DEPTH,
        "_source": False,
        "query": {
            "hybrid": {
                "pagination_depth": SEARCH_DEPTH,
                "queries": [{"match": {"text": {"query": text}}}, {"knn": {"vector": nearest}}],
            }
        },
        "search_pipeline": {"phase_results_processors": [{"normalization-processor": processor}]},
    }


class _Node:
    """The requests to the node; each raises `StoreUnavailable` if it fails."""

    def __init__(self, client: httpx.Client, index: str) -> None:
        self._client, self._index = client, index

    def create(self, body: JsonObject) -> None:
        self._request("PUT", f"/{self._index}", body)

    def write(self, documents: Mapping[str, JsonObject]) -> None:
        lines = [
            line
            for key, document in documents.items()
            for line in (json.dumps({"index": {"_id": key}}), json.dumps(document))
        ]
        response = self._request("POST", f"/{self._index}/_bulk", "\n".join([*lines, ""]))
        if _parse(_BulkResponse, response).errors:
            raise StoreUnavailable(f"OpenSearch at {self._client.base_url} refused a passage: {response.text[:500]}")

    def merge_segments(self) -> None:
        """Merge all segments into one, so that there is one graph of vectors and the ranking is repeatable."""
        self._request("POST", f"/{self._index}/_refresh")
        self._request("POST", f"/{self._index}/_forcemerge?max_num_segments=1")
        self._request("POST", f"/{self._index}/_refresh")

    def search(self, body: JsonObject) -> _SearchResponse:
        return _parse(_SearchResponse, self._request("POST", f"/{self._index}/_search", body))

    def delete(self) -> None:
        self._request("DELETE", f"/{self._index}?ignore_unavailable=true")

    def _request(self, method: str, path: str, body: JsonObject | str | None = None) -> httpx.Response:
        content = body if isinstance(body, str) or body is None else json.dumps(body)
        content_type = "application/x-ndjson" if isinstance(body, str) else "application/json"
        headers = {} if body is None else {"content-type": content_type}
        try:
            response = self._client.request(method, path, content=content, headers=headers)
        except httpx.HTTPError as error:
            raise StoreUnavailable(f"no OpenSearch answers at {self._client.base_url}: {error}") from error
        if response.is_error:
            reason = " ".join(response.text.split())[:300]
            raise StoreUnavailable(f"OpenSearch at {self._client.base_url} failed at {method} {path}: {reason}")
        return response


def _document(stored: StoredPassage, texts: Mapping[str, str]) -> JsonObject:
    return {"text": texts[stored.passage.id], "vector": stored.vector.tolist()}


def _parse(model: type[Model], response: httpx.Response) -> Model:
    try:
        return model.model_validate_json(response.content)
    except ValidationError as error:
        raise StoreUnavailable(f"the server at {response.url.host} is not OpenSearch: {error}") from error
