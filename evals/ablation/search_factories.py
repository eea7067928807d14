"""Searches with one part of retrieval changed."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from dalil.domain import Candidate, Mode, StoredPassage
from dalil.embedding.centring import Centres
from dalil.engine import Engine
from dalil.retrieval.fusion import min_max, weighted_sum
from dalil.retrieval.query import AnalyzedQuery
from dalil.retrieval.retriever import Retriever
from dalil.retrieval.signals import LEXICAL, PASSAGE, Weights
from dalil.text.aliases import Aliases
from dalil.text.analysis import word_terms, words
from dalil.text.language import LANGUAGES
from evals.ablation.index_parts import IndexPart, part_of_term
from evals.systems.search import SEARCH_DEPTH, RankedPassage, Search, engine_search, from_stored

RRF_K = 60
"""The constant of reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): the first rank scores 1/61."""

SearchFactory: TypeAlias = Callable[[Engine], Search]
"""Makes the search of a variant from the default engine."""

RetrieverPatch: TypeAlias = Callable[[Retriever], Retriever]
"""Returns a copy of the retriever with one part changed."""

Fusion: TypeAlias = Callable[[Sequence[Candidate], Sequence[Candidate]], Mapping[str, float]]
"""The keyword candidates and the vector candidates → passage id → score."""


def patch(change: RetrieverPatch, mode: Mode = Mode.HYBRID) -> SearchFactory:
    """The search of the engine with a changed retriever."""
    return lambda engine: engine_search(replace(engine, retriever=change(engine.retriever)), mode)


def only_mode(mode: Mode) -> SearchFactory:
    """The search of the engine in another mode."""
    return lambda engine: engine_search(engine, mode)


def without_signals(*signals: str) -> SearchFactory:
    """Leave signals out; without the lexical signal there are no keyword candidates either."""
    mode = Mode.SEMANTIC if LEXICAL in signals else Mode.HYBRID
    return patch(lambda retriever: replace(retriever, weights=weights_without(retriever.weights, signals, mode)), mode)


def weights_without(weights: Weights, signals: Collection[str], mode: Mode) -> Weights:
    """`weights` with the hybrid weights less some signals as those of `mode`; the other weights do not change."""
    kept = {
        language: {name: weight for name, weight in own.items() if name not in signals}
        for language, own in weights[Mode.HYBRID].items()
    }
    return {**weights, mode: kept}


def with_query_terms(choose: Callable[[AnalyzedQuery], Iterable[str]]) -> SearchFactory:
    """Search for other terms; the index does not change, and so neither do the lengths that BM25 uses."""

    def change(retriever: Retriever) -> Retriever:
        def analyze_query(text: str, aliases: Aliases) -> AnalyzedQuery:
            query = retriever.analyze_query(text, aliases)
            return replace(query, terms=tuple(dict.fromkeys(choose(query))))

        return replace(retriever, analyze_query=analyze_query)

    return patch(change)


def without_terms(part: IndexPart) -> SearchFactory:
    """Leave out the terms of one part."""
    return with_query_terms(lambda query: (term for term in query.terms if part_of_term(term) != part))


def all_terms(query: AnalyzedQuery) -> Iterable[str]:
    """The terms of the query and of every word of its text, whatever its language."""
    return (*query.terms, *(term for word in words(query.text) for term in word_terms(word)))


def without_centring(retriever: Retriever) -> Retriever:
    """Cosines of uncentred passages; token vectors stay centred, because the index stores them so."""
    centres = retriever.encoder.centres
    zero = np.zeros_like(centres.passage)
    changed = Centres(zero, centres.passage_token, dict.fromkeys(centres.question, zero), centres.question_token)
    return replace(retriever, encoder=replace(retriever.encoder, centres=changed))


def without_aliases(retriever: Retriever) -> Retriever:
    """No alternative names."""
    return replace(retriever, aliases=Aliases(()))


def with_rerank_depth(passages: int) -> SearchFactory:
    """Late interaction over this many passages, in every language."""
    return patch(lambda retriever: replace(retriever, rerank_depth=dict.fromkeys(LANGUAGES, passages)))


def fuse_store_searches(fuse: Fusion) -> SearchFactory:
    """The keyword search and the vector search of the store, fused; ties go to the smaller passage id."""

    def factory(engine: Engine) -> Search:
        retriever = engine.retriever

        def rank(text: str) -> Sequence[StoredPassage]:
            query = retriever.analyze_query(text, retriever.aliases)
            vector = retriever.encoder.question(query.embedding_text, query.language).vector
            lexical = retriever.store.search_text(query.terms, SEARCH_DEPTH)
            semantic = retriever.store.search_vector(vector, SEARCH_DEPTH)
            candidates = {candidate.passage_id: candidate for candidate in (*lexical, *semantic)}
            scores = fuse(lexical, semantic)
            best = sorted(scores, key=lambda key: (-scores[key], key))[:SEARCH_DEPTH]
            stored = retriever.store.passages([candidates[key] for key in best])
            return [stored[key] for key in best]

        def search(text: str) -> Sequence[RankedPassage]:
            return tuple(map(from_stored, rank(text)))

        return search

    return factory


def semantic_scores(_lexical: Sequence[Candidate], semantic: Sequence[Candidate]) -> Mapping[str, float]:
    """The cosine of the passage vector alone."""
    return _scores(semantic)


def reciprocal_rank_fusion(lexical: Sequence[Candidate], semantic: Sequence[Candidate]) -> dict[str, float]:
    """Passage id → the sum over both rankings of 1 / (60 + rank); the first rank is 1."""
    scores: dict[str, float] = {}
    for ranking in (lexical, semantic):
        for rank, candidate in enumerate(ranking, start=1):
            scores[candidate.passage_id] = scores.get(candidate.passage_id, 0.0) + 1 / (RRF_K + rank)
    return scores


def min_max_fusion(lexical: Sequence[Candidate], semantic: Sequence[Candidate]) -> dict[str, float]:
    """Passage id → .3 BM25 + .7 cosine after min-max; the minimum of BM25 is 0."""
    signals = {LEXICAL: min_max(_scores(lexical), floor=0.0), PASSAGE: min_max(_scores(semantic))}
    return weighted_sum(signals, {LEXICAL: 0.3, PASSAGE: 0.7})


def _scores(candidates: Sequence[Candidate]) -> dict[str, float]:
    return {candidate.passage_id: candidate.score for candidate in candidates}
