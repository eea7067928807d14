"""Nothing is cited that the stored article does not have at that very place."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from dalil.answering.evidence import Evidence
from dalil.domain import Article, Span
from dalil.errors import ArticleNotFound
from dalil.stores.base import PassageStore
from dalil.text.normalisation import NormalisedText, normalise, normalise_with_origins
from dalil.text.sentences import sentence_spans
from dalil.text.soft_line_breaks import soft_line_breaks

MAX_CONTEXT_CHARACTERS = 120
"""The most text on either side of a quote, in code points: about a line of a page."""

_WHITE_SPACE = re.compile(r"\s")


class QuoteVerifier:
    """Checks quotes against the articles as they are stored now; it fetches each article once."""

    def __init__(self, store: PassageStore) -> None:
        self._store = store
        self._articles: dict[str, Article | None] = {}
        self._folded: dict[str, NormalisedText] = {}
        self._sentences: dict[str, list[Span]] = {}

    def verify(self, evidence: Evidence) -> Evidence | None:
        """The evidence if the stored article has it at its place; None if the article has it no more.

        In an article replaced since the search its words are looked for again, spelling folded and on whatever lines.
        They have to be a whole sentence there too, and the evidence comes back with the place and the characters that
        they have there now.
        """
        article = self._article(evidence.article.id)
        if article is None or not evidence.text:
            return None
        if evidence.span.of(article.text) == evidence.text:
            return evidence
        folded, wanted = self._fold(article), _WHITE_SPACE.sub(" ", normalise(evidence.text))
        start = folded.text.find(wanted) if wanted.strip() else -1
        while start >= 0:
            span = folded.original(start, start + len(wanted))
            if _is_sentence(article.text, self._sentence_spans(article), span):
                return replace(evidence, article=article.summary, span=span, text=span.of(article.text))
            start = folded.text.find(wanted, start + 1)
        return None

    def context(self, quote: Evidence) -> tuple[str, str]:
        """The text before and after a verified quote: at most `MAX_CONTEXT_CHARACTERS` of whole words each."""
        article = self._article(quote.article.id)
        return ("", "") if article is None else _context(article.text, quote.span)

    def _fold(self, article: Article) -> NormalisedText:
        if article.id not in self._folded:
            # White space of one character for another: offsets stay.
            self._folded[article.id] = normalise_with_origins(_WHITE_SPACE.sub(" ", article.text))
        return self._folded[article.id]

    def _sentence_spans(self, article: Article) -> list[Span]:
        if article.id not in self._sentences:
            soft_breaks = soft_line_breaks(article.text)
            self._sentences[article.id] = sentence_spans(article.text, soft_breaks=soft_breaks)
        return self._sentences[article.id]

    def _article(self, article_id: str) -> Article | None:
        if article_id not in self._articles:
            try:
                self._articles[article_id] = self._store.article(article_id)
            except ArticleNotFound:
                self._articles[article_id] = None
        return self._articles[article_id]


def _is_sentence(text: str, sentences: Sequence[Span], span: Span) -> bool:
    """Whether the span is a whole sentence, or all of one behind a colon; marks at its end aside."""
    place = bisect_right(sentences, span.start, key=lambda sentence: sentence.start) - 1
    if place < 0:
        return False
    whole = sentences[place]
    # One of the two is empty: what the sentence has behind the span, or the span behind the sentence.
    if normalise(text[span.end : whole.end] + text[whole.end : span.end]).strip():
        return False
    return span.start == whole.start or text[whole.start : span.start].rstrip().endswith(":")


def _context(text: str, span: Span) -> tuple[str, str]:
    """The words on either side of a span; a word that the limit cuts is left out, unless it is all there is."""
    start, end = max(0, span.start - MAX_CONTEXT_CHARACTERS), min(len(text), span.end + MAX_CONTEXT_CHARACTERS)
    if start > 0 and (space := _WHITE_SPACE.search(text, start - 1, span.start - 1)):
        start = space.end()
    if end < len(text):
        end = next((at for at in range(end, span.end, -1) if text[at].isspace()), end)
    return text[start : span.start], text[span.end : end]
