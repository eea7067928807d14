"""The times that a question names, and the fields of a request that concern time."""

from datetime import date
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, StrictBool

from dalil import domain
from dalil.domain import SortOrder, TimeEffect
from dalil.wire.base import RequestModel, ResponseModel


def _parse_day(value: object) -> date | None:
    """An ISO 8601 date as a date; raises `ValueError` for anything else, a time included."""
    if value is None or type(value) is date:
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError("Input should be a date in ISO 8601") from None


ReadTimes = Annotated[
    StrictBool,
    Field(
        description='let the times that the question names ("last week", منذ بداية العام) narrow or order what is'
        " found; filters by date always come first"
    ),
]
ReferenceDate = Annotated[
    date | None,
    BeforeValidator(_parse_day),
    Field(description='the day from which "last week" counts; null is today', examples=["2023-10-15"]),
]
Recency = Annotated[
    float,
    Field(
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="the weight of the recency of a hit's article, beside the other signals, whose weights add up to 1",
    ),
]
Sort = Annotated[SortOrder, Field(description="`date`: the same hits, the newest article first and undated ones last")]


class TimedRequest(RequestModel):
    """A request whose question may name a time."""

    read_times: ReadTimes = True
    reference_date: ReferenceDate = None


class TimeExpression(ResponseModel):
    """A time that the question names, and the days that it is read as; both null for "latest"."""

    text: str = Field(description="in the words of the question")
    published_from: date | None = Field(description="the first of the days, inclusive")
    published_to: date | None = Field(description="the last of the days, inclusive")
    effect: TimeEffect = Field(
        description="`narrow`: only articles of these days or the day after, and undated ones, were searched; `prefer`:"
        " articles of these days or the day after came first among those alike; `newest_first`: newer articles did"
    )

    @classmethod
    def from_domain(cls, time: domain.TimeExpression) -> Self:
        """The same expression."""
        return cls(
            text=time.text,
            published_from=time.published_from,
            published_to=time.published_to,
            effect=time.effect,
        )

    def to_domain(self) -> domain.TimeExpression:
        """The engine's record."""
        return domain.TimeExpression(self.text, self.published_from, self.published_to, self.effect)
