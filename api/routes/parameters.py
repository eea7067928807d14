"""Query parameters of searches and lists."""

from typing import Annotated

from pydantic import Field

from dalil.domain import Mode
from dalil.wire.base import RequestModel
from dalil.wire.fields import Filters, Limit, Name, Names, PublishedFrom, PublishedTo, Question
from dalil.wire.search import SearchRequest


class SearchParameters(RequestModel):
    """The fields of a `SearchRequest`, as query parameters."""

    q: Question
    limit: Limit = 10
    mode: Mode = Mode.HYBRID
    # pydantic gives each instance its own list.
    article_id: Names = []  # noqa: RUF012
    source: Names = []  # noqa: RUF012
    published_from: PublishedFrom = None
    published_to: PublishedTo = None
    explain: bool = False
    facets: bool = False
    collapse: bool = True

    def to_request(self) -> SearchRequest:
        """The body of the same search."""
        filters = Filters.model_construct(
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
            collapse=self.collapse,
        )


class ListParameters(RequestModel):
    """A page of the list of articles."""

    limit: Limit = 20
    after: Annotated[Name | None, Field(description="`next` of the previous page")] = None
