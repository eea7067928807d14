"""Articles and stretches of their text."""

from datetime import datetime
from typing import Self

from pydantic import Field

from dalil import domain
from dalil.wire.base import ResponseModel


class Span(ResponseModel):
    """A stretch of a text."""

    start: int
    end: int

    @classmethod
    def from_domain(cls, span: domain.Span) -> Self:
        """The same offsets."""
        return cls(start=span.start, end=span.end)

    def to_domain(self) -> domain.Span:
        """The engine's record; raises ValueError for offsets that are no span."""
        return domain.Span(self.start, self.end)


class ArticleSummary(ResponseModel):
    """An article without its text."""

    id: str
    title: str
    source: str | None
    published_at: datetime | None
    url: str | None

    @classmethod
    def from_domain(cls, article: domain.ArticleSummary) -> Self:
        """The same summary."""
        return cls(
            id=article.id,
            title=article.title,
            source=article.source,
            published_at=article.published_at,
            url=article.url,
        )

    def to_domain(self) -> domain.ArticleSummary:
        """The engine's record."""
        return domain.ArticleSummary(self.id, self.title, self.source, self.published_at, self.url)


class NearDuplicate(ArticleSummary):
    """An article with nearly the same text as the one that is shown."""

    similarity: float = Field(description="of their word n-grams, in [0, 1], estimated")

    @classmethod
    def from_duplicate(cls, duplicate: domain.NearDuplicate) -> Self:
        """The same article with its similarity."""
        return cls(**ArticleSummary.from_domain(duplicate.article).model_dump(), similarity=duplicate.similarity)

    def to_duplicate(self) -> domain.NearDuplicate:
        """The engine's record."""
        return domain.NearDuplicate(self.to_domain(), self.similarity)


class DuplicateGroup(ResponseModel):
    """The other articles with the same story as the one that is shown."""

    articles: list[NearDuplicate] = Field(description="earliest first, undated last")
    earliest: str | None = Field(
        description="id of the first dated article of the story, which may be the one that is shown; null without dates"
    )
    latest: str | None = Field(description="id of the last dated article of the story; null without dates")

    @classmethod
    def from_domain(cls, group: domain.DuplicateGroup) -> Self:
        """The same group."""
        articles = [NearDuplicate.from_duplicate(duplicate) for duplicate in group.articles]
        return cls(articles=articles, earliest=group.earliest, latest=group.latest)

    def to_domain(self) -> domain.DuplicateGroup:
        """The engine's record."""
        return domain.DuplicateGroup(
            tuple(article.to_duplicate() for article in self.articles), self.earliest, self.latest
        )


class Article(ArticleSummary):
    """A whole article; all offsets count the code points of `text`."""

    text: str
    language: str
    metadata: dict[str, str]

    @classmethod
    def from_article(cls, article: domain.Article) -> Self:
        """The same article."""
        return cls(
            **ArticleSummary.from_domain(article.summary).model_dump(),
            text=article.text,
            language=article.language,
            metadata=dict(article.metadata),
        )

    def to_article(self) -> domain.Article:
        """The engine's record."""
        return domain.Article(
            id=self.id,
            title=self.title,
            text=self.text,
            source=self.source,
            published_at=self.published_at,
            url=self.url,
            language=self.language,
            metadata=self.metadata,
        )


class ArticlePage(ResponseModel):
    """Articles in ascending order of id."""

    articles: list[ArticleSummary]
    next: str | None = Field(description="`after` of the request for the next page; null on the last page")
