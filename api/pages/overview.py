"""What the start page says of the articles: how many, from when to when, the sources, the newest, and questions."""

import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from time import monotonic

from api.pages.preferences import UiLanguage
from api.pages.questions import candidate_questions
from dalil.answering.extractive import ExtractiveGenerator
from dalil.domain import AnswerStatus, ArticleSummary, FacetCount
from dalil.engine import Engine
from dalil.observer import NO_OBSERVER

MAX_LISTED_ARTICLES = 20_000
"""Of a larger collection only the number is told: to list it takes too long for a page."""

VALID_SECONDS = 60.0
"""How long an overview is shown after an article was added."""

NEWEST_ARTICLES = 60
"""The newest articles, whose titles questions are made of."""

MAX_QUESTIONS = 6

MAX_TRIED_QUESTIONS = 24
"""Candidates that are asked before fewer than `MAX_QUESTIONS` are shown; an answer takes about a second."""


@dataclass(frozen=True, slots=True)
class Overview:
    """`first` and `last` are days of publication; `newest` is in order of date. All but `articles` may be empty."""

    articles: int
    first: date | None = None
    last: date | None = None
    sources: tuple[FacetCount[str], ...] = ()
    newest: tuple[ArticleSummary, ...] = ()

    @classmethod
    def of(cls, engine: Engine) -> "Overview":
        """The overview of the engine's index as it is now; raises what the store raises."""
        count = engine.store.counts().articles
        if count > MAX_LISTED_ARTICLES:
            return cls(count)
        articles = list(engine.articles())
        dated = sorted(
            ((article.published_at, article.id, article) for article in articles if article.published_at is not None),
            reverse=True,
        )
        sources = Counter(article.source for article in articles if article.source is not None)
        return cls(
            count,
            dated[-1][0].date() if dated else None,
            dated[0][0].date() if dated else None,
            tuple(FacetCount(name, sources[name]) for name in sorted(sources, key=lambda name: (-sources[name], name))),
            tuple(article for _, _, article in dated[:NEWEST_ARTICLES]),
        )


@dataclass(slots=True)
class OverviewCache:
    """The newest overview and the questions of each language; threads may share it."""

    _overview: Overview | None = None
    _valid_until: float = 0.0
    _questions: dict[UiLanguage, tuple[str, ...]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def overview(self, engine: Engine) -> Overview:
        """The overview, at most `VALID_SECONDS` old."""
        if self._overview is None or monotonic() >= self._valid_until:
            newest = Overview.of(engine)
            if newest != self._overview:
                self._overview, self._questions = newest, {}
            self._valid_until = monotonic() + VALID_SECONDS
        return self._overview

    def known_questions(self, language: UiLanguage) -> tuple[str, ...] | None:
        """The questions in this language if they have been found."""
        return self._questions.get(language)

    def questions(self, engine: Engine, language: UiLanguage) -> tuple[str, ...]:
        """At most `MAX_QUESTIONS` that the articles answer, each asked once to be sure; one thread asks at a time."""
        overview = self.overview(engine)
        with self._lock:
            found = self._questions.get(language)
            if found is None:
                found = self._questions[language] = answered_questions(engine, overview, language)
            return found


def answered_questions(engine: Engine, overview: Overview, language: UiLanguage) -> tuple[str, ...]:
    """Questions made of the newest titles that the engine answers from the articles themselves.

    They count in no metric, and no language model is asked.
    """
    retriever = replace(engine.retriever, observer=NO_OBSERVER)
    answerer = replace(engine.answerer, retriever=retriever, generator=ExtractiveGenerator(), observer=NO_OBSERVER)
    found: list[str] = []
    titles = [article.title for article in overview.newest]
    for question, _ in zip(candidate_questions(titles, language), range(MAX_TRIED_QUESTIONS), strict=False):
        if answerer.answer(question).status is AnswerStatus.ANSWERED:
            found.append(question)
        if len(found) == MAX_QUESTIONS:
            break
    return tuple(found)
