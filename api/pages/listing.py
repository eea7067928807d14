"""The list of all articles: sorted, filtered by source and period, near-duplicates as one entry."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from api.pages.collection import Survey
from dalil import domain
from dalil.retrieval.near_duplicates import Story, originality
from dalil.wire.articles import ArticleSummary
from dalil.wire.base import ResponseModel
from dalil.wire.fields import MAX_NAME_CHARACTERS

PAGE_STORIES = 50

MAX_MONTHS = 48
"""A list over more months offers years."""

Sort: TypeAlias = Literal["newest", "oldest", "title"]

_BEFORE_THE_FIRST_LETTER = re.compile(r"^\W+")


class ListParameters(BaseModel):
    """Which articles to list; other parameters are ignored."""

    model_config = ConfigDict(frozen=True)

    sort: Sort = "newest"
    source: Annotated[str, Field(max_length=MAX_NAME_CHARACTERS)] = ""
    period: Annotated[str, Field(pattern=r"^(\d{4}(-\d{2})?)?$", description="a year or a month, as 2023-09")] = ""
    offset: Annotated[int, Field(ge=0, description="stories before the page")] = 0

    def matches(self, article: domain.ArticleSummary) -> bool:
        """Whether the article is of the source and the period."""
        return self.source in {"", article.source} and _day(article).startswith(self.period)


class Copies(ResponseModel):
    """The near-duplicates of an article, earliest first, undated last; the ids are of the story's dated articles."""

    articles: list[ArticleSummary]
    earliest: str | None
    latest: str | None


class StoryEntry(ResponseModel):
    """An article of the list and its near-duplicates."""

    article: ArticleSummary
    duplicates: Copies | None


class Choice(ResponseModel):
    """A source or a period, and the number of its articles in the whole collection."""

    value: str
    count: int


class CollectionPage(ResponseModel):
    """A page of the list. `stories` is null where there are too many articles to be sorted."""

    articles: int = Field(description="all articles of the collection")
    matching: int = Field(description="articles that the source and the period let through, copies included")
    sources: list[Choice]
    periods: list[Choice] = Field(description="months, or years where there are many; latest first")
    stories: list[StoryEntry] | None
    next: int | None = Field(description="`offset` of the next page; null on the last page")


@dataclass(frozen=True, slots=True)
class _Entry:
    """The articles of a story, of which the list shows the first that matches."""

    shown: domain.ArticleSummary
    members: Sequence[domain.ArticleSummary]
    matching: int

    @classmethod
    def of(cls, story: Story, chosen: ListParameters) -> Self | None:
        """The entry of a story; None if none of its articles matches."""
        members = list(_members(story))
        matching = [article for article in members if chosen.matches(article)]
        return cls(matching[0], members, len(matching)) if matching else None

    def to_wire(self) -> StoryEntry:
        """The same entry."""
        others = [ArticleSummary.from_domain(article) for article in self.members if article.id != self.shown.id]
        dated = [article.id for article in self.members if article.published_at]
        copies = Copies(articles=others, earliest=dated[0] if dated else None, latest=dated[-1] if dated else None)
        return StoryEntry(article=ArticleSummary.from_domain(self.shown), duplicates=copies if others else None)


def list_stories(survey: Survey, chosen: ListParameters) -> CollectionPage:
    """The stories with an article of the chosen source and period, in the chosen order, a page of them."""
    stories = survey.stories
    if stories is None:
        count = survey.overview.articles
        return CollectionPage(articles=count, matching=count, sources=[], periods=[], stories=None, next=None)
    found = [entry for story in stories if (entry := _Entry.of(story, chosen))]
    found.sort(key=lambda entry: _SORT_KEYS[chosen.sort](entry.shown))
    end = chosen.offset + PAGE_STORIES
    days = [_day(article) for story in stories for article in _members(story) if article.published_at]
    return CollectionPage(
        articles=survey.overview.articles,
        matching=sum(entry.matching for entry in found),
        sources=[Choice(value=own.value, count=own.count) for own in survey.overview.sources],
        periods=_periods(days),
        stories=[entry.to_wire() for entry in found[chosen.offset : end]],
        next=end if end < len(found) else None,
    )


def _members(story: Story) -> Iterable[domain.ArticleSummary]:
    yield story.article
    if story.duplicates:
        yield from (copy.article for copy in story.duplicates.articles)


def _periods(days: Sequence[str]) -> list[Choice]:
    months, years = (Counter(day[:length] for day in days) for length in (len("2023-09"), len("2023")))
    counts = months if len(months) <= MAX_MONTHS else years
    return [Choice(value=period, count=counts[period]) for period in sorted(counts, reverse=True)]


def _day(article: domain.ArticleSummary) -> str:
    """2023-09-08; empty without a date."""
    return article.published_at.date().isoformat() if article.published_at else ""


def _newest_first(article: domain.ArticleSummary) -> tuple[object, ...]:
    moment = article.published_at
    return moment is None, -moment.timestamp() if moment else 0.0, article.id


def _by_title(article: domain.ArticleSummary) -> tuple[object, ...]:
    title = _BEFORE_THE_FIRST_LETTER.sub("", article.title).casefold()
    return not title, title, article.id


_SORT_KEYS: Mapping[Sort, Callable[[domain.ArticleSummary], tuple[object, ...]]] = {
    "newest": _newest_first,
    "oldest": originality,
    "title": _by_title,
}
