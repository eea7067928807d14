"""Folders and files for their owner alone: an index holds articles that others of the machine may not have."""

import os
import stat
from pathlib import Path

OWNER_ALONE = 0o700


def make_private_folder(folder: Path) -> None:
    """Make a folder that only its owner may enter, with the missing ones above it. An existing one keeps its mode."""
    for missing in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        missing.mkdir(OWNER_ALONE, exist_ok=True)


def restrict_new_files(folder: Path) -> None:
    """From now on, this process makes files and folders with no more rights than `folder` gives.

    A folder that does not exist yet is taken for one of `make_private_folder`. Sets the umask, which is the process's:
    for programs, not for libraries, before any thread starts.
    """
    allowed = stat.S_IMODE(folder.stat().st_mode) if folder.is_dir() else OWNER_ALONE
    inherited = os.umask(0o077)
    os.umask(inherited | (0o777 & ~allowed))
