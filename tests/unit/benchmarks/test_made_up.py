import numpy as np
import pytest

from benchmarks.corpus import CorpusPassage
from benchmarks.made_up import NOISE_LENGTH, add_noise, combine, made_up_passages
from dalil.domain import Article, Passage, Span

REAL = [
    CorpusPassage(
        Article("a", "أ", "مقدمة. واحد. اثنان. ثلاثة."),
        Passage.of("a", 7, 26, "واحد. اثنان. ثلاثة.", (Span(7, 12), Span(13, 19), Span(20, 26))),
    ),
    CorpusPassage(Article("b", "ب", "أربعة. خمسة."), Passage.of("b", 0, 12, "أربعة. خمسة.", (Span(0, 6), Span(7, 12)))),
]


def test_half_the_sentences_of_one_passage_come_before_half_of_anothers() -> None:
    made_up = combine(REAL, 0, 1, "x")
    passage = made_up.real.passage
    assert passage.text == made_up.real.article.text == "واحد. اثنان. خمسة."
    assert [span.of(passage.text) for span in passage.sentences] == ["واحد.", "اثنان.", "خمسة."]
    assert (made_up.head, made_up.tail) == (2, 1)


def test_the_same_passages_are_made_up_at_each_call_and_each_has_an_id_of_its_own() -> None:
    first, second = list(made_up_passages(REAL, 7)), list(made_up_passages(REAL, 7))
    assert first == second
    assert len({one.real.passage.id for one in first}) == 7


def test_noise_leaves_unit_length_and_the_direction() -> None:
    vectors = list(np.eye(2, 384, dtype=np.float32))
    changed = add_noise(vectors, np.random.default_rng(1))
    for own, other in zip(vectors, changed, strict=True):
        assert np.linalg.norm(other) == pytest.approx(1, abs=1e-5)
        # The noise is nearly orthogonal in 384 dimensions.
        assert own @ other == pytest.approx(1 / np.hypot(1, NOISE_LENGTH), abs=0.05)
