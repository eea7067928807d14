"""Writes articles into the index with the engine's indexing pipeline."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from time import monotonic
from typing import Annotated, Literal, TypeAlias

from fastapi import Depends, Request

from api.index_check import IndexCheck
from dalil.domain import Article
from dalil.engine import Engine
from dalil.errors import ArticleNotFound, DalilError, IndexMissing, InvalidArticle
from dalil.indexing.chunking import Chunker
from dalil.indexing.loaders import Item, Loaded, ReadOptions
from dalil.indexing.pipeline import OnReport, index
from dalil.indexing.report import Report
from dalil.settings import IndexingSettings

WRITES_PER_OPTIMISATION = 32
"""Single articles put or deleted before the store is optimised: each makes it a little slower to search."""

HOUSEKEEPING_SECONDS = 960.0
"""Longer than a store keeps old versions for its readers (`OLD_VERSIONS_KEPT` of the embedded one)."""

ROUNDS_AFTER_A_WRITE = 2
"""The first round of housekeeping merges what was written; the second removes what the first has replaced."""

CLOSING_SECONDS = 4.0
"""How long `close` waits for running work: less than the rest of the ten seconds that Docker gives a container."""

Outcome: TypeAlias = Literal["added", "replaced", "unchanged"]

_log = logging.getLogger(__name__)


class ServerStopping(Exception):
    """Ends running work because the server stops."""


class ArticleWriter:
    """Puts and deletes articles. Several threads may use it at once; none waits for another.

    Two threads that put an article with the same id at the same time leave one of the two articles, whole. Methods
    raise what the store and the embedder raise.
    """

    def __init__(
        self,
        index_check: IndexCheck,
        settings: IndexingSettings,
        count_writes: Callable[[Report], None] = lambda _report: None,
    ) -> None:
        self.max_article_bytes = settings.max_article_bytes
        self.read_options = ReadOptions(settings.max_article_bytes, index_check.engine.records)
        self._index_check = index_check
        self._count_writes = count_writes
        self._chunker = Chunker(index_check.engine.embedder.count_tokens, settings.passage_tokens)
        self._batch_articles = settings.batch_articles
        self._retry_seconds = settings.retry_seconds
        self._creation_lock = threading.Lock()
        self._count_lock = threading.Lock()
        self._writes = 0
        self._rounds_due = 0
        self._clock_runs = False
        self._closing = threading.Event()
        self._threads: set[threading.Thread] = set()

    def open(self) -> Engine:
        """The engine with its index, which is created if there is none; raises `IndexMismatch` for another's index."""
        with self._index_check.invalidate_on_failure():
            try:
                return self._index_check.open()
            except IndexMissing:
                engine = self._index_check.engine
                # Without the lock two first writers would both create an index, and one would replace the other's.
                with self._creation_lock:
                    engine.store.open_or_create(engine.fingerprint)
                return engine

    def put(self, article: Article) -> tuple[Outcome, int]:
        """Add or replace one article; returns the outcome and the number of its passages in the index.

        Raises `InvalidArticle` with the pipeline's reason.
        """
        if len(article.text.encode("utf-8", "replace")) > self.max_article_bytes:
            limit = f"longer than {self.max_article_bytes:,} bytes (DALIL_INDEXING__MAX_ARTICLE_BYTES)"
            raise InvalidArticle(article.id, limit)
        store = self.open().store
        with self._index_check.invalidate_on_failure():
            report = self._index([Loaded(article.id, article)], optimise=False, stored=store.versions([article.id]))
            for rejected in report.rejected:
                raise InvalidArticle(rejected.name, rejected.reason)
            if report.unchanged:
                return "unchanged", len(store.article_passages(article.id))
        self._count_write()
        return "added" if report.added else "replaced", report.passages

    def delete(self, article_id: str) -> None:
        """Delete an article with its passages; raises `ArticleNotFound`."""
        with self._index_check.serve() as engine:
            if not engine.store.delete([article_id]):
                raise ArticleNotFound(article_id)
        self._count_write()

    def put_all(self, items: Iterable[Item], progress: OnReport) -> Report:
        """Put many articles into the open index, then optimise the store; raises `ServerStopping` after `close`."""

        def progress_unless_closing(report: Report) -> None:
            if self._closing.is_set():
                raise ServerStopping("the server is stopping")
            progress(report)

        try:
            with self._index_check.invalidate_on_failure():
                return self._index(items, retry_seconds=self._retry_seconds, progress=progress_unless_closing)
        finally:
            self._plan_housekeeping()

    def start_thread(self, work: Callable[[], None], name: str) -> None:
        """Do the work in a thread of its own; `close` waits for it."""

        def run() -> None:
            try:
                work()
            finally:
                self._threads.discard(thread)

        # A daemon, so that a slow store cannot keep the process alive.
        thread = threading.Thread(target=run, name=name, daemon=True)
        self._threads.add(thread)
        thread.start()

    def close(self) -> None:
        """End running work at its next progress, and wait a short time for it; stored articles stay."""
        self._closing.set()
        end = monotonic() + CLOSING_SECONDS
        for thread in list(self._threads):
            thread.join(max(0.0, end - monotonic()))

    def _index(
        self,
        items: Iterable[Item],
        *,
        optimise: bool = True,
        stored: Mapping[str, str] | None = None,
        retry_seconds: float = 0.0,
        progress: OnReport = lambda _report: None,
    ) -> Report:
        engine = self._index_check.engine
        report = index(
            items,
            engine.store,
            engine.retriever.encoder,
            self._chunker,
            self._batch_articles,
            optimise=optimise,
            stored=stored,
            retry_seconds=retry_seconds,
            progress=progress,
        )
        self._count_writes(report)
        return report

    def _count_write(self) -> None:
        with self._count_lock:
            self._writes += 1
            due = self._writes % WRITES_PER_OPTIMISATION == 0
        self._plan_housekeeping()
        if due:
            # OpenSearch may take minutes; the client that put an article does not wait for it.
            self.start_thread(self._optimise, "optimise")

    def _plan_housekeeping(self) -> None:
        """Have the store optimised later, even if nothing more is written."""
        with self._count_lock:
            self._rounds_due = ROUNDS_AFTER_A_WRITE
            starts, self._clock_runs = not self._clock_runs, True
        if starts:
            self.start_thread(self._keep_house, "housekeeping")

    def _keep_house(self) -> None:
        while not self._closing.wait(HOUSEKEEPING_SECONDS):
            with self._count_lock:
                if self._rounds_due == 0:
                    self._clock_runs = False
                    return
                self._rounds_due -= 1
            self._optimise()

    def _optimise(self) -> None:
        try:
            self._index_check.engine.store.optimise()
        except DalilError as error:
            _log.warning("the store could not be optimised: %s", error)


def _article_writer(request: Request) -> ArticleWriter:
    writer: ArticleWriter = request.state.article_writer
    return writer


ArticleWriterDep = Annotated[ArticleWriter, Depends(_article_writer)]
