"""A real disk that runs full under a server, and has room again."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dalil.embedding.fake import FakeEmbedder
from dalil.stores.lance import LanceStore
from tests.integration.api_service import app_over, fill, path, serving
from tests.missing import missing

DISK_MEGABYTES = 6
BALLAST_BYTES = 1_000_000


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with little room."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        missing("no small disk: only root may mount one")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def put(client: httpx.Client, number: int) -> int:
    return client.put(path(f"n{number:05}"), json={"text": f"خبر جديد رقم {number} عن القمح. " * 200}).status_code


@pytest.mark.soak
def test_a_full_disk_refuses_writes_alone_and_they_go_on_once_there_is_room(disk: Path) -> None:
    (disk / "ballast").write_bytes(b"\0" * BALLAST_BYTES)
    index = disk / "index"
    with LanceStore(index) as store:
        fill(store, FakeEmbedder())
    with serving(app_over(index, host="127.0.0.1")) as client:
        written, status = 0, 201
        while status == 201:
            status = put(client, written)
            written += status == 201
        print(f"{written} articles until the disk was full, {shutil.disk_usage(disk).free:,} bytes free")
        assert status == 507
        assert written > 0
        for number in range(3):
            assert put(client, 90_000 + number) in {201, 507}
        # All that was said to be stored is there, and nothing else.
        assert client.get("/readyz").status_code == 200
        assert client.post("/v1/search", json={"query": "كوريا الشمالية"}).json()["hits"]
        assert client.get(path(f"n{written - 1:05}")).status_code == 200
        assert client.get(path(f"n{written:05}")).status_code == 404
        (disk / "ballast").unlink()
        assert put(client, written) == 201
        assert client.get(path(f"n{written:05}")).status_code == 200
