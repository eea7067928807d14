"""One index with everything over it: it indexes articles, searches them and answers from them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from os import PathLike, fspath
from pathlib import Path
from typing import Self, TypeAlias

from dalil.answering.answerer import Answerer
from dalil.answering.timeline import build_timeline
from dalil.answering.translation.base import Translator
from dalil.domain import (
    DEFAULT_TIME,
    NO_FILTERS,
    Answer,
    Article,
    ArticleSummary,
    Filters,
    Hit,
    IndexFingerprint,
    Mode,
    Timeline,
    TimeOptions,
)
from dalil.embedding.base import Embedder
from dalil.errors import InvalidInput
from dalil.indexing.chunking import Chunker
from dalil.indexing.loaders import Corpus, Item, Loaded
from dalil.indexing.pipeline import index
from dalil.indexing.records import RecordReading
from dalil.indexing.report import Report
from dalil.observer import Observer, Observers
from dalil.retrieval.retriever import Retriever
from dalil.stores.base import PassageStore

PAGE_ARTICLES = 1_000
"""Articles that `Engine.articles` fetches at a time."""

ArticleSource: TypeAlias = Article | str | PathLike[str]
"""An article, or the path of a file or folder of articles, as `dalil.indexing.loaders` reads them."""


@dataclass(frozen=True, slots=True)
class StoreContext:
    """An open store and the fingerprint of its index; a context manager that closes the store."""

    store: PassageStore
    fingerprint: IndexFingerprint

    def close(self) -> None:
        """Close the store. Idempotent."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Engine(StoreContext):
    """Indexes, searches and answers over one store. Threads may share it.

    Its reading methods are those of `DalilClient`, with the same results and exceptions. Each checks first that the
    index exists (`IndexMissing`) and that this engine's model made it (`IndexMismatch`).

        with dalil.open_engine("index") as engine:
            engine.index(["articles/"])
            print(engine.answer("what weapons did DPRK send?").text)
    """

    embedder: Embedder
    retriever: Retriever
    answerer: Answerer
    chunker: Chunker
    batch_articles: int
    max_article_bytes: int
    records: RecordReading
    translator: Translator | None = None

    def index(self, sources: ArticleSource | Iterable[ArticleSource], *, prune: bool = False) -> Report:
        """Add or replace articles, and create the index where there is none.

        Unchanged articles cost a hash. An article that cannot be indexed is in the report's `rejected` with the reason,
        and the others are indexed. `prune` deletes stored articles that are not among `sources`. Raises `InvalidInput`
        for a path that does not exist, before anything is written.
        """
        items = list(self._items([sources] if isinstance(sources, Article | str | PathLike) else sources))
        self.store.open_or_create(self.fingerprint)
        return index(
            (item for group in items for item in group),
            self.store,
            self.retriever.encoder,
            self.chunker,
            self.batch_articles,
            prune=prune,
        )

    def search(
        self,
        query: str,
        *,
        limit: int = 10,
        mode: Mode = Mode.HYBRID,
        filters: Filters = NO_FILTERS,
        collapse: bool = True,
        time: TimeOptions = DEFAULT_TIME,
    ) -> tuple[Hit, ...]:
        """The passages that best answer the question, best first, as `Retriever.search` ranks them."""
        self.open()
        return self.retriever.search(query, limit=limit, mode=mode, filters=filters, collapse=collapse, time=time).hits

    def answer(
        self,
        question: str,
        *,
        filters: Filters = NO_FILTERS,
        max_citations: int = 5,
        explain: bool = False,
        collapse: bool = True,
        time: TimeOptions = DEFAULT_TIME,
    ) -> Answer:
        """An answer with verified quotes, or a refusal with its reason, as `Answerer.answer` gives it."""
        self.open()
        return self.answerer.answer(
            question, filters=filters, max_citations=max_citations, explain=explain, collapse=collapse, time=time
        )

    def timeline(
        self, query: str, *, limit: int = 20, filters: Filters = NO_FILTERS, time: TimeOptions = DEFAULT_TIME
    ) -> Timeline:
        """The articles that are most about a subject by day, each with its lead sentence, as `build_timeline` does."""
        self.open()
        return build_timeline(self.store, self.retriever, query, limit=limit, filters=filters, time=time)

    def article(self, article_id: str) -> Article:
        """The article with its text, in which all offsets count; raises `ArticleNotFound`."""
        self.open()
        return self.store.article(article_id)

    def articles(self) -> Iterator[ArticleSummary]:
        """Every article in ascending order of id."""
        self.open()
        after: str | None = None
        while page := self.store.articles(PAGE_ARTICLES, after):
            yield from page
            after = page[-1].id

    def delete(self, article_ids: Sequence[str]) -> int:
        """Delete articles with their passages, and return how many; ids without an article are passed over."""
        self.open()
        return self.store.delete(article_ids)

    def observed_by(self, *observers: Observer) -> "Engine":
        """The same engine, watched by these observers, and by no other."""
        observer = Observers(observers)
        retriever = replace(self.retriever, observer=observer)
        answerer = replace(self.answerer, retriever=retriever, observer=observer)
        return replace(self, retriever=retriever, answerer=answerer)

    def open(self) -> None:
        """Check the index, which another process may have made anew; raises `IndexMissing` or `IndexMismatch`."""
        self.store.open(self.fingerprint)

    def close(self) -> None:
        """Close the store and the connections to a language model. Idempotent."""
        self.answerer.generator.close()
        if self.translator is not None:
            self.translator.close()
        self.store.close()

    def _items(self, sources: Iterable[ArticleSource]) -> Iterator[Iterable[Item]]:
        paths: list[Path] = []
        for source in sources:
            if isinstance(source, Article):
                yield [Loaded(source.id, source)]
                continue
            path = Path(fspath(source))
            if not path.exists():
                raise InvalidInput(f"there is no file or folder {fspath(source)!r}; an article itself is an `Article`")
            paths.append(path)
        # One corpus, which knows the names of all files when it makes their ids.
        yield Corpus(paths, self.max_article_bytes, records=self.records)
