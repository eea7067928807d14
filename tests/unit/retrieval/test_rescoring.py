import numpy as np
import pytest

from dalil.domain import ArticleSummary, Candidate, Matrix, Passage, QuantizedTokens, Span, StoredPassage
from dalil.embedding import quantization
from dalil.embedding.centring import Centres
from dalil.embedding.encoder import EncodedQuestion, Encoder
from dalil.embedding.fake import FakeEmbedder
from dalil.embedding.late_interaction import LateInteraction
from dalil.retrieval.rescoring import Cosines, cosines, late_interactions, scored_sentences

TEXT = "أول. ثان."
SENTENCES = (Span(10, 14), Span(15, 19))
ENCODER = Encoder(FakeEmbedder(2), Centres.none(2))


def question(x: float, y: float) -> EncodedQuestion:
    vector = np.array([x, y], dtype=np.float32)
    return EncodedQuestion(vector, "ar", quantization.rotate(vector[None]), ())


def rows(*vectors: tuple[float, float]) -> Matrix:
    return np.array(vectors, dtype=np.float32).reshape(-1, 2)


def stored(*tokens: tuple[float, float], sentences: tuple[Span, ...] = SENTENCES) -> StoredPassage:
    """A passage whose sentences have one token each."""
    passage = Passage.of("a", 10, 19, TEXT, sentences)
    codes = QuantizedTokens(quantization.encode(rows(*tokens)), (1,) * len(tokens))
    return StoredPassage(passage, ArticleSummary("a", "عنوان"), rows((1, 0)), codes)


def test_the_passage_and_each_sentence_get_their_cosine() -> None:
    found = cosines(
        [Candidate("p", 9.0, rows((1, 0), (0.6, 0.8), (0, 1))), Candidate("bare", 8.0, rows((0, 1)))],
        question(0.6, 0.8),
        ENCODER,
    )
    assert found["p"].whole == pytest.approx(0.6)
    assert found["p"].sentences == pytest.approx((1.0, 0.8))
    assert found["p"].best_sentence == pytest.approx(1.0)
    assert found["bare"].whole == found["bare"].best_sentence == pytest.approx(0.8)


def test_nothing_is_compared_with_nothing() -> None:
    assert cosines([], question(1, 0), ENCODER) == {}
    assert late_interactions({}, question(1, 0)) == {}


def test_tokens_are_compared_sentence_by_sentence() -> None:
    late = late_interactions({"p": stored((0, 1), (1, 0))}, question(1, 0))["p"]
    assert late.whole == late.sentences[1] > late.sentences[0]


def test_a_sentence_near_by_its_tokens_can_be_the_best() -> None:
    passage, near = stored((0, 1), (1, 0)), Cosines(1.0, (0.8, 0.78))
    best, sentences = scored_sentences(passage, near, None)
    assert best == sentences[0]
    assert [(own.text, own.cosine, own.late_interaction) for own in sentences] == [
        ("أول.", 0.8, 0.0),
        ("ثان.", 0.78, 0.0),
    ]
    best, sentences = scored_sentences(passage, near, LateInteraction(0.9, (0.1, 0.9)))
    assert best == sentences[1]
    assert best.late_interaction == 0.9


def test_a_passage_without_sentences_is_its_own_best_sentence() -> None:
    best, sentences = scored_sentences(stored(sentences=()), Cosines(0.7, ()), LateInteraction(0.5, ()))
    assert sentences == ()
    assert (best.text, best.span, best.cosine, best.late_interaction) == (TEXT, Span(10, 19), 0.7, 0.5)
