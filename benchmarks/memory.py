"""The memory of a server under many requests: `python -m benchmarks.memory [--requests N]`.

A server over the seeds, in a folder of its own, gets searches, questions and requests for articles, and now and then an
article is put or deleted. Its resident memory is printed after the start and after every thousand requests. It runs on
Linux alone.
"""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from evals.datasets.own_sets import load_seeds
from evals.datasets.paths import SEEDS

CLIENTS = 4

REPORT_EVERY = 1_000
"""Requests between two lines."""

WARM_UP_REQUESTS = 1_000
"""Growth counts from then on."""

WRITE_EVERY = 50
"""One request in so many puts one of five articles; each fifth time it is deleted again."""


def main(arguments: Sequence[str]) -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description="A server's memory under load.")
    parser.add_argument("--requests", type=int, default=10_000, help="requests after the start (default: %(default)s)")
    requests = parser.parse_args(arguments).requests
    with TemporaryDirectory(prefix="dalil-memory-") as folder, _server(Path(folder)) as (process, client):
        _say(f"after the start: {_resident_mb(process):.0f} MB")
        sent, warm = 0, 0.0
        work = _requests(client)
        with ThreadPoolExecutor(CLIENTS) as threads:
            while sent < requests:
                batch = list(islice(work, min(REPORT_EVERY, requests - sent)))
                failed = sum(not done for done in threads.map(lambda send: send(), batch))
                sent += len(batch)
                resident = _resident_mb(process)
                warm = warm or resident * (sent >= WARM_UP_REQUESTS)
                _say(f"after {sent:,} requests, {failed} of the last {len(batch):,} failed: {resident:.0f} MB")
        if warm:
            _say(f"growth since {WARM_UP_REQUESTS:,} requests: {100 * (resident / warm - 1):+.1f} %")
    return 0


def _requests(client: httpx.Client) -> Iterator[Callable[[], bool]]:
    """Requests without end, each of which returns whether it succeeded."""
    questions = [question.text for question in load_seeds().questions]
    articles = sorted(path.stem for path in SEEDS.glob("*.md") if path.stem != "README")
    count = 0
    while True:
        question, article = questions[count % len(questions)], articles[count % len(articles)]
        place, round_ = count % WRITE_EVERY, count // WRITE_EVERY
        if place == 0:
            text = f"{question} {round_}. " + (SEEDS / f"{article}.md").read_text("utf-8").rpartition("---")[2]
            yield _sender(client, "PUT", f"/v1/articles/soak-{round_ % 5}", {"text": text})
        elif place == WRITE_EVERY - 1 and round_ % 5 == 4:
            yield _sender(client, "DELETE", f"/v1/articles/soak-{round_ % 5}")
        elif place % 5 == 4:
            yield _sender(client, "GET", f"/v1/articles/{article}")
        elif place % 2:
            yield _sender(client, "POST", "/v1/search", {"query": question})
        else:
            yield _sender(client, "POST", "/v1/answer", {"question": question})
        count += 1


def _sender(client: httpx.Client, method: str, path: str, body: dict[str, str] | None = None) -> Callable[[], bool]:
    return lambda: client.request(method, path, json=body).is_success


@contextmanager
def _server(folder: Path) -> Iterator[tuple[int, httpx.Client]]:
    """The process id of a server over an index of the seeds, and a client of it."""
    own = os.environ | {"DALIL_STORE__KIND": "lancedb", "DALIL_STORE__PATH": str(folder / "index")}
    subprocess.run([sys.executable, "-m", "indexer", "index", str(SEEDS)], env=own, check=True, capture_output=True)
    command = [sys.executable, "-u", "-m", "api", "--port", "0"]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(command, env=own, stdout=subprocess.PIPE, stderr=log, text=True) as server,
    ):
        try:
            address = re.search(r"http://[^ ]+", server.stdout.readline() if server.stdout else "")
            if address is None:
                raise RuntimeError((folder / "log").read_text())
            with httpx.Client(base_url=address.group(), timeout=120, trust_env=False) as client:
                yield server.pid, client
        finally:
            server.terminate()


def _resident_mb(process: int) -> float:
    (line,) = (line for line in Path(f"/proc/{process}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1_024


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
