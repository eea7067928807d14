"""A whole engine over a few articles: a real LanceDB, and the fake embedder."""

from collections.abc import Iterable
from dataclasses import replace
from math import inf
from pathlib import Path

from dalil.bootstrap import assemble
from dalil.domain import Article
from dalil.embedding.fake import FakeEmbedder
from dalil.engine import Engine
from dalil.stores.lance import LanceStore

RELATED_THRESHOLD = 0.01
"""The thresholds of the bundled model do not fit the fake one; it gives texts without a common word less than this."""

MAX_RELATED_DROP = inf
"""Nor does the limit of related quotes: the scores of the fake one fall off much faster."""


def small_engine(
    folder: Path, articles: Iterable[Article], *, threshold: float = 0.0, passage_tokens: int = 64
) -> Engine:
    """Index the articles under `folder`; the engine is the caller's to close."""
    engine = assemble(LanceStore(folder), FakeEmbedder(), threshold=threshold, passage_tokens=passage_tokens)
    assert not engine.index(articles).rejected
    answerer = replace(engine.answerer, related_threshold=RELATED_THRESHOLD, max_related_drop=MAX_RELATED_DROP)
    return replace(engine, answerer=answerer)
