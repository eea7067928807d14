"""Indexing: articles are checked, cut into passages, embedded and written to a store in batches, if they are new.

The store is the only state between runs, and an article is stored in one step or not at all: so the next run completes
a run that was killed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from typing import TypeAlias

from dalil.domain import Article, IndexedArticle, IndexedPassage, Passage, QuantizedTokens, Vector
from dalil.embedding.encoder import Encoder
from dalil.errors import InvalidArticle
from dalil.indexing.chunking import MAX_SENTENCES, Chunker
from dalil.indexing.identity import owner_of, without_owner
from dalil.indexing.loaders import Item, Loaded
from dalil.indexing.report import Rejected, Report, Skipped
from dalil.indexing.validation import find_problem
from dalil.stores.base import PassageStore
from dalil.stores.retry import retry_transient
from dalil.text.analysis import terms
from dalil.text.title_prefix import title_prefix

MAX_BATCH_CHARACTERS = 2_000_000
"""A batch with this much text is written before it is full, so that long articles do not fill the memory."""

PASSAGES_PER_CALL = 128
"""Passages embedded between two reports of progress."""

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

    An article whose version is already stored costs one hash. Of two articles with the same id the second is rejected.
    A rejected article does not change the stored article of its id. `prune` deletes the stored articles that are not
    among `items`, unless an item of unknown id was rejected or there was no article at all. `stored` are the store's
    `versions` of the ids that `items` may have; without it, all versions are fetched. Each call to the store is made
    again for up to `retry_seconds` while it is away. Raises the errors of the store, the embedder, `items` and
    `progress`; articles written before the error stay.
    """
    report, started = Report(), perf_counter()

    def report_progress() -> None:
        report.seconds = perf_counter() - started
        progress(report)

    report_progress()
    stored = retry_transient(store.versions, seconds=retry_seconds) if stored is None else stored
    names: dict[str, str] = {}

    def items_with_progress() -> Iterator[Item]:
        for item in items:
            yield item
            report_progress()

    for batch in _batches(_changed_articles(items_with_progress(), stored, names, chunker, report), batch_articles):
        encoded = _encode(batch, encoder, report, report_progress)
        retry_transient(partial(store.write, encoded), seconds=retry_seconds)
        replaced = sum(chunked.article.id in stored for chunked in batch)
        report.replaced += replaced
        report.added += len(batch) - replaced
        report.passages += sum(len(chunked.passages) for chunked in batch)
    if prune:
        _prune(store, stored, names, report, retry_seconds)
    if optimise:
        retry_transient(store.optimise, seconds=retry_seconds)
    report_progress()
    return report


def _changed_articles(
    items: Iterable[Item], stored: Mapping[str, str], names: dict[str, str], chunker: Chunker, report: Report
) -> Iterator[_ChunkedArticle]:
    """The articles that are new or changed. Counts the others in the report, and adds each id to `names`."""
    versions: dict[str, str] = {}
    for item in items:
        if isinstance(item, Skipped):
            report.skipped.append(item)
            continue
        if isinstance(item, Rejected):
            report.rejected.append(item)
            continue
        article = item.article
        if item.identity is not None and not item.has_own_id:
            article = replace(article, id=item.identity.article_id(stored))
        problem = find_problem(article)
        version, stored_version = chunker.version(article), stored.get(article.id, "")
        if problem is None and article.id in names:
            if versions[article.id] == version:
                # Today's feed has most articles of yesterday's.
                report.unchanged += 1
                continue
            problem = f"its id {article.id!r} is that of {names[article.id]}"
        own_version = version if item.identity is None else item.identity.own(version)
        changed = problem is None and not _is_stored(item, own_version, stored_version)
        passages: tuple[Passage, ...] = ()
        if changed:
            passages, problem = _cut(article, chunker)
        if problem is not None:
            report.rejected.append(Rejected(item.name, problem, article.id))
            continue
        names[article.id], versions[article.id] = item.name, version
        if passages:
            yield _ChunkedArticle(article, own_version, passages)
        else:
            report.unchanged += 1


def _is_stored(item: Loaded, version: str, stored_version: str) -> bool:
    """Whether the store has this version of an article. One with an id of its own may come from any file."""
    if item.identity is None or item.has_own_id:
        return without_owner(version) == without_owner(stored_version)
    return version == stored_version


def _cut(article: Article, chunker: Chunker) -> tuple[tuple[Passage, ...], str | None]:
    """The passages of an article, and the reason if it can have none."""
    try:
        passages = chunker.passages(article)
    except InvalidArticle as error:
        return (), error.reason
    return passages, None if passages else "nothing is left after boilerplate"


def _batches(articles: Iterable[_ChunkedArticle], batch_articles: int) -> Iterator[list[_ChunkedArticle]]:
    batch: list[_ChunkedArticle] = []
    characters = sentences = 0
    for chunked in articles:
        batch.append(chunked)
        characters += len(chunked.article.text)
        sentences += sum(len(passage.sentences) for passage in chunked.passages)
        if len(batch) == batch_articles or characters >= MAX_BATCH_CHARACTERS or sentences >= MAX_SENTENCES:
            yield batch
            batch, characters, sentences = [], 0, 0
    if batch:
        yield batch


def _encode(
    batch: list[_ChunkedArticle], encoder: Encoder, report: Report, report_progress: Callable[[], None]
) -> list[IndexedArticle]:
    """The batch with vectors and tokens."""
    passages = [(chunked.article, passage) for chunked in batch for passage in chunked.passages]
    encoded = iter(_encode_passages(passages, encoder, report, report_progress))
    return [
        IndexedArticle(
            chunked.article,
            chunked.version,
            tuple(_index_passage(chunked.article, passage, *next(encoded)) for passage in chunked.passages),
        )
        for chunked in batch
    ]


def _encode_passages(
    passages: Sequence[tuple[Article, Passage]], encoder: Encoder, report: Report, report_progress: Callable[[], None]
) -> Iterator[tuple[Vector, QuantizedTokens]]:
    """The vector and the tokens of each passage; the report counts and times them."""
    for start in range(0, len(passages), PASSAGES_PER_CALL):
        started = perf_counter()
        part = passages[start : start + PASSAGES_PER_CALL]
        encoded = encoder.passages(part)
        report.embedding_seconds += perf_counter() - started
        report.embedded += len(part)
        report_progress()
        yield from encoded


def _index_passage(article: Article, passage: Passage, vector: Vector, tokens: QuantizedTokens) -> IndexedPassage:
    """The passage with its terms and vectors. Its terms include those of the article's title."""
    passage_terms = terms(title_prefix(article.title, passage.text) + passage.text)
    return IndexedPassage(passage, " ".join(passage_terms), vector, tokens)


def _prune(
    store: PassageStore, stored: Mapping[str, str], names: Mapping[str, str], report: Report, retry_seconds: float
) -> None:
    kept = {article_id for rejected in report.rejected for article_id in rejected.may_hold or ()}
    marks = {rejected.file_mark for rejected in report.rejected} - {None}
    kept |= {article_id for article_id, version in stored.items() if owner_of(version) in marks}
    unknown = next((each.name for each in report.rejected if each.may_hold is None and each.file_mark is None), None)
    if not names:
        report.not_pruned_because = "no article could be read, and an index is not emptied by mistake"
    elif unknown is not None:
        report.not_pruned_because = f"{unknown} could not be read, so its articles may still exist"
    else:
        gone = sorted(stored.keys() - names.keys() - kept)
        for start in range(0, len(gone), DELETIONS_PER_CALL):
            ids = gone[start : start + DELETIONS_PER_CALL]
            report.pruned += retry_transient(partial(store.delete, ids), seconds=retry_seconds)
