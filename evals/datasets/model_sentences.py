"""Sentences that a language model wrote over Arabic evidence, with labels given by reading: evals/data/README.md.

A line of the file holds the model's sentence, and the quotes that it cites by offsets and hash. The articles are the
seeds, newspaper articles and the passages of XQuAD; the last two are no part of the project.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field

from dalil.domain import Article, Verdict
from evals.datasets.beir import load_beir, question_set
from evals.datasets.claims import Claim
from evals.datasets.evidence import (
    Articles,
    Offsets,
    StrictModel,
    Text,
    check_hash,
    find_article,
    locate_evidence,
    read_articles,
)
from evals.datasets.jsonl import read_lines
from evals.datasets.news import load_news
from evals.datasets.paths import DATA, NEWS, SEEDS, XQUAD

MODEL_SENTENCES = DATA / "model_sentences.jsonl"


class _QuoteModel(Offsets):
    """A quote by its span; `sha256` is the first 16 hex digits of the hash of its UTF-8 text."""

    article: Text
    sha256: str = Field(pattern=r"^[0-9a-f]{16}$")


class _SentenceModel(StrictModel):
    """A line of the file. `cluster` names the article, or the group of passages, that the evidence is from."""

    id: Text
    half: Literal["dev", "test"]
    source: Literal["seeds", "news", "xquad"]
    cluster: Text
    lang: Literal["ar", "en"]
    prompt: Literal["citations", "quote-first"]
    answerable: bool
    sentence: Text
    quotes: tuple[_QuoteModel, ...] = Field(min_length=1)
    label: Verdict
    kind: Literal["right", "role", "predicate", "invention", "entity", "negation", "number", "date", "garbled", "other"]


def load_model_sentences(
    file: Path = MODEL_SENTENCES, *, seeds: Path = SEEDS, news: Path = NEWS, xquad: Path = XQUAD
) -> list[Claim]:
    """Read the sentences whose articles are here, those over the seeds at least.

    Sentences over newspaper articles or XQuAD are left out where their folder does not exist. Raises `InvalidInput`
    with the line at fault, also if a quote differs from the labelled one.
    """
    present = {"seeds", *(["news"] if news.is_dir() else []), *(["xquad"] if xquad.is_dir() else [])}
    lines = [line for _, line in read_lines(file, _SentenceModel, lambda line: line) if line.source in present]
    wanted = {quote.article for line in lines for quote in line.quotes}
    articles = {
        **read_articles(seeds),
        **{article.id: article for article in _external_articles(present, news, xquad) if article.id in wanted},
    }
    claims = [claim for _, claim in read_lines(file, _SentenceModel, lambda line: _to_claim(line, present, articles))]
    return [claim for claim in claims if claim is not None]


def _external_articles(present: set[str], news: Path, xquad: Path) -> Iterator[Article]:
    if "news" in present:
        yield from load_news(news)
    if "xquad" in present:
        yield from question_set(load_beir(xquad)).articles


def _to_claim(line: _SentenceModel, present: set[str], articles: Articles) -> Claim | None:
    """The claim; None if its articles are not here. Raises `ValueError` if a quote differs from the labelled one."""
    if (line.kind == "right") != (line.label is Verdict.SUPPORTED):
        raise ValueError("the kind 'right' and the label 'supported' belong together")
    if line.source not in present:
        return None
    return Claim(
        id=line.id,
        language=line.lang,
        sentence=line.sentence,
        quotes=tuple(_quote_text(quote, articles) for quote in line.quotes),
        label=line.label,
        kind=line.kind,
        half=line.half,
        article=line.cluster,
    )


def _quote_text(quote: _QuoteModel, articles: Articles) -> str:
    article = find_article(quote.article, articles)
    span = locate_evidence(article, Offsets(start=quote.start, end=quote.end))
    check_hash(article, span, quote.sha256)
    return span.of(article.text)
