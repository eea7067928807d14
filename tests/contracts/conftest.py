"""Every store, each on a place of its own."""

import json
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

import httpx
import lancedb
import pyarrow as pa
import pytest

from dalil.stores.base import PassageStore
from dalil.stores.lance import LanceStore
from dalil.stores.opensearch.store import OpenSearchStore
from tests.contracts.samples import FINGERPRINT
from tests.opensearch_node import opensearch_url


class Place(ABC):
    """Where an index lives, or not yet."""

    kind: str
    location: str

    @abstractmethod
    def store(self) -> PassageStore:
        """A new store on this place, as another process would have it."""

    @abstractmethod
    def put_a_strangers_index(self) -> None:
        """Something with rows in it, made without Dalil, where Dalil's index would be."""

    @abstractmethod
    def strangers_rows(self) -> int:
        """How many rows the stranger's index has."""

    @abstractmethod
    def put_another_releases_index(self) -> None:
        """An index of Dalil with a fingerprint of other fields."""


class LancePlace(Place):
    kind = "lancedb"

    def __init__(self, folder: Path) -> None:
        self.location = str(folder)

    def store(self) -> PassageStore:
        return LanceStore(Path(self.location))

    def put_a_strangers_index(self) -> None:
        lancedb.connect(self.location).create_table("passages", pa.table({"number": [1, 2]}))

    def strangers_rows(self) -> int:
        return int(lancedb.connect(self.location).open_table("passages").count_rows())

    def put_another_releases_index(self) -> None:
        schema = pa.schema({"id": pa.string()}, metadata={"dalil.fingerprint": '{"colour": "green"}'})
        lancedb.connect(self.location).create_table("passages", schema=schema)


class OpenSearchPlace(Place):
    kind = "opensearch"

    def __init__(self, url: str) -> None:
        self.location = f"test-{uuid.uuid4().hex[:12]}"
        self.node = httpx.Client(base_url=url, timeout=30)

    def store(self) -> PassageStore:
        return OpenSearchStore(urls=[str(self.node.base_url)], index=self.location)

    def put_a_strangers_index(self) -> None:
        self.node.put(f"/{self.location}").raise_for_status()
        for number in "12":
            self.node.put(f"/{self.location}/_doc/{number}?refresh=true", json={"number": number}).raise_for_status()

    def strangers_rows(self) -> int:
        return int(self.node.get(f"/{self.location}/_count").json()["count"])

    def put_another_releases_index(self) -> None:
        mark = {"alias": self.location, "fingerprint": json.dumps({"colour": "green"})}
        body = {"mappings": {"_meta": {"dalil": mark}}, "aliases": {self.location: {}}}
        self.node.put(f"/{self.location}-1", json=body).raise_for_status()

    def clear(self) -> None:
        self.node.delete(f"/{self.location}*?expand_wildcards=all").raise_for_status()
        self.node.close()


@pytest.fixture(params=["lancedb", pytest.param("opensearch", marks=pytest.mark.opensearch)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A place without an index."""
    if request.param == "lancedb":
        yield LancePlace(tmp_path / "index")
    else:
        served = OpenSearchPlace(opensearch_url())
        yield served
        served.clear()


@pytest.fixture
def store(place: Place) -> Iterator[PassageStore]:
    """An empty index."""
    with place.store() as made:
        made.open_or_create(FINGERPRINT)
        yield made
