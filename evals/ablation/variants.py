"""The variants of the engine that `ablate` sets beside it, as data: what each changes, and how it is made."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

import numpy as np

from dalil.domain import Article, Candidate, Mode, StoredPassage
from dalil.embedding.centring import Centres
from dalil.engine import Engine
from dalil.retrieval.fusion import min_max, weighted_sum
from dalil.retrieval.query import AnalyzedQuery
from dalil.retrieval.retriever import Retriever
from dalil.retrieval.signals import LATE, LEXICAL, PASSAGE, SENTENCE, Weights
from dalil.settings import Settings
from dalil.stores.base import PassageStore
from dalil.stores.rows import tokens_to_bytes
from dalil.text.aliases import Aliases
from dalil.text.analysis import CONSONANT_KEY_PREFIX, STEM_PREFIX, terms, word_terms, words
from dalil.text.language import LANGUAGES
from evals.ablation.opensearch_baseline import Blend, found_passage, titled_text
from evals.runs.runner import DEPTH, Search, searching

RRF_K = 60
"""The constant of reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): the first place gives 1/61."""

Way: TypeAlias = Callable[[Engine], Search]
Change: TypeAlias = Callable[[Retriever], Retriever]

_GRAM = re.compile(r"[ء-ي]+")


class Part(StrEnum):
    """What an index keeps of a passage so that it is found, its own text aside."""

    STEMS = "stems"
    NGRAMS = "character n-grams"
    WORDS = "words of other scripts, numbers"
    CONSONANT_KEYS = "consonant keys"
    VECTOR = "the passage's vector, float32"
    SENTENCES = "the vectors of the passage and its sentences, float16"
    TOKENS = "the codes of its tokens"


TERMS = frozenset({Part.STEMS, Part.NGRAMS, Part.WORDS, Part.CONSONANT_KEYS})
EVERYTHING = frozenset(Part)


@dataclass(frozen=True, slots=True)
class Making:
    """How an index is made otherwise.

    `pointless` says why it would be the index as it is, given the runtime and the articles as they are, else None.
    """

    settings: Callable[[Settings], Settings] = lambda settings: settings
    articles: Callable[[Sequence[Article]], Sequence[Article]] = lambda articles: articles
    pointless: Callable[[str, Sequence[Article]], str | None] = lambda _runtime, _articles: None


@dataclass(frozen=True, slots=True)
class Variant:
    """One row of the table.

    `way` makes it of an engine as it is. `keeps` is what it needs of a passage, None where that is what is stored
    anyway. A variant with a `making` is searched in an index of its own; one with a `blend` is the peer's.
    """

    name: str
    changes: str
    way: Way = searching
    keeps: frozenset[Part] | None = None
    making: Making | None = None
    blend: Blend | None = None


def bytes_by_part(store: PassageStore, articles: Iterable[Article]) -> Mapping[Part, float]:
    """What each part takes of an average passage, before any store's own compression; 0 without passages."""
    totals, passages = dict.fromkeys(Part, 0), 0
    for article in articles:
        stored = store.article_passages(article.id)
        passages += len(stored)
        for own in stored:
            for term in terms(titled_text(own)):
                totals[_part_of(term)] += len(term.encode()) + 1
            totals[Part.VECTOR] += 4 * own.vectors.shape[1]
            totals[Part.SENTENCES] += 2 * own.vectors.size
            totals[Part.TOKENS] += len(tokens_to_bytes(own.tokens))
    return {part: total / max(1, passages) for part, total in totals.items()}


def _part_of(term: str) -> Part:
    beginnings = {STEM_PREFIX: Part.STEMS, CONSONANT_KEY_PREFIX: Part.CONSONANT_KEYS}
    return beginnings.get(term[0], Part.NGRAMS if _GRAM.fullmatch(term) else Part.WORDS)


def _changed(change: Change, mode: Mode = Mode.HYBRID) -> Way:
    return lambda engine: searching(replace(engine, retriever=change(engine.retriever)), mode)


def weights_without(weights: Weights, signal: str, mode: Mode) -> Weights:
    """`weights` with those of the hybrid mode under `mode`, less the signal's own; the others stay as they are."""
    left = {
        language: {name: weight for name, weight in signals.items() if name != signal}
        for language, signals in weights[Mode.HYBRID].items()
    }
    return {**weights, mode: left}


def _without_signal(signal: str) -> Way:
    """What keywords alone would find stays away without their signal."""
    mode = Mode.SEMANTIC if signal == LEXICAL else Mode.HYBRID
    return _changed(lambda own: replace(own, weights=weights_without(own.weights, signal, mode)), mode)


def _searching_for(choose: Callable[[AnalyzedQuery], Iterable[str]]) -> Way:
    """Other terms for the keyword signal; passages are as long to BM25 as they were."""

    def change(retriever: Retriever) -> Retriever:
        def analyze_query(text: str, aliases: Aliases) -> AnalyzedQuery:
            question = retriever.analyze_query(text, aliases)
            return replace(question, terms=tuple(dict.fromkeys(choose(question))))

        return replace(retriever, analyze_query=analyze_query)

    return _changed(change)


def _without_terms(part: Part) -> Way:
    return _searching_for(lambda question: (term for term in question.terms if _part_of(term) != part))


def _every_word(question: AnalyzedQuery) -> Iterable[str]:
    return (*question.terms, *(term for word in words(question.text) for term in word_terms(word)))


def uncentred(retriever: Retriever) -> Retriever:
    """The cosines of passages and sentences as they are; token vectors stay centred, as they were when stored."""
    centres = retriever.encoder.centres
    zero = np.zeros_like(centres.passage)
    left = Centres(zero, centres.passage_token, dict.fromkeys(centres.question, zero), centres.question_token)
    return replace(retriever, encoder=replace(retriever.encoder, centres=left))


def _rereading(passages: int) -> Way:
    return _changed(lambda retriever: replace(retriever, rerank_depth=dict.fromkeys(LANGUAGES, passages)))


def _two_searches(fuse: Callable[[Sequence[Candidate], Sequence[Candidate]], Mapping[str, float]]) -> Way:
    """The store's own two searches, and how their matches become scores; ties go to the smaller passage id."""

    def way(engine: Engine) -> Search:
        retriever = engine.retriever

        def search(text: str) -> Sequence[StoredPassage]:
            question = retriever.analyze_query(text, retriever.aliases)
            vector = retriever.encoder.question(question.embedding_text, question.language).vector
            lexical = retriever.store.search_text(question.terms, DEPTH)
            semantic = retriever.store.search_vector(vector, DEPTH)
            known = {match.passage_id: match for match in (*lexical, *semantic)}
            scores = fuse(lexical, semantic)
            best = sorted(scores, key=lambda key: (-scores[key], key))[:DEPTH]
            stored = retriever.store.passages([known[key] for key in best])
            return [stored[key] for key in best]

        return lambda text: tuple(map(found_passage, search(text)))

    return way


def _vector_only(_lexical: Sequence[Candidate], semantic: Sequence[Candidate]) -> Mapping[str, float]:
    return _scores(semantic)


def reciprocal_ranks(lexical: Sequence[Candidate], semantic: Sequence[Candidate]) -> dict[str, float]:
    """Passage id → the sum over the signals of 1 / (60 + its rank there), ranks counting from 1."""
    scores: dict[str, float] = {}
    for signal in (lexical, semantic):
        for rank, match in enumerate(signal, start=1):
            scores[match.passage_id] = scores.get(match.passage_id, 0.0) + 1 / (RRF_K + rank)
    return scores


def min_max_blend(lexical: Sequence[Candidate], semantic: Sequence[Candidate]) -> dict[str, float]:
    """Passage id → .3 BM25 + .7 cosine after min-max, the floor of BM25 being 0."""
    signals = {LEXICAL: min_max(_scores(lexical), floor=0.0), PASSAGE: min_max(_scores(semantic))}
    return weighted_sum(signals, {LEXICAL: 0.3, PASSAGE: 0.7})


def _scores(matches: Sequence[Candidate]) -> dict[str, float]:
    return {match.passage_id: match.score for match in matches}


def _cut_at(passage_tokens: int) -> Making:
    def settings(own: Settings) -> Settings:
        indexing = own.indexing.model_copy(update={"passage_tokens": passage_tokens})
        return own.model_copy(update={"indexing": indexing})

    return Making(settings=settings)


_IN_TORCH = Making(
    settings=lambda own: own.model_copy(update={"embedding": own.embedding.model_copy(update={"runtime": "torch"})}),
    pointless=lambda runtime, _articles: (
        None if "int8" in runtime else f"the engine as it is computes in {runtime}, not in int8"
    ),
)
_UNTITLED = Making(
    articles=lambda articles: [replace(article, title="") for article in articles],
    pointless=lambda _runtime, articles: (
        None if any(article.title for article in articles) else "no article of the set has a title"
    ),
)

AS_IT_IS = Variant("as it is", "nothing: the default engine", keeps=EVERYTHING)

PEERS = (
    Variant("OpenSearch hybrid .5/.5", "the peer: `arabic` analyzer and k-NN, min_max", blend=Blend(0.5, 0.5)),
    Variant("OpenSearch hybrid .3/.7", "the same, the vector counting more", blend=Blend(0.3, 0.7)),
)

ALONE = (
    Variant("lexical alone", "BM25 only", _changed(lambda own: own, Mode.LEXICAL), TERMS),
    Variant("semantic alone", "no keywords", _changed(lambda own: own, Mode.SEMANTIC), EVERYTHING - TERMS),
    Variant("passage vector alone", "its plain cosine", _two_searches(_vector_only), frozenset({Part.VECTOR})),
    Variant(
        "RRF", "BM25 and the passage vector by rank, k = 60", _two_searches(reciprocal_ranks), TERMS | {Part.VECTOR}
    ),
    Variant(
        "min-max .3/.7", "BM25 and the passage vector by score", _two_searches(min_max_blend), TERMS | {Part.VECTOR}
    ),
)

WITHOUT = (
    Variant("without late interaction", "no token is compared", _without_signal(LATE), EVERYTHING - {Part.TOKENS}),
    Variant(
        "without sentence vectors",
        "the best sentence counts nothing",
        _without_signal(SENTENCE),
        EVERYTHING - {Part.SENTENCES},
    ),
    Variant("without passage vector", "it finds passages, and counts nothing", _without_signal(PASSAGE)),
    Variant(
        "without keyword signal", "the other signals' weights as they are", _without_signal(LEXICAL), EVERYTHING - TERMS
    ),
    Variant("without language gate", "English words are searched for too", _searching_for(_every_word)),
    Variant("without aliases", "no other names", _changed(lambda own: replace(own, aliases=Aliases(())))),
    Variant(
        "without consonant keys",
        "no names across scripts",
        _without_terms(Part.CONSONANT_KEYS),
        EVERYTHING - {Part.CONSONANT_KEYS},
    ),
    Variant("without n-grams", "stems only", _without_terms(Part.NGRAMS), EVERYTHING - {Part.NGRAMS}),
    Variant("without stems", "n-grams only", _without_terms(Part.STEMS), EVERYTHING - {Part.STEMS}),
    Variant("without centring", "plain cosines for English questions", _changed(uncentred)),
)

RERANK_DEPTH = tuple(
    Variant(f"rerank_depth {passages}", f"tokens of the best {passages} are compared", _rereading(passages))
    for passages in (10, 20, 50, 100)
)

OTHER_INDEXES = (
    *(
        Variant(f"passages of {tokens}", f"at most {tokens} tokens", keeps=EVERYTHING, making=_cut_at(tokens))
        for tokens in (128, 384)
    ),
    Variant("fp32", "torch in float32, not int8", keeps=EVERYTHING, making=_IN_TORCH),
    Variant(
        "without titles",
        "passages are read, and searched, without their article's title",
        keeps=EVERYTHING,
        making=_UNTITLED,
    ),
)

VARIANTS = (*PEERS, *ALONE, *WITHOUT, *RERANK_DEPTH, *OTHER_INDEXES)
"""In the order of the table, below the engine as it is."""
