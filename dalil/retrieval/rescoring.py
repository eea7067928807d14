"""Exact scores: from passage and sentence vectors for all candidates, and from token vectors for the best ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dalil.domain import Candidate, ScoredSentence, StoredPassage
from dalil.embedding.encoder import EncodedQuestion, Encoder
from dalil.embedding.late_interaction import LateInteraction, late_interaction


@dataclass(frozen=True, slots=True)
class Cosines:
    """The cosines with the question of a passage and of its sentences, in order; all in [-1, 1]."""

    whole: float
    sentences: tuple[float, ...]

    @property
    def best_sentence(self) -> float:
        """The highest cosine of a sentence; the passage's cosine if it has no sentence."""
        return max(self.sentences, default=self.whole)


def cosines(matches: Sequence[Candidate], question: EncodedQuestion, encoder: Encoder) -> dict[str, Cosines]:
    """Passage id → its cosines with the question. One matrix product, no model. Ids must be distinct."""
    if not matches:
        return {}
    values = encoder.cosines(question, np.concatenate([match.vectors for match in matches])).tolist()
    by_passage, start = {}, 0
    for match in matches:
        end = start + len(match.vectors)
        by_passage[match.passage_id] = Cosines(values[start], tuple(values[start + 1 : end]))
        start = end
    return by_passage


def late_interactions(passages: Mapping[str, StoredPassage], question: EncodedQuestion) -> dict[str, LateInteraction]:
    """Passage id → its late interaction with the question."""
    values = late_interaction(question.tokens, [stored.tokens for stored in passages.values()])
    return dict(zip(passages, values, strict=True))


def scored_sentences(
    stored: StoredPassage, cosine: Cosines, late: LateInteraction | None
) -> tuple[ScoredSentence, tuple[ScoredSentence, ...]]:
    """The sentence with the highest sum of cosine and late interaction, and all sentences in order.

    Of equal sentences the first is the best. A passage without sentences is its own best sentence. A late interaction
    of None counts as 0.
    """
    passage = stored.passage
    late = late or LateInteraction(0.0, (0.0,) * len(passage.sentences))
    sentences = tuple(
        ScoredSentence(span, passage.text[span.start - passage.start : span.end - passage.start], *scores)
        for span, *scores in zip(passage.sentences, cosine.sentences, late.sentences, strict=True)
    )
    whole = ScoredSentence(passage.span, passage.text, cosine.whole, late.whole)
    return max(sentences, key=lambda sentence: sentence.cosine + sentence.late_interaction, default=whole), sentences
