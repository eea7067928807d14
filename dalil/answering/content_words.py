"""How well passages match each content word of a question, by late interaction."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dalil.domain import Span
from dalil.retrieval.query import ENGLISH_STOP_WORDS
from dalil.retrieval.retriever import SearchResults
from dalil.text.analysis import STOP_WORDS, located_words

MIN_TOKEN_COSINE = 0.35
"""A passage does not mention a token whose best cosine with it is below; chosen on XQuAD, docs/decisions/0013."""


@dataclass(frozen=True, slots=True)
class ContentWord:
    """A content word, its place in `AnalyzedQuery.embedding_text`, and its similarity to a passage.

    `word` is folded. `similarity` is the mean, over its tokens, of the best cosine with a token of the passage.
    """

    word: str
    span: Span
    similarity: float


def content_words(results: SearchResults, token_cosines: Sequence[float]) -> list[ContentWord]:
    """The words of the question that are no stop words; `token_cosines` has a value for each token of the question."""
    found = []
    for place, word in located_words(results.question.embedding_text):
        if word not in ENGLISH_STOP_WORDS and word not in STOP_WORDS:
            own = [
                cosine for span, cosine in zip(results.token_spans, token_cosines, strict=False) if span.overlaps(place)
            ]
            if own:
                found.append(ContentWord(word, place, float(np.mean(own))))
    return found
