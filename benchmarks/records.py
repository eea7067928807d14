"""The records of a benchmark. Each crosses from the process that measures to the one that reports, as JSON."""

from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict


class SystemName(StrEnum):
    """The systems under comparison."""

    DALIL = "dalil"
    LANCEDB = "lancedb"
    OPENSEARCH = "opensearch"
    DALIL_OPENSEARCH = "dalil-opensearch"

    @property
    def label(self) -> str:
        """The name for people."""
        return _TITLES[self]

    @property
    def needs_node(self) -> bool:
        """True if the index is on an OpenSearch node."""
        return self in {SystemName.OPENSEARCH, SystemName.DALIL_OPENSEARCH}


_TITLES = {
    SystemName.DALIL: "Dalil (embedded LanceDB)",
    SystemName.LANCEDB: "sentence-transformers + LanceDB's hybrid search",
    SystemName.OPENSEARCH: "sentence-transformers + OpenSearch's hybrid query",
    SystemName.DALIL_OPENSEARCH: "Dalil on OpenSearch",
}


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Task(_Record):
    """The work of one process: index the passages in one system, or search the index that is there."""

    step: Literal["index", "search"]
    system: SystemName
    folder: Path
    """The place of an embedded index, empty before `index`."""
    opensearch_index: str
    news: Path
    passages: int
    embedded: int
    questions: tuple[str, ...] = ()


class IndexingResult(_Record):
    """The pace of indexing over the embedded passages, and the size of the whole index.

    `seconds` has the embedding and the writing of the embedded passages; `embedding_seconds` the embedding alone, None
    if the system embeds and writes at the same time.
    """

    embedded: int
    passages: int
    seconds: float
    embedding_seconds: float | None
    bytes_on_disk: int


class Latencies(_Record):
    """Wall times of searches at a number of clients, in milliseconds, and all searches by the time they took."""

    clients: int
    searches: int
    p50: float
    p95: float
    searches_per_second: float


class SearchResult(_Record):
    """The searches of one process over one open index.

    `opening_ms` loads the model and opens the index. `cpu_ms` is the processor time of a search at one client, that of
    an OpenSearch node included. `peak_bytes` is the largest resident memory of the process, without any node.
    """

    opening_ms: float
    first_ms: float
    one_client: Latencies
    eight_clients: Latencies
    cpu_ms: float
    peak_bytes: int


class SystemResult(_Record):
    """The measurements of one system; without them `missing` says why."""

    system: SystemName
    indexing: IndexingResult | None = None
    search: SearchResult | None = None
    missing: str | None = None


class Machine(_Record):
    """The machine, and the versions of the libraries that do the work; `load` is its load average at the start."""

    processor: str
    cores: int
    memory_bytes: int
    system: str
    load: float
    versions: dict[str, str]


class Benchmark(_Record):
    """One run. `embedded` of the `passages` are real; the others are made of their parts."""

    machine: Machine
    model: str
    passages: int
    embedded: int
    questions: int
    results: tuple[SystemResult, ...]
