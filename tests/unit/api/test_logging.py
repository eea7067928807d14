import logging
from collections.abc import Iterator

import pytest

from api.app import configure_logging

OURS = ("api", "dalil", "uvicorn")
FLOODED = ("asyncio", "uvicorn.error")


@pytest.fixture(autouse=True)
def levels() -> Iterator[None]:
    before = {name: logging.getLogger(name).level for name in OURS}
    filters = {name: logging.getLogger(name).filters[:] for name in FLOODED}
    yield
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)
    for name, earlier in filters.items():
        logging.getLogger(name).filters[:] = earlier


@pytest.mark.parametrize(("level", "explains"), [("debug", True), ("info", False), ("error", False)])
def test_the_level_decides_whether_explanations_are_logged(level: str, *, explains: bool) -> None:
    configure_logging(level)
    assert logging.getLogger("dalil.answering.answerer").isEnabledFor(logging.DEBUG) is explains
    assert not logging.getLogger("httpx").isEnabledFor(logging.DEBUG)


@pytest.mark.parametrize("name", FLOODED)
def test_a_line_that_a_client_can_cause_again_and_again_is_logged_once_in_a_while(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    configure_logging("info")
    for _ in range(100):
        logging.getLogger(name).warning("garbage from %s", name)
    assert len(caplog.records) == 1
