"""Folders that are built once and kept, such as an unpacked model."""

import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from dalil.disk_space import disk_full, is_disk_full

logger = logging.getLogger(__name__)


def build_once(folder: Path, build: Callable[[Path], None]) -> Path:
    """Return `folder`, which `build(temporary folder)` fills unless it exists.

    The temporary folder is renamed to `folder` once all its files are on disk, so `folder` is always complete. If
    several processes call this at once, one builds and the others wait. The next call removes the temporary folder of a
    process that was killed. If `build` raises, nothing remains; a full disk raises `DiskFull`.
    """
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    # The operating system releases the lock when its process dies.
    with FileLock(folder.with_name(f"{folder.name}.lock")):
        if folder.is_dir():
            return folder
        partial = folder.with_name(f"{folder.name}.partial")
        if partial.exists():
            logger.warning("removing %s, which an interrupted process left", partial)
            shutil.rmtree(partial)
        partial.mkdir()
        try:
            build(partial)
            for path in partial.rglob("*"):
                if path.is_file():
                    _flush(path)
            partial.rename(folder)
        except BaseException as error:
            shutil.rmtree(partial, ignore_errors=True)
            if is_disk_full(error):
                raise disk_full(folder.parent, f"nothing of {folder.name!r} remains") from error
            raise
    return folder


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
