"""Generations of an index on every store: one is filled beside the live one, and takes its place at once."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from dalil.domain import IndexCounts
from dalil.errors import IndexMismatch, IndexMissing, StoreUnavailable
from dalil.stores.base import Generation, PassageStore
from dalil.stores.opensearch import store as opensearch_store
from dalil.stores.opensearch.store import OpenSearchStore
from tests.contracts.conftest import OpenSearchPlace, Place
from tests.contracts.samples import FINGERPRINT, indexed, unit
from tests.contracts.test_store_contract import reading

NEXT, LIVE, PREVIOUS = Generation.NEXT, Generation.LIVE, Generation.PREVIOUS
OTHER_MODEL = replace(FINGERPRINT, embedding_model="other@2")


def nothing() -> None:
    pass


def fill_next(store: PassageStore, *, version: str = "v2") -> PassageStore:
    """The article of the live one in the next generation, cut into other passages."""
    target = store.generation(NEXT)
    target.create(FINGERPRINT)
    target.write([indexed(terms=["common"] * 5, version=version)])
    return target


@pytest.fixture
def filled(store: PassageStore) -> PassageStore:
    store.open(FINGERPRINT)
    store.write([indexed(terms=["common"] * 3)])
    return store


def test_what_is_written_beside_the_live_generation_is_seen_by_no_one(filled: PassageStore, place: Place) -> None:
    target = fill_next(filled)
    assert filled.generations() == {LIVE, NEXT}
    with place.store() as reader:
        assert reader.versions() == {"a": "v1"}
        assert len(reader.search_text(["common"], 50)) == 3
    assert target.versions() == {"a": "v2"}


def test_a_generation_that_is_not_there_is_missing(filled: PassageStore) -> None:
    for generation in (NEXT, PREVIOUS):
        assert filled.generation(generation).fingerprint() is None
        with pytest.raises(IndexMissing):
            filled.generation(generation).versions()
        with pytest.raises(IndexMissing):
            filled.swap(generation, nothing)
    filled.write([indexed("b")])
    assert filled.generations() == {LIVE}


def test_a_swap_is_seen_by_those_who_have_the_index_open_and_can_be_undone(filled: PassageStore, place: Place) -> None:
    with place.store() as reader:
        reader.open(FINGERPRINT)
        assert len(reader.search_text(["common"], 50)) == 3
        fill_next(filled)
        filled.swap(NEXT, nothing)
        for store in (reader, filled):
            assert store.versions() == {"a": "v2"}
            assert len(store.search_text(["common"], 50)) == 5
            assert len(store.search_vector(unit(1), 50)) == 5
            assert store.generations() == {LIVE, PREVIOUS}
        reader.write([indexed("b")])
        filled.swap(PREVIOUS, nothing)
        assert reader.versions() == {"a": "v1"}
        reader.write([indexed("c")])
        filled.swap(PREVIOUS, nothing)
        assert reader.versions() == {"a": "v2", "b": "v1"}
        filled.generation(PREVIOUS).write([indexed("d")])
        assert filled.generation(PREVIOUS).versions().keys() == {"a", "c", "d"}


def test_a_second_swap_deletes_the_generation_before_the_previous_one(filled: PassageStore) -> None:
    for version in ("v2", "v3"):
        fill_next(filled, version=version)
        filled.swap(NEXT, nothing)
    assert filled.versions() == {"a": "v3"}
    assert filled.generation(PREVIOUS).versions() == {"a": "v2"}
    assert filled.generations() == {LIVE, PREVIOUS}


def test_collecting_leaves_the_live_generation_alone(filled: PassageStore) -> None:
    fill_next(filled)
    filled.swap(NEXT, nothing)
    fill_next(filled, version="v3")
    assert filled.generations() == {LIVE, NEXT, PREVIOUS}
    filled.collect()
    assert filled.generations() == {LIVE}
    assert filled.versions() == {"a": "v2"}
    filled.write([indexed("b")])
    assert filled.counts() == IndexCounts(2, 6)


def test_creating_the_live_generation_leaves_the_others(filled: PassageStore) -> None:
    fill_next(filled)
    filled.create(FINGERPRINT)
    assert filled.versions() == {}
    assert filled.generation(NEXT).versions() == {"a": "v2"}


def test_a_first_index_can_be_made_as_the_next_generation(place: Place) -> None:
    with place.store() as store:
        fill_next(store)
        assert store.generations() == {NEXT}
        store.swap(NEXT, nothing)
        assert store.generations() == {LIVE}
        assert store.versions() == {"a": "v2"}
        store.write([indexed("b")])


def test_what_a_search_found_is_fetched_from_the_generation_that_was_searched(filled: PassageStore) -> None:
    by_text, by_vector = filled.search_text(["common"], 50), filled.search_vector(unit(1), 50)
    fill_next(filled)
    filled.swap(NEXT, nothing)
    for found in (by_text, by_vector):
        assert len(filled.passages(found)) == len(filled.facet_fields(found)) == 3
    both = [*by_text, *filled.search_text(["common"], 50)]
    assert len(filled.passages(both)) == 8
    filled.collect()
    assert filled.passages(by_text) == {}
    assert filled.facet_fields(by_text) == {}


def test_after_a_swap_to_another_model_nothing_is_written_or_found(filled: PassageStore, place: Place) -> None:
    with place.store() as rebuilding:
        target = rebuilding.generation(NEXT)
        target.create(OTHER_MODEL)
        target.write([indexed()])
        rebuilding.swap(NEXT, nothing)
        calls: list[Callable[[], object]] = [
            lambda: filled.write([indexed("b")]),
            lambda: filled.search_text(["term"], 5),
            lambda: filled.open(FINGERPRINT),
        ]
        for call in calls:
            with pytest.raises(IndexMismatch, match="'other@2', not 'test-model@1'"):
                call()
        assert rebuilding.versions() == {"a": "v1"}


def test_a_writer_waits_for_the_swap_and_goes_on_in_the_new_generation(filled: PassageStore, place: Place) -> None:
    with place.store() as writer:
        writer.open(FINGERPRINT)
        thread = threading.Thread(target=lambda: (writer.write([indexed("b")]), writer.delete(["a"])))
        fill_next(filled)

        def catch_up() -> None:
            thread.start()
            time.sleep(0.3)
            assert filled.versions() == {"a": "v1"}
            filled.generation(NEXT).write([indexed("c")])

        filled.swap(NEXT, catch_up)
        thread.join()
    assert filled.versions() == {"b": "v1", "c": "v1"}
    assert filled.generation(PREVIOUS).versions() == {"a": "v1"}


def test_a_swap_that_fails_leaves_the_live_generation_open_for_writes(filled: PassageStore, place: Place) -> None:
    fill_next(filled)

    def fail() -> None:
        raise StoreUnavailable("gone")

    with pytest.raises(StoreUnavailable, match="gone"):
        filled.swap(NEXT, fail)
    with place.store() as writer:
        writer.write([indexed("b")])
        assert writer.versions() == {"a": "v1", "b": "v1"}
    assert filled.generations() == {LIVE, NEXT}


def test_searches_go_on_while_generations_are_swapped(filled: PassageStore, place: Place) -> None:
    def read(reader: PassageStore) -> None:
        found = reader.search_text(["common"], 50)
        assert len(found) in {3, 5}
        assert len(reader.passages(found)) == len(found)
        assert len(reader.search_vector(unit(1), 50)) in {3, 5}
        assert list(reader.versions()) == ["a"]
        assert reader.counts().articles == 1

    fill_next(filled)
    with reading(place, read):
        filled.swap(NEXT, nothing)
        for _ in range(6):
            filled.swap(PREVIOUS, nothing)


def test_a_strangers_index_is_not_swapped_away(place: Place) -> None:
    place.put_a_strangers_index()
    with place.store() as store, pytest.raises(IndexMismatch, match="DALIL_"):
        store.swap(NEXT, nothing)
    assert place.strangers_rows() == 2


# --- what only OpenSearch has to do, since nothing unlocks it when a process dies


@pytest.fixture
def served(filled: PassageStore) -> OpenSearchStore:
    assert isinstance(filled, OpenSearchStore)
    return filled


@pytest.mark.opensearch
@pytest.mark.parametrize("place", ["opensearch"], indirect=True)
def test_a_swap_that_was_killed_is_ended_by_the_next_writer(
    served: OpenSearchStore, place: OpenSearchPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opensearch_store, "MAX_SWAP_SECONDS", 0.3)
    fill_next(served)

    def be_overtaken() -> None:
        """What a process sees that slept so long that a writer took it for dead."""
        with place.store() as writer:
            writer.write([indexed("b")])

    with pytest.raises(StoreUnavailable, match="a writer has ended it"):
        served.swap(NEXT, be_overtaken)
    assert served.versions() == {"a": "v1", "b": "v1"}
    assert served.generations() == {LIVE, NEXT}
    served.write([indexed("c")])
    served.swap(NEXT, nothing)
    assert served.versions() == {"a": "v2"}


@pytest.mark.opensearch
@pytest.mark.parametrize("place", ["opensearch"], indirect=True)
def test_a_block_that_others_have_set_is_not_lifted(
    served: OpenSearchStore, place: OpenSearchPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opensearch_store, "MAX_SWAP_SECONDS", 0.1)
    place.node.put(f"/{place.location}/_block/write").raise_for_status()
    with pytest.raises(StoreUnavailable, match=r"blocked for writes, and not by Dalil: set its index\.blocks\.write"):
        served.write([indexed("b")])
