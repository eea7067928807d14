"""What only OpenSearch has: aliases, shards, refreshes, and a network in between."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from dalil.domain import IndexCounts
from dalil.errors import IndexMismatch, StoreUnavailable
from tests.contracts.samples import FINGERPRINT, bm25, indexed, random_unit, unit
from tests.integration.opensearch_place import OpenSearchPlace, opensearch_place
from tests.opensearch_node import opensearch_url

pytestmark = pytest.mark.opensearch


@pytest.fixture
def place() -> Iterator[OpenSearchPlace]:
    with opensearch_place(opensearch_url()) as place:
        yield place


# --- aliases


def test_an_index_lies_behind_a_read_and_a_write_alias_and_its_predecessor_is_removed(place: OpenSearchPlace) -> None:
    with place.store() as store:
        store.create(FINGERPRINT)
        first = place.indexes()
        store.create(FINGERPRINT)
        second = place.indexes()
    for indexes in (first, second):
        assert list(indexes.values()) == [[place.index, f"{place.index}-write"]]
    assert first.keys() != second.keys()


def test_creating_removes_no_index_of_others(place: OpenSearchPlace) -> None:
    neighbour = OpenSearchPlace(place.url)
    neighbour.index = f"{place.index}-news"
    with neighbour.store() as other, place.store() as store:
        other.create(FINGERPRINT)
        other.write([indexed()])
        place.node.put(f"/{place.index}-private").raise_for_status()
        store.create(FINGERPRINT)
        store.create(FINGERPRINT)
        assert other.counts() == IndexCounts(1, 1)
        assert store.counts() == IndexCounts(0, 0)
    assert f"{place.index}-private" in place.indexes()
    neighbour.node.close()


def test_what_a_killed_creation_left_is_removed_by_the_next(place: OpenSearchPlace) -> None:
    with place.store() as store:
        store.create(FINGERPRINT)
        (left,) = place.indexes()
        store.create(FINGERPRINT)
        body = place.node.get(f"/{place.index}").json().popitem()[1]
        place.node.put(f"/{left}", json={"mappings": {"_meta": body["mappings"]["_meta"]}}).raise_for_status()
        assert len(place.indexes()) == 2
        store.create(FINGERPRINT)
        assert len(place.indexes()) == 1


def test_an_alias_for_several_indexes_is_not_ours(place: OpenSearchPlace) -> None:
    with place.store() as store:
        store.create(FINGERPRINT)
        place.node.put(f"/{place.index}-more", json={"aliases": {place.index: {}}}).raise_for_status()
        for attempt in (store.open, store.create):
            with pytest.raises(IndexMismatch, match="DALIL_OPENSEARCH__INDEX"):
                attempt(FINGERPRINT)
    assert len(place.indexes()) == 2


def test_a_strangers_write_alias_is_left_alone(place: OpenSearchPlace) -> None:
    place.node.put(f"/{place.index}-write").raise_for_status()
    with place.store() as store, pytest.raises(IndexMismatch, match="-write"):
        store.create(FINGERPRINT)
    assert list(place.indexes()) == [f"{place.index}-write"]


def test_an_index_from_before_an_alias_was_renamed_is_not_ours(place: OpenSearchPlace) -> None:
    with place.store() as store:
        store.create(FINGERPRINT)
    alias = f"{place.index}-renamed"
    place.node.put(f"/{next(iter(place.indexes()))}/_alias/{alias}").raise_for_status()
    renamed = OpenSearchPlace(place.url)
    renamed.index = alias
    with renamed.store() as store, pytest.raises(IndexMismatch, match=alias):
        store.open(FINGERPRINT)
    renamed.node.close()


# --- articles half written


def stray(place: OpenSearchPlace, ordinal: int, version: str, *, refresh: bool) -> None:
    """A passage of article "a" as a writer would leave it that was killed, or overtaken."""
    hits = place.node.post(f"/{place.index}/_search", json={"query": {"term": {"article_id": "a"}}}).json()
    source, address = hits["hits"]["hits"][0]["_source"], hits["hits"]["hits"][0]["_id"].rpartition("-")[0]
    source |= {"ordinal": ordinal, "version": version, "passage_count": ordinal + 1, "id": f"stray{ordinal}"}
    wish = {"routing": "a", "refresh": str(refresh).lower()}
    place.node.put(f"/{place.index}/_doc/{address}-{ordinal}", params=wish, json=source).raise_for_status()


def test_an_article_with_passages_of_two_versions_is_not_wholly_stored_until_written_again(
    place: OpenSearchPlace,
) -> None:
    with place.store() as store:
        store.create(FINGERPRINT)
        store.write([indexed("a", terms=["x", "x"]), indexed("b")])
        stray(place, 5, "v0", refresh=True)
        assert store.versions() == {"b": "v1"}
        store.write([indexed("a", terms=["x", "x"])])
        assert store.versions() == {"a": "v1", "b": "v1"}
        assert len(store.article_passages("a")) == 2


def test_an_article_that_lacks_a_passage_is_not_wholly_stored_until_written_again(place: OpenSearchPlace) -> None:
    with place.store() as store:
        store.create(FINGERPRINT)
        store.write([indexed("a", terms=["x", "y", "z"])])
        wish = {"refresh": "true", "conflicts": "proceed"}
        body = {"query": {"term": {"ordinal": 1}}}
        place.node.post(f"/{place.index}/_delete_by_query", params=wish, json=body).raise_for_status()
        assert store.versions() == {}
        store.write([indexed("a", terms=["x", "y", "z"])])
        assert store.versions() == {"a": "v1"}


def test_what_a_killed_writer_left_unseen_is_replaced_and_deleted_with_the_rest(place: OpenSearchPlace) -> None:
    with place.store() as store:
        store.create(FINGERPRINT)
        store.write([indexed("a", terms=["x"])])
        stray(place, 3, "v0", refresh=False)
        store.write([indexed("a", terms=["x", "y"], version="v2")])
        assert store.versions() == {"a": "v2"}
        stray(place, 4, "v0", refresh=False)
        assert store.delete(["a"]) == 1
        assert store.counts() == IndexCounts(0, 0)


# --- size and shards


def test_several_shards_score_as_one_index(place: OpenSearchPlace) -> None:
    documents = [f"x {'y ' * (number % 4)}z{number}" for number in range(12)]
    with place.store(shards=3) as store:
        store.create(FINGERPRINT)
        articles = [
            indexed(f"a{number}", terms=[line], vectors=[random_unit(number)]) for number, line in enumerate(documents)
        ]
        store.write(articles)
        scores = sorted(bm25(["x", "y"], documents), reverse=True)
        assert [match.score for match in store.search_text(["x", "y"], 12)] == pytest.approx(scores, rel=1e-5)
        cosines = sorted((float(random_unit(number) @ unit(1)) for number in range(12)), reverse=True)
        assert [match.score for match in store.search_vector(unit(1), 12)] == pytest.approx(cosines, abs=5e-4)
        assert len(store.search_vector(unit(1), 5)) == 5


def test_versions_are_read_in_pages(place: OpenSearchPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dalil.stores.opensearch.queries.BUCKETS", 3)
    with place.store() as store:
        store.create(FINGERPRINT)
        store.write([indexed(f"a{number}") for number in range(10)])
        assert len(store.versions()) == 10


def test_a_batch_larger_than_a_request_is_sent_in_several(
    place: OpenSearchPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dalil.stores.opensearch.store.BULK_BYTES", 3000)
    with place.store() as store:
        store.create(FINGERPRINT)
        store.write([indexed(f"a{number}", terms=["x"] * 4) for number in range(10)])
        assert store.counts() == IndexCounts(10, 40)


def test_vectors_of_another_length_are_refused(place: OpenSearchPlace) -> None:
    with place.store() as store:
        store.create(FINGERPRINT)
        store.write([indexed()])
        with pytest.raises(StoreUnavailable, match="dimension"):
            store.search_vector(unit(1)[:3], 5)
        with pytest.raises(StoreUnavailable):
            store.search_both(["x"], unit(1)[:3], 5)
        short = indexed(vectors=[unit(1)])
        cut = replace(short.passages[0], vector=short.passages[0].vector[:3])
        with pytest.raises(StoreUnavailable, match="refused a passage"):
            store.write([replace(short, passages=(cut,))])


# --- the network


class Line:
    """A line to the node that can be cut and mended."""

    def __init__(self, host: str, port: int) -> None:
        self._node = (host, port)
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._accept()

    def _accept(self) -> None:
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.create_connection(self._node)
            self._open += [near, far]
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._copy, args=(source, target), daemon=True).start()

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while piece := source.recv(65536):
                target.sendall(piece)
        except OSError:
            pass
        finally:
            for end in (source, target):
                end.close()

    def cut(self) -> None:
        for end in (self._listener, *self._open):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._open.clear()

    def mend(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._accept()


@pytest.fixture
def line(place: OpenSearchPlace) -> Iterator[Line]:
    url = place.node.base_url
    line = Line(url.host, url.port or 9200)
    yield line
    line.cut()


def test_a_store_whose_node_went_away_says_so_and_finds_it_again(place: OpenSearchPlace, line: Line) -> None:
    with place.store(f"http://127.0.0.1:{line.port}") as store:
        store.create(FINGERPRINT)
        store.write([indexed(terms=["x"])])
        line.cut()
        begun = time.monotonic()
        with pytest.raises(StoreUnavailable, match=str(line.port)):
            store.search_text(["x"], 5)
        assert time.monotonic() - begun < 3
        line.mend()
        assert len(store.search_text(["x"], 5)) == 1


def test_a_kept_connection_that_was_closed_meanwhile_is_no_failure(place: OpenSearchPlace, line: Line) -> None:
    with place.store(f"http://127.0.0.1:{line.port}") as store:
        store.create(FINGERPRINT)
        line.cut()
        line.mend()
        assert store.counts() == IndexCounts(0, 0)


def test_a_write_cut_short_is_finished_by_the_same_write(place: OpenSearchPlace, line: Line) -> None:
    with place.store(f"http://127.0.0.1:{line.port}") as store:
        store.create(FINGERPRINT)
        store.write([indexed(terms=["old"] * 5)])
        batch = [
            indexed(terms=["x"] * 3, version="v2"),
            *(indexed(f"a{number}", terms=["x"] * 50) for number in range(100)),
        ]

        def write_until_cut() -> None:
            for _ in range(100):
                store.write(batch)

        cutter = threading.Timer(0.15, line.cut)
        cutter.start()
        with pytest.raises(StoreUnavailable):
            write_until_cut()
        cutter.join()
        line.mend()
        store.write(batch)
        assert store.counts() == IndexCounts(101, 5003)
        assert set(store.versions()) == {"a", *(f"a{number}" for number in range(100))}
