"""Exact scores: from passage vectors for all candidates, and from token vectors for those that are fetched."""

from collections.abc import Mapping, Sequence

import numpy as np

from dalil.domain import Candidate, ScoredSentence, StoredPassage
from dalil.embedding.encoder import EncodedQuestion, Encoder
from dalil.embedding.late_interaction import LateInteraction, late_interaction


def cosines(matches: Sequence[Candidate], question: EncodedQuestion, encoder: Encoder) -> dict[str, float]:
    """Passage id → its cosine with the question. One matrix product, no model. Ids must be distinct."""
    if not matches:
        return {}
    values = encoder.cosines(question, np.stack([match.vector for match in matches])).tolist()
    return dict(zip((match.passage_id for match in matches), values, strict=True))


def late_interactions(passages: Mapping[str, StoredPassage], question: EncodedQuestion) -> dict[str, LateInteraction]:
    """Passage id → its late interaction with the question."""
    values = late_interaction(question.tokens, [stored.tokens for stored in passages.values()])
    return dict(zip(passages, values, strict=True))


def scored_sentences(stored: StoredPassage, late: LateInteraction) -> tuple[ScoredSentence, tuple[ScoredSentence, ...]]:
    """The sentence with the highest late interaction, and all sentences in order.

    Of equal sentences the first is the best. A passage without sentences is its own best sentence.
    """
    passage = stored.passage
    sentences = tuple(
        ScoredSentence(span, passage.text[span.start - passage.start : span.end - passage.start], *scores)
        for span, *scores in zip(passage.sentences, late.sentences, late.sentence_precisions, strict=True)
    )
    whole = ScoredSentence(passage.span, passage.text, late.whole)
    return max(sentences, key=lambda sentence: sentence.late_interaction, default=whole), sentences
