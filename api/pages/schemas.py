"""The parameters of an article's page, and its JSON."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.pages.preferences import UiLanguage
from dalil.domain import Article, Span
from dalil.wire.answers import MAX_EARLIER_QUESTIONS
from dalil.wire.articles import ArticleSummary
from dalil.wire.base import RequestModel, ResponseModel
from dalil.wire.fields import Filters, Names, PublishedFrom, PublishedTo, Question

MAX_TITLES, MAX_TITLE_CHARACTERS = 10, 2_000

CONTEXT_CHARACTERS = 200
"""The most context on either side of a quotation, in code points."""


class SpanParameters(BaseModel):
    """Which characters of an article to mark: both offsets or neither; other parameters are ignored."""

    model_config = ConfigDict(frozen=True)

    start: Annotated[int | None, Field(ge=0, description="offset of the first character")] = None
    end: Annotated[int | None, Field(ge=1, description="offset after the last character")] = None

    @model_validator(mode="after")
    def _require_span(self) -> Self:
        if (self.start is None) != (self.end is None):
            raise ValueError("`start` and `end` belong together: give both, or neither to see the article whole")
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise ValueError(f"`start` has to be less than `end`, and {self.start} is not less than {self.end}")
        return self


class PlainParameters(BaseModel):
    """The address of a question, as web/address.js writes it; other parameters are ignored."""

    model_config = ConfigDict(frozen=True)

    q: Question
    before: Annotated[tuple[Question, ...], Field(max_length=MAX_EARLIER_QUESTIONS)] = ()
    source: Names = []
    article: str = ""
    published_from: Annotated[PublishedFrom, Field(alias="from")] = None
    published_to: Annotated[PublishedTo, Field(alias="to")] = None

    @property
    def filters(self) -> Filters:
        """The filters of the address."""
        return Filters(
            article_ids=[self.article] if self.article else [],
            sources=self.source,
            published_from=self.published_from,
            published_to=self.published_to,
        )


class TitlesRequest(RequestModel):
    """Titles of found articles, from which questions are made."""

    titles: Annotated[list[Annotated[str, Field(max_length=MAX_TITLE_CHARACTERS)]], Field(max_length=MAX_TITLES)]
    language: UiLanguage


class Quotation(ResponseModel):
    """Characters of an article and their context: `quote` is exactly `text[start:end]` of the article.

    Without offsets in the request, it is the whole text.
    """

    article: ArticleSummary
    language: str
    start: int
    end: int
    quote: str
    before: str = Field(description=f"at most {CONTEXT_CHARACTERS} characters before the quote")
    after: str = Field(description=f"at most {CONTEXT_CHARACTERS} characters after it")

    @classmethod
    def from_article(cls, article: Article, span: Span) -> Self:
        """The quotation of a span of the article's text."""
        return cls(
            article=ArticleSummary.from_domain(article.summary),
            language=article.language,
            start=span.start,
            end=span.end,
            quote=span.of(article.text),
            before=article.text[max(0, span.start - CONTEXT_CHARACTERS) : span.start],
            after=article.text[span.end : span.end + CONTEXT_CHARACTERS],
        )
