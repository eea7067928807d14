"""The `explain` of an answer, as that of a hit is: what a request with `"explain": true` adds to the response."""

from functools import cache
from typing import Self

from pydantic import Field, TypeAdapter

from dalil import domain
from dalil.wire.base import ResponseModel
from dalil.wire.search import CollapsedPassage, Contribution


class QueryExplanation(ResponseModel):
    """The analysed question."""

    text: str
    language: str
    embedding_text: str = Field(description="what the embedding model reads")
    terms: list[str] = Field(
        description="what the keyword search looks for: `#` begins a stem, `~` a consonant key, others are n-grams"
    )
    names: list[list[str]] = Field(description="for each known name the words of the question, then its Arabic forms")


class HitExplanation(ResponseModel):
    """A passage that was found, without its text: its score is the sum of the contributions."""

    rank: int
    score: float
    passage_id: str
    article_id: str
    start: int
    end: int
    contributions: list[Contribution]
    collapsed: list[CollapsedPassage] = Field(
        [], description="passages of near-duplicates that it is shown for, best first"
    )


class EvidenceExplanation(ResponseModel):
    """A sentence that the answer may quote; `rank_score` orders the evidence, in units of log odds."""

    article_id: str
    start: int
    end: int
    text: str
    rank_score: float
    late_interaction: float = Field(description="of the sentence and the question, token by token")
    token_precision: float = Field(description="the same from the sentence's tokens to the question's")
    passage_score: float
    article_match: float = Field(
        description="late interaction of the question and the article's passages that were found"
    )
    token_share: float = Field(
        description="share of the question's tokens that match this sentence best of the article"
    )
    states_expected: bool = Field(description="it has a number or a date, as the question asks for")
    is_lede: bool = Field(description="it is the first sentence of the article")
    missing_names: float = Field(description="share of the question's names that the article's title and hits lack")
    other_year: bool = Field(description="question and sentence name years, and none in common")
    answerable: float | None = Field(None, description="probability by the reader that it answers; null without one")


class FeatureExplanation(ResponseModel):
    """One feature of the confidence, and its weight in each of the two logistic regressions."""

    name: str
    value: float
    topicality_weight: float
    answerability_weight: float


class Confidence(ResponseModel):
    """The probability that the first sentences answer: `uncalibrated`, calibrated, times `year_factor`.

    It is at most `answerable`.

    `topicality` and `answerability` are the logistic function of an intercept and the sum over the features of value ×
    weight.
    """

    value: float
    uncalibrated: float = Field(description="topicality × answerability, before calibration")
    topicality: float
    topicality_intercept: float
    answerability: float
    answerability_intercept: float
    year_factor: float = Field(description="below 1 for a question about a year that nothing found is about")
    features: list[FeatureExplanation]
    answerable: float | None = Field(
        None, description="highest probability by the reader that a sentence answers; null without one"
    )


class EntailmentExplanation(ResponseModel):
    """The generator's answer to whether the quotes say a sentence."""

    sentence: str
    probability: float = Field(description="of yes, in [0, 1]; below 0.5 the sentence is left out")


class AnswerExplanation(ResponseModel):
    """How an answer or a refusal came about, in the order of the work."""

    query: QueryExplanation
    hits: list[HitExplanation]
    evidence: list[EvidenceExplanation] = Field(description="what the generator was given, in its order")
    confidence: Confidence | None = Field(description="null where nothing was found")
    threshold: float = Field(description="the least confidence of an answer")
    reader: str | None = Field(None, description="the name of the reader; null without one")
    prompt: str | None = Field(
        None, description="the name and version of the language model's prompt; null without one"
    )
    entailments: list[EntailmentExplanation] = Field(
        [], description="each sentence that the rules passed and the language model was asked about"
    )

    @classmethod
    def from_domain(cls, explanation: domain.AnswerExplanation) -> Self:
        """The model of a record, its parts included: their fields have the same names."""
        return cls.model_validate(explanation, from_attributes=True)

    def to_domain(self) -> domain.AnswerExplanation:
        """The record of this model."""
        return _record_adapter().validate_python(self.model_dump())


@cache
def _record_adapter() -> TypeAdapter[domain.AnswerExplanation]:
    return TypeAdapter(domain.AnswerExplanation)
