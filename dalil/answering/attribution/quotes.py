"""Nothing is cited that the stored article does not have at that very place."""

from dataclasses import replace

from dalil.answering.evidence import Evidence
from dalil.domain import Article, Span
from dalil.errors import ArticleNotFound
from dalil.stores.base import PassageStore
from dalil.text.normalisation import NormalisedText, normalise, normalise_with_origins
from dalil.text.sentences import sentence_spans


class QuoteVerifier:
    """Checks quotes against the articles as they are stored now; it fetches each article once."""

    def __init__(self, store: PassageStore) -> None:
        self._store = store
        self._articles: dict[str, Article | None] = {}
        self._folded: dict[str, NormalisedText] = {}

    def verify(self, evidence: Evidence) -> Evidence | None:
        """The evidence if the stored article has it at its place; None if the article has it no more.

        In an article replaced since the search its words are looked for again, spelling folded. They have to be a whole
        sentence there too, and the evidence comes back with the place and the characters that they have there now.
        """
        article = self._article(evidence.article.id)
        if article is None or not evidence.text:
            return None
        if evidence.span.of(article.text) == evidence.text:
            return evidence
        folded, wanted = self._fold(article), normalise(evidence.text)
        start = folded.text.find(wanted) if wanted.strip() else -1
        while start >= 0:
            span = folded.original(start, start + len(wanted))
            if _is_sentence(article.text, span):
                return replace(evidence, article=article.summary, span=span, text=span.of(article.text))
            start = folded.text.find(wanted, start + 1)
        return None

    def _fold(self, article: Article) -> NormalisedText:
        if article.id not in self._folded:
            self._folded[article.id] = normalise_with_origins(article.text)
        return self._folded[article.id]

    def _article(self, article_id: str) -> Article | None:
        if article_id not in self._articles:
            try:
                self._articles[article_id] = self._store.article(article_id)
            except ArticleNotFound:
                self._articles[article_id] = None
        return self._articles[article_id]


def _is_sentence(text: str, span: Span) -> bool:
    """Whether the span is a whole sentence of its line, or all of one behind a colon; marks at its end aside."""
    start = text.rfind("\n", 0, span.start) + 1
    end = text.find("\n", span.end)
    line = sentence_spans(text, start, end if end >= 0 else len(text))
    whole = next((own for own in line if own.start <= span.start < own.end), None)
    if whole is None or normalise(text[span.end : whole.end]).strip():
        return False
    return span.start == whole.start or text[whole.start : span.start].rstrip().endswith(":")
