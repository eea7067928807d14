"""The fields of requests, with their bounds."""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import BeforeValidator, Field, Strict, StrictBool, WithJsonSchema

from dalil import domain
from dalil.limits import MAX_QUERY_CHARACTERS
from dalil.wire.base import RequestModel

MAX_LIMIT = 100
"""The most hits or articles in one response."""

MAX_FILTER_VALUES = 1_000
"""The most article ids, or sources, in one filter."""

MAX_NAME_CHARACTERS = 512
"""The longest article id or source, in code points."""


def _parse_bound(value: object) -> date | None:
    """An ISO 8601 text as a date, or as a moment in UTC; a date or None as it is.

    Raises `ValueError` for anything else, since a union would report the failure of each of its types.
    """
    if value is None or isinstance(value, date):
        return value
    text = value if isinstance(value, str) else ""
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ValueError("Input should be a date or a date and time in ISO 8601") from None


ISO_8601_OR_NULL = WithJsonSchema(
    {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}, {"type": "null"}]}
)
PublishedFrom = Annotated[
    Annotated[datetime, Strict()] | Annotated[date, Strict()] | None,
    BeforeValidator(_parse_bound),
    ISO_8601_OR_NULL,
    Field(
        description="earliest, inclusive; a date is that of the article's own time zone, a time without one is UTC",
        examples=["2015-07-21"],
    ),
]
PublishedTo = Annotated[
    Annotated[datetime, Strict()] | Annotated[date, Strict()] | None,
    BeforeValidator(_parse_bound),
    ISO_8601_OR_NULL,
    Field(
        description="latest, inclusive; a date is that of the article's own time zone, a time without one is UTC",
        examples=["2015-08-11"],
    ),
]
Question = Annotated[
    str,
    Field(
        strict=True,
        description="a question or keywords in English or Arabic",
        examples=["what weapons did DPRK send?", "ما الأسلحة التي أرسلتها كوريا الشمالية؟"],
        # Documentation only: the engine checks the length, so that every interface has the same bounds.
        json_schema_extra={"minLength": 1, "maxLength": MAX_QUERY_CHARACTERS},
    ),
]
Collapse = Annotated[
    StrictBool,
    Field(description="show one of near-duplicate articles, the original if it can be, and name the others"),
]
Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT, description="the most results to return")]
Name = Annotated[str, Field(strict=True, min_length=1, max_length=MAX_NAME_CHARACTERS)]
Names = Annotated[list[Name], Field(max_length=MAX_FILTER_VALUES)]


class Filters(RequestModel):
    """Restrictions on which articles are searched; a field that is left out restricts nothing."""

    # pydantic gives each instance its own list.
    article_ids: Names = []  # noqa: RUF012
    sources: Names = []  # noqa: RUF012
    published_from: PublishedFrom = None
    published_to: PublishedTo = None

    @classmethod
    def from_domain(cls, filters: domain.Filters) -> "Filters":
        """The same filters, not validated: the service validates them."""
        return cls.model_construct(
            article_ids=list(filters.article_ids),
            sources=list(filters.sources),
            published_from=filters.published_from,
            published_to=filters.published_to,
        )

    def to_domain(self) -> domain.Filters:
        """The engine's record."""
        return domain.Filters(tuple(self.article_ids), tuple(self.sources), self.published_from, self.published_to)
