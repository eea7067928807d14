"""An index of its own for what is measured: made for the run, gone after it; the configured index is not touched."""

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dalil.bootstrap import Writer, build_engine, build_writer
from dalil.domain import Article
from dalil.engine import Engine
from dalil.indexing.chunking import Chunker
from dalil.indexing.loaders import Loaded
from dalil.indexing.pipeline import index
from dalil.settings import Settings

OPENSEARCH_INDEX = "dalil-evals"

Progress = Callable[[str], None]
"""Told, in one line each, of what takes a while or cannot be done."""


@dataclass(frozen=True, slots=True)
class Distractors:
    """Articles that answer nothing: as many from the front of `articles` as make at least `passages` passages."""

    articles: Iterable[Article]
    passages: int


NO_DISTRACTORS = Distractors((), 0)


@dataclass(frozen=True, slots=True)
class OwnIndex:
    """An engine over the articles alone, and how much it holds; `corpus` is `SetFacts.corpus`."""

    engine: Engine
    articles: int
    distractors: int
    passages: int
    corpus: str


@contextmanager
def indexed(
    name: str,
    articles: Sequence[Article],
    settings: Settings,
    progress: Progress,
    distractors: Distractors = NO_DISTRACTORS,
    *,
    opensearch_index: str = OPENSEARCH_INDEX,
) -> Iterator[OwnIndex]:
    """Index the articles by themselves, and give the engine over them.

    Embeddings come from the cache where they are in it. An article that cannot be indexed is named through `progress`.
    LanceDB's folder is deleted at the end; OpenSearch keeps an empty `opensearch_index`, since a store has no verb to
    drop an index. Two indexes at once need two names.
    """
    with tempfile.TemporaryDirectory(prefix="dalil-evals-") as folder:
        own = settings.model_copy(
            update={
                "store": settings.store.model_copy(update={"path": Path(folder)}),
                "opensearch": settings.opensearch.model_copy(update={"index": opensearch_index}),
            }
        )
        try:
            with build_writer(own, progress) as writer:
                in_the_way = _fill(
                    writer, own, name=name, articles=articles, distractors=distractors, progress=progress
                )
                counts = writer.store.counts()
            with build_engine(own, progress) as engine:
                everything = [*articles, *in_the_way]
                yield OwnIndex(engine, len(articles), len(in_the_way), counts.passages, fingerprint(everything))
        finally:
            if own.store.kind == "opensearch":
                with build_writer(own) as writer:
                    writer.store.create(writer.fingerprint)


def fingerprint(articles: Iterable[Article]) -> str:
    """A hash over ids and content hashes, whatever the articles' order: 16 hex digits of SHA-256."""
    lines = sorted(f"{article.id}\n{article.content_hash}\n" for article in articles)
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _fill(
    writer: Writer,
    settings: Settings,
    *,
    name: str,
    articles: Sequence[Article],
    distractors: Distractors,
    progress: Progress,
) -> list[Article]:
    """Index everything; the distractors that went in."""
    chunker = Chunker(writer.embedder.count_tokens, settings.indexing.passage_tokens)
    taken = list(_enough(distractors, chunker))
    beside = f", with {len(taken):,} articles to be in the way" if taken else ""
    progress(f"indexing {len(articles):,} articles of {name}{beside}")
    writer.store.create(writer.fingerprint)
    items = (Loaded(article.id, article) for group in (articles, taken) for article in group)
    report = index(items, writer.store, writer.encoder, chunker, settings.indexing.batch_articles)
    for rejected in report.rejected:
        progress(f"rejected: {rejected.name}: {rejected.reason}")
    return taken


def _enough(distractors: Distractors, chunker: Chunker) -> Iterator[Article]:
    """Articles until their passages, as they will be cut, are enough; one that gives none is passed over."""
    passages = 0
    for article in distractors.articles:
        if passages >= distractors.passages:
            return
        own = len(chunker.passages(article))
        if own:
            passages += own
            yield article
