"""One address that two processes serve: `python -m api --workers 2`."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.programs import ROOT, environment

pytestmark = pytest.mark.model

ARTICLE = {"title": "ميناء", "text": "وصلت السفينة أنغارا إلى ميناء دوناي في سبتمبر 2023 وعلى متنها ألف حاوية."}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workers")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    command = [sys.executable, "-u", "-m", "api", "--port", "0", "--workers", "2"]
    own = environment("lancedb", folder) | {"TMPDIR": str(folder)}
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(command, cwd=ROOT, env=own, stdout=subprocess.PIPE, stderr=log, text=True) as server,
    ):
        assert server.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
        assert found, (folder / "log").read_text()
        try:
            yield found.group()
        finally:
            server.send_signal(signal.SIGTERM)
        assert server.wait() == 0


def _searched(folder: Path) -> list[bool]:
    """For each process, whether it has counted a search."""
    return [b"/v1/search" in counts.read_bytes() for counts in folder.glob("dalil-metrics-*/counter_*.db")]


def test_every_process_finds_what_one_has_written_and_counts_for_all(address: str, folder: Path) -> None:
    """Slow: two processes load the model."""
    with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
        assert client.put("/v1/articles/port", json=ARTICLE).status_code == 201
    searches = 0
    while not all(_searched(folder)):  # the system chooses which process accepts a new connection
        found = httpx.get(f"{address}/v1/search", params={"q": "السفينة أنغارا"}, timeout=60, trust_env=False)
        assert [hit["article"]["id"] for hit in found.json()["hits"]] == ["port"]
        searches += 1
        assert searches < 500
    assert len(_searched(folder)) == 2
    for _ in range(8):
        samples = {
            (sample.name, *sorted(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(
                httpx.get(f"{address}/metrics", timeout=60, trust_env=False).text
            )
            for sample in family.samples
        }
        assert samples["dalil_http_requests_total", "/v1/search", "200", "GET"] == searches
        assert samples["dalil_index_articles",] == 1
