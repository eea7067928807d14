"""Hybrid retrieval over one store and one encoder."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from dalil.chronology import sort_newest_first
from dalil.domain import (
    DEFAULT_TIME,
    NO_FILTERS,
    Candidate,
    CollapsedPassage,
    Facets,
    Filters,
    Hit,
    Mode,
    SignedArticle,
    SortOrder,
    Span,
    TimeEffect,
    TimeExpression,
    TimeOptions,
)
from dalil.embedding.encoder import EncodedQuestion, Encoder
from dalil.embedding.late_interaction import LateInteraction
from dalil.errors import InvalidQuery
from dalil.observer import NO_OBSERVER, Observer, Stage
from dalil.retrieval.facets import days, sources, without_dates, without_sources, years
from dalil.retrieval.highlighting import highlights
from dalil.retrieval.near_duplicates import collapse as collapse_ranking
from dalil.retrieval.near_duplicates import leaders
from dalil.retrieval.query import AnalyzedQuery, analyze_query
from dalil.retrieval.ranking import Ranking, rank
from dalil.retrieval.rescoring import cosines, late_interactions, scored_sentences
from dalil.retrieval.signals import (
    LATE,
    LATEST_WEIGHT,
    LEXICAL,
    PASSAGE,
    PERIOD,
    PERIOD_WEIGHT,
    RECENCY,
    RERANK_DEPTH,
    SENTENCE,
    TOKEN_SIGNALS,
    WEIGHTS,
    Weights,
)
from dalil.retrieval.times import narrow, preferred, recency
from dalil.stores.base import PassageStore
from dalil.text.aliases import Aliases
from dalil.text.language import Language
from dalil.text.time_expressions import find_time_expressions

MAX_HITS = 1_000
"""The most hits of one search."""


@dataclass(frozen=True, slots=True)
class SearchResults:
    """Ranked hits, and the question as it was understood.

    `token_spans` are the positions of its tokens in `question.embedding_text`. `token_cosines` maps the id of each
    hit's passage to one number for each token, its best cosine with a token of the passage; `sentence_token_cosines`
    has the same for each sentence of the passage. `facets` count the articles of the candidates; None unless they were
    requested. `times` are those of the question that had an effect.
    """

    question: AnalyzedQuery
    hits: tuple[Hit, ...]
    token_spans: tuple[Span, ...] = ()
    token_cosines: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    sentence_token_cosines: Mapping[str, tuple[tuple[float, ...], ...]] = field(default_factory=dict)
    facets: Facets | None = None
    times: tuple[TimeExpression, ...] = ()

    def highlights(self, hit: Hit) -> tuple[Span, ...]:
        """The words of the hit that matched the question; offsets into the article."""
        return highlights(hit.passage, self.question.terms)


@dataclass(frozen=True, slots=True)
class _Candidates:
    """The passages of each retriever, best first; empty for one that the mode leaves out."""

    lexical: Sequence[Candidate]
    semantic: Sequence[Candidate]

    @property
    def by_id(self) -> dict[str, Candidate]:
        """Passage id → one candidate of it, from either retriever."""
        return {candidate.passage_id: candidate for candidate in (*self.semantic, *self.lexical)}

    def __add__(self, other: "_Candidates") -> "_Candidates":
        """The candidates of both searches; a passage may be among them twice."""
        return _Candidates((*self.lexical, *other.lexical), (*self.semantic, *other.semantic))


@dataclass(frozen=True, slots=True)
class Retriever:
    """Searches one store.

    The lexical and the semantic search each return at most `candidates` passages, or `limit` if that is more. Every
    candidate of either is compared exactly with the question by its stored vectors, so that a passage that an
    approximate index missed does not lose, and both stores rank alike. The best `rerank_depth`, by the even sum of BM25
    and cosine, are then compared token by token.

    Of a question that names days, half as many passages of these days are compared besides, so that an archive does not
    hide them. `today` is the day from which "last week" counts.
    """

    store: PassageStore
    encoder: Encoder
    aliases: Aliases
    candidates: int = 50
    rerank_depth: Mapping[Language, int] = field(default_factory=lambda: RERANK_DEPTH)
    weights: Weights = field(default_factory=lambda: WEIGHTS)
    analyze_query: Callable[[str, Aliases], AnalyzedQuery] = analyze_query
    today: Callable[[], date] = lambda: datetime.now(UTC).date()
    observer: Observer = NO_OBSERVER

    def search(
        self,
        text: str,
        *,
        limit: int = 10,
        mode: Mode = Mode.HYBRID,
        filters: Filters = NO_FILTERS,
        facets: bool = False,
        collapse: bool = True,
        time: TimeOptions = DEFAULT_TIME,
    ) -> SearchResults:
        """The passages that best answer the question, best first; ties go to the smaller passage id.

        Of near-duplicate articles one is shown, the original if it can be, and each hit names the others. Without
        `collapse` all are shown. A time of the question narrows the search or orders its hits, unless `filters` have a
        date.

        `facets` counts the articles of the candidates too, for about 2 ms; each facet whose own filter is set costs
        both searches once more. Raises `InvalidQuery` for a question or a limit out of bounds, or reversed dates.
        """
        _validate(limit, filters)
        with self.observer.stage(Stage.ANALYZE):
            question = self.analyze_query(text, self.aliases)
            times = self._read_times(question.text, filters, time)
        narrowed = narrow(filters, times)
        depth = max(limit, self.candidates)
        # One after the other: searching while the model reads was no faster on two cores, and a server has other users.
        with self.observer.stage(Stage.ENCODE):
            encoded = self.encoder.question(question.embedding_text, question.language)

        def search(filters: Filters) -> _Candidates:
            if mode is Mode.LEXICAL:
                return _Candidates(self.store.search_text(question.terms, depth, filters), ())
            if mode is Mode.SEMANTIC:
                return _Candidates((), self.store.search_vector(encoded.vector, depth, filters))
            return _Candidates(*self.store.search_both(question.terms, encoded.vector, depth, filters))

        def search_periods() -> _Candidates:
            return sum(map(search, preferred(narrowed, times)), _Candidates((), ()))

        with self.observer.stage(Stage.SEARCH):
            found, of_period = search(narrowed), search_periods()
            if len({candidate.generation for candidate in (found + of_period).by_id.values()}) > 1:
                # The index was swapped between the searches: see `PassageStore.swap`.
                found, of_period = search(narrowed), search_periods()
        with self.observer.stage(Stage.RERANK):
            compared = found + of_period
            near = cosines(list(compared.by_id.values()), encoded, self.encoder)
            ranking = rank(_first_stage_scores(compared, near), self.weights[mode][question.language])
            is_latest = any(one.effect is TimeEffect.NEWEST_FIRST for one in times)
            hits, late = self._rerank(
                encoded,
                compared.by_id,
                near,
                ranking,
                limit=limit,
                signed=self.store.signed_articles(list(compared.by_id.values())) if collapse else {},
                of_period=of_period.by_id.keys(),
                recency_weight=max(time.recency, LATEST_WEIGHT if is_latest else 0.0),
            )
        return SearchResults(
            question,
            _newest_first(hits) if time.sort is SortOrder.DATE else hits,
            encoded.spans,
            {passage_id: compared.tokens for passage_id, compared in late.items()},
            {passage_id: compared.sentence_tokens for passage_id, compared in late.items()},
            self._count_facets(found, narrowed, search) if facets else None,
            times,
        )

    def _read_times(self, text: str, filters: Filters, time: TimeOptions) -> tuple[TimeExpression, ...]:
        """The times that the question names; none if the filters have a date, which is what the user wants."""
        if not time.read or filters.published_from or filters.published_to:
            return ()
        return find_time_expressions(text, time.reference_date or self.today())

    def _rerank(
        self,
        question: EncodedQuestion,
        candidates: Mapping[str, Candidate],
        near: Mapping[str, float],
        ranking: Ranking,
        *,
        limit: int,
        signed: Mapping[str, SignedArticle],
        of_period: AbstractSet[str],
        recency_weight: float,
    ) -> tuple[tuple[Hit, ...], Mapping[str, LateInteraction]]:
        """The hits after late interaction, and its result for each passage that was fetched, by passage id.

        `signed` has the articles of the candidates by passage id, and is empty if they are not to be collapsed.
        `of_period` are the passages of the days that the question names.
        """
        is_reranked = bool(TOKEN_SIGNALS & ranking.weights.keys())
        # The weights are chosen for the sum of all signals. What is worth comparing token by token, both searches say.
        best = (ranking.evenly() if is_reranked else ranking).best_first()
        depth = self.rerank_depth[question.language] if is_reranked else 0
        copies = _copies(best, signed)
        reranked, fetched = (_first(best, count, copies) for count in (depth, max(limit, depth)))
        if of_period:
            own = [passage_id for passage_id in best if passage_id in of_period]
            extra = _first(own, (depth or limit) // 2, _copies(own, signed))
            reranked = list(dict.fromkeys((*reranked, *extra))) if is_reranked else []
            fetched = list(dict.fromkeys((*fetched, *extra)))
        stored = self.store.passages([candidates[passage_id] for passage_id in fetched])
        # A passage that is not reranked is compared too, because its best sentence is shown.
        late = late_interactions(stored, question)
        ranked = [passage_id for passage_id in reranked if passage_id in late]
        ranking = ranking.with_signals(
            {
                LATE: {passage_id: late[passage_id].whole for passage_id in ranked},
                SENTENCE: {passage_id: late[passage_id].best_sentence for passage_id in ranked},
            }
        )
        if of_period:
            ranking = ranking.with_signals({PERIOD: dict.fromkeys(of_period, 1.0)}, {PERIOD: PERIOD_WEIGHT})
        if recency_weight:
            ranking = ranking.with_signals({RECENCY: recency(stored)}, {RECENCY: recency_weight})
        # A passage that was deleted since the search is not stored any more.
        order = [passage_id for passage_id in ranking.best_first() if passage_id in stored]
        kept = collapse_ranking(
            [stored[passage_id] for passage_id in order],
            lambda passage_id: scored_sentences(stored[passage_id], late[passage_id])[0].text,
            signed,
            limit,
        )
        sentences = {passage_id: scored_sentences(stored[passage_id], late[passage_id]) for passage_id in kept.shown}
        contributions = ranking.contributions(kept.shown)
        hits = tuple(
            Hit(
                rank=place,
                score=ranking.fused[passage_id],
                passage=stored[passage_id].passage,
                article=stored[passage_id].article,
                cosine=near[passage_id],
                best_sentence=sentences[passage_id][0],
                sentences=sentences[passage_id][1],
                contributions=contributions[passage_id],
                duplicates=kept.duplicates.get(stored[passage_id].article.id),
                collapsed=tuple(
                    CollapsedPassage(other, stored[other].article.id, ranking.fused[other])
                    for other in kept.collapsed.get(passage_id, ())
                ),
            )
            for place, passage_id in enumerate(kept.shown, start=1)
        )
        return hits, late

    def _count_facets(self, found: _Candidates, filters: Filters, search: Callable[[Filters], _Candidates]) -> Facets:
        """Count the candidates without each facet's own filter; they are searched for again only where it is set."""
        by_source, by_date = (
            (found if others == filters else search(others)).by_id
            for others in (without_sources(filters), without_dates(filters))
        )
        fields = self.store.facet_fields(list((by_source | by_date).values()))
        dated = [fields[passage_id] for passage_id in by_date if passage_id in fields]
        return Facets(
            sources=sources(fields[passage_id] for passage_id in by_source if passage_id in fields),
            years=years(dated),
            days=days(dated),
        )


def _newest_first(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """The same hits by date, the newest first and undated ones last; of one date the better comes first."""
    dated = sort_newest_first(hits, lambda hit: hit.article.published_at)
    return tuple(replace(hit, rank=place) for place, hit in enumerate(dated, start=1))


def _validate(limit: int, filters: Filters) -> None:
    if not 1 <= limit <= MAX_HITS:
        raise InvalidQuery(f"the limit has to be from 1 to {MAX_HITS:,}, not {limit!r}")
    if filters.published_from and filters.published_to and _is_after(filters.published_from, filters.published_to):
        raise InvalidQuery(
            f"published_from ({filters.published_from.isoformat()}) is after"
            f" published_to ({filters.published_to.isoformat()}): exchange them"
        )


def _is_after(first: date, second: date) -> bool:
    """Whether a bound is after another; of a date and a moment, whether its day is."""
    if isinstance(first, datetime) and isinstance(second, datetime):
        return first > second
    return first.toordinal() > second.toordinal()


def _copies(passage_ids: Sequence[str], signed: Mapping[str, SignedArticle]) -> AbstractSet[str]:
    """The passages of articles that are near-duplicates of one that comes before."""
    leader_of = leaders(signed[passage_id] for passage_id in passage_ids if passage_id in signed)
    return {
        passage_id
        for passage_id, own in signed.items()
        if leader_of.get(own.article.id, own.article.id) != own.article.id
    }


def _first(passage_ids: Sequence[str], count: int, copies: AbstractSet[str]) -> list[str]:
    """The first passages, of which `count` are no copies, and the copies among them."""
    places = [place for place, passage_id in enumerate(passage_ids) if passage_id not in copies]
    return list(passage_ids[: places[count] if count < len(places) else len(passage_ids)])


def _first_stage_scores(found: _Candidates, near: Mapping[str, float]) -> dict[str, Mapping[str, float]]:
    """Signal → passage id → raw score, for all that is known before passages are fetched."""
    return {
        LEXICAL: {candidate.passage_id: candidate.score for candidate in found.lexical},
        PASSAGE: near,
    }
