"""Exact scores of what the legs brought: by the passages' vectors, and for the best by their tokens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dalil.domain import Candidate, ScoredSentence, StoredPassage
from dalil.embedding.encoder import EncodedQuestion, Encoder
from dalil.embedding.late_interaction import LateInteraction, late_interaction


@dataclass(frozen=True, slots=True)
class Cosines:
    """How near the vectors of a passage and of its sentences, in order, are to the question; all in [-1, 1]."""

    whole: float
    sentences: tuple[float, ...]

    @property
    def best_sentence(self) -> float:
        """The highest of the sentences'; the passage's where it has no sentence."""
        return max(self.sentences, default=self.whole)


def cosines(matches: Sequence[Candidate], question: EncodedQuestion, encoder: Encoder) -> dict[str, Cosines]:
    """Passage id → its cosines with the question: one product, no model; ids must be distinct."""
    if not matches:
        return {}
    values = encoder.cosines(question, np.concatenate([match.vectors for match in matches])).tolist()
    found, start = {}, 0
    for match in matches:
        end = start + len(match.vectors)
        found[match.passage_id] = Cosines(values[start], tuple(values[start + 1 : end]))
        start = end
    return found


def late_interactions(passages: Mapping[str, StoredPassage], question: EncodedQuestion) -> dict[str, LateInteraction]:
    """Passage id → what comparing it with the question token by token gives."""
    found = late_interaction(question.tokens, [stored.tokens for stored in passages.values()])
    return dict(zip(passages, found, strict=True))


def scored_sentences(
    stored: StoredPassage, cosine: Cosines, late: LateInteraction | None
) -> tuple[ScoredSentence, tuple[ScoredSentence, ...]]:
    """The sentence nearest to the question by both measures, the first of equals, and all sentences in order.

    The nearest is the whole passage where it has no sentence. A late interaction that was not computed is 0.
    """
    passage = stored.passage
    late = late or LateInteraction(0.0, (0.0,) * len(passage.sentences))
    sentences = tuple(
        ScoredSentence(span, passage.text[span.start - passage.start : span.end - passage.start], *scores)
        for span, *scores in zip(passage.sentences, cosine.sentences, late.sentences, strict=True)
    )
    whole = ScoredSentence(passage.span, passage.text, cosine.whole, late.whole)
    return max(sentences, key=lambda sentence: sentence.cosine + sentence.late_interaction, default=whole), sentences
