"""Query parameters of searches and lists."""

from typing import Annotated

from pydantic import Field

from dalil.domain import Mode, SortOrder, TimeOptions
from dalil.limits import MAX_TIMELINE_ARTICLES
from dalil.wire.base import RequestModel
from dalil.wire.fields import Filters, Limit, Name, Names, PublishedFrom, PublishedTo, Question
from dalil.wire.search import SearchRequest
from dalil.wire.times import Recency, ReferenceDate, Sort


class SubjectParameters(RequestModel):
    """A subject and the articles to search, as query parameters."""

    q: Question
    # pydantic gives each instance its own list.
    article_id: Names = []  # noqa: RUF012
    source: Names = []  # noqa: RUF012
    published_from: PublishedFrom = None
    published_to: PublishedTo = None
    read_times: bool = True
    reference_date: ReferenceDate = None

    @property
    def filters(self) -> Filters:
        """The filters of the same search."""
        return Filters.model_construct(
            article_ids=self.article_id,
            sources=self.source,
            published_from=self.published_from,
            published_to=self.published_to,
        )


class TimelineParameters(SubjectParameters):
    """A timeline."""

    limit: Annotated[int, Field(ge=1, le=MAX_TIMELINE_ARTICLES, description="the most articles")] = 20

    @property
    def time(self) -> TimeOptions:
        """What the request says of time."""
        return TimeOptions(self.read_times, self.reference_date)


class SearchParameters(SubjectParameters):
    """The fields of a `SearchRequest`, as query parameters."""

    limit: Limit = 10
    mode: Mode = Mode.HYBRID
    explain: bool = False
    facets: bool = False
    collapse: bool = True
    sort: Sort = SortOrder.RELEVANCE
    recency: Recency = 0.0

    def to_request(self) -> SearchRequest:
        """The body of the same search."""
        return SearchRequest(
            query=self.q,
            limit=self.limit,
            mode=self.mode,
            filters=self.filters,
            explain=self.explain,
            facets=self.facets,
            collapse=self.collapse,
            read_times=self.read_times,
            reference_date=self.reference_date,
            sort=self.sort,
            recency=self.recency,
        )


class ListParameters(RequestModel):
    """A page of the list of articles."""

    limit: Limit = 20
    after: Annotated[Name | None, Field(description="`next` of the previous page")] = None
