"""Does the engine refuse the questions it cannot answer?

Each answerable question is asked twice: with the passages that answer it, and without them. A question without its
passages is a near miss: the articles mention its names, but none gives the answer.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from dalil.answering.confidence import (
    MIN_PROBABILITY,
    AnswerabilityFeatures,
    answer_threshold,
    answerability_features,
    estimate_confidence,
    logistic,
)
from dalil.answering.evidence import Evidence, select_evidence
from dalil.answering.extractive import ExtractiveGenerator
from dalil.bootstrap import Progress
from dalil.errors import InvalidQuery
from dalil.retrieval.retriever import Retriever, SearchResults
from dalil.settings import Settings
from dalil.statistics import Interval, interval
from dalil.text.language import LANGUAGES, Language
from evals.datasets.own_sets import OWN_SETS
from evals.datasets.questions import EvalQuestion, QuestionSet, sample_questions
from evals.measures.answers import CitedSpan, any_overlaps, best_labels
from evals.measures.calibration import share_below_quantile
from evals.systems.temporary_index import temporary_index

ANSWERER_HITS = 10
"""Hits that the answerer reads."""

SPARE_HITS = 10
"""Hits beyond those, which take the places of removed ones."""

MAX_OUT_OF_DOMAIN = 500
"""Questions of other sets that one set is asked."""

INVERSE_REGULARIZATION = 0.1
"""scikit-learn's C of the logistic regressions."""

WEAK_REGULARIZATION = 100.0
"""The same of the calibration, which has two parameters only."""

HAND_WRITTEN_WEIGHT = 4.0
"""The weight of a hand-written near miss in the regressions. A question without its passages has the weight 1."""

ANSWERED_SHARE = 0.65
"""The share of the answerable questions that are presented as answered."""

MAX_HIDDEN_SHARE = 0.04
"""The share of the questions on topic whose quotes may be hidden."""

PROBABILITY_BOUNDS = (MIN_PROBABILITY, 1 - MIN_PROBABILITY)

_LOWERS = (None, 0.0)
_SIGNS: Mapping[str, tuple[float | None, float | None]] = {
    "unmatched_token_share": _LOWERS,
    "missing_quantities": _LOWERS,
    "missing_names": _LOWERS,
    "no_name_matched": _LOWERS,
    "content_words": (None, None),
}
"""The bounds of the weights of the features that do not speak for an answer."""

Coefficients: TypeAlias = tuple[float, ...]
"""The constant of a logistic regression, then a weight for each signal."""


class Condition(StrEnum):
    """The relation of a question to the articles; `WITHOUT` is an answerable one whose passages were removed."""

    ANSWERABLE = "answerable"
    WITHOUT = "without its passages"
    NEAR_MISS = "near-miss"
    OFF_TOPIC = "off-topic"
    UNANSWERABLE = "unanswerable"


@dataclass(frozen=True, slots=True)
class Sample:
    """One question asked under one condition; `confidence` is that of the engine, in [0, 1].

    `is_answered`: a sentence of the extractive answer is evidence. `is_hand_written`: the question belongs to one of
    the own sets, and was written for it.
    """

    set: str
    language: Language
    half: str
    condition: Condition
    features: AnswerabilityFeatures
    confidence: float
    cluster: str
    is_answered: bool = False
    is_hand_written: bool = True


@dataclass(frozen=True, slots=True)
class RefusalRates:
    """The shares of some questions that are refused below a threshold; None if there is no such question.

    `unanswerable` is over all conditions but answerable. `roc_area` is the area under the ROC curve of the confidence.
    `at_max_lost` is the share of unanswerable questions refused at the threshold that refuses `MAX_LOST_SHARE` of the
    answerable ones, and `near_misses_at_max_lost` that of the near misses alone.
    """

    counts: dict[Condition, int]
    shares: dict[Condition, Interval]
    unanswerable: Interval | None
    roc_area: float | None
    at_max_lost: float | None
    near_misses_at_max_lost: float | None


def collect_samples(
    question_set: QuestionSet, settings: Settings, progress: Progress, out_of_domain: Sequence[EvalQuestion] = ()
) -> list[Sample]:
    """Index the articles of a set and ask its questions, and `out_of_domain`, which count as off-topic.

    A question that the engine refuses to read, or that finds nothing, is left out.
    """
    off_topic = [replace(question, labels=(), kind=Condition.OFF_TOPIC, half="") for question in out_of_domain]
    with temporary_index(question_set.name, question_set.articles, settings, progress) as index:
        return list(_ask([*question_set.questions, *off_topic], question_set.name, index.engine.retriever))


def out_of_domain_questions(question_set: QuestionSet, sets: Sequence[QuestionSet]) -> tuple[EvalQuestion, ...]:
    """At most `MAX_OUT_OF_DOMAIN` questions of the sets over other articles, the same ones at each call."""
    others = [one for one in sets if one.articles != question_set.articles]
    # Questions of two sets may share an id, and a sample by the hash of the id would then hold both or neither.
    named = [replace(question, id=f"{one.name} {question.id}") for one in others for question in one.questions]
    return sample_questions(named, MAX_OUT_OF_DOMAIN)


def refusal_rates(samples: Sequence[Sample], threshold: float | None) -> RefusalRates:
    """The rates if every question with a confidence below the threshold is refused; None is that of its language."""
    groups = {condition: [one for one in samples if one.condition is condition] for condition in Condition}
    others = [one for one in samples if one.condition is not Condition.ANSWERABLE]
    has_both = bool(groups[Condition.ANSWERABLE] and others)

    def at_max_lost(refused: Sequence[Sample]) -> float | None:
        kept = [one.confidence for one in groups[Condition.ANSWERABLE]]
        return share_below_quantile(kept, [one.confidence for one in refused]) if kept and refused else None

    return RefusalRates(
        counts={condition: len(group) for condition, group in groups.items() if group},
        shares={condition: _refused_share(group, threshold) for condition, group in groups.items() if group},
        unanswerable=_refused_share(others, threshold) if others else None,
        roc_area=_roc_area(samples) if has_both else None,
        at_max_lost=at_max_lost(others),
        near_misses_at_max_lost=at_max_lost(groups[Condition.NEAR_MISS]),
    )


@dataclass(frozen=True, slots=True)
class FittedConfidence:
    """Everything of the confidence that is fitted, for one language; see the constants of `dalil.answering.confidence`.

    `answer_threshold` answers `ANSWERED_SHARE` of the answerable questions; `related_threshold` shows quotes for all
    but `MAX_HIDDEN_SHARE` of the questions on topic.
    """

    topicality: Coefficients
    answerability: Coefficients
    calibration: tuple[float, float]
    answer_threshold: float
    related_threshold: float


def fit_confidence(samples: Sequence[Sample]) -> dict[Language, FittedConfidence]:
    """Language → the fit. A language without questions of each kind, or with answers to all or none, is left out.

    The first regression separates off-topic questions from all others. The second separates answerable questions from
    the unanswerable ones that are on topic; a hand-written near miss counts four times as much as a question without
    its passages. The calibration and the thresholds are those of the hand-written questions as they are asked; where
    answers to these are all right, or none is, those of all questions.
    """
    fitted = {}
    for language in LANGUAGES:
        own = [one for one in samples if one.language == language]
        on_topic = [one for one in own if one.condition is not Condition.OFF_TOPIC]
        topicality = _fit(own, [one.condition is not Condition.OFF_TOPIC for one in own])
        answerability = _fit(on_topic, [one.condition is Condition.ANSWERABLE for one in on_topic])
        asked = [one for one in own if one.is_hand_written and one.condition is not Condition.WITHOUT]
        calibrated = next((group for group in (asked, own) if len({one.is_answered for one in group}) > 1), None)
        if topicality and answerability and calibrated:
            fitted[language] = _calibrate(calibrated, topicality, answerability)
    return fitted


def _calibrate(asked: Sequence[Sample], topicality: Coefficients, answerability: Coefficients) -> FittedConfidence:
    on_topic = np.array([logistic(one.features, topicality) for one in asked])
    logits = logit(np.clip(on_topic * [logistic(one.features, answerability) for one in asked], *PROBABILITY_BOUNDS))
    regression = LogisticRegression(C=WEAK_REGULARIZATION, max_iter=3_000)
    regression.fit(logits[:, np.newaxis], [one.is_answered for one in asked])
    slope, intercept = float(regression.coef_[0][0]), float(regression.intercept_[0])
    calibrated = expit(slope * logits + intercept)
    answerable = np.array([one.condition is Condition.ANSWERABLE for one in asked])
    is_on_topic = np.array([one.condition is not Condition.OFF_TOPIC for one in asked])
    return FittedConfidence(
        topicality,
        answerability,
        (slope, intercept),
        float(np.quantile(calibrated[answerable], 1 - ANSWERED_SHARE)),
        float(np.quantile(on_topic[is_on_topic], MAX_HIDDEN_SHARE)),
    )


def _fit(samples: Sequence[Sample], positive: Sequence[bool]) -> Coefficients | None:
    """A logistic regression in which both classes have the same total weight; None if there is one class alone.

    A match never lowers the probability and a lack never raises it, whatever a few questions say: the near misses of
    one set may repeat more of the articles' words than its answerable questions do.
    """
    classes = np.array(positive)
    if not len(samples) or classes.all() or not classes.any():
        return None
    scaler = StandardScaler()
    matrix = scaler.fit_transform(np.array([astuple(one.features) for one in samples], dtype=np.float64))
    hand_written = {Condition.NEAR_MISS, Condition.UNANSWERABLE}
    weights = np.array([HAND_WRITTEN_WEIGHT if one.condition in hand_written else 1.0 for one in samples])
    weights[~classes] *= weights[classes].sum() / weights[~classes].sum()
    signs = np.where(classes, 1.0, -1.0)

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        slopes = parameters[:-1]
        margins = signs * (matrix @ slopes + parameters[-1])
        gradient = -weights * signs * expit(-margins)
        value = float(weights @ np.logaddexp(0, -margins) + slopes @ slopes / (2 * INVERSE_REGULARIZATION))
        return value, np.append(matrix.T @ gradient + slopes / INVERSE_REGULARIZATION, gradient.sum())

    bounds = [_SIGNS.get(field.name, (0.0, None)) for field in fields(AnswerabilityFeatures)]
    found = minimize(loss, np.zeros(matrix.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=[*bounds, (None, None)])
    slopes = found.x[:-1] / scaler.scale_
    return (float(found.x[-1] - slopes @ scaler.mean_), *map(float, slopes))


def _ask(questions: Iterable[EvalQuestion], set_name: str, retriever: Retriever) -> Iterator[Sample]:
    for question in questions:
        try:
            results = retriever.search(question.text, limit=ANSWERER_HITS + SPARE_HITS)
        except InvalidQuery:
            continue
        relevant = {label.article_id for label in question.labels if label.grade > 0}
        if question.labels and not relevant:
            continue
        attempts = [(Condition.ANSWERABLE if relevant else Condition(question.kind), results)]
        if relevant:
            attempts.append((Condition.WITHOUT, _remove_articles(results, relevant)))
        for condition, found in attempts:
            if found.hits:
                read = replace(found, hits=found.hits[:ANSWERER_HITS])
                evidence = select_evidence(read)
                confidence = estimate_confidence(read, evidence)
                yield Sample(
                    set=set_name,
                    language=results.question.language,
                    half=question.half,
                    condition=condition,
                    features=answerability_features(read, evidence),
                    confidence=confidence.value if confidence else 0.0,
                    cluster=question.cluster,
                    is_answered=_is_answered(read, evidence, question),
                    is_hand_written=set_name in OWN_SETS and bool(question.half),
                )


def _is_answered(results: SearchResults, ranked: Sequence[Evidence], question: EvalQuestion) -> bool:
    generator = ExtractiveGenerator()
    evidence = generator.fit(ranked, results.hits)
    drafts = generator.draft(results.question, evidence)
    quotes = [evidence[index] for draft in drafts for index in draft.evidence]
    spans = [CitedSpan(quote.article.id, quote.span.start, quote.span.end) for quote in quotes]
    return any_overlaps(spans, best_labels(question.labels))


def _remove_articles(results: SearchResults, articles: set[str]) -> SearchResults:
    return replace(results, hits=tuple(hit for hit in results.hits if hit.article.id not in articles))


def _refused_share(samples: Sequence[Sample], threshold: float | None) -> Interval:
    refused = [
        float(one.confidence < (answer_threshold(one.language) if threshold is None else threshold)) for one in samples
    ]
    return interval(refused, [one.cluster for one in samples])


def _roc_area(samples: Sequence[Sample]) -> float:
    is_answerable = [one.condition is Condition.ANSWERABLE for one in samples]
    return float(roc_auc_score(is_answerable, [one.confidence for one in samples]))
