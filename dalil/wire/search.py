"""Searches: `POST /v1/search`."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Self

from pydantic import Field, StrictBool

from dalil import domain
from dalil.citation_urls import citation_url
from dalil.domain import Mode, SortOrder
from dalil.wire.articles import ArticleSummary, DuplicateGroup, Span
from dalil.wire.base import ResponseModel
from dalil.wire.fields import Collapse, Filters, Limit, Question
from dalil.wire.times import Recency, Sort, TimedRequest, TimeExpression


class SearchRequest(TimedRequest):
    """The body of `POST /v1/search`."""

    query: Question
    limit: Annotated[Limit, Field(strict=True)] = 10
    mode: Mode = Field(Mode.HYBRID, description="`lexical`: keywords; `semantic`: meaning; `hybrid`: both")
    filters: Filters = Filters()
    explain: StrictBool = Field(False, description="add to each hit what each signal contributes to its score")
    collapse: Collapse = True
    facets: StrictBool = Field(False, description="count the articles that were considered by source and by year")
    sort: Sort = SortOrder.RELEVANCE
    recency: Annotated[Recency, Field(strict=True)] = 0.0

    @property
    def time(self) -> domain.TimeOptions:
        """What the request says of time."""
        return domain.TimeOptions(self.read_times, self.reference_date, self.recency, self.sort)


class Sentence(Span):
    """A sentence and its place in the article's text."""

    text: str

    @classmethod
    def from_sentence(cls, sentence: domain.ScoredSentence) -> Self:
        """The sentence without its scores."""
        return cls(start=sentence.span.start, end=sentence.span.end, text=sentence.text)


class SentenceScores(Span):
    """How similar a sentence is to the question, token by token; both in [-1, 1]."""

    late_interaction: float = Field(description="mean over the question's tokens of the best cosine in the sentence")
    token_precision: float = Field(description="mean over the sentence's tokens of the best cosine in the question")

    @classmethod
    def from_sentence(cls, sentence: domain.ScoredSentence) -> Self:
        """The sentence's scores without its text, which the hit holds."""
        return cls(
            start=sentence.span.start,
            end=sentence.span.end,
            late_interaction=sentence.late_interaction,
            token_precision=sentence.token_precision,
        )

    def to_sentence(self, passage: domain.Passage) -> domain.ScoredSentence:
        """The engine's record; `passage` holds the sentence."""
        text = passage.text[self.start - passage.start : self.end - passage.start]
        return domain.ScoredSentence(self.to_domain(), text, self.late_interaction, self.token_precision)


class Contribution(ResponseModel):
    """The share of one signal in a hit's score: `contribution` = `weight` × `normalised_score`."""

    signal: str
    rank: int | None = Field(description="from 1; null where the signal did not score the passage itself")
    raw_score: float
    normalised_score: float
    weight: float
    contribution: float

    @classmethod
    def from_domain(cls, contribution: domain.Contribution) -> Self:
        """The same record and its product."""
        return cls(
            signal=contribution.signal,
            rank=contribution.rank,
            raw_score=contribution.raw_score,
            normalised_score=contribution.normalised_score,
            weight=contribution.weight,
            contribution=contribution.contribution,
        )

    def to_domain(self) -> domain.Contribution:
        """The engine's record."""
        return domain.Contribution(self.signal, self.rank, self.raw_score, self.normalised_score, self.weight)


class CollapsedPassage(ResponseModel):
    """A passage that was found and is not shown, because its article is a near-duplicate of the hit's article."""

    passage_id: str
    article_id: str
    score: float

    @classmethod
    def from_domain(cls, passage: domain.CollapsedPassage) -> Self:
        """The same passage."""
        return cls(passage_id=passage.passage_id, article_id=passage.article_id, score=passage.score)

    def to_domain(self) -> domain.CollapsedPassage:
        """The engine's record."""
        return domain.CollapsedPassage(self.passage_id, self.article_id, self.score)


class Explanation(ResponseModel):
    """Why a hit has its score: the score is the sum of the contributions."""

    contributions: list[Contribution]
    cosine: float = Field(description="of the whole passage and the question, in [-1, 1]")
    best_sentence: SentenceScores
    sentences: list[SentenceScores] = Field(description="every sentence of the passage, in order")
    collapsed: list[CollapsedPassage] = Field(
        description="passages of near-duplicates that this hit is shown for, best first; with an article's first hit"
    )

    @classmethod
    def from_domain(cls, hit: domain.Hit) -> Self:
        """Every score of the hit: with its explanation, a hit of the response holds all of the engine's record."""
        return cls(
            contributions=[Contribution.from_domain(contribution) for contribution in hit.contributions],
            cosine=hit.cosine,
            best_sentence=SentenceScores.from_sentence(hit.best_sentence),
            sentences=[SentenceScores.from_sentence(sentence) for sentence in hit.sentences],
            collapsed=[CollapsedPassage.from_domain(passage) for passage in hit.collapsed],
        )


class Hit(ResponseModel):
    """One ranked passage."""

    rank: int
    score: float
    passage_id: str
    article: ArticleSummary
    text: str
    start: int
    end: int
    best_sentence: Sentence
    highlights: list[Span]
    link: str = Field(description="url of a page that shows the article with the best sentence marked")
    duplicates: DuplicateGroup | None = Field(description="articles with the same story; null where there are none")
    explain: Explanation | None = Field(description="null unless requested")

    @classmethod
    def from_domain(cls, hit: domain.Hit, highlights: Iterable[domain.Span], *, explain: bool, base_url: str) -> Self:
        """The hit, with its explanation if requested; its link starts with `base_url`."""
        best = hit.best_sentence.span
        return cls(
            rank=hit.rank,
            score=hit.score,
            passage_id=hit.passage.id,
            article=ArticleSummary.from_domain(hit.article),
            text=hit.passage.text,
            start=hit.passage.start,
            end=hit.passage.end,
            best_sentence=Sentence.from_sentence(hit.best_sentence),
            highlights=[Span.from_domain(span) for span in highlights],
            link=citation_url(base_url, hit.article.id, best.start, best.end),
            duplicates=DuplicateGroup.from_domain(hit.duplicates) if hit.duplicates else None,
            explain=Explanation.from_domain(hit) if explain else None,
        )

    def to_domain(self) -> domain.Hit:
        """The engine's record; raises ValueError for a hit without its explanation, which holds part of the record."""
        if self.explain is None:
            raise ValueError("the hit has no explanation")
        passage = domain.Passage(
            id=self.passage_id,
            article_id=self.article.id,
            start=self.start,
            end=self.end,
            text=self.text,
            sentences=tuple(sentence.to_domain() for sentence in self.explain.sentences),
        )
        return domain.Hit(
            rank=self.rank,
            score=self.score,
            passage=passage,
            article=self.article.to_domain(),
            cosine=self.explain.cosine,
            best_sentence=self.explain.best_sentence.to_sentence(passage),
            sentences=tuple(sentence.to_sentence(passage) for sentence in self.explain.sentences),
            contributions=tuple(contribution.to_domain() for contribution in self.explain.contributions),
            duplicates=self.duplicates.to_domain() if self.duplicates else None,
            collapsed=tuple(passage.to_domain() for passage in self.explain.collapsed),
        )


class SourceCount(ResponseModel):
    """How many articles have one source."""

    value: str
    count: int


class YearCount(ResponseModel):
    """How many articles were published in one year, each in its own time zone."""

    value: int
    count: int


class DayCount(ResponseModel):
    """How many articles were published on one day, each in its own time zone."""

    value: date
    count: int


class Facets(ResponseModel):
    """How many distinct articles the search considered, by what a filter could select.

    The search considers every article of which one of its retrievers found a passage; the best of these are the hits.
    Each facet ignores its own filter and applies all others.
    """

    sources: list[SourceCount] = Field(
        description="most articles first, then by name; ignores the filter `sources`; articles without a source do not "
        "count"
    )
    years: list[YearCount] = Field(
        description="latest first; ignores the filters by date; articles without a date do not count"
    )
    days: list[DayCount] = Field(
        [], description="latest first, days with an article alone; ignores the filters by date, as `years` does"
    )

    @classmethod
    def from_domain(cls, facets: domain.Facets) -> Self:
        """The same counts."""
        return cls(
            sources=[SourceCount(value=source.value, count=source.count) for source in facets.sources],
            years=[YearCount(value=year.value, count=year.count) for year in facets.years],
            days=[DayCount(value=day.value, count=day.count) for day in facets.days],
        )

    def to_domain(self) -> domain.Facets:
        """The engine's record."""
        return domain.Facets(
            sources=tuple(domain.FacetCount(source.value, source.count) for source in self.sources),
            years=tuple(domain.FacetCount(year.value, year.count) for year in self.years),
            days=tuple(domain.FacetCount(day.value, day.count) for day in self.days),
        )


class SearchResponse(ResponseModel):
    """Hits, best first."""

    query: str = Field(description="the question without surrounding white space")
    language: str = Field(description="`ar`, `en`, or `und` where the question has letters of neither")
    took_ms: float
    hits: list[Hit]
    times: list[TimeExpression] = Field(
        description="the times of the question that narrowed or ordered the hits, as they were read"
    )
    facets: Facets | None = Field(description="null unless requested")
