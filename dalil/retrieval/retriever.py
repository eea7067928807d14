"""Hybrid retrieval over one store and one encoder."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from dalil.domain import Contribution, Facets, Filters, Hit, Match, Span
from dalil.embedding.encoder import EncodedQuestion, Encoder, LateInteraction
from dalil.errors import InvalidQuery
from dalil.retrieval.facets import sources, without_dates, without_sources, years
from dalil.retrieval.fusion import min_max, weighted_sum
from dalil.retrieval.highlighting import highlights
from dalil.retrieval.question import Question, understand
from dalil.retrieval.rescoring import cosines, late_interactions, scored_sentences
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


REREAD: Mapping[Language, int] = {"ar": 20, "en": 50, "und": 20}
"""How many of the best passages are compared token by token."""


@dataclass(frozen=True, slots=True)
class SearchResults:
    """Ranked hits, and the question as it was understood.

    `token_spans` says where its tokens stand in `question.embedded`, and `token_cosines`, passage id → a number for
    each token, how near it comes to any token of the passage: for the passages whose tokens were compared. `facets`
    count the articles of the candidates; None where they were not asked for.
    """

    question: Question
    hits: tuple[Hit, ...]
    token_spans: tuple[Span, ...] = ()
    token_cosines: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    facets: Facets | None = None

    def highlights(self, hit: Hit) -> tuple[Span, ...]:
        """The words of the hit that matched the question; offsets into the article."""
        return highlights(hit.passage, self.question.terms)


@dataclass(frozen=True, slots=True)
class _Legs:
    """What the legs brought, each best first; nothing from one that takes no part."""

    lexical: Sequence[Match]
    semantic: Sequence[Match]

    @property
    def candidates(self) -> dict[str, Match]:
        """Passage id → a match of it, whichever leg brought it."""
        return {match.passage_id: match for match in (*self.semantic, *self.lexical)}


@dataclass(frozen=True, slots=True)
class Retriever:
    """Searches one store.

    Each leg brings `candidates` passages at most (or as many as hits are asked for, if more). Every candidate,
    whichever leg brought it, is then compared exactly with the question by its stored vectors, so that a passage
    does not lose for having been missed by an approximate index, and both stores rank alike; the best `reread` of them
    are compared token by token, and rank before all others.
    """

    store: PassageStore
    encoder: Encoder
    aliases: Aliases
    candidates: int = 50
    reread: Mapping[Language, int] = field(default_factory=lambda: REREAD)
    weights: Weights = field(default_factory=lambda: WEIGHTS)
    understand: Callable[[str, Aliases], Question] = understand

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
        question = self.understand(text, self.aliases)
        depth = max(limit, self.candidates)
        # One after the other: searching while the model reads was no faster on two cores, and a server has other users.
        encoded = self.encoder.question(question.embedded, question.language)

        def search(filters: Filters) -> _Legs:
            return _Legs(
                lexical=self.store.search_text(question.terms, depth, filters) if mode is not Mode.SEMANTIC else (),
                semantic=self.store.search_vector(encoded.vector, depth, filters) if mode is not Mode.LEXICAL else (),
            )

        legs = search(filters)
        hits, late = self._rank(encoded, legs, weight=self.weights[mode][question.language], limit=limit)
        cosines = {passage_id: found.tokens for passage_id, found in late.items()}
        counted = self._facets(legs, filters, search) if facets else None
        return SearchResults(question, hits, encoded.spans, cosines, counted)

    def _facets(self, legs: _Legs, filters: Filters, search: Callable[[Filters], _Legs]) -> Facets:
        """Count what the legs bring without each facet's own filter; they are asked again only where it is set."""
        by_source, by_year = (
            (legs if others == filters else search(others)).candidates
            for others in (without_sources(filters), without_dates(filters))
        )
        origins = self.store.origins(list((by_source | by_year).values()))
        return Facets(
            sources=sources(origins[passage_id] for passage_id in by_source if passage_id in origins),
            years=years(origins[passage_id] for passage_id in by_year if passage_id in origins),
        )

    def _rank(
        self, question: EncodedQuestion, legs: _Legs, *, weight: Mapping[str, float], limit: int
    ) -> tuple[tuple[Hit, ...], Mapping[str, LateInteraction]]:
        """The hits, and what comparing the best passages token by token gave, by passage id."""
        matches = legs.candidates
        near = cosines(list(matches.values()), question, self.encoder)
        raw = {
            LEXICAL: {match.passage_id: match.score for match in legs.lexical},
            PASSAGE: {passage_id: cosine.whole for passage_id, cosine in near.items()},
            SENTENCE: {passage_id: cosine.best_sentence for passage_id, cosine in near.items()},
        }
        searched = {leg: scores for leg, scores in raw.items() if leg in weight}
        normalised = {leg: _normalised(leg, scores) for leg, scores in searched.items()}
        fused = weighted_sum(normalised, weight)
        best = _best_first(fused)
        # What is compared by its tokens can only rise: no passage outside of these comes among the first `limit`.
        reread = best[: self.reread[question.language]] if LATE in weight else []
        stored = self.store.passages([matches[passage_id] for passage_id in best[: max(limit, len(reread))]])
        late: Mapping[str, LateInteraction] = {}
        if LATE in weight:
            late = late_interactions({key: stored[key] for key in reread if key in stored}, question)
            searched[LATE] = {passage_id: found.whole for passage_id, found in late.items()}
            normalised[LATE] = _normalised(LATE, searched[LATE])
            fused = weighted_sum(normalised, weight)
        ranks = {leg: _ranks(scores) for leg, scores in searched.items()}

        def hit(rank: int, passage_id: str) -> Hit:
            found = stored[passage_id]
            best_sentence, sentences = scored_sentences(found, near[passage_id], late.get(passage_id))
            contributions = (
                Contribution(
                    leg=leg,
                    rank=ranks[leg].get(passage_id),
                    raw_score=searched[leg].get(passage_id, 0.0),
                    normalised_score=normalised[leg].get(passage_id, 0.0),
                    weight=weight[leg],
                )
                for leg in searched
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


def _normalised(leg: str, scores: Mapping[str, float]) -> dict[str, float]:
    return min_max(scores, floor=0.0 if leg == LEXICAL else None)


def _best_first(scores: Mapping[str, float]) -> list[str]:
    return sorted(scores, key=lambda passage_id: (-scores[passage_id], passage_id))


def _ranks(scores: Mapping[str, float]) -> dict[str, int]:
    return {passage_id: rank for rank, passage_id in enumerate(_best_first(scores), start=1)}
