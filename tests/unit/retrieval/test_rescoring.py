import numpy as np
import pytest

from dalil.domain import ArticleSummary, Candidate, Matrix, Passage, QuantizedTokens, Span, StoredPassage
from dalil.embedding import quantization
from dalil.embedding.centring import Centres
from dalil.embedding.encoder import EncodedQuestion, Encoder
from dalil.embedding.fake import FakeEmbedder
from dalil.embedding.late_interaction import LateInteraction
from dalil.retrieval.rescoring import cosines, late_interactions, scored_sentences

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
    return StoredPassage(passage, ArticleSummary("a", "عنوان"), rows((1, 0))[0], codes)


def test_each_passage_gets_its_cosine() -> None:
    candidates = [Candidate(name, 9.0, own) for name, own in zip("ab", rows((1, 0), (0, 1)), strict=True)]
    assert cosines(candidates, question(0.6, 0.8), ENCODER) == pytest.approx({"a": 0.6, "b": 0.8})


def test_nothing_is_compared_with_nothing() -> None:
    assert cosines([], question(1, 0), ENCODER) == {}
    assert late_interactions({}, question(1, 0)) == {}


def test_tokens_are_compared_sentence_by_sentence() -> None:
    late = late_interactions({"p": stored((0, 1), (1, 0))}, question(1, 0))["p"]
    assert late.whole == late.best_sentence == late.sentences[1] > late.sentences[0]


@pytest.mark.parametrize(("scores", "best"), [((0.1, 0.9), 1), ((0.5, 0.5), 0)], ids=["the nearest", "the first"])
def test_the_best_sentence_is_the_nearest_and_the_first_of_equals(scores: tuple[float, float], best: int) -> None:
    found, sentences = scored_sentences(
        stored((0, 1), (1, 0)), LateInteraction(0.9, scores, sentence_precisions=(0.2, 0.3))
    )
    assert [(own.text, own.late_interaction, own.token_precision) for own in sentences] == [
        ("أول.", scores[0], 0.2),
        ("ثان.", scores[1], 0.3),
    ]
    assert found == sentences[best]


def test_a_passage_without_sentences_is_its_own_best_sentence() -> None:
    best, sentences = scored_sentences(stored(sentences=()), LateInteraction(0.5, ()))
    assert sentences == ()
    assert (best.text, best.span, best.late_interaction) == (TEXT, Span(10, 19), 0.5)
    assert LateInteraction(0.5, ()).best_sentence == 0.5
