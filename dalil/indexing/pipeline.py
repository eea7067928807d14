"""Articles into a store: check, cut, embed and write, in batches, leaving alone what has not changed.

Nothing is remembered between runs but the store itself, and an article is stored in one step or not at all: a run that
was killed is completed by the next one.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import TypeAlias

import numpy as np

from dalil.domain import Article, IndexedArticle, IndexedPassage, Passage, QuantizedTokens, Vector
from dalil.embedding.encoder import Encoder
from dalil.indexing.chunking import Chunker
from dalil.indexing.loaders import Item
from dalil.indexing.report import Rejected, Report, Skipped
from dalil.stores.base import PassageStore
from dalil.text.analysis import terms
from dalil.text.title_prefix import title_prefix

LONGEST_ID_BYTES = 512
"""In UTF-8: the most that OpenSearch takes."""

LONGEST_TITLE = 1_000
"""Characters."""

BATCH_CHARACTERS = 2_000_000
"""A batch is written early once its articles hold this much text: memory stays bounded however long they are."""

SENTENCES_A_CALL, PASSAGES_A_CALL = 512, 128
"""Texts embedded between two signs of progress."""

PRUNE_BATCH = 1_000

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_BUT_SPACE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_URL = re.compile(r"https?://[^\s/]\S*")

Progress: TypeAlias = Callable[[Report], None]
"""Told of the run's report when it begins, every few texts or articles, and when it ends; it is one and the same."""


@dataclass(frozen=True, slots=True)
class _Cut:
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
    progress: Progress = lambda _report: None,
) -> Report:
    """Bring the open index `store` up to date with `items`, and tell what was done.

    Articles of a version already stored cost a hash; of two with the same id the first counts, the other is rejected.
    A rejected article leaves what is stored under its id as it is. `prune` deletes stored articles that are not among
    `items`, unless something was rejected whose id is not known, or there was no article at all. `stored` are the
    store's `versions` of the ids that `items` may have, for a caller who knows these; else all are asked for. Raises
    what the store, the embedder, `items` and `progress` raise; what was written by then stays.
    """
    report, started = Report(), perf_counter()

    def tick() -> None:
        report.seconds = perf_counter() - started
        progress(report)

    tick()
    stored = store.versions() if stored is None else stored
    names: dict[str, str] = {}

    def ticking() -> Iterator[Item]:
        for item in items:
            yield item
            tick()

    for batch in _batches(_to_index(ticking(), stored, names, chunker, report), batch_articles):
        store.write(_encoded(batch, encoder, report, tick))
        replaced = sum(cut.article.id in stored for cut in batch)
        report.replaced += replaced
        report.added += len(batch) - replaced
        report.passages += sum(len(cut.passages) for cut in batch)
    if prune:
        _prune(store, stored, names, report)
    if optimise:
        store.optimise()
    tick()
    return report


def _to_index(
    items: Iterable[Item], stored: Mapping[str, str], names: dict[str, str], chunker: Chunker, report: Report
) -> Iterator[_Cut]:
    """The articles that are new or changed; the others go into the report, and every id into `names`."""
    for item in items:
        if isinstance(item, Skipped):
            report.skipped.append(item)
            continue
        if isinstance(item, Rejected):
            report.rejected.append(item)
            continue
        article = item.article
        problem = _problem(article)
        if problem is None and article.id in names:
            problem = f"its id {article.id!r} is that of {names[article.id]}"
        version = chunker.version(article)
        changed = problem is None and stored.get(article.id) != version
        passages = chunker.passages(article) if changed else ()
        if changed and not passages:
            problem = "nothing is left after boilerplate"
        if problem is not None:
            report.rejected.append(Rejected(item.name, problem, article.id))
            continue
        names[article.id] = item.name
        if passages:
            yield _Cut(article, version, passages)
        else:
            report.unchanged += 1


def _problem(article: Article) -> str | None:
    """What is wrong with the article's fields; None where nothing is."""
    optional = (article.source or "", article.url or "")
    fields = (article.id, article.title, article.text, *optional, *article.metadata, *article.metadata.values())
    controls = len(_CONTROL_BUT_SPACE.findall(article.text))
    problems = (
        (any(map(_SURROGATE.search, fields)), "holds a lone surrogate, which no encoding can write"),
        (not article.id.strip() or _CONTROL.search(article.id), "its id is empty or holds control characters"),
        (
            len(article.id.encode("utf-8", "replace")) > LONGEST_ID_BYTES,
            f"its id is longer than {LONGEST_ID_BYTES} bytes",
        ),
        (len(article.title) > LONGEST_TITLE, f"its title is longer than {LONGEST_TITLE:,} characters"),
        (article.url and not _URL.fullmatch(article.url), f"its url is not http(s): {article.url!r:.100}"),
        (
            not _LANGUAGE.fullmatch(article.language),
            f"its language is not a tag such as 'ar': {article.language!r:.40}",
        ),
        (not article.text.strip(), "the text is empty"),
        (any("\0" in field for field in fields) or controls * 100 > len(article.text), "looks like a binary file"),
    )
    return next((reason for holds, reason in problems if holds), None)


def _batches(cuts: Iterable[_Cut], batch_articles: int) -> Iterator[list[_Cut]]:
    batch: list[_Cut] = []
    characters = 0
    for cut in cuts:
        batch.append(cut)
        characters += len(cut.article.text)
        if len(batch) == batch_articles or characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _encoded(batch: list[_Cut], encoder: Encoder, report: Report, tick: Callable[[], None]) -> list[IndexedArticle]:
    """The batch with its vectors and tokens; a sentence that occurs twice is embedded once."""
    passages = [(cut.article, passage) for cut in batch for passage in cut.passages]
    texts = list(
        dict.fromkeys(sentence.of(article.text) for article, passage in passages for sentence in passage.sentences)
    )
    sentences = np.concatenate(
        [encoder.embedder.embed_documents(texts[some]) for some in _steps(len(texts), SENTENCES_A_CALL, report, tick)]
    )
    vectors = dict(zip(texts, sentences, strict=True))
    steps = _steps(len(passages), PASSAGES_A_CALL, report, tick)
    encoded = iter([read for some in steps for read in encoder.passages(passages[some])])
    return [
        IndexedArticle(
            cut.article,
            cut.version,
            tuple(_indexed(cut.article, passage, *next(encoded), vectors) for passage in cut.passages),
        )
        for cut in batch
    ]


def _steps(count: int, at_once: int, report: Report, tick: Callable[[], None]) -> Iterator[slice]:
    """Slices of `count` texts; the time until the next one is asked for is what the embedder took."""
    for start in range(0, count, at_once):
        started = perf_counter()
        yield slice(start, start + at_once)
        report.embedding_seconds += perf_counter() - started
        report.texts += min(at_once, count - start)
        tick()


def _indexed(
    article: Article, passage: Passage, vector: Vector, tokens: QuantizedTokens, sentences: Mapping[str, Vector]
) -> IndexedPassage:
    """The passage is found by its article's title too, wherever in the article it stands."""
    own = [sentences[sentence.of(article.text)] for sentence in passage.sentences]
    found_by = terms(title_prefix(article.title, passage.text) + passage.text)
    return IndexedPassage(passage, " ".join(found_by), np.stack([vector, *own]), tokens)


def _prune(store: PassageStore, stored: Mapping[str, str], names: Mapping[str, str], report: Report) -> None:
    spared = {rejected.article_id for rejected in report.rejected}
    if not names:
        report.not_pruned_because = "no article could be read, and an index is not emptied by mistake"
    elif None in spared:
        unknown = next(rejected.name for rejected in report.rejected if rejected.article_id is None)
        report.not_pruned_because = f"what {unknown} holds is not known, so nothing can be told to be gone"
    else:
        gone = sorted(stored.keys() - names.keys() - spared)
        for start in range(0, len(gone), PRUNE_BATCH):
            report.pruned += store.delete(gone[start : start + PRUNE_BATCH])
