"""The articles of a set, and the spans of evidence in them."""

import hashlib
from itertools import pairwise
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from dalil.domain import Article, Span
from dalil.errors import InvalidInput
from dalil.indexing.loaders import Corpus, Loaded
from dalil.indexing.report import Rejected
from evals.datasets.questions import Label

Articles: TypeAlias = dict[str, Article]
"""Article id → article."""

Text: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]

MAX_ARTICLE_BYTES = 5_000_000


class StrictModel(BaseModel):
    """A frozen model that refuses unknown fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Offsets(StrictModel):
    """A span of an article in code points; `end` is exclusive."""

    start: int = Field(ge=0)
    end: int = Field(ge=1)


def read_articles(folder: Path) -> Articles:
    """Read all articles of a folder; raises `InvalidInput` if there are none, one is unreadable or two share an id."""
    if not folder.exists():
        raise InvalidInput(f"{folder}: there is no such folder of articles")
    articles: Articles = {}
    for item in Corpus([folder], MAX_ARTICLE_BYTES):
        if isinstance(item, Rejected):
            raise InvalidInput(f"{item.name}: {item.reason}")
        if isinstance(item, Loaded):
            if item.article.id in articles:
                raise InvalidInput(f"{item.name}: a second article has the id {item.article.id!r}")
            articles[item.article.id] = item.article
    if not articles:
        raise InvalidInput(f"{folder}: holds no articles")
    return articles


def find_article(article_id: str, articles: Articles) -> Article:
    """The article with this id; raises `ValueError` if there is none."""
    if article_id not in articles:
        raise ValueError(f"there is no article {article_id!r}")
    return articles[article_id]


def locate_evidence(article: Article, evidence: str | Offsets) -> Span:
    """The span of a quote or of offsets.

    Raises `ValueError` for offsets outside the article, and for a quote that does not occur in it exactly once.
    """
    if isinstance(evidence, Offsets):
        if not evidence.start < evidence.end <= len(article.text):
            raise ValueError(
                f"{evidence.start} to {evidence.end} is not a span of {article.id!r} (0 to {len(article.text)})"
            )
        return Span(evidence.start, evidence.end)
    quote = evidence.strip()
    start = article.text.find(quote)
    if not quote or start < 0:
        raise ValueError(f"the quote {evidence!r} does not occur in {article.id!r}")
    if article.text.find(quote, start + 1) >= 0:
        raise ValueError(f"the quote {evidence!r} occurs more than once in {article.id!r}; lengthen it or give offsets")
    return Span(start, start + len(quote))


def check_hash(article: Article, span: Span, sha256: str) -> None:
    """Raise `ValueError` unless the SHA-256 of the span's UTF-8 text begins with these hex digits."""
    digest = hashlib.sha256(span.of(article.text).encode()).hexdigest()[: len(sha256)]
    if digest != sha256:
        raise ValueError(
            f"the text of {article.id!r} from {span.start} to {span.end} has changed since it was labelled: "
            f"the hash is {digest}, not {sha256}"
        )


def merge_spans(spans: list[Span]) -> list[Span]:
    """The spans in order; overlapping spans become one."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start < merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def require_disjoint(labels: tuple[Label, ...]) -> tuple[Label, ...]:
    """The labels unchanged; raises `ValueError` if two overlap, because the measures would count that text twice."""
    places = sorted((label.article_id, label.span) for label in labels)
    for (article_id, first), (other_id, second) in pairwise(places):
        if article_id == other_id and second.start < first.end:
            raise ValueError(f"two pieces of evidence overlap in {article_id!r}, at {second.start}")
    return labels
