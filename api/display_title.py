"""The title that a link to an article is shown under."""

from textwrap import shorten

from dalil.domain import ArticleSummary
from dalil.errors import ArticleNotFound
from dalil.stores.base import PassageStore

LONGEST = 80
"""The longest title made of an article's first words."""

READ = 1_000
"""How many of an article's characters are looked at for them."""


def title_of(article: ArticleSummary, store: PassageStore) -> str | None:
    """The title in one line; for an article without one its first words, and None where it is gone by now."""
    title = " ".join(article.title.split())
    if title:
        return title
    try:
        return _first_words(store.article(article.id).text)
    except ArticleNotFound:
        return None


def _first_words(text: str) -> str:
    """A word that is too long by itself is cut."""
    beginning = text.lstrip()[:READ]
    word = beginning.split(maxsplit=1)[0]
    if len(word) > LONGEST:
        return word[: LONGEST - 1] + "…"
    return shorten(beginning, LONGEST, placeholder="…")
