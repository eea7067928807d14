"""A temporary index over the articles of a set. The configured index is not touched."""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dalil.bootstrap import Progress, Writer, build_engine, build_writer
from dalil.domain import Article
from dalil.engine import Engine
from dalil.indexing.chunking import Chunker
from dalil.indexing.loaders import Loaded
from dalil.indexing.pipeline import index
from dalil.settings import Settings

OPENSEARCH_INDEX = "dalil-evals"


@dataclass(frozen=True, slots=True)
class Distractors:
    """Articles that answer no question: the first of `articles` whose passages are at least `passages` in number."""

    articles: Iterable[Article]
    passages: int


NO_DISTRACTORS = Distractors((), 0)


@dataclass(frozen=True, slots=True)
class TemporaryIndex:
    """An engine over a temporary index, and the size of the index; `corpus` is the hash of its articles."""

    engine: Engine
    articles: int
    distractors: int
    passages: int
    corpus: str


@contextmanager
def temporary_index(
    name: str,
    articles: Sequence[Article],
    settings: Settings,
    progress: Progress,
    distractors: Distractors = NO_DISTRACTORS,
    *,
    opensearch_index: str = OPENSEARCH_INDEX,
) -> Iterator[TemporaryIndex]:
    """Index the articles and yield an engine over them.

    `progress` gets a line for each rejected article. At the end the
    folder of LanceDB is deleted. OpenSearch keeps an empty `opensearch_index`, because a store cannot drop an index.
    Two indexes at the same time need two names.
    """
    with tempfile.TemporaryDirectory(prefix="dalil-evals-") as folder:
        settings = settings.model_copy(
            update={
                "store": settings.store.model_copy(update={"path": Path(folder)}),
                "opensearch": settings.opensearch.model_copy(update={"index": opensearch_index}),
            }
        )
        try:
            with build_writer(settings, progress) as writer:
                added = _fill(
                    writer, settings, name=name, articles=articles, distractors=distractors, progress=progress
                )
                counts = writer.store.counts()
            with build_engine(settings, progress) as engine:
                corpus = hash_corpus([*articles, *added])
                yield TemporaryIndex(engine, len(articles), len(added), counts.passages, corpus)
        finally:
            if settings.store.kind == "opensearch":
                with build_writer(settings) as writer:
                    writer.store.create(writer.fingerprint)


def hash_corpus(articles: Iterable[Article]) -> str:
    """A hash of all ids and content hashes, independent of the order: 16 hex digits of SHA-256."""
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
    """Index all articles, and return the distractors among them."""
    chunker = Chunker(writer.encoder.embedder.count_tokens, settings.indexing.passage_tokens)
    added = list(_take_distractors(distractors, chunker))
    suffix = f", with {len(added):,} distractors" if added else ""
    progress(f"indexing {len(articles):,} articles of {name}{suffix}")
    writer.store.create(writer.fingerprint)
    items = (Loaded(article.id, article) for group in (articles, added) for article in group)
    report = index(items, writer.store, writer.encoder, chunker, settings.indexing.batch_articles)
    for rejected in report.rejected:
        progress(f"rejected: {rejected.name}: {rejected.reason}")
    return added


def _take_distractors(distractors: Distractors, chunker: Chunker) -> Iterator[Article]:
    """Yield articles until they have enough passages; skip an article without passages."""
    passages = 0
    for article in distractors.articles:
        if passages >= distractors.passages:
            return
        count = len(chunker.passages(article))
        if count:
            passages += count
            yield article
