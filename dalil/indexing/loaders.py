"""Files read into articles, one at a time, by a table of formats.

A format is a `Loader`, a function that reads one open file and yields articles and rejections. A new format is a module
in `dalil/indexing/formats` and a line in `LOADERS`. Text keeps every character but a byte order mark and the CR of a
CRLF.
"""

import errno
import os
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from stat import S_ISREG
from typing import IO, TypeAlias

from dalil.indexing.formats.archives import load_compressed, load_zip, member_paths
from dalil.indexing.formats.base import Loaded, Loader, ReadOptions, Source
from dalil.indexing.formats.documents import load_word
from dalil.indexing.formats.feeds import load_feed
from dalil.indexing.formats.json_documents import load_json, load_json_lines
from dalil.indexing.formats.tables import load_table
from dalil.indexing.formats.text import load_html, load_text
from dalil.indexing.identity import (
    COMPRESSIONS,
    FileIdentity,
    FileNames,
    decompressed,
    is_passed_over,
    single_file,
)
from dalil.indexing.records import DEFAULT_RECORD_READING, RecordReading
from dalil.indexing.report import Rejected, Skipped

__all__ = [
    "EXTENSIONS",
    "LOADERS",
    "Corpus",
    "Item",
    "Loaded",
    "ReadOptions",
    "find_loader",
    "load_file",
    "printable_path",
]

Item: TypeAlias = Loaded | Rejected | Skipped

LOADERS: dict[str, Loader] = {
    ".txt": load_text,
    ".md": load_text,
    ".markdown": load_text,
    ".html": load_html,
    ".htm": load_html,
    ".xhtml": load_html,
    ".jsonl": load_json_lines,
    ".ndjson": load_json_lines,
    ".json": load_json,
    ".csv": load_table,
    ".tsv": load_table,
    ".xml": load_feed,
    ".rss": load_feed,
    ".atom": load_feed,
    ".docx": load_word,
}
"""Extension → loader. A compressed file has the extension of its compression after it; `.zip` holds any of these."""

ZIP = ".zip"

EXTENSIONS = (*LOADERS, *COMPRESSIONS, ZIP)
"""The last extensions of all files that may be read."""

_NOT_IN_IDS = re.compile(r"[\x00-\x1f\x7f-\x9f\udc80-\udcff]")
"""Control characters, and the bytes of a file name that are not UTF-8, as Python decodes them."""

_NO_FILE = frozenset({errno.ENOENT, errno.ELOOP})
"""The errors of a link to nothing or to itself, and of a file that is deleted while the folder is read."""


def find_loader(name: str) -> Loader | None:
    """The loader of a file by its name, which may be compressed, but no archive; None for an unknown format."""
    path = PurePosixPath(name.lower())
    load = LOADERS.get(decompressed(path).suffix)
    return partial(load_compressed, load=load) if load and path.suffix in COMPRESSIONS else load


def is_known(name: str) -> bool:
    """Whether a file of this name is read."""
    return find_loader(name) is not None or name.lower().endswith(ZIP)


def load_file(file: IO[bytes], name: str, options: ReadOptions) -> Iterator[Item]:
    """The articles of one open file, by its name, which has to be known."""
    yield from _load(file, Source(printable_path(Path(name)), single_file(name), options))


def _load(file: IO[bytes], source: Source) -> Iterator[Item]:
    name = source.identity.path.name
    if name.lower().endswith(ZIP):
        yield from load_zip(file, source, find_loader)
    elif (load := find_loader(name)) is None:
        yield Skipped(source.name)
    else:
        yield from load(file, source)


class Corpus:
    """The articles under some paths, read while they are iterated.

    Folders are walked in sorted order; links to folders are not followed, hidden files and README.md are left out.
    `position` is the number of bytes read so far, of `size()`. `records` says how fields are read.
    """

    def __init__(
        self, paths: Sequence[Path], max_article_bytes: int, *, records: RecordReading = DEFAULT_RECORD_READING
    ) -> None:
        self._paths = paths
        self._options = ReadOptions(max_article_bytes, records)
        self.position = 0

    def size(self) -> int:
        """Bytes of all files that will be read. Opens none of them."""
        paths = (file[0] for file in self._files() if not isinstance(file, Rejected))
        return sum(path.stat().st_size for path in paths if is_known(path.name) and path.is_file())

    def __iter__(self) -> Iterator[Item]:
        names = FileNames.of(self._names())
        for file in self._files():
            if isinstance(file, Rejected):
                yield file
            elif not is_known(file[0].name):
                yield Skipped(printable_path(file[0]))
            else:
                yield from self._read(
                    file[0], Source(printable_path(file[0]), FileIdentity(file[1], names), self._options)
                )

    def _read(self, path: Path, source: Source) -> Iterator[Item]:
        before = self.position
        try:
            if not S_ISREG(path.stat().st_mode):  # Opening a named pipe would wait for ever.
                yield Rejected(source.name, "not a regular file", may_hold=())
                return
            with path.open("rb") as file:
                for item in _load(file, source):
                    self.position = before + file.tell()
                    yield item
            self.position = before + path.stat().st_size
        except OSError as problem:
            nothing = problem.errno in _NO_FILE
            kind = "is a link to nothing" if nothing and path.is_symlink() else "cannot be read"
            reason = f"{kind}: {problem.strerror}"
            if nothing:
                yield Rejected(source.name, reason, may_hold=())
            else:
                yield source.reject_file(reason)

    def _names(self) -> Iterator[tuple[PurePosixPath, PurePosixPath | None]]:
        """The paths of all files and of the files in archives, with their archives."""
        for file in self._files():
            if isinstance(file, Rejected) or not is_known(file[0].name):
                continue
            path, below = file
            if not below.name.lower().endswith(ZIP):
                yield below, None
                continue
            try:
                if S_ISREG(path.stat().st_mode):
                    with path.open("rb") as archive:
                        yield from ((below.with_suffix("") / member, below) for member in member_paths(archive))
            except OSError:
                continue  # `_read` rejects it, with the reason.

    def _files(self) -> Iterator[tuple[Path, PurePosixPath] | Rejected]:
        """Each file with its path below the folder that was given; below the common folder of the files given."""
        files = [path for path in self._paths if not path.is_dir()]
        common = Path(os.path.commonpath([path.absolute().parent for path in files])) if files else Path()
        for path in self._paths:
            if path.is_dir():
                for found in _walk(path):
                    yield (found if isinstance(found, Rejected) else (found, _path_of_id(found.relative_to(path))))
            else:
                yield path, _path_of_id(path.absolute().relative_to(common))


def _walk(folder: Path) -> Iterator[Path | Rejected]:
    problems: list[OSError] = []
    for parent, folders, files in os.walk(folder, onerror=problems.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(parent, name) for name in sorted(files) if not is_passed_over(name))
    for problem in problems:
        yield Rejected(printable_path(Path(problem.filename)), f"cannot be read: {problem.strerror}")


def _path_of_id(path: Path) -> PurePosixPath:
    """The path with what no id can hold as `%CE`: control characters, and bytes that are not UTF-8."""
    return PurePosixPath(_NOT_IN_IDS.sub(lambda character: f"%{os.fsencode(character[0])[-1]:02X}", path.as_posix()))


def printable_path(path: Path) -> str:
    """The path with unprintable characters escaped, which a terminal could execute."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(path))
