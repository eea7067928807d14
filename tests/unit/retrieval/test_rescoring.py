import numpy as np
import pytest

from dalil.domain import ArticleSummary, Passage, Span, StoredPassage, TokenCodes
from dalil.embedding import token_codes
from dalil.embedding.centring import Centres
from dalil.embedding.encoder import EncodedQuestion, Encoder
from dalil.embedding.fake import FakeEmbedder
from dalil.retrieval.rescoring import read_tokens, rescore

TEXT = "أول. ثان."
ENCODER = Encoder(FakeEmbedder(2), Centres.none(2))


def question(x: float, y: float) -> EncodedQuestion:
    vector = np.array([x, y], dtype=np.float32)
    return EncodedQuestion(vector, "ar", token_codes.rotated(vector[None]))


def stored(*rows: tuple[float, float], sentences: tuple[Span, ...]) -> StoredPassage:
    passage = Passage.of("a", 10, 19, TEXT, sentences)
    return StoredPassage(passage, ArticleSummary("a", "عنوان"), np.array(rows, dtype=np.float32))


def test_the_passage_and_each_sentence_get_their_cosine() -> None:
    passage = stored((1, 0), (0.6, 0.8), (0, 1), sentences=(Span(10, 14), Span(15, 19)))
    bare = stored((0, 1), sentences=())
    scored, alone = rescore([passage, bare], question(0.6, 0.8), ENCODER)
    assert scored.cosine == pytest.approx(0.6)
    assert [(s.text, round(s.cosine, 3)) for s in scored.sentences] == [("أول.", 1.0), ("ثان.", 0.8)]
    assert scored.best_sentence_cosine == pytest.approx(1.0)
    assert scored.best_sentence.span == Span(10, 14)
    assert alone.cosine == pytest.approx(0.8)


def test_a_passage_without_sentences_is_its_own_best_sentence() -> None:
    (scored,) = rescore([stored((1, 0), sentences=())], question(1, 0), ENCODER)
    assert scored.best_sentence.text == TEXT
    assert scored.best_sentence.span == Span(10, 19)
    assert scored.best_sentence_cosine == scored.cosine


def test_no_candidates_are_compared_with_nothing() -> None:
    assert rescore([], question(1, 0), ENCODER) == []
    assert read_tokens([], {}, question(1, 0)) == []


def test_a_sentence_near_by_its_tokens_can_be_the_best_and_a_passage_whose_tokens_are_gone_is_left_out() -> None:
    passage = stored((1, 0), (0.8, 0.6), (0.78, 0.62), sentences=(Span(10, 14), Span(15, 19)))
    (scored,) = rescore([passage], question(1, 0), ENCODER)
    tokens = TokenCodes(token_codes.encode(np.array([[0, 1], [1, 0]], dtype=np.float32)), (1, 1))
    (reread,) = read_tokens([scored], {passage.passage.id: tokens}, question(1, 0))
    assert scored.best_sentence.span == Span(10, 14)
    assert reread.best_sentence.span == Span(15, 19)
    assert reread.late_interaction == reread.sentences[1].late_interaction > reread.sentences[0].late_interaction
    assert read_tokens([scored], {}, question(1, 0)) == []
