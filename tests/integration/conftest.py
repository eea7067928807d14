import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.http.log_format import add_request_id
from dalil.stores.lance import LanceStore
from tests.integration.api_service import RecordsOf, Stores
from tests.integration.opensearch_place import opensearch_place
from tests.opensearch_node import opensearch_url


@pytest.fixture(params=["closed port", "silent server"])
def dead_url(request: pytest.FixtureRequest) -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if request.param == "silent server":
            listener.listen()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture(params=["lancedb", pytest.param("opensearch", marks=pytest.mark.opensearch)])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    """What makes a store on a place where there is no index yet."""
    if request.param == "lancedb":
        yield lambda: LanceStore(tmp_path / "index")
        return
    with opensearch_place(opensearch_url()) as place:
        yield place.store


@pytest.fixture
def records_of(caplog: pytest.LogCaptureFixture) -> Iterator[RecordsOf]:
    """The log records so far of the request with an id."""

    def find(request_id: str) -> list[logging.LogRecord]:
        return [record for record in caplog.records if vars(record).get("request_id") == request_id]

    caplog.handler.addFilter(add_request_id)
    yield find
    caplog.handler.removeFilter(add_request_id)
