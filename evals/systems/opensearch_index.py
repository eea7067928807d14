"""An index for OpenSearch's own hybrid query: its `arabic` analyzer, BM25 and k-NN, min-max and an arithmetic mean."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import httpx
from pydantic import BaseModel, Field, RootModel, ValidationError

from dalil.domain import Vector
from dalil.errors import StoreUnavailable
from dalil.settings import OpenSearchSettings
from dalil.stores.opensearch.queries import EF_SEARCH
from dalil.stores.opensearch.schema import JsonObject

Model = TypeVar("Model", bound=BaseModel)

WRITE_TIMEOUT_SECONDS = 120.0
MERGE_TIMEOUT_SECONDS = 3_600.0
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


class SearchResponse(BaseModel):
    """The hits, best first."""

    hits: _Hits


class _BulkResponse(BaseModel):
    errors: bool


class _Size(BaseModel):
    size_in_bytes: int


class _Store(BaseModel):
    store: _Size


class _Totals(BaseModel):
    total: _Store


class _Stats(BaseModel):
    all: _Totals = Field(alias="_all")


class _Cpu(BaseModel):
    total_in_millis: int


class _Process(BaseModel):
    cpu: _Cpu


class _Node(BaseModel):
    process: _Process


class _Nodes(BaseModel):
    nodes: dict[str, _Node]


class _Version(BaseModel):
    number: str


class _Root(BaseModel):
    version: _Version


class OpenSearchIndex:
    """The requests about one index, or about the indexes of an alias; each raises `StoreUnavailable` if it fails."""

    def __init__(self, client: httpx.Client, index: str) -> None:
        self._client, self._index = client, index

    def create(self, body: JsonObject) -> None:
        """Create the index with these settings and mappings."""
        self._request("PUT", f"/{self._index}", body)

    def write(self, documents: Mapping[str, JsonObject]) -> None:
        """Write documents by id."""
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
        self._request("POST", f"/{self._index}/_forcemerge?max_num_segments=1", timeout=MERGE_TIMEOUT_SECONDS)
        self._request("POST", f"/{self._index}/_refresh")

    def search(self, body: JsonObject) -> SearchResponse:
        """Run a query."""
        return _parse(SearchResponse, self._request("POST", f"/{self._index}/_search", body))

    def delete(self) -> None:
        """Delete the index, or all indexes of the alias; an index that does not exist is passed over."""
        found = self._request("GET", f"/{self._index}?ignore_unavailable=true")
        for name in _parse(RootModel[dict[str, object]], found).root:
            self._request("DELETE", f"/{name}?ignore_unavailable=true")

    def bytes_on_disk(self) -> int:
        """The size of all segments."""
        return _parse(_Stats, self._request("GET", f"/{self._index}/_stats/store")).all.total.store.size_in_bytes

    def cpu_seconds(self) -> float:
        """The processor time of all nodes since their start, other work of theirs included."""
        nodes = _parse(_Nodes, self._request("GET", "/_nodes/stats/process")).nodes.values()
        return sum(node.process.cpu.total_in_millis for node in nodes) / 1_000

    def version(self) -> str:
        """The version of the node."""
        return _parse(_Root, self._request("GET", "/")).version.number

    def _request(
        self, method: str, path: str, body: JsonObject | str | None = None, timeout: float | None = None
    ) -> httpx.Response:
        content = body if isinstance(body, str) or body is None else json.dumps(body)
        content_type = "application/x-ndjson" if isinstance(body, str) else "application/json"
        headers = {} if body is None else {"content-type": content_type}
        limit = self._client.timeout if timeout is None else timeout
        try:
            response = self._client.request(method, path, content=content, headers=headers, timeout=limit)
        except httpx.HTTPError as error:
            raise StoreUnavailable(f"no OpenSearch answers at {self._client.base_url}: {error}") from error
        if response.is_error:
            reason = " ".join(response.text.split())[:300]
            raise StoreUnavailable(f"OpenSearch at {self._client.base_url} failed at {method} {path}: {reason}")
        return response


@contextmanager
def open_index(settings: OpenSearchSettings, index: str) -> Iterator[OpenSearchIndex]:
    """Connect to the first node of the settings; no request is sent yet."""
    password = settings.password.get_secret_value() if settings.password else ""
    with httpx.Client(
        base_url=settings.url[0],
        auth=(settings.username, password) if settings.username else None,
        verify=settings.verify_certificates,
        timeout=httpx.Timeout(WRITE_TIMEOUT_SECONDS, connect=settings.timeout_seconds),
    ) as client:
        yield OpenSearchIndex(client, index)


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


def hybrid_body(text: str, vector: Vector, weights: HybridWeights, depth: int) -> JsonObject:
    """The query for the `depth` best. Its normalisation is a pipeline in the request, so that the node stores none."""
    nearest: JsonObject = {
        "vector": vector.tolist(),
        "k": depth,
        "method_parameters": {"ef_search": EF_SEARCH},
    }
    combination: JsonObject = {
        "technique": "arithmetic_mean",
        "parameters": {"weights": [weights.lexical, weights.semantic]},
    }
    processor: JsonObject = {"normalization": {"technique": "min_max"}, "combination": combination}
    return {
        "size": depth,
        "_source": False,
        "query": {
            "hybrid": {
                "pagination_depth": depth,
                "queries": [{"match": {"text": {"query": text}}}, {"knn": {"vector": nearest}}],
            }
        },
        "search_pipeline": {"phase_results_processors": [{"normalization-processor": processor}]},
    }


def _parse(model: type[Model], response: httpx.Response) -> Model:
    try:
        return model.model_validate_json(response.content)
    except ValidationError as error:
        raise StoreUnavailable(f"the server at {response.url.host} is not OpenSearch: {error}") from error
