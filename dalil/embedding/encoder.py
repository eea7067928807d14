"""The vectors of passages and of questions, as the index stores and as the search compares them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dalil.domain import Article, Matrix, Passage, QuantizedTokens, Span, Vector
from dalil.embedding import quantization
from dalil.embedding.base import Embedder, TokenEmbeddings
from dalil.embedding.centring import Centres, subtract_mean
from dalil.text.language import Language
from dalil.text.title_prefix import title_prefix

CENTRED_LANGUAGES: frozenset[Language] = frozenset({"en"})
"""The languages of questions whose cosines with passages use centred vectors.

Cosines of tokens use centred vectors in every language.
"""


@dataclass(frozen=True, slots=True, eq=False)
class EncodedQuestion:
    """The vectors of a question.

    `vector`, shape (d,), finds passages. `tokens`, shape (t, d'), are its token vectors, centred and rotated into the
    axes of quantized ones; `spans` are their positions in the embedded text.
    """

    vector: Vector
    language: Language
    tokens: Matrix
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Encoder:
    """Encodes passages and questions with one model and its centres."""

    embedder: Embedder
    centres: Centres

    def passages(self, passages: Sequence[tuple[Article, Passage]]) -> list[tuple[Vector, QuantizedTokens]]:
        """Return the vector and the quantized tokens of each passage.

        The model reads the article's title before the passage; the title's own tokens are left out.
        """
        heads = [title_prefix(article.title, passage.text) for article, passage in passages]
        texts = [head + passage.text for head, (_, passage) in zip(heads, passages, strict=True)]
        read = self.embedder.embed_tokens(texts, "document")
        return [
            (text.vector, self._codes(text, passage, len(head)))
            for text, (_, passage), head in zip(read, passages, heads, strict=True)
        ]

    def question(self, text: str, language: Language) -> EncodedQuestion:
        """Encode a question in one pass of the model."""
        (read,) = self.embedder.embed_tokens([text], "query")
        tokens = subtract_mean(read.tokens, self.centres.question_token[language])
        return EncodedQuestion(read.vector, language, quantization.rotate(tokens), read.spans)

    def cosines(self, question: EncodedQuestion, vectors: Matrix) -> NDArray[np.float32]:
        """Return the question's cosine with each row of stored vectors, shape (n,)."""
        asked = question.vector
        if question.language in CENTRED_LANGUAGES:
            (asked,) = subtract_mean(asked[None], self.centres.question[question.language])
            vectors = subtract_mean(vectors, self.centres.passage)
        cosines: NDArray[np.float32] = vectors @ asked
        return cosines

    def _codes(self, text: TokenEmbeddings, passage: Passage, skipped: int) -> QuantizedTokens:
        starts = np.array([sentence.start - passage.start for sentence in passage.sentences])
        kept = [index for index, span in enumerate(text.spans) if span.end > skipped]
        # A token across the boundary of two sentences belongs to the one that has its last character.
        ends = np.array([text.spans[index].end - skipped - 1 for index in kept], dtype=np.int64)
        places = np.maximum(np.searchsorted(starts, ends, side="right") - 1, 0)
        counts = np.bincount(places, minlength=len(starts)) if kept else np.zeros(len(starts), dtype=np.int64)
        tokens = subtract_mean(text.tokens[kept], self.centres.passage_token)
        return QuantizedTokens(quantization.encode(tokens), tuple(counts.tolist()))
