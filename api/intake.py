"""The way of articles into the index: the indexer's own pipeline, over the engine's store and model."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from time import monotonic
from typing import Annotated, Literal, TypeAlias

from fastapi import Depends, Request

from api.engine import EngineGuard
from dalil.domain import Article
from dalil.engine import Engine
from dalil.errors import ArticleNotFound, DalilError, IndexMissing, InvalidArticle
from dalil.indexing.chunking import Chunker
from dalil.indexing.loaders import Item, Loaded
from dalil.indexing.pipeline import OnReport, index
from dalil.indexing.report import Report
from dalil.settings import IndexingSettings

WRITES_BETWEEN_TIDYING = 32
"""Single articles put or deleted before the store is tidied up: each leaves it a little slower to search."""

CLOSING_SECONDS = 4.0
"""How long `close` waits for what is at work: less than is left of the ten seconds that Docker gives a container."""

Outcome: TypeAlias = Literal["added", "replaced", "unchanged"]

_log = logging.getLogger(__name__)


class Closing(Exception):
    """The server is stopping; raised within the work that is going on."""


class Intake:
    """Puts and deletes articles; safe to use from several threads, which do not wait for each other.

    Two that put an article of the same id at the same time leave one of both, whole. Raises what the store and the
    embedder raise.
    """

    def __init__(self, guard: EngineGuard, settings: IndexingSettings) -> None:
        self.max_article_bytes = settings.max_article_bytes
        self._guard = guard
        self._chunker = Chunker(guard.engine.embedder.count_tokens, settings.passage_tokens)
        self._batch_articles = settings.batch_articles
        self._making = threading.Lock()
        self._counting = threading.Lock()
        self._writes = 0
        self._closing = threading.Event()
        self._at_work: set[threading.Thread] = set()

    def open(self) -> Engine:
        """The engine, over an index that is made where there is none; raises `IndexMismatch` for another's."""
        with self._guard.watching():
            try:
                return self._guard.opened()
            except IndexMissing:
                engine = self._guard.engine
                # Two first writers would each make one, and the second would put it in the place of the first one's.
                with self._making:
                    engine.store.open_or_create(engine.fingerprint)
                return engine

    def put(self, article: Article) -> tuple[Outcome, int]:
        """Add or replace one article: what that came to, and how many passages of it the index holds.

        Raises `InvalidArticle` with the pipeline's reason.
        """
        if len(article.text.encode("utf-8", "replace")) > self.max_article_bytes:
            limit = f"longer than {self.max_article_bytes:,} bytes (DALIL_INDEXING__MAX_ARTICLE_BYTES)"
            raise InvalidArticle(article.id, limit)
        store = self.open().store
        with self._guard.watching():
            report = self._run([Loaded(article.id, article)], optimise=False, stored=store.versions([article.id]))
            for rejected in report.rejected:
                raise InvalidArticle(rejected.name, rejected.reason)
            if report.unchanged:
                return "unchanged", len(store.article_passages(article.id))
        self._wrote_one()
        return "added" if report.added else "replaced", report.passages

    def delete(self, article_id: str) -> None:
        """Delete an article with its passages; raises `ArticleNotFound`."""
        with self._guard.serving() as engine:
            if not engine.store.delete([article_id]):
                raise ArticleNotFound(article_id)
        self._wrote_one()

    def run(self, items: Iterable[Item], progress: OnReport) -> Report:
        """Put many articles into the open index, and tidy up at the end; raises `Closing` once the server stops."""

        def watched(report: Report) -> None:
            if self._closing.is_set():
                raise Closing("the server is stopping")
            progress(report)

        with self._guard.watching():
            return self._run(items, progress=watched)

    def start(self, work: Callable[[], None], name: str) -> None:
        """Do the work in a thread of its own, which `close` ends."""

        def run() -> None:
            try:
                work()
            finally:
                self._at_work.discard(thread)

        # A daemon, so that a store that takes its time cannot keep the process.
        thread = threading.Thread(target=run, name=name, daemon=True)
        self._at_work.add(thread)
        thread.start()

    def close(self) -> None:
        """Have what is at work end at its next sign of progress, and wait a while for it; what is stored stays."""
        self._closing.set()
        end = monotonic() + CLOSING_SECONDS
        for thread in list(self._at_work):
            thread.join(max(0.0, end - monotonic()))

    def _run(
        self,
        items: Iterable[Item],
        *,
        optimise: bool = True,
        stored: Mapping[str, str] | None = None,
        progress: OnReport = lambda _report: None,
    ) -> Report:
        engine = self._guard.engine
        return index(
            items,
            engine.store,
            engine.retriever.encoder,
            self._chunker,
            self._batch_articles,
            optimise=optimise,
            stored=stored,
            progress=progress,
        )

    def _wrote_one(self) -> None:
        with self._counting:
            self._writes += 1
            due = self._writes % WRITES_BETWEEN_TIDYING == 0
        if due:
            # OpenSearch may take minutes, which nobody should wait for who put an article.
            self.start(self._tidy_up, "tidying")

    def _tidy_up(self) -> None:
        try:
            self._guard.engine.store.optimise()
        except DalilError as error:
            _log.warning("the store could not be tidied up: %s", error)


def _intake(request: Request) -> Intake:
    intake: Intake = request.state.intake
    return intake


IntakeDep = Annotated[Intake, Depends(_intake)]
