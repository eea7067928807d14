"""Hybrid retrieval over one store and one embedder."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from dalil.domain import Contribution, Filters, Hit, Match, Span, Vector
from dalil.embedding.base import Embedder
from dalil.errors import InvalidQuery
from dalil.retrieval.fusion import min_max, weighted_sum
from dalil.retrieval.highlighting import highlights
from dalil.retrieval.question import Question, understand
from dalil.retrieval.rescoring import rescore
from dalil.stores.base import NO_FILTERS, PassageStore
from dalil.text.aliases import Aliases
from dalil.text.language import LANGUAGES, Language

MAX_HITS = 1_000
"""The most hits one search gives."""


class Mode(StrEnum):
    """Which legs search."""

    HYBRID = "hybrid"
    LEXICAL = "lexical"
    SEMANTIC = "semantic"


LEXICAL, PASSAGE, SENTENCE = "lexical", "passage_vector", "sentence_vector"
"""The legs: BM25, the cosine of the whole passage, the cosine of its best sentence."""

WEIGHTS: Mapping[Mode, Mapping[Language, Mapping[str, float]]] = {
    Mode.HYBRID: {
        "ar": {LEXICAL: 0.30, PASSAGE: 0.35, SENTENCE: 0.35},
        "en": {LEXICAL: 0.10, PASSAGE: 0.45, SENTENCE: 0.45},
        "und": {LEXICAL: 0.30, PASSAGE: 0.35, SENTENCE: 0.35},
    },
    Mode.LEXICAL: {language: {LEXICAL: 1.0} for language in LANGUAGES},
    Mode.SEMANTIC: {language: {PASSAGE: 0.5, SENTENCE: 0.5} for language in LANGUAGES},
}
"""What each leg counts, by mode and by the question's language; docs/decisions/0006 has the measurements."""


@dataclass(frozen=True, slots=True)
class SearchResults:
    """Ranked hits, and the question as it was understood."""

    question: Question
    hits: tuple[Hit, ...]

    def highlights(self, hit: Hit) -> tuple[Span, ...]:
        """The words of the hit that matched the question; offsets into the article."""
        return highlights(hit.passage, self.question.terms)


@dataclass(frozen=True, slots=True)
class Retriever:
    """Searches one store.

    Each leg brings `candidates` passages at most (or as many as hits are asked for, if more). Every candidate,
    whichever leg brought it, is then compared exactly with the question by its stored vectors, so that a passage
    does not lose for having been missed by an approximate index, and both stores rank alike.
    """

    store: PassageStore
    embedder: Embedder
    aliases: Aliases
    candidates: int = 100

    def search(
        self, text: str, *, limit: int = 10, mode: Mode = Mode.HYBRID, filters: Filters = NO_FILTERS
    ) -> SearchResults:
        """The passages that best answer the question, best first; ties go to the smaller passage id.

        Raises `InvalidQuery` for a question or a limit out of bounds, or reversed dates.
        """
        if not 1 <= limit <= MAX_HITS:
            raise InvalidQuery(f"the limit has to be from 1 to {MAX_HITS:,}, not {limit!r}")
        if filters.published_from and filters.published_to and filters.published_from > filters.published_to:
            raise InvalidQuery(
                f"published_from ({filters.published_from.isoformat()}) lies after"
                f" published_to ({filters.published_to.isoformat()}): exchange them"
            )
        question = understand(text, self.aliases)
        vector = self.embedder.embed_query(question.embedded)
        depth = max(limit, self.candidates)
        lexical = self.store.search_text(question.terms, depth, filters) if mode is not Mode.SEMANTIC else []
        semantic = self.store.search_vector(vector, depth, filters) if mode is not Mode.LEXICAL else []
        weight = WEIGHTS[mode][question.language]
        return SearchResults(question, self._rank(vector, lexical, semantic, weight=weight, limit=limit))

    def _rank(
        self,
        vector: Vector,
        lexical: list[Match],
        semantic: list[Match],
        *,
        weight: Mapping[str, float],
        limit: int,
    ) -> tuple[Hit, ...]:
        found = dict.fromkeys(match.passage_id for match in (*semantic, *lexical))
        candidates = {stored.passage.id: rescore(stored, vector) for stored in self.store.passages(list(found))}
        bm25 = {match.passage_id: match.score for match in lexical if match.passage_id in candidates}
        raw = {
            LEXICAL: bm25,
            PASSAGE: {passage_id: candidate.cosine for passage_id, candidate in candidates.items()},
            SENTENCE: {passage_id: candidate.best_sentence.score for passage_id, candidate in candidates.items()},
        }
        searched = {leg: scores for leg, scores in raw.items() if leg in weight}
        normalised = {
            leg: dict(zip(scores, min_max(list(scores.values()), floor=0.0 if leg == LEXICAL else None), strict=True))
            for leg, scores in searched.items()
        }
        fused = weighted_sum(normalised, weight)
        ranks = {leg: _ranks(scores) for leg, scores in searched.items()}
        best = sorted(fused, key=lambda passage_id: (-fused[passage_id], passage_id))[:limit]
        return tuple(
            Hit(
                rank=rank,
                score=fused[passage_id],
                passage=candidates[passage_id].stored.passage,
                article=candidates[passage_id].stored.article,
                best_sentence=candidates[passage_id].best_sentence,
                sentences=candidates[passage_id].sentences,
                contributions=tuple(
                    Contribution(
                        leg=leg,
                        rank=ranks[leg].get(passage_id),
                        raw_score=searched[leg].get(passage_id, 0.0),
                        normalised_score=normalised[leg].get(passage_id, 0.0),
                        weight=weight[leg],
                    )
                    for leg in searched
                ),
            )
            for rank, passage_id in enumerate(best, start=1)
        )


def _ranks(scores: Mapping[str, float]) -> dict[str, int]:
    ordered = sorted(scores, key=lambda passage_id: (-scores[passage_id], passage_id))
    return {passage_id: rank for rank, passage_id in enumerate(ordered, start=1)}
