"""Timelines: `GET /v1/timeline`."""

from datetime import date
from typing import Self

from pydantic import Field

from dalil import domain
from dalil.citation_urls import citation_url
from dalil.wire.articles import ArticleSummary
from dalil.wire.base import ResponseModel
from dalil.wire.times import TimeExpression


class TimelineEntry(ResponseModel):
    """An article with its lead sentence: the characters `start` to `end` of its text are exactly `text`."""

    article: ArticleSummary
    text: str
    start: int
    end: int
    link: str = Field(description="url of a page that shows the article with the sentence marked")

    @classmethod
    def from_domain(cls, entry: domain.TimelineEntry, *, base_url: str) -> Self:
        """The same entry; its link starts with `base_url`."""
        return cls(
            article=ArticleSummary.from_domain(entry.article),
            text=entry.text,
            start=entry.start,
            end=entry.end,
            link=citation_url(base_url, entry.article.id, entry.start, entry.end),
        )

    def to_domain(self) -> domain.TimelineEntry:
        """The engine's record."""
        return domain.TimelineEntry(self.article.to_domain(), self.text, self.start, self.end)


class TimelineDay(ResponseModel):
    """The articles of one day, the earliest first."""

    day: date | None = Field(description="in the time zone of each article; null for articles without a date")
    entries: list[TimelineEntry]

    @classmethod
    def from_domain(cls, day: domain.TimelineDay, *, base_url: str) -> Self:
        """The same day; its links start with `base_url`."""
        return cls(day=day.day, entries=[TimelineEntry.from_domain(one, base_url=base_url) for one in day.entries])

    def to_domain(self) -> domain.TimelineDay:
        """The engine's record."""
        return domain.TimelineDay(self.day, tuple(entry.to_domain() for entry in self.entries))


class TimelineResponse(ResponseModel):
    """The articles of a subject by day, the earliest first and those without a date last."""

    query: str = Field(description="the subject without surrounding white space")
    language: str = Field(description="`ar`, `en`, or `und` where the subject has letters of neither")
    took_ms: float
    days: list[TimelineDay]
    times: list[TimeExpression] = Field(
        description="the times of the subject that narrowed or ordered what was found, as they were read"
    )

    @classmethod
    def from_domain(cls, timeline: domain.Timeline, *, took_ms: float, base_url: str) -> Self:
        """The whole timeline; its links start with `base_url`."""
        return cls(
            query=timeline.question,
            language=timeline.language,
            took_ms=took_ms,
            days=[TimelineDay.from_domain(day, base_url=base_url) for day in timeline.days],
            times=[TimeExpression.from_domain(time) for time in timeline.times],
        )

    def to_domain(self) -> domain.Timeline:
        """The engine's record."""
        days = tuple(day.to_domain() for day in self.days)
        return domain.Timeline(self.query, self.language, days, tuple(time.to_domain() for time in self.times))
