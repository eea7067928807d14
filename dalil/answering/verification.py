"""Nothing is cited that the stored article does not say at that very place."""

from dalil.answering.evidence import Evidence
from dalil.domain import Article
from dalil.errors import ArticleNotFound
from dalil.stores.base import PassageStore


class QuoteVerifier:
    """Checks quotes against the articles as they are stored now; each article is fetched once."""

    def __init__(self, store: PassageStore) -> None:
        self._store = store
        self._articles: dict[str, Article | None] = {}

    def is_verbatim(self, evidence: Evidence) -> bool:
        """Whether the article still holds exactly this text at exactly this span.

        False for an article that was deleted or replaced since the search.
        """
        article = self._article(evidence.article.id)
        return article is not None and evidence.span.of(article.text) == evidence.text != ""

    def _article(self, article_id: str) -> Article | None:
        if article_id not in self._articles:
            try:
                self._articles[article_id] = self._store.article(article_id)
            except ArticleNotFound:
                self._articles[article_id] = None
        return self._articles[article_id]
