"""Does it refuse what it cannot answer? Every question asked with the passages that answer it, and without them.

A question without its passages is a near miss: what it names is spoken of all around, what it asks is told nowhere.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from enum import StrEnum
from functools import partial
from typing import TypeAlias

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from dalil.answering.confidence import AnswerabilityFeatures, answerability_features, estimate_confidence
from dalil.errors import InvalidQuery
from dalil.retrieval.retriever import Retriever, SearchResults
from dalil.settings import Settings
from dalil.text.language import LANGUAGES, Language
from evals.ablation.ablate import spread
from evals.datasets.questions import EvalQuestion, QuestionSet
from evals.measures.statistics import Interval, interval
from evals.systems.temporary_index import Progress, indexed

MOST_LOST = 0.08
"""The share of answerable questions that may be refused."""

HITS = 10
"""As many as the answerer looks at."""

SPARE = 10
"""Hits more than are looked at, to stand in for those taken away."""

STRANGERS = 500
"""Questions of other sets asked of one."""

STRENGTH = 0.1
"""The inverse of the regressions' regularisation."""

WRITTEN = 4.0
"""How often a near miss counts that somebody wrote."""

Weights: TypeAlias = tuple[float, ...]


class Asked(StrEnum):
    """What a question is to the articles; `WITHOUT` is one whose passages were taken away."""

    ANSWERABLE = "answerable"
    WITHOUT = "without its passages"
    NEAR_MISS = "near-miss"
    OFF_TOPIC = "off-topic"
    UNANSWERABLE = "unanswerable"


@dataclass(frozen=True, slots=True)
class Sample:
    """One question asked once."""

    set: str
    language: Language
    half: str
    asked: Asked
    signals: AnswerabilityFeatures
    confidence: float
    """The engine's own, in [0, 1]."""
    cluster: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The shares of some questions that are refused at a threshold; None where there are none of a kind.

    `unanswerable` takes all together that cannot be answered. `ranked` is the area under the ROC curve of the
    confidence; `at_most_lost` the share of unanswerable ones refused at the threshold where `MOST_LOST` of the
    answerable ones are.
    """

    counts: dict[Asked, int]
    shares: dict[Asked, Interval]
    unanswerable: Interval | None
    ranked: float | None
    at_most_lost: float | None


def samples(
    own: QuestionSet, settings: Settings, progress: Progress, strangers: Sequence[EvalQuestion] = ()
) -> list[Sample]:
    """Index a set's articles and ask its questions, and `strangers`, which are off topic here.

    A question that cannot be read, or finds nothing, is left out.
    """
    with indexed(own.name, own.articles, settings, progress) as index:
        asked = partial(_asked, name=own.name, retriever=index.engine.retriever)
        return [
            *asked(own.questions),
            *asked(replace(one, labels=(), kind=Asked.OFF_TOPIC, half="") for one in strangers),
        ]


def strangers_to(own: QuestionSet, sets: Sequence[QuestionSet]) -> tuple[EvalQuestion, ...]:
    """At most `STRANGERS` questions of the sets over other articles, the same each time."""
    others = [one for one in sets if one.articles != own.articles]
    # Two sets may have questions of one id, which would be drawn together.
    named = [replace(question, id=f"{one.name} {question.id}") for one in others for question in one.questions]
    return spread(named, STRANGERS)


def refused(rows: Sequence[Sample], threshold: float) -> Refused:
    """What is refused below the threshold."""
    of = {asked: [row for row in rows if row.asked is asked] for asked in Asked}
    answerable, others = of[Asked.ANSWERABLE], [row for row in rows if row.asked is not Asked.ANSWERABLE]
    least = float(np.quantile([row.confidence for row in answerable], MOST_LOST)) if answerable else 0.0
    both = bool(answerable and others)
    return Refused(
        counts={asked: len(own) for asked, own in of.items() if own},
        shares={asked: _below(own, threshold) for asked, own in of.items() if own},
        unanswerable=_below(others, threshold) if others else None,
        ranked=float(roc_auc_score([row.asked is Asked.ANSWERABLE for row in rows], [row.confidence for row in rows]))
        if both
        else None,
        at_most_lost=_below(others, least).mean if both else None,
    )


def fitted(rows: Sequence[Sample]) -> dict[Language, tuple[Weights, Weights]]:
    """Language → the `TOPICALITY_WEIGHTS` and the `ANSWERABILITY_WEIGHTS` of `dalil.answering.confidence`.

    The first tell off-topic questions from all others, the second the answerable ones from the other others. Near
    misses that somebody wrote count four times as much as questions whose passages were taken away.
    """
    found = {}
    for language in LANGUAGES:
        own = [row for row in rows if row.language == language]
        about = [row for row in own if row.asked is not Asked.OFF_TOPIC]
        topic = _regression(own, [row.asked is not Asked.OFF_TOPIC for row in own])
        answered = _regression(about, [row.asked is Asked.ANSWERABLE for row in about])
        if topic and answered:
            found[language] = (topic, answered)
    return found


def _regression(rows: Sequence[Sample], right: Sequence[bool]) -> Weights | None:
    """A constant and the weights of the signals, both classes counting half; None where there is one class."""
    classes = np.array(right)
    if not len(rows) or classes.all() or not classes.any():
        return None
    scaled = StandardScaler()
    matrix = scaled.fit_transform(np.array([astuple(row.signals) for row in rows], dtype=np.float64))
    counted = np.array([WRITTEN if row.asked in {Asked.NEAR_MISS, Asked.UNANSWERABLE} else 1.0 for row in rows])
    counted[~classes] *= counted[classes].sum() / counted[~classes].sum()
    regression = LogisticRegression(C=STRENGTH, max_iter=3_000).fit(matrix, classes, sample_weight=counted)
    weights = regression.coef_[0] / scaled.scale_
    return (float(regression.intercept_[0] - weights @ scaled.mean_), *map(float, weights))


def _asked(questions: Iterable[EvalQuestion], *, name: str, retriever: Retriever) -> Iterator[Sample]:
    for question in questions:
        try:
            results = retriever.search(question.text, limit=HITS + SPARE)
        except InvalidQuery:
            continue
        answering = {label.article_id for label in question.labels if label.grade > 0}
        if question.labels and not answering:
            continue
        asked = Asked.ANSWERABLE if answering else Asked(question.kind)
        for kind, left in ((asked, results), (Asked.WITHOUT, _without(results, answering) if answering else None)):
            if left and left.hits:
                seen = replace(left, hits=left.hits[:HITS])
                language = results.question.language
                estimated = estimate_confidence(seen)
                features, sure = answerability_features(seen), estimated.value if estimated else 0.0
                yield Sample(name, language, question.half, kind, features, sure, question.cluster)


def _without(results: SearchResults, articles: set[str]) -> SearchResults:
    return replace(results, hits=tuple(hit for hit in results.hits if hit.article.id not in articles))


def _below(rows: Sequence[Sample], threshold: float) -> Interval:
    return interval([float(row.confidence < threshold) for row in rows], [row.cluster for row in rows])
