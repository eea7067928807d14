"""Three real OpenSearch nodes, each killed in turn under readers and a writer."""

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dalil.domain import Article
from dalil.errors import DalilError
from dalil.indexing import pipeline
from dalil.indexing.chunking import Chunker
from dalil.indexing.loaders import Loaded
from dalil.retrieval.retriever import Retriever
from dalil.stores.opensearch.store import OpenSearchStore
from dalil.text.aliases import Aliases
from tests.integration.test_killed_indexer import EMBEDDER, ENCODER, FINGERPRINT
from tests.reliability.cluster import Node, three_nodes

READERS = 4
ARTICLES = 60
SECONDS_WITHOUT_NODE = 20


@pytest.fixture
def cluster() -> Iterator[list[Node]]:
    # The node runs as a user of its own, who may not enter pytest's folders.
    with tempfile.TemporaryDirectory() as folder, three_nodes(Path(folder)) as nodes:
        yield nodes


def article(number: int) -> Article:
    return Article(f"{number:04}", f"عنوان {number}", f"هذا خبر رقم {number} عن القمح.\nوهذا سطر آخر.")


def store_over(cluster: list[Node]) -> OpenSearchStore:
    return OpenSearchStore(urls=[node.url for node in cluster], index="soak", replicas=1)


@dataclass
class Load:
    """What readers and the writer saw."""

    searches: int = 0
    slowest: float = 0.0
    failures: list[str] = field(default_factory=list)
    written: int = 0


@contextmanager
def under_load(cluster: list[Node]) -> Iterator[Load]:
    """While inside, threads search, and each search has to find every article; one more writes articles."""
    load, end = Load(), threading.Event()

    def read() -> None:
        with store_over(cluster) as store:
            store.open(FINGERPRINT)
            retriever = Retriever(store, ENCODER, Aliases.standard(), candidates=400)
            while not end.is_set():
                begun = time.monotonic()
                try:
                    hits = retriever.search("خبر", limit=300, collapse=False).hits
                    missing = {f"{number:04}" for number in range(ARTICLES)} - {hit.article.id for hit in hits}
                    if missing:
                        load.failures.append(f"{len(missing)} articles are not found")
                except DalilError as error:
                    load.failures.append(repr(error))
                load.searches += 1
                load.slowest = max(load.slowest, time.monotonic() - begun)

    def write() -> None:
        with store_over(cluster) as store:
            store.open(FINGERPRINT)
            while not end.is_set():
                new = article(1_000 + load.written)
                items = [Loaded(new.id, new)]
                chunker = Chunker(EMBEDDER.count_tokens, 32)
                pipeline.index(items, store, ENCODER, chunker, 8, optimise=False, retry_seconds=120.0)
                load.written += 1
                end.wait(0.5)

    threads = [threading.Thread(target=each) for each in [*[read] * READERS, write]]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        end.set()
        for thread in threads:
            thread.join()


@pytest.mark.soak
@pytest.mark.opensearch
def test_no_search_fails_and_no_write_is_lost_while_each_node_is_killed_in_turn(cluster: list[Node]) -> None:
    with store_over(cluster) as store:
        store.create(FINGERPRINT)
        items = [Loaded(each.id, each) for each in map(article, range(ARTICLES))]
        pipeline.index(items, store, ENCODER, Chunker(EMBEDDER.count_tokens, 32), 16)
    cluster[0].wait_until_green()
    with under_load(cluster) as load:
        for node, next_node in zip(cluster, [*cluster[1:], cluster[0]], strict=True):
            before = load.searches
            node.kill()
            time.sleep(SECONDS_WITHOUT_NODE)
            assert load.searches > before
            node.start()
            next_node.wait_until_green()
    print(f"{load.searches} searches, the slowest {load.slowest:.1f} s; {load.written} articles written")
    assert load.failures == []
    with store_over(cluster) as store:
        store.open(FINGERPRINT)
        assert store.counts().articles == ARTICLES + load.written
