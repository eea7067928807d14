"""The title of a link to an article."""

from textwrap import shorten

from dalil.domain import ArticleSummary
from dalil.errors import ArticleNotFound
from dalil.stores.base import PassageStore

MAX_TITLE_CHARACTERS = 80
"""The longest title that is made of an article's first words."""

READ_CHARACTERS = 1_000
"""How much of an article is searched for its first words."""


def display_title(article: ArticleSummary, store: PassageStore) -> str | None:
    """The title in one line, or the first words of an article without a title; None if that article is deleted."""
    title = " ".join(article.title.split())
    if title:
        return title
    try:
        return _first_words(store.article(article.id).text)
    except ArticleNotFound:
        return None


def _first_words(text: str) -> str:
    """The first words of a text, with an ellipsis after the cut; a first word that is too long is cut itself."""
    beginning = text.lstrip()[:READ_CHARACTERS]
    word = beginning.split(maxsplit=1)[0]
    if len(word) > MAX_TITLE_CHARACTERS:
        return word[: MAX_TITLE_CHARACTERS - 1] + "…"
    return shorten(beginning, MAX_TITLE_CHARACTERS, placeholder="…")
