"""The numbers and dates that a text states, in either language and in any digits: 16 ألف is 16,000 is ١٦٠٠٠."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from dalil.domain import Span
from dalil.text.dates import DigitDate, blank_digit_dates, find_months, find_weekdays, month_name, weekday_name
from dalil.text.normalisation import normalise, normalise_with_origins
from dalil.text.numbers import read_numbers
from dalil.text.tokens import Token, tokenize

MIN_STATED_NUMBER = 3
"""Whole numbers below it are left out: a dual, "a" or "another" state them without a number."""

RELATIVE_TOLERANCE = 1e-9
"""Two numbers this near to each other are equal: a value in words is a sum of floats."""

Kind: TypeAlias = Literal["number", "month", "weekday"]


class Quantity(NamedTuple):
    """A number, a month from 1 to 12 or a weekday from 0 for Monday, and where it is in the folded text."""

    kind: Kind
    value: float
    start: int
    end: int

    def __str__(self) -> str:
        """`number 16,000`, `month March`, `weekday Tuesday`."""
        if self.kind == "number":
            is_year = 1000 <= self.value <= 2099
            return f"number {self.value:{'' if is_year else ','}.15g}"
        name = month_name if self.kind == "month" else weekday_name
        return f"{self.kind} {name(int(self.value))}"


@dataclass(frozen=True, slots=True)
class Quantities:
    """Numbers as values, months from 1 to 12, weekdays from 0 for Monday."""

    numbers: frozenset[float]
    months: frozenset[int]
    weekdays: frozenset[int]

    @classmethod
    def of(cls, found: Iterable[Quantity]) -> "Quantities":
        """The distinct values of what was found."""
        found = list(found)
        return cls(
            frozenset(quantity.value for quantity in found if quantity.kind == "number"),
            frozenset(int(quantity.value) for quantity in found if quantity.kind == "month"),
            frozenset(int(quantity.value) for quantity in found if quantity.kind == "weekday"),
        )

    def state(self, quantity: Quantity) -> bool:
        """Whether a quantity is among these."""
        if quantity.kind == "number":
            return _is_among(quantity.value, self.numbers)
        return quantity.value in (self.months if quantity.kind == "month" else self.weekdays)

    def missing(self, stated: "Quantities") -> int:
        """How many of these are not among `stated`."""
        return (
            sum(not _is_among(number, stated.numbers) for number in self.numbers)
            + len(self.months - stated.months)
            + len(self.weekdays - stated.weekdays)
        )


def _is_among(number: float, numbers: frozenset[float]) -> bool:
    return number in numbers or any(
        abs(number - other) <= RELATIVE_TOLERANCE * max(abs(number), abs(other)) for other in numbers
    )


def extract_numbers_and_dates(text: str) -> Quantities:
    """What a text states; whole numbers below `MIN_STATED_NUMBER` are left out."""
    undated, dates = blank_digit_dates(normalise(text))
    tokens = tokenize(undated)
    return Quantities.of((*find_numbers(tokens, dates), *find_named_dates(tokens)))


def locate_numbers_and_dates(text: str) -> list[tuple[Quantity, Span]]:
    """As `extract_numbers_and_dates`, in order, each with its place in the text as it is written."""
    normalised = normalise_with_origins(text)
    undated, dates = blank_digit_dates(normalised.text)
    tokens = tokenize(undated)
    found = (*find_numbers(tokens, dates), *find_named_dates(tokens))
    return [(one, normalised.original(one.start, one.end)) for one in sorted(found, key=lambda one: one.start)]


def find_numbers(tokens: Sequence[Token], dates: Sequence[DigitDate]) -> Iterator[Quantity]:
    """The numbers of tokens without dates in digits, and the years, months and days of those dates."""
    for number in read_numbers(tokens):
        if number.value >= MIN_STATED_NUMBER or number.value % 1:
            yield Quantity("number", *number)
    for date in dates:
        if 1 <= date.month <= 12:
            yield Quantity("month", date.month, date.start, date.end)
        for value in (date.year, date.day):
            if value >= MIN_STATED_NUMBER:
                yield Quantity("number", float(value), date.start, date.end)


def find_named_dates(tokens: Sequence[Token]) -> Iterator[Quantity]:
    """The months and weekdays that are named."""
    for month in find_months(tokens):
        yield Quantity("month", *month)
    for weekday in find_weekdays(tokens):
        yield Quantity("weekday", *weekday)
