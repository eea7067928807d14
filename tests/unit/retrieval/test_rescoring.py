import numpy as np
import pytest

from dalil.domain import ArticleSummary, Passage, Span, StoredPassage
from dalil.retrieval.rescoring import rescore

TEXT = "أول. ثان."


def stored(*rows: tuple[float, float], sentences: tuple[Span, ...]) -> StoredPassage:
    passage = Passage.of("a", 10, 19, TEXT, sentences)
    return StoredPassage(passage, ArticleSummary("a", "عنوان"), np.array(rows, dtype=np.float32))


def test_the_passage_and_each_sentence_get_their_cosine() -> None:
    passage = stored((1, 0), (0.6, 0.8), (0, 1), sentences=(Span(10, 14), Span(15, 19)))
    scored = rescore(passage, np.array([0.6, 0.8], dtype=np.float32))
    assert scored.cosine == pytest.approx(0.6)
    assert [(s.text, round(s.score, 3)) for s in scored.sentences] == [("أول.", 1.0), ("ثان.", 0.8)]
    assert scored.best_sentence.span == Span(10, 14)


def test_a_passage_without_sentences_is_its_own_best_sentence() -> None:
    scored = rescore(stored((1, 0), sentences=()), np.array([1, 0], dtype=np.float32))
    assert scored.best_sentence.text == TEXT
    assert scored.best_sentence.span == Span(10, 19)
