"""Folders that are built once and kept, such as an unpacked model."""

import hashlib
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from dalil.disk_space import disk_full, is_disk_full
from dalil.private_files import make_private_folder

SUMS_FILE = "SHA256SUMS"
"""The file with the hashes of the others, as `sha256sum --check` reads it."""

logger = logging.getLogger(__name__)


def build_once(folder: Path, build: Callable[[Path], None]) -> Path:
    """Return `folder`, which `build(temporary folder)` fills unless it exists; `SUMS_FILE` is added.

    The temporary folder is renamed to `folder` once all its files are on disk, so `folder` is always complete. If
    several processes call this at once, one builds and the others wait. The next call removes the temporary folder of a
    process that was killed. If `build` raises, nothing remains; a full disk raises `DiskFull`.
    """
    if folder.is_dir():
        return folder
    make_private_folder(folder.parent)
    # The operating system releases the lock when its process dies.
    with FileLock(folder.with_name(f"{folder.name}.lock")):
        if folder.is_dir():
            return folder
        partial = folder.with_name(f"{folder.name}.partial")
        if partial.exists():
            logger.warning("removing %s, which an interrupted process left", partial)
            shutil.rmtree(partial)
        make_private_folder(partial)
        try:
            build(partial)
            for path in [*_files(partial), _write_sums(partial)]:
                _flush(path)
            partial.rename(folder)
        except BaseException as error:
            shutil.rmtree(partial, ignore_errors=True)
            if is_disk_full(error):
                raise disk_full(folder.parent, f"nothing of {folder.name!r} remains") from error
            raise
    return folder


def damaged_files(folder: Path) -> list[str] | None:
    """The files of such a folder that are missing or changed since it was built; None for one without sums.

    Reads every file.
    """
    try:
        lines = (folder / SUMS_FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    return [
        name
        for digest, name in (line.split("  ", 1) for line in lines)
        if not (folder / name).is_file() or _sha256(folder / name) != digest
    ]


def _write_sums(folder: Path) -> Path:
    sums = "".join(f"{_sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in _files(folder))
    (folder / SUMS_FILE).write_text(sums, encoding="utf-8")
    return folder / SUMS_FILE


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
