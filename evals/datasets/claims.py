"""Claims: sentences with the quotes they cite, some supported by the quotes and some wrong."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from dalil.domain import Verdict
from dalil.errors import InvalidInput
from evals.datasets.evidence import Articles, Offsets, find_article, locate_evidence, read_articles
from evals.datasets.jsonl import read_lines
from evals.datasets.paths import DATA

CLAIMS = DATA / "claims.jsonl"


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence, the quotes it cites, and the right verdict. Claims of one `article` are not independent."""

    id: str
    language: str
    sentence: str
    quotes: tuple[str, ...]
    label: Verdict
    kind: str
    half: str
    article: str


class _QuoteModel(Offsets):
    """A quote by its span in an article."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    article: str


class _ClaimModel(BaseModel):
    """A line of the file. Unknown fields are ignored. A quote is a span of an article, or text."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(min_length=1)
    lang: str = Field(min_length=2)
    sentence: str = Field(min_length=1)
    quotes: tuple[_QuoteModel | str, ...] = Field(min_length=1)
    label: Verdict
    kind: str = ""
    half: str = "all"


def load_claims(file: Path, folder: Path) -> list[Claim]:
    """Read the claims of a JSONL file over a folder of articles; raises `InvalidInput` with the line at fault."""
    articles = read_articles(folder)
    claims = [claim for _, claim in read_lines(file, _ClaimModel, lambda line: _to_claim(line, articles))]
    if not claims:
        raise InvalidInput(f"{file}: holds no claims")
    return claims


def _to_claim(line: _ClaimModel, articles: Articles) -> Claim:
    spans = [quote for quote in line.quotes if isinstance(quote, _QuoteModel)]
    return Claim(
        id=line.id,
        language=line.lang,
        sentence=line.sentence,
        quotes=tuple(quote if isinstance(quote, str) else _quote_text(quote, articles) for quote in line.quotes),
        label=line.label,
        kind=line.kind or ("right" if line.label is Verdict.SUPPORTED else "wrong"),
        half=line.half,
        article=spans[0].article if spans else line.id,
    )


def _quote_text(quote: _QuoteModel, articles: Articles) -> str:
    article = find_article(quote.article, articles)
    return locate_evidence(article, quote).of(article.text)
