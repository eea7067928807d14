"""The import of one file of articles, and its progress."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context
from functools import partial
from pathlib import PurePosixPath
from typing import IO

from starlette.exceptions import HTTPException

from api.ingest.article_writer import ArticleWriter
from api.ingest.schemas import ImportDone, ImportProgress, ImportRejected
from dalil.errors import InvalidArticle
from dalil.indexing.identity import COMPRESSIONS
from dalil.indexing.loaders import LOADERS, Item, Loaded, is_known, load_file
from dalil.indexing.report import Report

MAX_REPORTED_IDS = 20

MAX_REJECTED_ARTICLES = 10_000
"""A file with more is no file of articles; each rejection stays in memory until the end."""

_log = logging.getLogger(__name__)


class ClientGone(Exception):
    """Ends an import that nobody waits for."""


class Import:
    """Indexes one open file, and closes it. After `start`, any thread may call the other methods.

    The extension of `name` is the file's format; its last part, without folders, names the articles. No file with this
    name is opened. Raises status 415 for an unknown format.
    """

    def __init__(self, writer: ArticleWriter, name: str) -> None:
        self._writer = writer
        # A browser on Windows may send the whole path of the file.
        self._name = PurePosixPath(name.replace("\\", "/")).name
        if not is_known(self._name):
            raise HTTPException(
                415,
                f"the file is called {self._name!r}, and its name has to end in one of {', '.join(LOADERS)}, "
                f"in one of these and {', '.join(COMPRESSIONS)}, or in .zip",
            )
        self._report = Report()
        self._reported = 0
        self._position = self._size = 0
        self._first_ids: list[str] = []
        self._cancelled = threading.Event()
        self._failure: Exception | None = None

    def start(self, file: IO[bytes], size: int, finished: Callable[[], None]) -> None:
        """Index the file, which is read from its current position, in a thread that calls `finished` at its end."""
        self._size = size

        def work() -> None:
            try:
                with file:
                    self._report = self._writer.put_all(self._items(file), self._set_report)
            except Exception as error:  # noqa: BLE001 - `result` raises it
                self._failure = error
                if self._cancelled.is_set():
                    _log.warning("the rest of an import is not stored: %s", error)
            finally:
                finished()

        # The log lines of the thread have the id of the request.
        self._writer.start_thread(partial(copy_context().run, work), f"import of {self._name}")

    def cancel(self) -> None:
        """End the work at its next progress: stored articles stay, the batch that is being embedded is dropped."""
        self._cancelled.set()

    def new_rejections(self) -> list[ImportRejected]:
        """The articles that were rejected since the previous call."""
        new = self._report.rejected[self._reported :]
        self._reported += len(new)
        return [ImportRejected.from_rejected(rejected) for rejected in new]

    def progress(self) -> ImportProgress:
        """The progress so far; it counts only the rejections that `new_rejections` has returned."""
        return ImportProgress(**self._counts())

    def result(self) -> ImportDone:
        """The result of a finished import; raises the error that it failed with."""
        if self._failure is not None:
            raise self._failure
        return ImportDone(**self._counts(), article_ids=self._first_ids, seconds=round(self._report.seconds, 3))

    def _counts(self) -> dict[str, int]:
        report = self._report
        return {
            "added": report.added,
            "replaced": report.replaced,
            "unchanged": report.unchanged,
            "superseded": len(report.superseded),
            "rejected": self._reported,
            "passages": report.passages,
            "embedded": report.embedded,
            "bytes_read": self._position,
            "bytes": self._size,
        }

    def _set_report(self, report: Report) -> None:
        self._report = report
        if self._cancelled.is_set():
            raise ClientGone("its client has disconnected")

    def _items(self, file: IO[bytes]) -> Iterator[Item]:
        for item in load_file(file, self._name, self._writer.read_options):
            self._position = file.tell()
            yield item
            # The pipeline has now accepted or rejected the item, but may not have stored it.
            rejected = self._report.rejected
            if len(rejected) > MAX_REJECTED_ARTICLES:
                raise InvalidArticle(
                    self._name, f"more than {MAX_REJECTED_ARTICLES:,} articles are rejected; no more are read"
                )
            is_accepted = not rejected or rejected[-1].name != item.name
            if is_accepted and isinstance(item, Loaded) and len(self._first_ids) < MAX_REPORTED_IDS:
                # Of several revisions of an article, the id counts once.
                self._first_ids += [item.article.id] if item.article.id not in self._first_ids else []
        self._position = self._size
