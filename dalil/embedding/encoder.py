"""What an index keeps of a passage, and what a question is compared with: where the write and the read side agree."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dalil.domain import Article, Matrix, Passage, QuantizedTokens, Span, Vector
from dalil.embedding import quantization
from dalil.embedding.base import Embedder, TokenEmbeddings
from dalil.embedding.centring import Centres, centred
from dalil.text.language import Language
from dalil.text.title_prefix import title_prefix

CENTRED_LANGUAGES: frozenset[Language] = frozenset({"en"})
"""Questions whose cosines with passages and sentences are taken between centred vectors; token vectors always are."""


@dataclass(frozen=True, slots=True, eq=False)
class EncodedQuestion:
    """A question as it is searched.

    `vector`, shape (d,), finds passages. `tokens`, shape (t, d'), are its tokens, centred, in the axes of the codes,
    and `spans` where they stand in the text that was read.
    """

    vector: Vector
    language: Language
    tokens: Matrix
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Encoder:
    """Reads passages and questions with one model and its centres."""

    embedder: Embedder
    centres: Centres

    def passages(self, passages: Sequence[tuple[Article, Passage]]) -> list[tuple[Vector, QuantizedTokens]]:
        """The vector of each passage, read behind its article's title, and its tokens sentence by sentence.

        The title's own tokens are not kept.
        """
        heads = [title_prefix(article.title, passage.text) for article, passage in passages]
        texts = [head + passage.text for head, (_, passage) in zip(heads, passages, strict=True)]
        read = self.embedder.embed_tokens(texts, "document")
        return [
            (text.vector, self._codes(text, passage, len(head)))
            for text, (_, passage), head in zip(read, passages, heads, strict=True)
        ]

    def question(self, text: str, language: Language) -> EncodedQuestion:
        """One pass of the model."""
        (read,) = self.embedder.embed_tokens([text], "query")
        tokens = centred(read.tokens, self.centres.question_token[language])
        return EncodedQuestion(read.vector, language, quantization.rotate(tokens), read.spans)

    def cosines(self, question: EncodedQuestion, vectors: Matrix) -> NDArray[np.float32]:
        """The question's cosine with each row of stored vectors, shape (n,)."""
        asked = question.vector
        if question.language in CENTRED_LANGUAGES:
            (asked,) = centred(asked[None], self.centres.question[question.language])
            vectors = centred(vectors, self.centres.passage)
        cosines: NDArray[np.float32] = vectors @ asked
        return cosines

    def _codes(self, text: TokenEmbeddings, passage: Passage, skipped: int) -> QuantizedTokens:
        starts = np.array([sentence.start - passage.start for sentence in passage.sentences])
        kept = [index for index, span in enumerate(text.spans) if span.end > skipped]
        # A token that reaches from one sentence into the next belongs to the one that holds its last character.
        ends = np.array([text.spans[index].end - skipped - 1 for index in kept], dtype=np.int64)
        places = np.maximum(np.searchsorted(starts, ends, side="right") - 1, 0)
        counts = np.bincount(places, minlength=len(starts)) if kept else np.zeros(len(starts), dtype=np.int64)
        tokens = centred(text.tokens[kept], self.centres.passage_token)
        return QuantizedTokens(quantization.encode(tokens), tuple(counts.tolist()))


@dataclass(frozen=True, slots=True)
class LateInteraction:
    """The mean over a question's tokens of their best cosine with a token of a text, in [-1, 1].

    `whole` is that of a passage, `sentences` those of its sentences; 0 where question or text has no token. `tokens`
    are the best cosines themselves, of each of the question's tokens with the passage.
    """

    whole: float
    sentences: tuple[float, ...]
    tokens: tuple[float, ...] = ()


def late_interaction(question: EncodedQuestion, passages: Sequence[QuantizedTokens]) -> list[LateInteraction]:
    """Compare a question with passages token by token (Khattab and Zaharia, "ColBERT", 2020), in the order given."""
    if not passages:
        return []
    rows = sum(len(passage.codes) for passage in passages)
    if not len(question.tokens) or not rows:
        return [LateInteraction(0.0, (0.0,) * len(passage.counts)) for passage in passages]
    codes = np.concatenate([passage.codes for passage in passages if len(passage.codes)])
    cosines = quantization.cosines(question.tokens, codes)
    # A sentence without a token gets an empty stretch, which `reduceat` cannot take: they are left out and put back.
    counts = np.array([count for passage in passages for count in passage.counts])
    ends = np.cumsum(counts)
    best = np.zeros((len(question.tokens), len(counts)), dtype=np.float32)
    filled = counts > 0
    best[:, filled] = np.maximum.reduceat(cosines, (ends - counts)[filled], axis=1)
    means = best.mean(axis=0)
    found, start = [], 0
    for passage in passages:
        end = start + len(passage.counts)
        own = best[:, start:end][:, filled[start:end]]
        tokens = own.max(axis=1) if own.shape[1] else np.zeros(len(question.tokens), dtype=np.float32)
        found.append(LateInteraction(float(tokens.mean()), tuple(means[start:end].tolist()), tuple(tokens.tolist())))
        start = end
    return found
