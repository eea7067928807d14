"""How often the verifier of answers errs: sentences with the quotes they cite, right ones and subtly wrong ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from dalil.domain import Verdict
from dalil.errors import InvalidInput
from evals.datasets.jsonl import read_lines
from evals.datasets.questions import DATA, Articles, Offsets, articles_of, known_article, place_in
from evals.measures.statistics import Interval, interval

FILE = DATA / "claims.jsonl"

Check = Callable[[str, Sequence[str]], tuple[float, Verdict]]


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence, the quotes it cites, and whether they say it; claims of one article are not independent."""

    id: str
    language: str
    sentence: str
    quotes: tuple[str, ...]
    supported: bool
    kind: str
    half: str
    article: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A claim and what the verifier made of it."""

    claim: Claim
    support: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """Of some claims: how many got each verdict, and the two ways to err, None where there are no such claims.

    `dropped`: the share of right sentences found unsupported. `passed`: the share of wrong ones found supported.
    """

    counts: dict[Verdict, int]
    dropped: Interval | None
    passed: Interval | None


class _Quote(Offsets):
    model_config = ConfigDict(extra="ignore", frozen=True)

    article: str


class _Line(BaseModel):
    """A line; fields beyond these are passed over. A quote is a place in an article, or text."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(min_length=1)
    lang: str = Field(min_length=2)
    sentence: str = Field(min_length=1)
    quotes: tuple[_Quote | str, ...] = Field(min_length=1)
    label: Literal["supported", "unsupported"]
    kind: str = ""
    half: str = "all"


def load_claims(file: Path, articles: Path) -> list[Claim]:
    """The claims of a JSONL file over a folder of articles; raises `InvalidInput` naming the line at fault."""
    known = articles_of(articles)
    claims = [claim for _, claim in read_lines(file, _Line, lambda line: _claim(line, known))]
    if not claims:
        raise InvalidInput(f"{file}: holds no claims")
    return claims


def checked(claims: Sequence[Claim], check: Check) -> list[Checked]:
    """Each claim with the verifier's verdict, in order."""
    return [Checked(claim, *check(claim.sentence, claim.quotes)) for claim in claims]


def error_rates(rows: Sequence[Checked]) -> ErrorRates:
    """What the verdicts amount to."""
    right = [row for row in rows if row.claim.supported]
    wrong = [row for row in rows if not row.claim.supported]
    return ErrorRates(
        {verdict: sum(row.verdict is verdict for row in rows) for verdict in Verdict},
        _share(right, Verdict.UNSUPPORTED),
        _share(wrong, Verdict.SUPPORTED),
    )


def _claim(line: _Line, known: Articles) -> Claim:
    places = [quote for quote in line.quotes if isinstance(quote, _Quote)]
    return Claim(
        id=line.id,
        language=line.lang,
        sentence=line.sentence,
        quotes=tuple(quote if isinstance(quote, str) else _text(quote, known) for quote in line.quotes),
        supported=line.label == "supported",
        kind=line.kind or ("right" if line.label == "supported" else "wrong"),
        half=line.half,
        article=places[0].article if places else line.id,
    )


def _text(quote: _Quote, known: Articles) -> str:
    article = known_article(quote.article, known)
    return place_in(article, quote).of(article.text)


def _share(rows: Sequence[Checked], verdict: Verdict) -> Interval | None:
    values = [float(row.verdict is verdict) for row in rows]
    return interval(values, [row.claim.article for row in rows]) if values else None
