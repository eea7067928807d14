"""Hybrid retrieval over one store and one encoder."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from dalil.domain import Candidate, Contribution, Facets, Filters, Hit, Span
from dalil.embedding.encoder import EncodedQuestion, Encoder, LateInteraction
from dalil.errors import InvalidQuery
from dalil.retrieval.facets import sources, without_dates, without_sources, years
from dalil.retrieval.fusion import min_max, weighted_sum
from dalil.retrieval.highlighting import highlights
from dalil.retrieval.query import AnalyzedQuery, analyze_query
from dalil.retrieval.rescoring import cosines, late_interactions, scored_sentences
from dalil.stores.base import NO_FILTERS, PassageStore
from dalil.text.aliases import Aliases
from dalil.text.language import LANGUAGES, Language

MAX_HITS = 1_000
"""The most hits one search gives."""


class Mode(StrEnum):
    """Which retrievers search."""

    HYBRID = "hybrid"
    LEXICAL = "lexical"
    SEMANTIC = "semantic"


LEXICAL, PASSAGE, SENTENCE, LATE = "lexical", "passage_vector", "sentence_vector", "late_interaction"
"""The legs: BM25, the cosine of the whole passage, that of its best sentence, and of the best passages the tokens."""

Weights = Mapping[Mode, Mapping[Language, Mapping[str, float]]]
"""What each leg counts, by mode and by the question's language; a leg without a weight takes no part."""

WEIGHTS: Weights = {
    Mode.HYBRID: {
        "ar": {LEXICAL: 0.22, PASSAGE: 0.22, SENTENCE: 0.12, LATE: 0.44},
        "en": {LEXICAL: 0.16, PASSAGE: 0.21, SENTENCE: 0.21, LATE: 0.42},
        "und": {LEXICAL: 0.22, PASSAGE: 0.22, SENTENCE: 0.12, LATE: 0.44},
    },
    Mode.LEXICAL: {language: {LEXICAL: 1.0} for language in LANGUAGES},
    Mode.SEMANTIC: {language: {PASSAGE: 0.25, SENTENCE: 0.25, LATE: 0.5} for language in LANGUAGES},
}
"""docs/decisions/0006 has the measurements."""


RERANK_DEPTH: Mapping[Language, int] = {"ar": 20, "en": 50, "und": 20}
"""How many of the best passages are compared token by token."""


@dataclass(frozen=True, slots=True)
class SearchResults:
    """Ranked hits, and the question as it was understood.

    `token_spans` are the positions of its tokens in `question.embedding_text`. `token_cosines` maps a passage id to one
    number for each token, its best cosine with a token of the passage, for the passages that were compared token by
    token. `facets` count the articles of the candidates; None unless they were requested.
    """

    question: AnalyzedQuery
    hits: tuple[Hit, ...]
    token_spans: tuple[Span, ...] = ()
    token_cosines: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    facets: Facets | None = None

    def highlights(self, hit: Hit) -> tuple[Span, ...]:
        """The words of the hit that matched the question; offsets into the article."""
        return highlights(hit.passage, self.question.terms)


@dataclass(frozen=True, slots=True)
class _Found:
    """What the legs brought, each best first; nothing from one that takes no part."""

    lexical: Sequence[Candidate]
    semantic: Sequence[Candidate]

    @property
    def candidates(self) -> dict[str, Candidate]:
        """Passage id → a match of it, whichever leg brought it."""
        return {match.passage_id: match for match in (*self.semantic, *self.lexical)}


@dataclass(frozen=True, slots=True)
class Retriever:
    """Searches one store.

    Each retriever returns at most `candidates` passages, or `limit` if that is more. Every candidate of either
    retriever is compared exactly with the question by its stored vectors, so that a passage that an approximate index
    missed does not lose, and both stores rank alike. The best `rerank_depth` are then compared token by token, and rank
    before all others.
    """

    store: PassageStore
    encoder: Encoder
    aliases: Aliases
    candidates: int = 50
    rerank_depth: Mapping[Language, int] = field(default_factory=lambda: RERANK_DEPTH)
    weights: Weights = field(default_factory=lambda: WEIGHTS)
    analyze_query: Callable[[str, Aliases], AnalyzedQuery] = analyze_query

    def search(
        self,
        text: str,
        *,
        limit: int = 10,
        mode: Mode = Mode.HYBRID,
        filters: Filters = NO_FILTERS,
        facets: bool = False,
    ) -> SearchResults:
        """The passages that best answer the question, best first; ties go to the smaller passage id.

        `facets` counts the candidates' articles too, for about 2 ms; each facet whose own filter is set costs the legs
        once more. Raises `InvalidQuery` for a question or a limit out of bounds, or reversed dates.
        """
        if not 1 <= limit <= MAX_HITS:
            raise InvalidQuery(f"the limit has to be from 1 to {MAX_HITS:,}, not {limit!r}")
        if filters.published_from and filters.published_to and filters.published_from > filters.published_to:
            raise InvalidQuery(
                f"published_from ({filters.published_from.isoformat()}) lies after"
                f" published_to ({filters.published_to.isoformat()}): exchange them"
            )
        question = self.analyze_query(text, self.aliases)
        depth = max(limit, self.candidates)
        # One after the other: searching while the model reads was no faster on two cores, and a server has other users.
        encoded = self.encoder.question(question.embedding_text, question.language)

        def search(filters: Filters) -> _Found:
            return _Found(
                lexical=self.store.search_text(question.terms, depth, filters) if mode is not Mode.SEMANTIC else (),
                semantic=self.store.search_vector(encoded.vector, depth, filters) if mode is not Mode.LEXICAL else (),
            )

        found = search(filters)
        hits, late = self._rank(encoded, found, weight=self.weights[mode][question.language], limit=limit)
        cosines = {passage_id: found.tokens for passage_id, found in late.items()}
        counted = self._facets(found, filters, search) if facets else None
        return SearchResults(question, hits, encoded.spans, cosines, counted)

    def _facets(self, found: _Found, filters: Filters, search: Callable[[Filters], _Found]) -> Facets:
        """Count what the legs bring without each facet's own filter; they are asked again only where it is set."""
        by_source, by_year = (
            (found if others == filters else search(others)).candidates
            for others in (without_sources(filters), without_dates(filters))
        )
        fields = self.store.facet_fields(list((by_source | by_year).values()))
        return Facets(
            sources=sources(fields[passage_id] for passage_id in by_source if passage_id in fields),
            years=years(fields[passage_id] for passage_id in by_year if passage_id in fields),
        )

    def _rank(
        self, question: EncodedQuestion, found: _Found, *, weight: Mapping[str, float], limit: int
    ) -> tuple[tuple[Hit, ...], Mapping[str, LateInteraction]]:
        """The hits, and what comparing the best passages token by token gave, by passage id."""
        matches = found.candidates
        near = cosines(list(matches.values()), question, self.encoder)
        raw = {
            LEXICAL: {match.passage_id: match.score for match in found.lexical},
            PASSAGE: {passage_id: cosine.whole for passage_id, cosine in near.items()},
            SENTENCE: {passage_id: cosine.best_sentence for passage_id, cosine in near.items()},
        }
        searched = {signal: scores for signal, scores in raw.items() if signal in weight}
        normalised = {signal: _normalised(signal, scores) for signal, scores in searched.items()}
        fused = weighted_sum(normalised, weight)
        best = _best_first(fused)
        # What is compared by its tokens can only rise: no passage outside of these comes among the first `limit`.
        rerank_depth = best[: self.rerank_depth[question.language]] if LATE in weight else []
        stored = self.store.passages([matches[passage_id] for passage_id in best[: max(limit, len(rerank_depth))]])
        late: Mapping[str, LateInteraction] = {}
        if LATE in weight:
            late = late_interactions({key: stored[key] for key in rerank_depth if key in stored}, question)
            searched[LATE] = {passage_id: found.whole for passage_id, found in late.items()}
            normalised[LATE] = _normalised(LATE, searched[LATE])
            fused = weighted_sum(normalised, weight)
        ranks = {signal: _ranks(scores) for signal, scores in searched.items()}

        def hit(rank: int, passage_id: str) -> Hit:
            found = stored[passage_id]
            best_sentence, sentences = scored_sentences(found, near[passage_id], late.get(passage_id))
            contributions = (
                Contribution(
                    signal=signal,
                    rank=ranks[signal].get(passage_id),
                    raw_score=searched[signal].get(passage_id, 0.0),
                    normalised_score=normalised[signal].get(passage_id, 0.0),
                    weight=weight[signal],
                )
                for signal in searched
            )
            return Hit(
                rank=rank,
                score=fused[passage_id],
                passage=found.passage,
                article=found.article,
                cosine=near[passage_id].whole,
                best_sentence=best_sentence,
                sentences=sentences,
                contributions=tuple(contributions),
            )

        shown = [passage_id for passage_id in _best_first(fused) if passage_id in stored][:limit]
        return tuple(hit(rank, passage_id) for rank, passage_id in enumerate(shown, start=1)), late


def _normalised(signal: str, scores: Mapping[str, float]) -> dict[str, float]:
    return min_max(scores, floor=0.0 if signal == LEXICAL else None)


def _best_first(scores: Mapping[str, float]) -> list[str]:
    return sorted(scores, key=lambda passage_id: (-scores[passage_id], passage_id))


def _ranks(scores: Mapping[str, float]) -> dict[str, int]:
    return {passage_id: rank for rank, passage_id in enumerate(_best_first(scores), start=1)}
