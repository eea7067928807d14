"""Two API processes behind nginx, one of which is killed under load."""

import asyncio
import os
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.deployment.test_proxy import port_of, proxy
from tests.programs import SEEDS, environment, index, service
from tests.reliability.load import crowd, summary

SEARCH = ("/v1/search", {"query": "ما الأسلحة التي أرسلتها كوريا الشمالية إلى روسيا؟"})


@pytest.mark.soak
@pytest.mark.model
def test_no_client_notices_that_one_of_two_servers_is_killed(tmp_path: Path) -> None:
    first, second, front = (tmp_path / name for name in ("first", "second", "front"))
    for folder in (first, second, front):
        folder.mkdir()
    index(environment("lancedb", first), SEEDS)
    shutil.copytree(first / "index", second / "index")
    names = {"DALIL_API__PUBLIC_URL": "https://127.0.0.1"}
    with (
        service("lancedb", first, **names) as one,
        service("lancedb", second, **names) as other,
        proxy(front, port_of(one.client), port_of(other.client)) as through,
        ThreadPoolExecutor(1) as pool,
    ):

        def load() -> str:
            found = asyncio.run(crowd(through.client.base_url, *SEARCH, clients=4, each=25, verify=through.tls))
            assert {exchange.status for exchange in found} == {200}, [each.failure for each in found]
            return summary(found)

        running = pool.submit(load)
        time.sleep(2)
        os.kill(other.pid, signal.SIGKILL)
        print(f"one of two servers killed: {running.result()}")
