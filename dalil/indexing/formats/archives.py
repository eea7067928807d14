"""Compressed files (.gz, .zst, .bz2) and zip archives of files of the other formats."""

import bz2
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import PurePosixPath
from typing import IO, Protocol

import zstandard
from typing_extensions import Buffer

from dalil.indexing.formats.base import Loaded, Loader, Source
from dalil.indexing.identity import FileIdentity, is_passed_over
from dalil.indexing.report import Rejected, Skipped
from dalil.indexing.unreadable import Unreadable

MAX_EXPANSION = 200
"""Times its size that a compressed file may have. Arabic news in JSON has 4 to 8 times, the same line again and again
1,000."""

MIN_EXPANDED_BYTES = 20_000_000
"""A small file may expand to this size whatever its own."""

MAX_DIRECTORY_BYTES = 10_000_000
"""The list of the files of an archive, which is read as a whole: some 100,000 files."""

_DIRECTORY_END = b"PK\x05\x06"
_DIRECTORY_END_BYTES = 22
_MAX_COMMENT_BYTES = 65_535
_ZIP64_LOCATOR = b"PK\x06\x07"
_ZIP64_LOCATOR_BYTES = 20

_BROKEN = (OSError, EOFError, zlib.error, zipfile.BadZipFile, zstandard.ZstdError, NotImplementedError)


class _Expanded(Protocol):
    """A decompressed stream; the libraries share no other type."""

    def read(self, size: int = -1, /) -> bytes: ...

    def close(self) -> None: ...


_OPENERS: dict[str, Callable[[IO[bytes]], _Expanded]] = {
    ".gz": lambda file: gzip.GzipFile(fileobj=file),
    ".bz2": bz2.BZ2File,
    # A window of 128 MB is the most that the command line makes without a special option.
    ".zst": lambda file: zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(
        file, read_across_frames=True, closefd=False
    ),
}


class _Budget:
    """The bytes that may still come out of a compressed file."""

    def __init__(self, size: int) -> None:
        self.left = self.allowed = max(size * MAX_EXPANSION, MIN_EXPANDED_BYTES)

    def spend(self, count: int) -> None:
        """Count bytes; raises `Unreadable` when there are too many."""
        self.left -= count
        if self.left < 0:
            raise Unreadable(f"expands to more than {MAX_EXPANSION} times its size, as no text does")


class _BoundedStream(io.RawIOBase):
    """A stream that counts what is read from it."""

    def __init__(self, stream: _Expanded, budget: _Budget) -> None:
        self._stream = stream
        self._budget = budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer).cast("B")
        content = self._stream.read(len(view))
        self._budget.spend(len(content))
        view[: len(content)] = content
        return len(content)


def load_compressed(file: IO[bytes], source: Source, load: Loader) -> Iterator[Loaded | Rejected]:
    """The articles of a compressed file; `load` reads what is in it."""
    opener = _OPENERS[source.identity.path.suffix.lower()]
    try:
        with closing(opener(file)) as expanded:
            yield from load(io.BufferedReader(_BoundedStream(expanded, _Budget(_size(file)))), source)
    except _BROKEN as problem:
        yield source.reject_file(f"cannot be decompressed: {' '.join(str(problem).split()) or type(problem).__name__}")
    except Unreadable as problem:
        yield source.reject_file(problem.reason)


def member_paths(file: IO[bytes]) -> list[PurePosixPath]:
    """The paths of the files in a zip archive; empty if it cannot be read."""
    try:
        _check_directory(file)
        with zipfile.ZipFile(file) as archive:
            return [_path_of(member) for member in _members(archive)]
    except (*_BROKEN, Unreadable):
        return []


def load_zip(
    file: IO[bytes], source: Source, find_loader: Callable[[str], Loader | None]
) -> Iterator[Loaded | Rejected | Skipped]:
    """The articles of the files in a zip archive, by the loader of each name; archives in it are not read."""
    try:
        _check_directory(file)
        with zipfile.ZipFile(file) as archive:
            budget = _Budget(_size(file))
            for member in _members(archive):
                name = f"{source.name}/{member.filename}"
                if (load := find_loader(member.filename)) is None:
                    yield Skipped(name)
                    continue
                archived = source.identity.path
                identity = FileIdentity(
                    archived.with_suffix("") / _path_of(member), source.identity.names, archive=archived
                )
                yield from _load_member(archive, member, budget, load, Source(name, identity, source.options))
    except _BROKEN as problem:
        yield source.reject_file(f"cannot be read as a zip archive: {problem}")
    except Unreadable as problem:
        yield source.reject_file(problem.reason)


def _check_directory(file: IO[bytes]) -> None:
    """Raise `Unreadable` for an archive whose list of files would fill the memory, at 500 bytes a file."""
    size = _size(file)
    file.seek(max(0, size - _DIRECTORY_END_BYTES - _MAX_COMMENT_BYTES - _ZIP64_LOCATOR_BYTES))
    tail = file.read()
    file.seek(0)
    # The library looks at the very end first, and for a comment behind the end of the list then.
    at = len(tail) - _DIRECTORY_END_BYTES
    if not tail.startswith(_DIRECTORY_END, max(0, at)):
        at = tail.rfind(_DIRECTORY_END)
    locator = tail[max(0, at - _ZIP64_LOCATOR_BYTES) : max(0, at)]
    if locator.startswith(_ZIP64_LOCATOR) or int.from_bytes(tail[at + 12 : at + 16], "little") > MAX_DIRECTORY_BYTES:
        raise Unreadable("is too large for an archive of articles; split it")


def _members(archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    """The files of an archive that are read: not hidden ones, those of macOS and READMEs, as in a folder."""
    for member in archive.infolist():
        path = _path_of(member)
        hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
        if not member.is_dir() and not hidden and not is_passed_over(path.name):
            yield member


def _path_of(member: zipfile.ZipInfo) -> PurePosixPath:
    r"""The path of a member below the archive, which its name may try to leave. Some tools of Windows write `\\`."""
    parts = PurePosixPath(member.filename.replace("\\", "/")).parts
    return PurePosixPath(*(part for part in parts if part not in {"/", "//", ".", ".."}))


def _load_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: _Budget, load: Loader, source: Source
) -> Iterator[Loaded | Rejected]:
    if member.flag_bits & 1:
        yield source.reject_file("is encrypted")
        return
    try:
        with archive.open(member) as stream:
            yield from load(io.BufferedReader(_BoundedStream(stream, budget)), source)
    except (*_BROKEN, RuntimeError) as problem:
        yield source.reject_file(f"cannot be decompressed: {problem}")


def _size(file: IO[bytes]) -> int:
    """The bytes of an open file, whose position stays; 0 for a file within an archive."""
    if not file.seekable():
        return 0
    position = file.tell()
    size = file.seek(0, io.SEEK_END)
    file.seek(position)
    return size
