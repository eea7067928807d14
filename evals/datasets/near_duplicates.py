"""Near-duplicate articles: pairs that are labelled by reading, and the copies of a set's evidence.

A line of the file of pairs names two newspaper articles, whose texts are no part of the project: evals/data/README.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from dalil.domain import Article, SignedArticle, Span
from dalil.errors import InvalidInput
from dalil.indexing.boilerplate import main_content_spans
from dalil.retrieval.near_duplicates import near_duplicates
from dalil.text.analysis import words
from dalil.text.minhash import minhash_signature
from dalil.text.normalisation import normalise, normalise_with_origins
from evals.datasets.evidence import Articles, StrictModel, Text, find_article
from evals.datasets.jsonl import read_lines
from evals.datasets.news import load_news
from evals.datasets.paths import DATA, NEWS
from evals.datasets.questions import Label, QuestionSet

NEAR_DUPLICATES = DATA / "near_duplicates.jsonl"


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """Two articles, and whether they are near-duplicates. No article is in two pairs."""

    first: Article
    second: Article
    near_duplicates: bool
    half: str


class _PairModel(StrictModel):
    articles: tuple[Text, Text]
    near_duplicates: bool
    half: Literal["dev", "test"]


def load_pairs(file: Path = NEAR_DUPLICATES, folder: Path = NEWS) -> list[LabelledPair]:
    """Read the pairs; raises `InvalidInput` with the line at fault, and for a folder without the articles."""
    articles = {article.id: article for article in load_news(folder)}
    pairs = [pair for _, pair in read_lines(file, _PairModel, lambda line: _to_pair(line, articles))]
    if not pairs:
        raise InvalidInput(f"{file}: holds no pairs")
    return pairs


def sign(article: Article) -> SignedArticle:
    """The article with the signature that the index would give it."""
    content = (span.of(article.text) for span in main_content_spans(article.text))
    return SignedArticle(article.summary, minhash_signature([word for text in content for word in words(text)]))


def with_copies(question_set: QuestionSet) -> QuestionSet:
    """The set with the copies of each label: the places of near-duplicate articles that have the same words."""
    articles = {article.id: article for article in question_set.articles}
    signed = {article_id: sign(article) for article_id, article in articles.items()}
    labelled = {label.article_id for question in question_set.questions for label in question.labels}
    copies = {
        article_id: [
            articles[other.article.id]
            for other in near_duplicates(signed[article_id], list(signed.values()))
            if other.article.id != article_id
        ]
        for article_id in labelled & signed.keys()
    }
    questions = (
        replace(
            question,
            labels=tuple(_with_copies(label, articles, copies.get(label.article_id, ())) for label in question.labels),
        )
        for question in question_set.questions
    )
    return replace(question_set, questions=tuple(questions))


def _with_copies(label: Label, articles: Articles, copies: Sequence[Article]) -> Label:
    if not copies:
        return label
    quote = normalise(label.span.of(articles[label.article_id].text))
    return replace(label, copies=tuple((copy.id, place) for copy in copies if (place := _find(quote, copy.text))))


def _find(quote: str, text: str) -> Span | None:
    """The first place of a folded quote in a text."""
    folded = normalise_with_origins(text)
    start = folded.text.find(quote)
    return None if start < 0 else folded.original(start, start + len(quote))


def _to_pair(line: _PairModel, articles: Articles) -> LabelledPair:
    first, second = (find_article(article_id, articles) for article_id in line.articles)
    return LabelledPair(first, second, line.near_duplicates, line.half)
