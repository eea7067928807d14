"""The `explanation` of an answer that was requested with `explain`."""

from typing import Self

from pydantic import Field

from dalil import domain
from dalil.wire.base import ResponseModel
from dalil.wire.search import Contribution


class QueryExplanation(ResponseModel):
    """The analysed question."""

    text: str
    language: str
    embedding_text: str = Field(description="what the embedding model reads")
    terms: list[str] = Field(
        description="what the keyword search looks for: `#` begins a stem, `~` a consonant key, others are n-grams"
    )
    names: list[list[str]] = Field(description="for each known name the words of the question, then its Arabic forms")

    @classmethod
    def from_domain(cls, query: domain.QueryExplanation) -> Self:
        """The same record."""
        return cls(
            text=query.text,
            language=query.language,
            embedding_text=query.embedding_text,
            terms=list(query.terms),
            names=[list(name) for name in query.names],
        )

    def to_domain(self) -> domain.QueryExplanation:
        """The engine's record."""
        names = tuple(tuple(name) for name in self.names)
        return domain.QueryExplanation(self.text, self.language, self.embedding_text, tuple(self.terms), names)


class HitExplanation(ResponseModel):
    """A passage that was found, without its text: its score is the sum of the contributions."""

    rank: int
    score: float
    passage_id: str
    article_id: str
    start: int
    end: int
    contributions: list[Contribution]

    @classmethod
    def from_domain(cls, hit: domain.HitExplanation) -> Self:
        """The same record."""
        return cls(
            rank=hit.rank,
            score=hit.score,
            passage_id=hit.passage_id,
            article_id=hit.article_id,
            start=hit.start,
            end=hit.end,
            contributions=[Contribution.from_domain(share) for share in hit.contributions],
        )

    def to_domain(self) -> domain.HitExplanation:
        """The engine's record."""
        return domain.HitExplanation(
            rank=self.rank,
            score=self.score,
            passage_id=self.passage_id,
            article_id=self.article_id,
            start=self.start,
            end=self.end,
            contributions=tuple(share.to_domain() for share in self.contributions),
        )


class EvidenceExplanation(ResponseModel):
    """A sentence that the answer may quote; `rank_score` orders the evidence and means nothing else."""

    article_id: str
    start: int
    end: int
    text: str
    rank_score: float
    cosine: float = Field(description="of the sentence and the question")
    late_interaction: float = Field(description="of the sentence and the question, token by token")
    passage_cosine: float
    coverage: float = Field(description="the share of the question's names and words that the sentence has")

    @classmethod
    def from_domain(cls, evidence: domain.EvidenceExplanation) -> Self:
        """The same record."""
        return cls(
            article_id=evidence.article_id,
            start=evidence.start,
            end=evidence.end,
            text=evidence.text,
            rank_score=evidence.rank_score,
            cosine=evidence.cosine,
            late_interaction=evidence.late_interaction,
            passage_cosine=evidence.passage_cosine,
            coverage=evidence.coverage,
        )

    def to_domain(self) -> domain.EvidenceExplanation:
        """The engine's record."""
        return domain.EvidenceExplanation(
            article_id=self.article_id,
            start=self.start,
            end=self.end,
            text=self.text,
            rank_score=self.rank_score,
            cosine=self.cosine,
            late_interaction=self.late_interaction,
            passage_cosine=self.passage_cosine,
            coverage=self.coverage,
        )


class FeatureExplanation(ResponseModel):
    """One feature of the confidence, and its weight in each of the two logistic regressions."""

    name: str
    value: float
    topicality_weight: float
    answerability_weight: float

    @classmethod
    def from_domain(cls, feature: domain.FeatureExplanation) -> Self:
        """The same record."""
        return cls(
            name=feature.name,
            value=feature.value,
            topicality_weight=feature.topicality_weight,
            answerability_weight=feature.answerability_weight,
        )

    def to_domain(self) -> domain.FeatureExplanation:
        """The engine's record."""
        return domain.FeatureExplanation(self.name, self.value, self.topicality_weight, self.answerability_weight)


class Confidence(ResponseModel):
    """The probability that the hits answer the question: `topicality` × `answerability` × `year_factor`.

    Each of the first two is the logistic function of its intercept and the sum over the features of value × weight.
    """

    value: float
    topicality: float
    topicality_intercept: float
    answerability: float
    answerability_intercept: float
    year_factor: float = Field(description="below 1 for a question about a year that nothing found is about")
    features: list[FeatureExplanation]

    @classmethod
    def from_domain(cls, confidence: domain.Confidence) -> Self:
        """The same record."""
        return cls(
            value=confidence.value,
            topicality=confidence.topicality,
            topicality_intercept=confidence.topicality_intercept,
            answerability=confidence.answerability,
            answerability_intercept=confidence.answerability_intercept,
            year_factor=confidence.year_factor,
            features=[FeatureExplanation.from_domain(feature) for feature in confidence.features],
        )

    def to_domain(self) -> domain.Confidence:
        """The engine's record."""
        return domain.Confidence(
            value=self.value,
            topicality=self.topicality,
            topicality_intercept=self.topicality_intercept,
            answerability=self.answerability,
            answerability_intercept=self.answerability_intercept,
            year_factor=self.year_factor,
            features=tuple(feature.to_domain() for feature in self.features),
        )


class AnswerExplanation(ResponseModel):
    """How an answer or a refusal came about, in the order of the work."""

    query: QueryExplanation
    hits: list[HitExplanation]
    evidence: list[EvidenceExplanation]
    confidence: Confidence | None = Field(description="null where nothing was found")
    threshold: float = Field(description="the least confidence of an answer")

    @classmethod
    def from_domain(cls, explanation: domain.AnswerExplanation) -> Self:
        """The same record."""
        confidence = explanation.confidence
        return cls(
            query=QueryExplanation.from_domain(explanation.query),
            hits=[HitExplanation.from_domain(hit) for hit in explanation.hits],
            evidence=[EvidenceExplanation.from_domain(item) for item in explanation.evidence],
            confidence=Confidence.from_domain(confidence) if confidence else None,
            threshold=explanation.threshold,
        )

    def to_domain(self) -> domain.AnswerExplanation:
        """The engine's record."""
        return domain.AnswerExplanation(
            query=self.query.to_domain(),
            hits=tuple(hit.to_domain() for hit in self.hits),
            evidence=tuple(item.to_domain() for item in self.evidence),
            confidence=self.confidence.to_domain() if self.confidence else None,
            threshold=self.threshold,
        )
