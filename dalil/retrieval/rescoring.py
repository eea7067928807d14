"""Exact scores of the candidates that the legs brought: the passage's own vector and its sentences'."""

from dataclasses import dataclass

from dalil.domain import ScoredSentence, StoredPassage, Vector


@dataclass(frozen=True, slots=True)
class RescoredPassage:
    """A candidate with the question's cosine to the whole passage and to each of its sentences, all in [-1, 1]."""

    stored: StoredPassage
    cosine: float
    sentences: tuple[ScoredSentence, ...]

    @property
    def best_sentence(self) -> ScoredSentence:
        """The sentence nearest to the question, the first of equals; the whole passage where it has no sentence."""
        passage = self.stored.passage
        whole = ScoredSentence(passage.span, passage.text, self.cosine)
        return max(self.sentences, key=lambda sentence: sentence.score, default=whole)


def rescore(stored: StoredPassage, question: Vector) -> RescoredPassage:
    """Compare a candidate with the question: one product over its stored vectors, no model."""
    cosines = (stored.vectors @ question).tolist()
    passage = stored.passage
    return RescoredPassage(
        stored,
        cosines[0],
        tuple(
            ScoredSentence(span, passage.text[span.start - passage.start : span.end - passage.start], cosine)
            for span, cosine in zip(passage.sentences, cosines[1:], strict=True)
        ),
    )
