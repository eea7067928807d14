"""All articles of an index at once: what the start page says of them, and their list by date, source and story.

One thread surveys the index, once for each of its revisions, so that no page waits for a large one.
"""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import date
from heapq import nlargest
from typing import Generic, TypeVar

from api.pages.preferences import UiLanguage
from api.pages.questions import candidate_questions
from dalil.answering.extractive import ExtractiveGenerator
from dalil.batches import batches
from dalil.domain import AnswerStatus, ArticleSummary, FacetCount, SignedArticle
from dalil.engine import PAGE_ARTICLES, Engine
from dalil.observer import NO_OBSERVER
from dalil.retrieval.near_duplicates import Story, stories

MAX_LISTED_ARTICLES = 20_000
"""A larger collection is counted, but not held in memory to be sorted: 20,000 articles take some 40 MB."""

NEWEST_ARTICLES = 60
"""The newest articles, whose titles questions are made of."""

WAIT_SECONDS = 1.0
"""The longest that the start page waits for a survey; until it is there, the page has the number of articles alone."""

MAX_QUESTIONS = 6

MAX_TRIED_QUESTIONS = 24
"""Candidates that are asked before fewer than `MAX_QUESTIONS` are shown; an answer takes about a second."""

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Overview:
    """`first` and `last` are days of publication; `newest` is in order of date. All but `articles` may be empty."""

    articles: int
    first: date | None = None
    last: date | None = None
    sources: tuple[FacetCount[str], ...] = ()
    newest: tuple[ArticleSummary, ...] = ()


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass over the articles finds. `stories` is None for more than `MAX_LISTED_ARTICLES`."""

    overview: Overview
    stories: tuple[Story, ...] | None


def survey(engine: Engine, is_stopping: Callable[[], bool] = lambda: False) -> Survey:
    """Survey the index as it is now, or a part of it once `is_stopping`; raises what the store raises."""
    count, sources = 0, Counter[str]()
    first: date | None = None
    last: date | None = None
    newest: list[tuple[float, str, ArticleSummary]] = []
    listed: list[ArticleSummary] = []
    for article in engine.articles():
        if is_stopping():
            break
        count += 1
        if count <= MAX_LISTED_ARTICLES:
            listed.append(article)
        else:
            listed.clear()
        if article.source is not None:
            sources[article.source] += 1
        if article.published_at is not None:
            day = article.published_at.date()
            first, last = min(first or day, day), max(last or day, day)
            newest.append((article.published_at.timestamp(), article.id, article))
            if len(newest) > PAGE_ARTICLES:
                newest = nlargest(NEWEST_ARTICLES, newest)
    overview = Overview(
        count,
        first,
        last,
        tuple(FacetCount(name, sources[name]) for name in sorted(sources, key=lambda name: (-sources[name], name))),
        tuple(article for *_, article in nlargest(NEWEST_ARTICLES, newest)),
    )
    return Survey(overview, None if count > MAX_LISTED_ARTICLES else _stories(engine, listed, is_stopping))


def _stories(engine: Engine, articles: list[ArticleSummary], is_stopping: Callable[[], bool]) -> tuple[Story, ...]:
    signed: list[SignedArticle] = []
    for page in batches(articles, PAGE_ARTICLES):
        if is_stopping():
            break
        signatures = engine.store.signatures([article.id for article in page])
        # An article that was deleted meanwhile has none; the next revision leaves it out.
        signed += [SignedArticle(own, signatures[own.id]) for own in page if own.id in signatures]
    return tuple(stories(signed))


@dataclass(slots=True)
class _Kept(Generic[_Result]):
    """The newest result of one kind, and what it was made from."""

    key: object
    result: Future[_Result]


@dataclass(slots=True)
class Collection:
    """The survey of the newest revision and the questions of each language; threads may share it.

    Surveys and questions are made in one thread each, so that a reader who leaves ends nothing, and no worker that
    answers questions is taken.
    """

    _surveys: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "survey"))
    _asking: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "suggested-questions"))
    _survey: _Kept[Survey] | None = None
    _questions: dict[UiLanguage, _Kept[tuple[str, ...]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopping: threading.Event = field(default_factory=threading.Event)

    def survey(self, engine: Engine) -> Survey:
        """The survey of the index as it is now, waiting for it; raises what the store raises."""
        return self._current(engine).result()

    def overview(self, engine: Engine) -> Overview:
        """What is known within `WAIT_SECONDS`: at least the number of articles. Raises what the store raises."""
        current = self._current(engine)
        wait([current], WAIT_SECONDS)
        return current.result().overview if current.done() else Overview(engine.store.counts().articles)

    def known_questions(self, overview: Overview, language: UiLanguage) -> tuple[str, ...] | None:
        """The questions of the newest articles in this language if they have been found."""
        kept = self._questions.get(language)
        is_known = kept and kept.key == _titles(overview) and kept.result.done() and not _failed(kept.result)
        return kept.result.result() if kept and is_known else None

    def questions(self, engine: Engine, language: UiLanguage) -> Future[tuple[str, ...]]:
        """At most `MAX_QUESTIONS` that the articles answer; each was asked once to be sure."""

        def find() -> tuple[str, ...]:
            return answered_questions(engine, titles, language, self._stopping.is_set)

        titles = _titles(self.survey(engine).overview)
        with self._lock:
            kept = self._questions.get(language)
            if kept is None or kept.key != titles or _failed(kept.result):
                kept = self._questions[language] = _Kept(titles, self._asking.submit(find))
            return kept.result

    def close(self) -> None:
        """End running work and its threads. Idempotent."""
        self._stopping.set()
        for pool in (self._surveys, self._asking):
            pool.shutdown(cancel_futures=True)

    def _current(self, engine: Engine) -> Future[Survey]:
        revision = engine.store.revision()
        with self._lock:
            if self._survey is None or self._survey.key != revision or _failed(self._survey.result):
                self._survey = _Kept(revision, self._surveys.submit(survey, engine, self._stopping.is_set))
            return self._survey.result


def _titles(overview: Overview) -> tuple[str, ...]:
    return tuple(article.title for article in overview.newest)


def _failed(future: Future[_Result]) -> bool:
    return future.done() and (future.cancelled() or future.exception() is not None)


def answered_questions(
    engine: Engine, titles: Sequence[str], language: UiLanguage, is_stopping: Callable[[], bool] = lambda: False
) -> tuple[str, ...]:
    """Questions made of the newest titles that the engine answers from the articles themselves.

    They count in no metric, and no language model is asked. No more are asked once `is_stopping`.
    """
    retriever = replace(engine.retriever, observer=NO_OBSERVER)
    answerer = replace(engine.answerer, retriever=retriever, generator=ExtractiveGenerator(), observer=NO_OBSERVER)
    found: list[str] = []
    for question, _ in zip(candidate_questions(titles, language), range(MAX_TRIED_QUESTIONS), strict=False):
        if is_stopping() or len(found) == MAX_QUESTIONS:
            break
        if answerer.answer(question).status is AnswerStatus.ANSWERED:
            found.append(question)
    return tuple(found)
