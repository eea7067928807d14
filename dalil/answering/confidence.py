"""The confidence that the hits answer the question: features, and two logistic regressions over them."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from math import exp, log
from typing import TypeAlias

import numpy as np

from dalil.answering.content_words import MIN_TOKEN_COSINE, content_words
from dalil.answering.evidence import Evidence, coverage
from dalil.domain import Confidence, FeatureExplanation, Hit, Strength
from dalil.retrieval.query import AnalyzedQuery
from dalil.retrieval.retriever import SearchResults
from dalil.text.analysis import consonant_keys_of
from dalil.text.language import Language, fitted_language
from dalil.text.quantities import extract_numbers_and_dates
from dalil.text.years import find_years

MAX_ANSWER_HITS = 3
"""Hits that an answer may be in."""

OTHER_YEAR_FACTOR = 0.2
"""The factor of the confidence for a question about a year that nothing found is from or mentions."""

ANSWER_THRESHOLDS: Mapping[Language, float] = {"ar": 0.504, "en": 0.419}
"""The least confidence of an answer; it answers two thirds of the answerable questions, docs/decisions/0013."""

RELATED_THRESHOLDS: Mapping[Language, float] = {"ar": 0.722, "en": 0.592}
"""The least topicality of quotes that are shown where nothing is answered; chosen on the development halves."""

STRENGTHS = ((0.65, Strength.WELL_SUPPORTED), (0.45, Strength.PARTLY_SUPPORTED), (0.0, Strength.WEAK))
"""The least confidence of each strength, highest first."""

DEFAULT_CONTENT_SIMILARITY = 0.7
"""The content similarity of a question without content words."""


@dataclass(frozen=True, slots=True)
class AnswerabilityFeatures:
    """The features that separate answerable questions from others; all but the counts are near [-1, 1].

    No feature compares the best result with the others: its lead depends on how often the news repeats a story, not on
    whether the result answers. The best passage is the one with the highest late interaction.

    `content_similarity`, `min_content_similarity`: the late interaction of the question's content words with the best
    passage, on average and of the word that matches least. `unmatched_token_share`: the share of the question's tokens
    that the best passage does not mention. `best_sentence_match`: the highest late interaction of the evidence.
    `coverage`: the share of names and words that this best sentence has. `missing_quantities`: numbers and dates of the
    question that the first three passages lack. `missing_names`: names that the alias file has and the best of the
    three lacks. `no_name_matched`: the question has names, and the three passages mention none of them.
    `content_words`: their number.
    """

    content_similarity: float
    min_content_similarity: float
    unmatched_token_share: float
    best_sentence_match: float
    coverage: float
    missing_quantities: int
    missing_names: int
    no_name_matched: bool
    content_words: int


def answerability_features(results: SearchResults, evidence: Sequence[Evidence]) -> AnswerabilityFeatures:
    """The features of a search with at least one hit.

    `evidence` are the sentences that an answer may quote: a heading or a question that matches says nothing about them.
    """
    question, hits = results.question, results.hits
    tokens = [own for hit in hits if (own := results.token_cosines.get(hit.passage.id))]
    # Where none was compared, no passage speaks of any token.
    matrix = np.array(tokens or [(0.0,) * max(1, len(results.token_spans))], dtype=np.float32)
    best = matrix[matrix.mean(axis=1).argmax()]
    content = [word.similarity for word in content_words(results, best.tolist())]
    nearest = max(evidence, key=lambda item: item.late_interaction, default=hits[0].best_sentence)
    texts = answer_texts(hits)
    missing_names = min(coverage(question, text).missing_names for text in texts)
    return AnswerabilityFeatures(
        content_similarity=sum(content) / len(content) if content else DEFAULT_CONTENT_SIMILARITY,
        min_content_similarity=min(content) if content else DEFAULT_CONTENT_SIMILARITY,
        unmatched_token_share=float((best < MIN_TOKEN_COSINE).mean()),
        best_sentence_match=nearest.late_interaction,
        coverage=coverage(question, nearest.text).share or 0.0,
        missing_quantities=extract_numbers_and_dates(question.text).missing(extract_numbers_and_dates(" ".join(texts))),
        missing_names=missing_names,
        no_name_matched=missing_names == len(question.names) and _mention_no_name(question, texts),
        content_words=len(content),
    )


def answer_texts(hits: Sequence[Hit]) -> list[str]:
    """The title and the passage of each hit that an answer may be in."""
    # A number at the end of a title is not one with that at the beginning of the text.
    return [f"{hit.article.title}. {hit.passage.text}." for hit in hits[:MAX_ANSWER_HITS]]


def _mention_no_name(question: AnalyzedQuery, texts: Sequence[str]) -> bool:
    """Whether the question has names that the alias file lacks, and the texts have a phonetic match of none of them."""
    if not question.name_phonetic_keys:
        return False
    held = consonant_keys_of(" ".join(texts))
    return not any(keys & held for keys in question.name_phonetic_keys)


RegressionWeights: TypeAlias = Mapping[Language, tuple[float, ...]]
"""An intercept, then a weight for each feature in order, as `python -m evals refusals --fit` gives them."""

TOPICALITY_WEIGHTS: RegressionWeights = {
    "ar": (-8.43, 7.97, 1.21, -3.23, 15.2, 1.05, -0.584, -1.27, 0.0, 0.123),
    "en": (-7.19, 2.9, 4.29, -3.07, 23.2, 0.0, 0.0, -1.3, -0.797, 0.0393),
}
"""For the probability that the articles are about the subject of the question."""

ANSWERABILITY_WEIGHTS: RegressionWeights = {
    "ar": (-4.21, 2.35, 3.91, -0.855, 0.0, 2.97, -1.24, -0.65, 0.0, 0.074),
    "en": (-5.02, 4.79, 3.89, -0.362, 6.76, 0.0, -0.863, -0.775, -0.152, -0.0901),
}
"""For the probability that a question on topic is answered."""


CALIBRATION: Mapping[Language, tuple[float, float]] = {"ar": (0.321, 0.0771), "en": (0.283, -0.208)}
"""The slope and the intercept over the logit of topicality × answerability (Platt, "Probabilistic outputs for support
vector machines", 1999), fitted to the questions of the development halves, answerable and not."""

MIN_PROBABILITY = 1e-4
"""Probabilities are calibrated as if they were at least this far from 0 and 1."""


def estimate_confidence(results: SearchResults, evidence: Sequence[Evidence]) -> Confidence | None:
    """The probability that the first three of the evidence answer the question; None without hits.

    Fitted and calibrated for the bundled model (docs/decisions/0013).
    """
    if not results.hits:
        return None
    year_factor = OTHER_YEAR_FACTOR if _is_of_another_year(results) else 1.0
    return confidence_of(answerability_features(results, evidence), results.question.language, year_factor)


def confidence_of(features: AnswerabilityFeatures, language: Language, year_factor: float = 1.0) -> Confidence:
    """The confidence that these features give; a question in neither language counts as an Arabic one."""
    own = fitted_language(language)
    topicality, answerability = TOPICALITY_WEIGHTS[own], ANSWERABILITY_WEIGHTS[own]
    on_topic, answered = logistic(features, topicality), logistic(features, answerability)
    return Confidence(
        value=calibrate(on_topic * answered, own) * year_factor,
        uncalibrated=on_topic * answered,
        topicality=on_topic,
        topicality_intercept=topicality[0],
        answerability=answered,
        answerability_intercept=answerability[0],
        year_factor=year_factor,
        features=tuple(
            FeatureExplanation(field.name, float(value), *weights)
            for field, value, weights in zip(
                fields(features), astuple(features), zip(topicality[1:], answerability[1:], strict=True), strict=True
            )
        ),
    )


def limit_confidence(confidence: Confidence, answerable: float) -> Confidence:
    """The confidence, but no higher than the highest probability by a reader that a sentence answers."""
    return replace(confidence, value=min(confidence.value, answerable), answerable=answerable)


def calibrate(probability: float, language: Language) -> float:
    """The share of questions of this uncalibrated probability that are answered (Platt scaling)."""
    slope, intercept = CALIBRATION[fitted_language(language)]
    return 1 / (1 + exp(-(slope * logit(probability, MIN_PROBABILITY) + intercept)))


def logit(probability: float, margin: float) -> float:
    """The logarithm of the odds of a probability, which counts as at least `margin` away from 0 and 1."""
    bounded = min(max(probability, margin), 1 - margin)
    return log(bounded / (1 - bounded))


def answer_threshold(language: Language) -> float:
    """The least confidence of an answer; a question in neither language counts as an Arabic one."""
    return ANSWER_THRESHOLDS[fitted_language(language)]


def related_threshold(language: Language) -> float:
    """The least topicality of related evidence; a question in neither language counts as an Arabic one."""
    return RELATED_THRESHOLDS[fitted_language(language)]


def strength_of(confidence: float) -> Strength:
    """The confidence in words."""
    return next(strength for least, strength in STRENGTHS if confidence >= least)


def _is_of_another_year(results: SearchResults) -> bool:
    """Whether the question has a year that neither the hits' texts nor their articles' dates have.

    The article of the best hit may be from any year if it is undated, and then the others decide nothing. A text has a
    year that it states as any number: "1,520" too, since what reads as a year in the question may count something.
    """
    years = find_years(results.question.text)
    if not years or results.hits[0].article.published_at is None:
        return False
    texts = ". ".join(f"{hit.article.title}. {hit.passage.text}" for hit in results.hits)
    dated = {hit.article.published_at.year for hit in results.hits if hit.article.published_at}
    return not years <= dated.union(extract_numbers_and_dates(texts).numbers)


def logistic(features: AnswerabilityFeatures, weights: Sequence[float]) -> float:
    """The logistic function of an intercept and the weighted features, in [0, 1]."""
    intercept, *others = weights
    logit = intercept + sum(weight * value for weight, value in zip(others, astuple(features), strict=True))
    return 1 / (1 + exp(-max(-60.0, min(60.0, logit))))
