"""The variants that `ablate` compares with the default engine, as a table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dalil.domain import Article, Mode
from dalil.retrieval.signals import LATE, LEXICAL, PASSAGE, SENTENCE
from dalil.settings import Settings
from evals.ablation.index_parts import ALL_PARTS, TERMS, IndexPart
from evals.ablation.search_factories import (
    SearchFactory,
    all_terms,
    fuse_store_searches,
    min_max_fusion,
    only_mode,
    patch,
    reciprocal_rank_fusion,
    semantic_scores,
    with_query_terms,
    with_rerank_depth,
    without_aliases,
    without_centring,
    without_signals,
    without_terms,
)
from evals.systems.opensearch_index import HybridWeights
from evals.systems.search import engine_search


@dataclass(frozen=True, slots=True)
class IndexVariant:
    """How the index of a variant differs: in the settings, or in the articles.

    `reason_to_skip` takes the runtime of the engine and the articles. It says why the index would not differ, or
    returns None.
    """

    settings: Callable[[Settings], Settings] = lambda settings: settings
    articles: Callable[[Sequence[Article]], Sequence[Article]] = lambda articles: articles
    reason_to_skip: Callable[[str, Sequence[Article]], str | None] = lambda _runtime, _articles: None


@dataclass(frozen=True, slots=True)
class Variant:
    """One row of the table.

    `search_factory` makes its search. `parts` are the parts of an index that it needs, None if they are those of the
    default engine. A variant with an `index_variant` has its own index. One with `hybrid_weights` is OpenSearch's.
    """

    name: str
    changes: str
    search_factory: SearchFactory = engine_search
    parts: frozenset[IndexPart] | None = None
    index_variant: IndexVariant | None = None
    hybrid_weights: HybridWeights | None = None


def _with_passage_tokens(tokens: int) -> IndexVariant:
    def change(settings: Settings) -> Settings:
        indexing = settings.indexing.model_copy(update={"passage_tokens": tokens})
        return settings.model_copy(update={"indexing": indexing})

    return IndexVariant(settings=change)


def _with_torch(settings: Settings) -> Settings:
    return settings.model_copy(update={"embedding": settings.embedding.model_copy(update={"runtime": "torch"})})


def _without_titles(articles: Sequence[Article]) -> Sequence[Article]:
    return [replace(article, title="") for article in articles]


_TORCH = IndexVariant(
    settings=_with_torch,
    reason_to_skip=lambda runtime, _articles: (
        None if "int8" in runtime else f"the default engine computes in {runtime}, not in int8"
    ),
)
_UNTITLED = IndexVariant(
    articles=_without_titles,
    reason_to_skip=lambda _runtime, articles: (
        None if any(article.title for article in articles) else "no article of the set has a title"
    ),
)

DEFAULT_ENGINE = Variant("default engine", "nothing", parts=ALL_PARTS)

OPENSEARCH = (
    Variant(
        "OpenSearch hybrid .5/.5",
        "`arabic` analyzer and k-NN, combined by min_max with equal weights",
        hybrid_weights=HybridWeights(0.5, 0.5),
    ),
    Variant(
        "OpenSearch hybrid .3/.7",
        "the same with a higher weight for the vector",
        hybrid_weights=HybridWeights(0.3, 0.7),
    ),
)

SIMPLE_RETRIEVAL = (
    Variant("lexical alone", "BM25 only", only_mode(Mode.LEXICAL), TERMS),
    Variant("semantic alone", "no keywords", only_mode(Mode.SEMANTIC), ALL_PARTS - TERMS),
    Variant(
        "passage vector alone",
        "the cosine of the passage vector only",
        fuse_store_searches(semantic_scores),
        frozenset({IndexPart.VECTOR}),
    ),
    Variant(
        "RRF",
        "BM25 and the passage vector, fused by rank with k = 60",
        fuse_store_searches(reciprocal_rank_fusion),
        TERMS | {IndexPart.VECTOR},
    ),
    Variant(
        "min-max .3/.7",
        "BM25 and the passage vector, fused by score",
        fuse_store_searches(min_max_fusion),
        TERMS | {IndexPart.VECTOR},
    ),
)

ONE_PART_LESS = (
    Variant(
        "without late interaction",
        "no comparison of tokens",
        without_signals(LATE, SENTENCE),
        ALL_PARTS - {IndexPart.TOKENS},
    ),
    Variant("without whole passage's tokens", "late interaction with the best sentence only", without_signals(LATE)),
    Variant("without best sentence", "late interaction with the whole passage only", without_signals(SENTENCE)),
    Variant(
        "without passage vector",
        "the passage vector finds candidates but has no weight in their scores",
        without_signals(PASSAGE),
    ),
    Variant(
        "without keyword signal",
        "no keywords; the weights of the other signals do not change",
        without_signals(LEXICAL),
        ALL_PARTS - TERMS,
    ),
    Variant("without language gate", "the words of English questions are keywords too", with_query_terms(all_terms)),
    Variant("without aliases", "no alternative names", patch(without_aliases)),
    Variant(
        "without consonant keys",
        "no match of names across scripts",
        without_terms(IndexPart.CONSONANT_KEYS),
        ALL_PARTS - {IndexPart.CONSONANT_KEYS},
    ),
    Variant("without n-grams", "stems only", without_terms(IndexPart.NGRAMS), ALL_PARTS - {IndexPart.NGRAMS}),
    Variant("without stems", "n-grams only", without_terms(IndexPart.STEMS), ALL_PARTS - {IndexPart.STEMS}),
    Variant("without centring", "plain cosines for English questions", patch(without_centring)),
)

RERANK_DEPTHS = tuple(
    Variant(
        f"rerank_depth {passages}", f"late interaction over the best {passages} passages", with_rerank_depth(passages)
    )
    for passages in (10, 20, 50, 100)
)

OTHER_INDEXES = (
    *(
        Variant(
            f"passages of {tokens}",
            f"passages of at most {tokens} tokens",
            parts=ALL_PARTS,
            index_variant=_with_passage_tokens(tokens),
        )
        for tokens in (128, 384)
    ),
    Variant("fp32", "torch in float32, not int8", parts=ALL_PARTS, index_variant=_TORCH),
    Variant(
        "without titles",
        "passages are embedded and searched without the title of their article",
        parts=ALL_PARTS,
        index_variant=_UNTITLED,
    ),
)

VARIANTS = (*OPENSEARCH, *SIMPLE_RETRIEVAL, *ONE_PART_LESS, *RERANK_DEPTHS, *OTHER_INDEXES)
"""In the order of the table, after the default engine."""
