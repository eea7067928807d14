"""Indexing: articles are checked, cut into passages, embedded and written to a store in batches, if they are new.

The store is the only state between runs, and an article is stored in one step or not at all: so the next run completes
a run that was killed.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from time import perf_counter
from typing import TypeAlias

from dalil.batches import batches
from dalil.domain import Article, IndexedArticle, IndexedPassage, Passage, QuantizedTokens, Signature, Vector
from dalil.embedding.encoder import Encoder
from dalil.errors import InvalidArticle
from dalil.indexing.chunking import MAX_SENTENCES, Chunker
from dalil.indexing.identity import (
    owner_of,
    superseded_by,
    with_owner,
    with_superseded,
    without_owner,
    without_superseded,
)
from dalil.indexing.loaders import Item, Loaded
from dalil.indexing.report import Rejected, Report, Skipped, Superseded
from dalil.indexing.revisions import Revision, Revisions
from dalil.indexing.validation import find_problem
from dalil.stores.base import PassageStore
from dalil.stores.retry import retry_transient
from dalil.text.analysis import terms, words
from dalil.text.minhash import minhash_signature
from dalil.text.title_prefix import title_prefix

MAX_BATCH_CHARACTERS = 2_000_000
"""A batch with this much text is written before it is full, so that long articles do not fill the memory."""

PASSAGES_PER_SLICE = 32
"""Passages that are encoded together, and between two reports of progress."""

SLICES_AT_ONCE = 2
"""The model reads one slice while the tokens of another are quantized."""

DELETIONS_PER_CALL = 1_000

OnReport: TypeAlias = Callable[[Report], None]
"""Called with the run's report, always the same object: at the start, after some passages or articles, at the end."""


@dataclass(frozen=True, slots=True)
class _ChunkedArticle:
    """An article with its passages, before they are embedded."""

    article: Article
    version: str
    passages: tuple[Passage, ...]


def index(
    items: Iterable[Item],
    store: PassageStore,
    encoder: Encoder,
    chunker: Chunker,
    batch_articles: int,
    *,
    prune: bool = False,
    optimise: bool = True,
    stored: Mapping[str, str] | None = None,
    retry_seconds: float = 0.0,
    progress: OnReport = lambda _report: None,
) -> Report:
    """Bring the open index `store` up to date with `items`, and return a report.

    An article whose version is already stored costs one hash. Of the revisions of one article the newest is stored, and
    the others are superseded. Of two different articles with the same id the second is rejected. A rejected article
    does not change the stored article of its id. `prune` deletes the stored articles that are not among `items`, unless
    an item of unknown id was rejected or there was no article at all. `stored` are the store's `versions` of the ids
    that `items` may have; without it, all versions are fetched. Each call to the store is made again for up to
    `retry_seconds` while it is away. Raises the errors of the store, the embedder, `items` and `progress`; articles
    written before the error stay.
    """
    report, started = Report(), perf_counter()

    def report_progress() -> None:
        report.seconds = perf_counter() - started
        progress(report)

    report_progress()
    stored = retry_transient(store.versions, seconds=retry_seconds) if stored is None else stored
    revisions = Revisions()
    written: set[str] = set()

    def items_with_progress() -> Iterator[Item]:
        for item in items:
            yield item
            report_progress()

    chunked_batches = _batches(
        _changed_articles(items_with_progress(), stored, revisions, chunker, report), batch_articles
    )
    with closing(_encode_ahead(chunked_batches, encoder)) as encoding:
        for batch in encoding:
            articles = batch.articles(report, report_progress)
            retry_transient(partial(store.write, articles), seconds=retry_seconds)
            ids = {article.article.id for article in articles}
            replaced = len(ids & (stored.keys() | written))
            written |= ids
            report.replaced += replaced
            report.added += len(articles) - replaced
            report.passages += len(batch.terms)
    if prune:
        _prune(store, stored, revisions.seen, report, retry_seconds)
    if optimise:
        retry_transient(store.optimise, seconds=retry_seconds)
    report_progress()
    return report


def _changed_articles(
    items: Iterable[Item], stored: Mapping[str, str], revisions: Revisions, chunker: Chunker, report: Report
) -> Iterator[_ChunkedArticle]:
    """The articles that are new or changed. Counts the others in the report, and keeps the newest revision of each id.

    An article is yielded again if a newer revision of it is read.
    """
    yielded: set[str] = set()
    for item in _loaded(items, stored, report):
        article, problem = item.article, find_problem(item.article)
        version, stored_version = chunker.version(article), stored.get(article.id, "")
        revision = Revision.of(item.name, article, version)
        passages: tuple[Passage, ...] = ()
        own_version = item.identity.own(version) if item.identity else with_owner(version, item.owner)
        try:
            if problem is None and not revisions.is_newest(revision, item, stored_version, report):
                continue
            if problem is None and (article.id in yielded or not _is_stored(item, own_version, stored_version)):
                passages = _cut(article, chunker)
        except InvalidArticle as error:
            problem = error.reason
        if problem is not None:
            report.rejected.append(Rejected(item.name, problem, article.id))
            continue
        revisions.seen[article.id] = revision
        if passages:
            yielded.add(article.id)
            marks = revisions.superseded.get(article.id, superseded_by(stored_version))
            yield _ChunkedArticle(article, with_superseded(own_version, marks), passages)
        else:
            report.unchanged += 1
    report.superseded += (
        Superseded(one.name, "", "known from an earlier run") for one, _ in revisions.waiting.values()
    )


def _loaded(items: Iterable[Item], stored: Mapping[str, str], report: Report) -> Iterator[Loaded]:
    """The articles that were read, with their ids in the index. Adds the rest to the report."""
    for item in items:
        if isinstance(item, Skipped):
            report.skipped.append(item)
        elif isinstance(item, Rejected):
            report.rejected.append(item)
        elif item.identity is not None and not item.has_own_id:
            yield replace(item, article=replace(item.article, id=item.identity.article_id(stored)))
        else:
            yield item


def _is_stored(item: Loaded, version: str, stored_version: str) -> bool:
    """Whether the store has this version of an article. One with an id of its own may come from any file."""
    if item.identity is None or item.has_own_id:
        return without_owner(version) == without_owner(stored_version)
    return version == without_superseded(stored_version)


def _cut(article: Article, chunker: Chunker) -> tuple[Passage, ...]:
    """The passages of an article; raises `InvalidArticle` if it can have none."""
    passages = chunker.passages(article)
    if not passages:
        raise InvalidArticle(article.id, "nothing is left after boilerplate")
    return passages


def _batches(articles: Iterable[_ChunkedArticle], batch_articles: int) -> Iterator[list[_ChunkedArticle]]:
    # By id: a newer revision takes the place of an older one that is not written yet.
    batch: dict[str, _ChunkedArticle] = {}
    characters = sentences = 0
    for chunked in articles:
        batch[chunked.article.id] = chunked
        characters += len(chunked.article.text)
        sentences += sum(len(passage.sentences) for passage in chunked.passages)
        if len(batch) == batch_articles or characters >= MAX_BATCH_CHARACTERS or sentences >= MAX_SENTENCES:
            yield list(batch.values())
            batch, characters, sentences = {}, 0, 0
    if batch:
        yield list(batch.values())


@dataclass(frozen=True, slots=True)
class _EncodingBatch:
    """Articles whose passages are being encoded, in slices. `terms` are those of each passage, the title's included.

    `signatures` are those of the articles.
    """

    chunked: Sequence[_ChunkedArticle]
    slices: Sequence[Future[list[tuple[Vector, QuantizedTokens]]]]
    terms: Sequence[str]
    signatures: Sequence[Signature]

    def articles(self, report: Report, report_progress: Callable[[], None]) -> list[IndexedArticle]:
        """Wait for the encoder; the report counts the passages of each slice."""
        encoded: list[tuple[Vector, QuantizedTokens]] = []
        for one in self.slices:
            encoded += one.result()
            report.embedded += len(one.result())
            report_progress()
        passages = [passage for one in self.chunked for passage in one.passages]
        indexed = (
            IndexedPassage(passage, own_terms, vector, tokens)
            for passage, own_terms, (vector, tokens) in zip(passages, self.terms, encoded, strict=True)
        )
        return [
            IndexedArticle(one.article, one.version, tuple(islice(indexed, len(one.passages))), signature)
            for one, signature in zip(self.chunked, self.signatures, strict=True)
        ]


def _encode_ahead(articles: Iterable[list[_ChunkedArticle]], encoder: Encoder) -> Generator[_EncodingBatch, None, None]:
    """The batches of articles in order, each while the next one is already cut, and its passages wait for the encoder.

    The encoder has threads of its own, so that reading, cutting and terms cost no time of it. If an error ends the
    work, slices that have not begun are not encoded.
    """
    threads = ThreadPoolExecutor(SLICES_AT_ONCE, "encoding")
    try:
        waiting: _EncodingBatch | None = None
        for chunked in articles:
            passages = [(one.article, passage) for one in chunked for passage in one.passages]
            slices = [threads.submit(encoder.passages, own) for own in batches(passages, PASSAGES_PER_SLICE)]
            own_terms = [_terms(article, passage) for article, passage in passages]
            batch = _EncodingBatch(chunked, slices, own_terms, [_signature(one) for one in chunked])
            if waiting:
                yield waiting
            waiting = batch
        if waiting:
            yield waiting
    finally:
        threads.shutdown(cancel_futures=True)


def _terms(article: Article, passage: Passage) -> str:
    return " ".join(terms(title_prefix(article.title, passage.text) + passage.text))


def _signature(chunked: _ChunkedArticle) -> Signature:
    """The signature of the main content, without the title: copies have titles of their own."""
    return minhash_signature([word for passage in chunked.passages for word in words(passage.text)])


def _prune(
    store: PassageStore, stored: Mapping[str, str], seen: Mapping[str, Revision], report: Report, retry_seconds: float
) -> None:
    kept = {article_id for rejected in report.rejected for article_id in rejected.may_hold or ()}
    # The mark of a file in an archive begins with that of the archive.
    marks = tuple({rejected.file_mark for rejected in report.rejected if rejected.file_mark is not None})
    kept |= {article_id for article_id, version in stored.items() if owner_of(version).startswith(marks)}
    unknown = next((each.name for each in report.rejected if each.may_hold is None and each.file_mark is None), None)
    if not seen:
        report.not_pruned_because = "no article could be read, and an index is not emptied by mistake"
    elif unknown is not None:
        report.not_pruned_because = f"{unknown} could not be read, so its articles may still exist"
    else:
        for ids in batches(sorted(stored.keys() - seen.keys() - kept), DELETIONS_PER_CALL):
            report.pruned += retry_transient(partial(store.delete, ids), seconds=retry_seconds)
