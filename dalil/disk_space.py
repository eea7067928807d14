"""Recognises a full disk behind the errors of libraries, of which few keep the error number."""

import errno
from pathlib import Path

from dalil.errors import DiskFull

_NUMBERS = (errno.ENOSPC, errno.EDQUOT)
_MESSAGES = ("no space left on device", "disk quota exceeded", "database or disk is full")


def is_disk_full(error: BaseException) -> bool:
    """True if the error, or one that it was raised from, says that a disk or a quota is full."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in _NUMBERS:
            return True
        if any(message in str(cause).lower() for message in _MESSAGES):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def disk_full(place: Path, done: str) -> DiskFull:
    """The error for a place that has no room. `done` says what of the work is kept."""
    return DiskFull(
        f"there is no room left on the disk of {str(place)!r}: nothing is damaged, and {done}; free some room, or set "
        "a folder on another disk, and do the same again"
    )
