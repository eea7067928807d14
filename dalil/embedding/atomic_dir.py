"""Folders that are made once and kept: an unpacked model, a compiled one."""

import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

logger = logging.getLogger(__name__)


def build_once(folder: Path, build: Callable[[Path], None]) -> Path:
    """Return `folder`, made by `build(temporary folder)` unless it is there.

    A folder of that name is always whole: it is renamed into place when everything is on disk. Of several processes
    one builds while the others wait for it; what a killed one left behind is cleared away by the next. Whatever
    `build` raises leaves nothing behind.
    """
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    # The operating system lets go of the lock when its process dies.
    with FileLock(folder.with_name(f"{folder.name}.lock")):
        if folder.is_dir():
            return folder
        partial = folder.with_name(f"{folder.name}.partial")
        if partial.exists():
            logger.warning("clearing away %s, left behind by a process that was interrupted", partial)
            shutil.rmtree(partial)
        partial.mkdir()
        try:
            build(partial)
            for path in partial.rglob("*"):
                if path.is_file():
                    _flush(path)
            partial.rename(folder)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    return folder


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
