import logging
from collections.abc import Iterator

import pytest

from api.app import configure_logging

OURS = ("api", "dalil", "uvicorn")


@pytest.fixture(autouse=True)
def levels() -> Iterator[None]:
    before = {name: logging.getLogger(name).level for name in OURS}
    yield
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.parametrize(("level", "explains"), [("debug", True), ("info", False), ("error", False)])
def test_the_level_decides_whether_explanations_are_logged(level: str, *, explains: bool) -> None:
    configure_logging(level)
    assert logging.getLogger("dalil.answering.answerer").isEnabledFor(logging.DEBUG) is explains
    assert not logging.getLogger("httpx").isEnabledFor(logging.DEBUG)
