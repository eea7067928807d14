"""Files that are written whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from dalil.disk_space import disk_full, is_disk_full


@contextmanager
def write_atomically(path: Path) -> Iterator[IO[bytes]]:
    """A file to write, which replaces the one at `path` once the block has ended without an error.

    It has another name in the same folder until then: a process that is killed leaves that file, and the one at `path`
    as it was. An error leaves none. A full disk raises `DiskFull`.
    """
    descriptor, name = tempfile.mkstemp(prefix=f"{path.name}.", suffix=".partial", dir=path.parent)
    partial = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        _flush_folder(path.parent)
    except BaseException as error:
        partial.unlink(missing_ok=True)
        if is_disk_full(error):
            raise disk_full(path.parent, f"nothing of {path.name!r} is written") from error
        raise


def _flush_folder(folder: Path) -> None:
    """Write the folder's names to the disk, without which a power failure can bring the old file back."""
    if os.name == "nt":  # Windows opens no folders.
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
