"""A search under test, and the passages it ranks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dalil.domain import Hit, Mode, Span, StoredPassage
from dalil.engine import Engine

SEARCH_DEPTH = 100
"""Passages retrieved for each question, as many as recall@100 needs.

With this limit each retriever returns 100 candidates instead of the 50 for ten hits. nDCG@10 on XQuAD is the same.
"""


@dataclass(frozen=True, slots=True)
class RankedPassage:
    """One passage of a ranking by any system. Its position is its rank; it has no score, so that systems compare."""

    article_id: str
    title: str
    span: Span
    text: str


Search: TypeAlias = Callable[[str], Sequence[RankedPassage]]
"""The text of a question → passages, best first. Raises `InvalidQuery` for a text that the system refuses."""


def engine_search(engine: Engine, mode: Mode = Mode.HYBRID) -> Search:
    """The search of the engine, to `SEARCH_DEPTH`."""
    return lambda text: from_hits(engine.retriever.search(text, limit=SEARCH_DEPTH, mode=mode).hits)


def from_hits(hits: Sequence[Hit]) -> tuple[RankedPassage, ...]:
    """Convert the hits of the engine, in their order."""
    return tuple(RankedPassage(hit.article.id, hit.article.title, hit.passage.span, hit.passage.text) for hit in hits)


def from_stored(stored: StoredPassage) -> RankedPassage:
    """Convert a stored passage."""
    return RankedPassage(stored.article.id, stored.article.title, stored.passage.span, stored.passage.text)
