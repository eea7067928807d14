import socket
from collections.abc import Iterator

import pytest


@pytest.fixture(params=["closed port", "silent server"])
def dead_url(request: pytest.FixtureRequest) -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if request.param == "silent server":
            listener.listen()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
