"""One file of articles on its way into the index, and what can be told of it meanwhile."""

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from starlette.exceptions import HTTPException

from api.article_shapes import ImportDone, ImportProgress, ImportRejected
from api.intake import Intake
from dalil.errors import InvalidArticle
from dalil.indexing.loaders import LOADERS, Item, Loaded
from dalil.indexing.report import Report

IDS_TOLD = 20

MOST_REJECTED = 10_000
"""What goes on being rejected is no file of articles, and each rejected is kept until the end."""

_log = logging.getLogger(__name__)


class Import:
    """Runs the pipeline over one open file, which it closes; begun by `start`, and then safe to ask from any thread.

    `name` says by its end what the file holds, and of that what is no path at all names the articles; nothing is opened
    by it. Raises status 415 for a format that is not read.
    """

    def __init__(self, intake: Intake, name: str) -> None:
        self._intake = intake
        # A browser on Windows may send the whole path.
        self._name = PurePosixPath(name.replace("\\", "/")).name
        suffix = PurePosixPath(self._name).suffix.lower()
        if suffix not in LOADERS:
            raise HTTPException(
                415, f"the file is called {self._name!r}, and its name has to end in one of {', '.join(LOADERS)}"
            )
        self._load = LOADERS[suffix]
        self._report = Report()
        self._told = 0
        self._position = self._size = 0
        self._first_ids: list[str] = []
        self._left = threading.Event()
        self._failure: Exception | None = None

    def start(self, file: IO[bytes], size: int, finished: Callable[[], None]) -> None:
        """Index the file, which stands at its beginning, in a thread of its own; `finished` is called at its end."""
        self._size = size

        def work() -> None:
            try:
                with file:
                    self._report = self._intake.run(self._items(file), self._follow)
            except Exception as error:  # noqa: BLE001 - `done` raises it
                self._failure = error
                if self._left.is_set():
                    _log.warning("the rest of an import whose client has left is not stored: %s", error)
            finally:
                finished()

        self._intake.start(work, f"import of {self._name}")

    def leave(self) -> None:
        """Read no further: what has been read is still stored."""
        self._left.set()

    def rejected(self) -> list[ImportRejected]:
        """What has been rejected since this was last asked."""
        new = self._report.rejected[self._told :]
        self._told += len(new)
        return [ImportRejected.from_rejected(rejected) for rejected in new]

    def progress(self) -> ImportProgress:
        """How far it has come, but for rejections that have not been told yet."""
        return ImportProgress(**self._counts())

    def done(self) -> ImportDone:
        """What it came to, once it is finished; raises what it failed with."""
        if self._failure is not None:
            raise self._failure
        return ImportDone(**self._counts(), article_ids=self._first_ids, seconds=round(self._report.seconds, 3))

    def _counts(self) -> dict[str, int]:
        report = self._report
        return {
            "added": report.added,
            "replaced": report.replaced,
            "unchanged": report.unchanged,
            "rejected": self._told,
            "passages": report.passages,
            "texts": report.texts,
            "bytes_read": self._position,
            "bytes": self._size,
        }

    def _follow(self, report: Report) -> None:
        self._report = report

    def _items(self, file: IO[bytes]) -> Iterator[Item]:
        for item in self._load(file, Path(self._name), self._intake.max_article_bytes):
            self._position = file.tell()
            yield item
            # By now the item has been judged, though perhaps not stored.
            rejected = self._report.rejected
            if len(rejected) > MOST_REJECTED:
                raise InvalidArticle(self._name, f"more than {MOST_REJECTED:,} articles are rejected; no more are read")
            taken = not rejected or rejected[-1].name != item.name
            if taken and isinstance(item, Loaded) and len(self._first_ids) < IDS_TOLD:
                self._first_ids.append(item.article.id)
            if self._left.is_set():
                return
        self._position = self._size
