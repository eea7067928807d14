"""The JSON that clients send and get; the shapes are a promise, more fields may be added beside them.

Offsets count Unicode code points of the article's text; `end` is exclusive.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, StrictBool, WithJsonSchema, model_validator

from dalil import domain
from dalil.answering import answerer
from dalil.citation_urls import citation_url
from dalil.domain import AnswerStatus, Filters, Mode, Verdict
from dalil.limits import MAX_CITATIONS, MAX_QUERY_CHARACTERS
from dalil.retrieval.retriever import SearchResults

MAX_LIMIT = 100
MAX_FILTER_VALUES = 1_000
MAX_NAME = 512
"""Longest id or source, in code points."""
CONTEXT = 200
"""How much of an article a quotation brings along on either side, in code points."""


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Response(BaseModel):
    model_config = ConfigDict(frozen=True)


def _moment(value: object, of_day: time) -> object:
    if not isinstance(value, str):
        return value
    try:
        return datetime.combine(date.fromisoformat(value), of_day, UTC)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ValueError("Input should be a date or a date and time in ISO 8601") from None


def _from(value: object) -> object:
    return _moment(value, time.min)


def _to(value: object) -> object:
    return _moment(value, time.max)


ISO_8601_OR_NULL = WithJsonSchema(
    {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}, {"type": "null"}]}
)
PublishedFrom = Annotated[
    Annotated[datetime, Strict()] | None,
    BeforeValidator(_from),
    ISO_8601_OR_NULL,
    Field(
        description="earliest, inclusive; a date starts at midnight; without a zone it is UTC", examples=["2015-07-21"]
    ),
]
PublishedTo = Annotated[
    Annotated[datetime, Strict()] | None,
    BeforeValidator(_to),
    ISO_8601_OR_NULL,
    Field(
        description="latest, inclusive; a date means its whole day; without a zone it is UTC", examples=["2015-08-11"]
    ),
]

QUESTION_LENGTH = {"minLength": 1, "maxLength": MAX_QUERY_CHARACTERS}
"""Documentation only: the engine checks the question, so that every way in has the same bounds."""

Question = Annotated[
    str,
    Field(
        strict=True,
        description="a question or keywords in English or Arabic",
        examples=["what weapons did DPRK send?", "ما الأسلحة التي أرسلتها كوريا الشمالية؟"],
        json_schema_extra=QUESTION_LENGTH,
    ),
]
Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT, description="most hits to return")]
Name = Annotated[str, Field(strict=True, min_length=1, max_length=MAX_NAME)]
Names = Annotated[list[Name], Field(max_length=MAX_FILTER_VALUES)]


class FilterFields(_Request):
    """Restrictions on which articles are searched; one that is left out restricts nothing."""

    article_ids: Names = []
    sources: Names = []
    published_from: PublishedFrom = None
    published_to: PublishedTo = None

    def to_domain(self) -> Filters:
        """The engine's record."""
        return Filters(tuple(self.article_ids), tuple(self.sources), self.published_from, self.published_to)


class SearchRequest(_Request):
    """A question, how many hits it should have, and of which articles."""

    query: Question
    limit: Annotated[Limit, Field(strict=True)] = 10
    mode: Mode = Field(Mode.HYBRID, description="`lexical`: keywords; `semantic`: meaning; `hybrid`: both")
    filters: FilterFields = FilterFields()
    explain: StrictBool = Field(False, description="say what each signal of the search gave to each hit")
    facets: StrictBool = Field(False, description="count the articles that were considered by source and by year")


class SearchParameters(_Request):
    """The same as query parameters."""

    q: Question
    limit: Limit = 10
    mode: Mode = Mode.HYBRID
    article_id: Names = []
    source: Names = []
    published_from: PublishedFrom = None
    published_to: PublishedTo = None
    explain: bool = False
    facets: bool = False

    def to_request(self) -> SearchRequest:
        """The body that asks the same."""
        filters = FilterFields.model_construct(
            article_ids=self.article_id,
            sources=self.source,
            published_from=self.published_from,
            published_to=self.published_to,
        )
        return SearchRequest(
            query=self.q,
            limit=self.limit,
            mode=self.mode,
            filters=filters,
            explain=self.explain,
            facets=self.facets,
        )


class ListParameters(_Request):
    """Which page of the articles."""

    limit: Limit = 20
    after: Annotated[Name | None, Field(description="`next` of the page before")] = None


class AnswerRequest(_Request):
    """A question to be answered from the articles."""

    question: Question
    filters: FilterFields = FilterFields()
    max_citations: Annotated[int, Field(strict=True, ge=1, le=MAX_CITATIONS)] = 5
    stream: StrictBool = Field(False, description="send each sentence as soon as it is proved, as server-sent events")


class SpanParameters(BaseModel):
    """Which characters of an article to mark: both offsets or neither; parameters of other names are passed over."""

    model_config = ConfigDict(frozen=True)

    start: Annotated[int | None, Field(ge=0, description="offset of the first character")] = None
    end: Annotated[int | None, Field(ge=1, description="offset behind the last character")] = None

    @model_validator(mode="after")
    def _is_a_span(self) -> Self:
        if (self.start is None) != (self.end is None):
            raise ValueError("`start` and `end` belong together: give both, or neither to see the article whole")
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise ValueError(f"`start` has to be less than `end`, and {self.start} is not less than {self.end}")
        return self


class Summary(_Response):
    """An article without its text."""

    id: str
    title: str
    source: str | None
    published_at: datetime | None
    url: str | None

    @classmethod
    def from_domain(cls, article: domain.ArticleSummary) -> Self:
        """The article's own url or null; its date in UTC."""
        return cls(
            id=article.id,
            title=article.title,
            source=article.source,
            published_at=_utc(article.published_at),
            url=article.url,
        )


class FullArticle(Summary):
    """An article as it was given: all offsets count the code points of `text`."""

    text: str
    language: str
    metadata: dict[str, str]

    @classmethod
    def from_article(cls, article: domain.Article) -> Self:
        """The whole article."""
        return cls(
            **Summary.from_domain(article.summary).model_dump(),
            text=article.text,
            language=article.language,
            metadata=dict(article.metadata),
        )


class Quotation(_Response):
    """Characters of an article and what stands around them: `quote` is exactly `text[start:end]` of the article.

    Where no offsets were given, it is the whole text.
    """

    article: Summary
    language: str
    start: int
    end: int
    quote: str
    before: str = Field(description=f"at most {CONTEXT} characters before the quote")
    after: str = Field(description=f"at most {CONTEXT} characters after it")

    @classmethod
    def from_article(cls, article: domain.Article, span: domain.Span) -> Self:
        """What the span covers; it lies in the text."""
        return cls(
            article=Summary.from_domain(article.summary),
            language=article.language,
            start=span.start,
            end=span.end,
            quote=span.of(article.text),
            before=article.text[max(0, span.start - CONTEXT) : span.start],
            after=article.text[span.end : span.end + CONTEXT],
        )


class ArticlePage(_Response):
    """Articles in ascending order of id; `next` goes into `after` of the next request, null on the last page."""

    articles: list[Summary]
    next: str | None


class Offsets(_Response):
    """Where something stands in the article's text."""

    start: int
    end: int

    @classmethod
    def from_domain(cls, span: domain.Span) -> Self:
        """The same offsets."""
        return cls(start=span.start, end=span.end)


class Sentence(Offsets):
    """A sentence and where it stands in the article's text."""

    text: str

    @classmethod
    def from_sentence(cls, sentence: domain.ScoredSentence) -> Self:
        """The sentence without its score."""
        return cls(start=sentence.span.start, end=sentence.span.end, text=sentence.text)


class SignalContribution(_Response):
    """What one signal gave to a hit: `contribution` = `weight` × `normalised_score`."""

    signal: str
    rank: int | None = Field(description="from 1; null where the signal did not find the passage itself")
    raw_score: float
    normalised_score: float
    weight: float
    contribution: float

    @classmethod
    def from_domain(cls, contribution: domain.Contribution) -> Self:
        """One signal's record and its product."""
        return cls(
            signal=contribution.signal,
            rank=contribution.rank,
            raw_score=contribution.raw_score,
            normalised_score=contribution.normalised_score,
            weight=contribution.weight,
            contribution=contribution.weight * contribution.normalised_score,
        )


class SentenceScores(Offsets):
    """How near a sentence is to the question: by its own vector, and token by token; both in [-1, 1]."""

    cosine: float
    late_interaction: float

    @classmethod
    def from_sentence(cls, sentence: domain.ScoredSentence) -> Self:
        """The sentence's scores without its text, which the hit holds."""
        return cls(
            start=sentence.span.start,
            end=sentence.span.end,
            cosine=sentence.cosine,
            late_interaction=sentence.late_interaction,
        )


class Explanation(_Response):
    """Why a hit has its score: the score is the sum of the contributions."""

    contributions: list[SignalContribution]
    cosine: float = Field(description="the whole passage's with the question, in [-1, 1]")
    best_sentence: SentenceScores
    sentences: list[SentenceScores] = Field(description="every sentence of the passage, in order")

    @classmethod
    def from_domain(cls, hit: domain.Hit) -> Self:
        """All that the hit says of its score: with it, the response holds all of the engine's record."""
        return cls(
            contributions=[SignalContribution.from_domain(contribution) for contribution in hit.contributions],
            cosine=hit.cosine,
            best_sentence=SentenceScores.from_sentence(hit.best_sentence),
            sentences=[SentenceScores.from_sentence(sentence) for sentence in hit.sentences],
        )


class SearchHit(_Response):
    """One ranked passage."""

    rank: int
    score: float
    passage_id: str
    article: Summary
    text: str
    start: int
    end: int
    best_sentence: Sentence
    highlights: list[Offsets]
    link: str = Field(description="url of a page that shows the article with the best sentence marked")
    explain: Explanation | None = Field(description="null unless it was asked for")

    @classmethod
    def from_domain(cls, hit: domain.Hit, highlights: Iterable[domain.Span], *, explain: bool, base_url: str) -> Self:
        """The hit, with its explanation where it is asked for."""
        best = hit.best_sentence.span
        return cls(
            rank=hit.rank,
            score=hit.score,
            passage_id=hit.passage.id,
            article=Summary.from_domain(hit.article),
            text=hit.passage.text,
            start=hit.passage.start,
            end=hit.passage.end,
            best_sentence=Sentence.from_sentence(hit.best_sentence),
            highlights=[Offsets.from_domain(span) for span in highlights],
            link=citation_url(base_url, hit.article.id, best.start, best.end),
            explain=Explanation.from_domain(hit) if explain else None,
        )


class SourceCount(_Response):
    """How many articles have one source."""

    value: str
    count: int


class YearCount(_Response):
    """How many articles were published in one year, of UTC."""

    value: int
    count: int


class Facets(_Response):
    """How many distinct articles were considered, by what a filter could choose.

    Considered is every article of which a signal of the search brought a passage; the best of these are the hits. Each
    facet passes over its own filter and heeds all others.
    """

    sources: list[SourceCount] = Field(
        description="most articles first, then by name; whatever `sources` chooses, and without articles that have none"
    )
    years: list[YearCount] = Field(
        description="latest first; whatever the dates asked for, and without articles that have none"
    )

    @classmethod
    def from_domain(cls, facets: domain.Facets) -> Self:
        """The same counts."""
        return cls(
            sources=[SourceCount(value=source.value, count=source.count) for source in facets.sources],
            years=[YearCount(value=year.value, count=year.count) for year in facets.years],
        )


class SearchResponse(_Response):
    """Hits, best first."""

    query: str
    language: str = Field(description="`ar`, `en`, or `und` where the question has letters of neither")
    took_ms: float
    hits: list[SearchHit]
    facets: Facets | None = Field(description="null unless they were asked for")

    @classmethod
    def from_domain(cls, results: SearchResults, *, took_ms: float, explain: bool, base_url: str) -> Self:
        """All hits; `query` is the question without surrounding white space."""
        hits = [
            SearchHit.from_domain(hit, results.highlights(hit), explain=explain, base_url=base_url)
            for hit in results.hits
        ]
        return cls(
            query=results.question.text,
            language=results.question.language,
            took_ms=took_ms,
            hits=hits,
            facets=Facets.from_domain(results.facets) if results.facets else None,
        )


class AnswerCitation(_Response):
    """A verified quote: the characters `start` to `end` of the article's text are exactly `quote`."""

    number: int
    article_id: str
    title: str
    source: str | None
    published_at: datetime | None
    url: str | None
    quote: str
    start: int
    end: int
    link: str = Field(description="url of a page that shows the article with the quote marked")

    @classmethod
    def from_domain(cls, citation: domain.Citation, *, base_url: str) -> Self:
        """The citation with its article's summary laid flat; its link lies under `base_url`."""
        article = citation.article
        return cls(
            number=citation.number,
            article_id=article.id,
            title=article.title,
            source=article.source,
            published_at=_utc(article.published_at),
            url=article.url,
            quote=citation.quote,
            start=citation.start,
            end=citation.end,
            link=citation_url(base_url, article.id, citation.start, citation.end),
        )


class CitedSentence(_Response):
    """One sentence of an answer and the numbers of the citations that carry it, never none."""

    text: str
    citations: list[int]
    support: float = Field(description="how near its quotes come to it, in [0, 1]; 1 where it is a quote itself")
    verdict: Verdict

    @classmethod
    def from_domain(cls, sentence: domain.AnswerSentence) -> Self:
        """The same sentence."""
        return cls(
            text=sentence.text,
            citations=list(sentence.citations),
            support=sentence.support,
            verdict=sentence.verdict,
        )


class Searched(_Response):
    """The first event of a streamed answer: the search is done."""

    language: str
    confidence: float

    @classmethod
    def from_domain(cls, searched: answerer.Searched) -> Self:
        """The same."""
        return cls(language=searched.language, confidence=searched.confidence)


class StreamedSentence(CitedSentence):
    """One sentence of a streamed answer, and those of its citations that no sentence before it had."""

    new_citations: list[AnswerCitation]

    @classmethod
    def from_part(cls, made: answerer.CitedSentence, *, base_url: str) -> Self:
        """The sentence; the links of its citations lie under `base_url`."""
        return cls(
            **CitedSentence.from_domain(made.sentence).model_dump(),
            new_citations=[AnswerCitation.from_domain(citation, base_url=base_url) for citation in made.citations],
        )


class AnswerResponse(_Response):
    """An answer every sentence of which is cited, or `insufficient_evidence` and no sentence."""

    question: str
    language: str
    status: AnswerStatus
    confidence: float
    text: str = Field(description="the sentences, each followed by its citation numbers in brackets")
    sentences: list[CitedSentence]
    citations: list[AnswerCitation]
    generator: str = Field(description="who wrote it: `extractive`, or `chat:` and the model's name")
    dropped_sentences: int = Field(description="sentences left out because no quote carries them")
    invalid_citations: int = Field(description="citations of evidence that there is not, left out")
    notes: list[str] = Field(description="what else a reader should know, such as that the language model failed")
    took_ms: float

    @classmethod
    def from_domain(cls, answer: domain.Answer, *, took_ms: float, base_url: str) -> Self:
        """The whole answer; the links of its citations lie under `base_url`."""
        return cls(
            question=answer.question,
            language=answer.language,
            status=answer.status,
            confidence=answer.confidence,
            text=answer.text,
            sentences=[CitedSentence.from_domain(sentence) for sentence in answer.sentences],
            citations=[AnswerCitation.from_domain(citation, base_url=base_url) for citation in answer.citations],
            generator=answer.generator,
            dropped_sentences=answer.dropped_sentences,
            invalid_citations=answer.invalid_citations,
            notes=list(answer.notes),
            took_ms=took_ms,
        )


class Health(_Response):
    """The process is alive; whether it can serve is what /readyz says."""

    status: Literal["ok"] = "ok"


class Check(_Response):
    """One part: `unknown` where it could not be looked at because another part failed."""

    status: Literal["ok", "failed", "unknown"]
    detail: str


class Readiness(_Response):
    """Whether questions can be served, and what is wrong where they cannot."""

    status: Literal["ready", "not_ready"]
    checks: dict[Literal["store", "model", "index"], Check]


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None
