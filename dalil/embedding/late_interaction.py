"""Late interaction: two texts compared token by token (Khattab and Zaharia, "ColBERT", 2020)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dalil.domain import Matrix, QuantizedTokens
from dalil.embedding import quantization


@dataclass(frozen=True, slots=True)
class LateInteraction:
    """The mean over a question's tokens of their best cosine with a token of a text, in [-1, 1].

    `whole` is the mean for a passage, `sentences` are the means for its sentences. `tokens` are the best cosines in the
    passage, one for each of the question's tokens, and `sentence_tokens` those in each of its sentences.
    `sentence_precisions` compare the other way round: the mean over a sentence's tokens of their best cosine with a
    token of the question (the precision of BERTScore, Zhang et al., 2020). All are 0 for a text without tokens.
    """

    whole: float
    sentences: tuple[float, ...]
    tokens: tuple[float, ...] = ()
    sentence_tokens: tuple[tuple[float, ...], ...] = ()
    sentence_precisions: tuple[float, ...] = ()

    @property
    def best_sentence(self) -> float:
        """The highest of the sentences; that of the passage if it has none."""
        return max(self.sentences, default=self.whole)


def max_similarity(query: Matrix, document: Matrix) -> NDArray[np.float32]:
    """Return the best cosine of each query token with a token of the document, shape (q,); 0 if it has no token.

    `query`, shape (q, d), and `document`, shape (t, d), are rows of unit length.

    >>> max_similarity(np.eye(2, dtype=np.float32), np.array([[0.6, 0.8]], dtype=np.float32)).tolist()
    [0.6000000238418579, 0.800000011920929]
    """
    best: NDArray[np.float32] = _segment_maxima(query @ document.T, [len(document)])[:, 0]
    return best


def late_interaction(query: Matrix, passages: Sequence[QuantizedTokens]) -> list[LateInteraction]:
    """Compare a question's tokens with the quantized ones of passages; one result for each passage, in order.

    `query` is in the axes of the codes: `quantization.rotate` returned it.
    """
    codes = [passage.codes for passage in passages if len(passage.codes)]
    if not codes or not len(query):
        nothing = (0.0,) * len(query)
        return [
            LateInteraction(0.0, zeros, nothing, (nothing,) * len(zeros), zeros)
            for zeros in ((0.0,) * len(passage.counts) for passage in passages)
        ]
    cosines = quantization.quantized_cosines(query, np.concatenate(codes))
    best = _segment_maxima(cosines, [len(passage.codes) for passage in passages])
    counts = [count for passage in passages for count in passage.counts]
    in_sentences = _segment_maxima(cosines, counts).T
    precisions = _segment_means(cosines.max(axis=0), counts)
    found, start = [], 0
    for passage, tokens in zip(passages, best.T, strict=True):
        end = start + len(passage.counts)
        found.append(
            LateInteraction(
                float(tokens.mean()),
                tuple(in_sentences[start:end].mean(axis=1).tolist()),
                tuple(tokens.tolist()),
                tuple(map(tuple, in_sentences[start:end].tolist())),
                tuple(precisions[start:end].tolist()),
            )
        )
        start = end
    return found


def _segment_maxima(cosines: NDArray[np.float32], counts: Sequence[int]) -> NDArray[np.float32]:
    """Return the maximum of each row in each segment of columns, (q, t) to (q, n) for n counts; 0 in an empty one.

    With counts (2, 0, 1), a row (.1, .3, -.2) gives (.3, 0, -.2).
    """
    lengths = np.array(counts, dtype=np.int64)
    maxima = np.zeros((len(cosines), len(lengths)), dtype=np.float32)
    # `reduceat` takes no empty segment: for one, it would return a column of the next.
    filled = lengths > 0
    if filled.any():
        maxima[:, filled] = np.maximum.reduceat(cosines, (np.cumsum(lengths) - lengths)[filled], axis=1)
    return maxima


def _segment_means(values: NDArray[np.float32], counts: Sequence[int]) -> NDArray[np.float32]:
    """Return the mean of each segment of values, (t,) to (n,) for n counts; 0 in an empty one."""
    lengths = np.array(counts, dtype=np.int64)
    means = np.zeros(len(lengths), dtype=np.float32)
    filled = lengths > 0
    if filled.any():
        means[filled] = np.add.reduceat(values, (np.cumsum(lengths) - lengths)[filled]) / lengths[filled]
    return means
