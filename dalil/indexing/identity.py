"""The ids of articles that have none: made of the names of their files, and kept when further files come.

An id is the name of the file without its extension, if no other file of the folder has it; else its path below the
folder that was given, without the extension; else the whole path. `2024/10/11/bridge/index.md` is `index` alone, and
`2024/10/11/bridge/index` beside `2024/10/12/port/index.md`.

An id never changes when a second file of the same name comes: the version that the store keeps of an article ends with
a mark of the file that owns its id, and the owner keeps it. Behind the mark are those of the revisions that the article
supersedes, so that the next run does not index them again.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

OWNER = "@"
"""Separates the version of an article from the mark of its file. Versions are hexadecimal."""

MARK_CHARACTERS = 12

SUPERSEDED = "~"
"""Precedes the mark of each revision that an article supersedes, behind that of its file."""

REVISION_MARK_CHARACTERS = 8

MAX_SUPERSEDED = 16
"""Revisions that are kept in a version, the last ones; others are indexed again by each run, before the newest."""


@dataclass(slots=True)
class FileNames:
    """The names of all files that are read together, without which no name is known to be the only one."""

    stems: Counter[str] = field(default_factory=Counter)
    paths: Counter[str] = field(default_factory=Counter)
    marks: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, files: Iterable[tuple[PurePosixPath, PurePosixPath | None]]) -> "FileNames":
        """The names of files, by their paths below the folder that was given, each with that of its archive or None."""
        names = cls()
        for path, archive in files:
            names.stems[stem(path).name] += 1
            names.paths[str(stem(path))] += 1
            names.marks.add(_mark(path, archive))
        return names


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """A file, or a part of one, among the files that are read together.

    `path` is its path below the folder that was given; `part` is empty for the whole file, or such as `-3` for the
    article on line 3. `archive` is the path of the archive that holds the file, None if none does.
    """

    path: PurePosixPath
    names: FileNames
    part: str = ""
    archive: PurePosixPath | None = None

    @property
    def mark(self) -> str:
        """The mark of the file in the versions of its articles. It begins with the mark of the archive, if any."""
        return _mark(self.path, self.archive)

    @property
    def possible_ids(self) -> tuple[str, ...]:
        """All ids that the article can get, the shortest first."""
        return tuple(self._is_shared())

    def article_id(self, stored: Mapping[str, str]) -> str:
        """The article's id in an index with these versions by id: the one that it has there, or the shortest free one.

        An id is free unless another file of these has the same, or owns it in the index.
        """
        shared = self._is_shared()
        owners = {article_id: owner_of(stored.get(article_id, "")) for article_id in shared}
        own = next((article_id for article_id, owner in owners.items() if owner == self.mark), None)
        if own is not None:
            return own
        free = (
            article_id
            for article_id, is_shared in shared.items()
            if not is_shared and owners[article_id] not in self.names.marks
        )
        return next(free, f"{self.path}{self.part}")

    def own(self, version: str) -> str:
        """The version of an article as the store keeps it, with the mark of this file."""
        return with_owner(version, self.mark)

    def of_part(self, part: str) -> "FileIdentity":
        """The identity of a part of the file."""
        return FileIdentity(self.path, self.names, part, self.archive)

    def _is_shared(self) -> dict[str, bool]:
        """Each possible id and whether another file has the same name or path."""
        name, path = stem(self.path).name, str(stem(self.path))
        # In the folder itself the first two are one id, which the file there has before files below.
        return {
            f"{name}{self.part}": self.names.stems[name] > 1,
            f"{path}{self.part}": self.names.paths[path] > 1,
            f"{self.path}{self.part}": False,
        }


COMPRESSIONS = (".gz", ".zst", ".bz2")
"""Extensions that come after the extension of a format."""


def owner_of(version: str) -> str:
    """The mark of the file that owns an article's id, by the stored version; empty if no file does."""
    return version.partition(OWNER)[2].partition(SUPERSEDED)[0]


def with_owner(version: str, mark: str) -> str:
    """The version of an article as the store keeps it, with the mark of the file that owns its id, if one does."""
    return f"{version}{OWNER}{mark}" if mark else version


def without_owner(version: str) -> str:
    """The stored version of an article without the mark of a file."""
    return version.partition(OWNER)[0]


def with_superseded(version: str, superseded: Sequence[str]) -> str:
    """The version with the marks of the revisions that its article supersedes, but for its own."""
    marks = [mark for mark in dict.fromkeys(superseded) if mark != revision_mark(version)]
    if not marks:
        return version
    owned = version if OWNER in version else f"{version}{OWNER}"
    return SUPERSEDED.join((owned, *marks[-MAX_SUPERSEDED:]))


def without_superseded(version: str) -> str:
    """The stored version of an article without the marks of superseded revisions."""
    return version.partition(SUPERSEDED)[0]


def superseded_by(version: str) -> list[str]:
    """The marks of the revisions that the article of a stored version supersedes."""
    return version.partition(OWNER)[2].split(SUPERSEDED)[1:]


def revision_mark(version: str) -> str:
    """The mark of a revision in the version of the one that supersedes it."""
    return version[:REVISION_MARK_CHARACTERS]


def is_passed_over(name: str) -> bool:
    """Whether a file of this name holds no article: a hidden one, a README, or the lock of an open Word document."""
    return name.startswith((".", "~$")) or name.lower() == "readme.md"


def decompressed(path: PurePosixPath) -> PurePosixPath:
    """The path without the extension of a compression: `a/news.jsonl.gz` is `a/news.jsonl`."""
    return path.with_suffix("") if path.suffix.lower() in COMPRESSIONS else path


def stem(path: PurePosixPath) -> PurePosixPath:
    """The path without its extension, nor that of a compression behind it: `a/news.jsonl.gz` is `a/news`."""
    path = decompressed(path)
    return path.with_suffix("") if path.suffix else path


def single_file(name: str) -> FileIdentity:
    """The identity of a file that is read alone."""
    path = PurePosixPath(name)
    return FileIdentity(path, FileNames.of([(path, None)]))


def _mark(path: PurePosixPath, archive: PurePosixPath | None = None) -> str:
    own = hashlib.sha256(str(path).encode("utf-8", "surrogatepass")).hexdigest()[:MARK_CHARACTERS]
    return own if archive is None else f"{_mark(archive)}{own}"
