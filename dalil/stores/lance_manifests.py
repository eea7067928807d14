"""The commits of a LanceDB table: one manifest file each, which a power failure can leave cut or zeroed.

Lance opens the newest manifest alone. If that is damaged, the commit before it may still be whole, with all its files.
"""

from pathlib import Path

MAGIC = b"LANC"
"""The last bytes of every file that Lance has written completely."""

ASIDE = ".damaged"

_MAX_VERSION = 2**64 - 1


def set_damaged_aside(table: Path) -> list[Path]:
    """Rename the manifests that are newer than the newest whole one, and return their new names.

    Renames nothing if no manifest is whole, or if the newest is. Raises `OSError`.
    """
    manifests = sorted(table.glob("_versions/*.manifest"), key=_version, reverse=True)
    whole = next((index for index, path in enumerate(manifests) if _is_whole(path)), 0)
    return [path.rename(path.with_name(f"{path.name}{ASIDE}")) for path in manifests[:whole]]


def _version(manifest: Path) -> int:
    """The number of a commit. Names of twenty digits count down, so that a listing has the newest first."""
    name = manifest.stem
    if not name.isdigit():
        return -1
    return _MAX_VERSION - int(name) if len(name) == 20 else int(name)


def _is_whole(manifest: Path) -> bool:
    return manifest.read_bytes().endswith(MAGIC)
