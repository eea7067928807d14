import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dalil.embedding.atomic_dir import build_once, damaged_files
from dalil.errors import DiskFull


def _build(folder: Path) -> None:
    (folder / "inner").mkdir()
    (folder / "inner" / "weights").write_text("whole", encoding="utf-8")


def test_a_folder_is_built_once(tmp_path: Path) -> None:
    folder = build_once(tmp_path / "deep" / "model", _build)
    assert (folder / "inner" / "weights").read_text(encoding="utf-8") == "whole"
    assert build_once(folder, lambda _: pytest.fail("built twice")) == folder


def test_a_file_that_changes_after_it_was_built_is_found(tmp_path: Path) -> None:
    folder = build_once(tmp_path / "model", _build)
    assert damaged_files(folder) == []
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=folder, check=True, capture_output=True)
    (folder / "inner" / "weights").write_text("whoIe", encoding="utf-8")
    assert damaged_files(folder) == ["inner/weights"]
    shutil.rmtree(folder / "inner")
    assert damaged_files(folder) == ["inner/weights"]
    (folder / "SHA256SUMS").unlink()
    assert damaged_files(folder) is None


def test_a_failed_build_leaves_nothing_behind(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        _build(folder)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        build_once(tmp_path / "model", fail)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


def test_a_full_disk_is_said_to_be_one(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        raise ValueError("I/O error: No space left on device (os error 28)")

    with pytest.raises(DiskFull, match="nothing of 'model' remains"):
        build_once(tmp_path / "model", fail)
    assert not (tmp_path / "model").exists()


def test_what_a_killed_process_left_is_cleared_away_and_built_anew(tmp_path: Path) -> None:
    program = """
import os, signal, sys
from pathlib import Path
from dalil.embedding.atomic_dir import build_once
def die(folder):
    (folder / "half").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
build_once(Path(sys.argv[1]), die)
"""
    folder = tmp_path / "model"
    died = subprocess.run([sys.executable, "-c", program, str(folder)], check=False)
    assert died.returncode == -signal.SIGKILL
    assert not folder.exists()
    build_once(folder, _build)
    assert sorted(path.name for path in folder.iterdir()) == ["SHA256SUMS", "inner"]
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["model"]


def test_of_several_at_once_one_builds_and_the_others_wait(tmp_path: Path) -> None:
    built: list[int] = []
    started = threading.Event()
    go_on = threading.Event()

    def slowly(folder: Path) -> None:
        built.append(1)
        started.set()
        go_on.wait(30)
        _build(folder)

    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(build_once(tmp_path / "model", slowly))) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert started.wait(30)
    go_on.set()
    for thread in threads:
        thread.join()
    assert built == [1]
    assert found == [tmp_path / "model"] * 3
