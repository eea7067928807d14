"""The programs as people run them: index articles, then serve them on a free port."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx

from tests.opensearch_node import opensearch_url

ROOT = Path(__file__).parents[1]
SEEDS = ROOT / "seeds"


@dataclass
class Service:
    environment: dict[str, str]
    client: httpx.Client
    pid: int


def environment(store: str, folder: Path) -> dict[str, str]:
    own = {"DALIL_STORE__KIND": store, "DALIL_STORE__PATH": str(folder / "index")}
    if store == "opensearch":
        own |= {"DALIL_OPENSEARCH__URL": opensearch_url(), "DALIL_OPENSEARCH__INDEX": f"e2e-{uuid4().hex[:12]}"}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DALIL_")}
    if cache := os.environ.get("DALIL_CACHE_FOLDER"):
        own["DALIL_CACHE_FOLDER"] = cache
    return {**inherited, **own}


def index(own: dict[str, str], *paths: Path) -> str:
    command = [sys.executable, "-m", "indexer", "index", *map(str, paths)]
    done = subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def service(store: str, folder: Path, *paths: Path, **settings: str) -> Iterator[Service]:
    """The API over an index of the paths; without paths, over the index that the folder has.

    `settings` are further environment variables.
    """
    own = environment(store, folder) | settings
    if paths:
        index(own, *paths)
    command = [sys.executable, "-u", "-m", "api", "--port", "0"]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(command, cwd=ROOT, env=own, stdout=subprocess.PIPE, stderr=log, text=True) as server,
    ):
        assert server.stdout is not None
        address = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
        assert address, (folder / "log").read_text()
        try:
            with httpx.Client(base_url=address.group(), timeout=60, trust_env=False) as client:
                yield Service(own, client, server.pid)
        finally:
            server.send_signal(signal.SIGINT)
            if store == "opensearch":
                name = own["DALIL_OPENSEARCH__INDEX"]
                httpx.delete(f"{own['DALIL_OPENSEARCH__URL']}/{name}-*", trust_env=False)
