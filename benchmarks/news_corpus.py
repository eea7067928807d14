"""Newspaper articles, cut by Dalil's chunker."""

from pathlib import Path

from benchmarks.corpus import Corpus, CorpusPassage
from dalil.bootstrap import build_embedder
from dalil.domain import Article, Passage
from dalil.errors import InvalidArticle
from dalil.indexing.chunking import Chunker
from dalil.indexing.validation import find_problem
from dalil.settings import Settings
from evals.datasets.news import load_news


def load_corpus(news: Path, passages: int, settings: Settings) -> Corpus:
    """The first articles of the folder that have at least `passages` passages together, or all articles.

    The last article may bring more passages than were asked for. Raises `InvalidInput` if the folder holds no news.
    """
    chunker = Chunker(build_embedder(settings).count_tokens, settings.indexing.passage_tokens)
    articles: list[Article] = []
    cut: list[CorpusPassage] = []
    for article in load_news(news):
        if len(cut) >= passages:
            break
        if own := _cut(article, chunker):
            articles.append(article)
            cut += (CorpusPassage(article, passage) for passage in own)
    return Corpus(tuple(articles), tuple(cut))


def _cut(article: Article, chunker: Chunker) -> tuple[Passage, ...]:
    """The passages of an article that Dalil indexes; none of one that it rejects."""
    if find_problem(article) is not None:
        return ()
    try:
        return chunker.passages(article)
    except InvalidArticle:
        return ()
