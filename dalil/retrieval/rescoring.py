"""Exact scores of the candidates that the legs brought: by their vectors, and for the best by their tokens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dalil.domain import ScoredSentence, StoredPassage, TokenCodes
from dalil.embedding.encoder import EncodedQuestion, Encoder, late_interaction


@dataclass(frozen=True, slots=True)
class RescoredPassage:
    """A candidate and how near it is to the question.

    `cosine` is that of the whole passage's vector, `sentence_cosines` those of its sentences. `late_interaction` and
    `sentence_late_interactions` are None and empty as long as its tokens have not been read. All lie in [-1, 1].
    """

    stored: StoredPassage
    cosine: float
    sentence_cosines: tuple[float, ...]
    late_interaction: float | None = None
    sentence_late_interactions: tuple[float, ...] = ()

    @property
    def best_sentence_cosine(self) -> float:
        """The highest of the sentences' cosines; the passage's where it has no sentence."""
        return max(self.sentence_cosines, default=self.cosine)

    @property
    def sentences(self) -> tuple[ScoredSentence, ...]:
        """The passage's sentences in order; a late interaction that was not computed is 0."""
        passage = self.stored.passage
        late = self.sentence_late_interactions or (0.0,) * len(passage.sentences)
        return tuple(
            ScoredSentence(
                span, passage.text[span.start - passage.start : span.end - passage.start], cosine, interaction
            )
            for span, cosine, interaction in zip(passage.sentences, self.sentence_cosines, late, strict=True)
        )

    @property
    def best_sentence(self) -> ScoredSentence:
        """The sentence nearest to the question by both measures, the first of equals; else the whole passage."""
        passage = self.stored.passage
        whole = ScoredSentence(passage.span, passage.text, self.cosine, self.late_interaction or 0.0)
        return max(self.sentences, key=lambda sentence: sentence.cosine + sentence.late_interaction, default=whole)


def rescore(candidates: Sequence[StoredPassage], question: EncodedQuestion, encoder: Encoder) -> list[RescoredPassage]:
    """Compare candidates with the question by their stored vectors: one product, no model; in the order given."""
    if not candidates:
        return []
    cosines = encoder.cosines(question, np.concatenate([stored.vectors for stored in candidates])).tolist()
    rescored, start = [], 0
    for stored in candidates:
        end = start + len(stored.vectors)
        rescored.append(RescoredPassage(stored, cosines[start], tuple(cosines[start + 1 : end])))
        start = end
    return rescored


def read_tokens(
    candidates: Sequence[RescoredPassage], tokens: Mapping[str, TokenCodes], question: EncodedQuestion
) -> list[RescoredPassage]:
    """The candidates whose tokens are there, compared with the question token by token."""
    known = [candidate for candidate in candidates if candidate.stored.passage.id in tokens]
    found = late_interaction(question, [tokens[candidate.stored.passage.id] for candidate in known])
    return [
        replace(candidate, late_interaction=late.whole, sentence_late_interactions=late.sentences)
        for candidate, late in zip(known, found, strict=True)
    ]
