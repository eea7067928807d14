"""The articles of a subject by the day on which they were published, each with its lead sentence."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import groupby

from dalil.answering.quotable import quotable_sentences
from dalil.domain import (
    DEFAULT_TIME,
    NO_FILTERS,
    Filters,
    Hit,
    ScoredSentence,
    StoredPassage,
    Timeline,
    TimelineDay,
    TimelineEntry,
    TimeOptions,
)
from dalil.errors import InvalidQuery
from dalil.limits import MAX_TIMELINE_ARTICLES
from dalil.retrieval.retriever import Retriever
from dalil.stores.base import PassageStore
from dalil.text.analysis import words

PASSAGES_PER_ARTICLE = 3
"""Hits that are searched for each article of the timeline, because several may belong to one."""

MIN_MATCH_SHARE = 0.75
"""The least late interaction of a passage's best sentence, as a share of the best one's: a search by meaning finds all
articles, and a fused score depends on what else was found. Chosen by eye on six subjects of the seeds."""

_LATEST = datetime.max.replace(tzinfo=UTC)


def build_timeline(
    store: PassageStore,
    retriever: Retriever,
    text: str,
    *,
    limit: int = 20,
    filters: Filters = NO_FILTERS,
    time: TimeOptions = DEFAULT_TIME,
) -> Timeline:
    """The `limit` articles that are most about the subject, by day, the earliest first and undated ones last.

    Raises `InvalidQuery` as `Retriever.search` does, and for a `limit` outside 1 to `MAX_TIMELINE_ARTICLES`.
    """
    if not 1 <= limit <= MAX_TIMELINE_ARTICLES:
        raise InvalidQuery(f"the limit has to be from 1 to {MAX_TIMELINE_ARTICLES}, not {limit!r}")
    results = retriever.search(text, limit=limit * PASSAGES_PER_ARTICLE, filters=filters, time=time)
    best_match = max((hit.best_sentence.late_interaction for hit in results.hits), default=0.0)
    best: dict[str, Hit] = {}
    for hit in results.hits:
        if hit.best_sentence.late_interaction >= MIN_MATCH_SHARE * best_match:
            best.setdefault(hit.article.id, hit)
    entries = [_entry(store.article_passages(id_), hit) for id_, hit in list(best.items())[:limit]]
    return Timeline(results.question.text, results.question.language, tuple(_by_day(entries)), results.times)


def _by_day(entries: Iterable[TimelineEntry]) -> Iterator[TimelineDay]:
    in_order = sorted(entries, key=lambda entry: (_day(entry) or date.max, entry.article.published_at or _LATEST))
    for day, of_day in groupby(in_order, key=_day):
        yield TimelineDay(day, tuple(of_day))


def _day(entry: TimelineEntry) -> date | None:
    """The day in the article's own time zone."""
    return entry.article.published_at.date() if entry.article.published_at else None


def _entry(passages: Sequence[StoredPassage], hit: Hit) -> TimelineEntry:
    """The first sentence of the article that can be quoted and is not its title; that of the hit where none can."""
    lead = next(_quotable(passages), hit.best_sentence)
    return TimelineEntry(hit.article, lead.text, lead.span.start, lead.span.end)


def _quotable(passages: Sequence[StoredPassage]) -> Iterator[ScoredSentence]:
    for stored in passages:
        passage = stored.passage
        for sentence in quotable_sentences(passage, stored.article.title, is_alone=len(passages) == 1):
            span = passage.sentences[sentence.place]
            text = passage.text[span.start - passage.start : span.end - passage.start]
            if not _is_of_title(text, stored.article.title):
                yield ScoredSentence(span, text, 0.0)


def _is_of_title(sentence: str, title: str) -> bool:
    """Whether a sentence is the title, or one of its sentences."""
    return f" {' '.join(words(sentence))} " in f" {' '.join(words(title))} "
