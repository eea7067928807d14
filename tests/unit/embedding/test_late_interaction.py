import numpy as np
import pytest

from dalil.domain import QuantizedTokens
from dalil.embedding import quantization
from dalil.embedding.late_interaction import LateInteraction, late_interaction, max_similarity

UNIT_ROWS = np.eye(8, dtype=np.float32)


def test_the_similarity_of_a_token_is_its_best_cosine() -> None:
    query = np.array([[1, 0], [0, -1]], dtype=np.float32)
    document = np.array([[0.6, 0.8], [0.8, 0.6], [-1, 0]], dtype=np.float32)
    # The cosines are (.6, .8, -1) for the first token and (-.8, -.6, 0) for the second.
    np.testing.assert_allclose(max_similarity(query, document), [0.8, 0.0], atol=1e-7)
    np.testing.assert_allclose(max_similarity(query, document[:2]), [0.8, -0.6], atol=1e-7)


def test_nothing_is_similar_to_a_document_without_tokens() -> None:
    np.testing.assert_array_equal(max_similarity(UNIT_ROWS[:3], UNIT_ROWS[:0]), [0, 0, 0])
    assert max_similarity(UNIT_ROWS[:0], UNIT_ROWS).shape == (0,)


def test_passages_are_compared_as_wholes_and_by_sentence() -> None:
    query = quantization.rotate(UNIT_ROWS[:2])
    codes = quantization.encode(UNIT_ROWS[:4])
    cosines = quantization.quantized_cosines(query, codes)
    split, empty, bare, opposite = late_interaction(
        query,
        [
            QuantizedTokens(codes, (1, 0, 3)),
            QuantizedTokens(codes[:0], (0,)),
            QuantizedTokens(codes[:0], ()),
            QuantizedTokens(quantization.encode(-UNIT_ROWS[:1]), (1, 0)),
        ],
    )
    assert split.sentences == pytest.approx((cosines[:, 0].mean(), 0.0, cosines[:, 1:].max(axis=1).mean()))
    assert split.whole == pytest.approx(cosines.max(axis=1).mean())
    assert split.tokens == pytest.approx(cosines.max(axis=1))
    best = cosines.max(axis=0)
    assert split.sentence_precisions == pytest.approx((best[0], 0.0, best[1:].mean()))
    assert empty == LateInteraction(0.0, (0.0,), (0.0, 0.0), ((0.0, 0.0),), (0.0,))
    assert bare == LateInteraction(0.0, (), (0.0, 0.0))
    # An empty sentence's 0 is not taken for a token that is nearer.
    assert opposite.tokens[0] < -0.8
    assert opposite.whole == opposite.sentences[0]


def test_passages_of_which_none_has_a_token_are_as_far_as_any_without() -> None:
    empty = QuantizedTokens(quantization.encode(UNIT_ROWS[:0]), (0,))
    query = quantization.rotate(UNIT_ROWS[:2])
    assert late_interaction(query, [empty]) == [LateInteraction(0.0, (0.0,), (0.0, 0.0), ((0.0, 0.0),), (0.0,))]
