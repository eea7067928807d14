"""An index name of its own on the node that tests run against."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

import httpx

from dalil.stores.opensearch.store import OpenSearchStore

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"


class OpenSearchPlace:
    """`node` speaks to the node itself, to see or to spoil what the store does."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.index = f"test-{uuid.uuid4().hex[:12]}"
        self.node = httpx.Client(base_url=url, timeout=30)

    def store(self, url: str | None = None, *, shards: int = 1, timeout_seconds: float = 2.5) -> OpenSearchStore:
        """A new store on the place."""
        return OpenSearchStore(
            urls=[url or self.url],
            index=self.index,
            shards=shards,
            timeout_seconds=timeout_seconds,
            verify_certificates=True,
        )

    def indexes(self) -> dict[str, list[str]]:
        """The indexes whose names begin as ours, each with its aliases."""
        found = self.node.get(f"/{self.index}*/_alias").raise_for_status().json()
        return {index: sorted(body["aliases"]) for index, body in found.items()}


@contextmanager
def opensearch_place(url: str) -> Iterator[OpenSearchPlace]:
    """A place that is cleared afterwards."""
    place = OpenSearchPlace(url)
    try:
        yield place
    finally:
        place.node.delete(f"/{place.index}*").raise_for_status()
        place.node.close()
