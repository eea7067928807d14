"""The title that a link to an article is shown under."""

from textwrap import shorten

from dalil.domain import ArticleSummary
from dalil.stores.base import PassageStore

LONGEST = 80
"""The longest title made of an article's first words."""


def title_of(article: ArticleSummary, store: PassageStore) -> str:
    """The title in one line; for an article without one, its first words."""
    title = " ".join(article.title.split())
    return title or shorten(store.article(article.id).text, LONGEST, placeholder="…")
