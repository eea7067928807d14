"""A cluster of three real OpenSearch nodes on this machine, each of which can be killed and started anew."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.missing import missing
from tests.programs import ROOT

SCRIPT = ROOT / "scripts" / "opensearch.sh"
NAMES = ("soak-1", "soak-2", "soak-3")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@dataclass
class Node:
    name: str
    environment: dict[str, str]
    url: str = field(init=False)

    def run(self, command: str) -> str:
        done = subprocess.run(
            [SCRIPT, command, self.name], env=self.environment, stdout=subprocess.PIPE, text=True, check=True
        )
        return done.stdout.strip()

    def start(self) -> None:
        """Return once it belongs to a cluster that works."""
        self.url = self.run("start")

    def kill(self) -> None:
        nodes = httpx.get(f"{self.url}/_nodes/_local/process", timeout=30).raise_for_status().json()["nodes"]
        (own,) = nodes.values()
        os.kill(own["process"]["id"], signal.SIGKILL)

    def wait_until_green(self) -> None:
        """Return once every shard has all its copies, on three nodes."""
        wanted = {"wait_for_status": "green", "wait_for_nodes": str(len(NAMES)), "timeout": "150s"}
        httpx.get(f"{self.url}/_cluster/health", params=wanted, timeout=160).raise_for_status()


@contextmanager
def three_nodes(folder: Path) -> Iterator[list[Node]]:
    """Three nodes with small heaps and new data in `folder`."""
    if not (shutil.which("mvn") and shutil.which("curl")):
        missing("no OpenSearch: install Maven and Java 21")
    nodes = " ".join(f"{name}={free_port()}" for name in NAMES)
    shared = {**os.environ, "OPENSEARCH_NODES": nodes, "OPENSEARCH_JAVA_OPTS": "-Xms512m -Xmx512m"}
    folder.chmod(0o755)
    cluster = [
        Node(name, {**shared, "OPENSEARCH_PORT": str(free_port()), "OPENSEARCH_DATA": str(folder / name)})
        for name in NAMES
    ]
    with ExitStack() as stack:
        for node in cluster:
            stack.callback(node.run, "stop")
        with ThreadPoolExecutor(len(cluster)) as pool:
            for started in [pool.submit(node.start) for node in cluster]:
                started.result()
        yield cluster
