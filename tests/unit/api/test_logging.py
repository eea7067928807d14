import json
import logging
from collections.abc import Iterator
from datetime import datetime

import pytest

from api.app import configure_logging
from api.http.log_format import REQUEST_ID, LogFormat, log_handler

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


def log_line(log_format: LogFormat, capsys: pytest.CaptureFixture[str], *, request_id: str) -> str:
    """What is written of a record with a field and an exception, within a request."""
    handler = log_handler(log_format)
    before = REQUEST_ID.set(request_id)
    failure = OSError("no room")
    handler.handle(
        logging.getLogger("dalil.stores").makeRecord(
            *("dalil.stores", logging.ERROR, "", 0, "«%s» failed", ("خبر\n",)),
            (OSError, failure, None),
            extra={"status": 507},
        )
    )
    REQUEST_ID.reset(before)
    return capsys.readouterr().err


def test_a_line_in_json_has_the_request_its_fields_and_the_exception(capsys: pytest.CaptureFixture[str]) -> None:
    line = log_line("json", capsys, request_id="r1")
    assert line.count("\n") == 1
    logged = json.loads(line)
    assert datetime.fromisoformat(logged.pop("time")).tzinfo
    assert logged.pop("exception").endswith("OSError: no room")
    assert logged == {
        "level": "error",
        "logger": "dalil.stores",
        "message": "«خبر\n» failed",
        "request_id": "r1",
        "status": 507,
    }


@pytest.mark.parametrize(("request_id", "shown"), [("r1", "[r1]"), ("", "[-]")])
def test_a_line_of_text_names_its_request(capsys: pytest.CaptureFixture[str], request_id: str, shown: str) -> None:
    assert f" ERROR dalil.stores {shown}: «خبر" in log_line("text", capsys, request_id=request_id)
