"""Articles, passages and vectors made by hand."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from dalil.domain import (
    Article,
    IndexedArticle,
    IndexedPassage,
    IndexFingerprint,
    Passage,
    QuantizedTokens,
    Signature,
    Span,
    Vector,
)

DIMENSION = 8
NO_SIGNATURE: Signature = np.empty(0, dtype=np.uint16)
FINGERPRINT = IndexFingerprint("test-model@1", DIMENSION, 1, 1)


def unit(*values: float) -> Vector:
    """A vector of unit length, its missing values 0."""
    vector = np.zeros(DIMENSION, dtype=np.float32)
    vector[: len(values)] = values
    length = np.linalg.norm(vector)
    return (vector / length).astype(np.float32)


def random_unit(seed: int) -> Vector:
    """The same vector for the same seed."""
    return unit(*np.random.default_rng(seed).normal(size=DIMENSION).tolist())


def article(
    article_id: str = "a", *, terms: Sequence[str] = ("term",), version: str = "v1", **changes: object
) -> Article:
    """An article of one line, two sentences, for each passage."""
    text = "\n".join(f"{version} {ordinal}. {line}." for ordinal, line in enumerate(terms))
    fields = {
        "title": f"عنوان {article_id}",
        "source": "SPA",
        "published_at": datetime(2024, 5, 1, tzinfo=UTC),
        "url": "https://example.org/1",
        **changes,
    }
    return replace(Article(article_id, "", text), **fields)  # type: ignore[arg-type]


def indexed(
    article_id: str = "a",
    *,
    terms: Sequence[str] = ("term",),
    vectors: Sequence[Vector] | None = None,
    version: str = "v1",
    signature: Signature = NO_SIGNATURE,
    **changes: object,
) -> IndexedArticle:
    """An article of as many passages as there are `terms`; `changes` are to the article alone."""
    passages, start = [], 0
    for ordinal, line in enumerate(article(article_id, terms=terms, version=version).text.split("\n")):
        end, middle = start + len(line), start + line.index(".") + 1
        sentences = (Span(start, middle), Span(middle + 1, end))
        passage = Passage.of(article_id, start, end, line, sentences)
        vector = vectors[ordinal] if vectors else random_unit(ordinal)
        codes = np.array([[ordinal % 256, 7], [0, 255], [128, ordinal % 256]], dtype=np.uint8)
        passages.append(IndexedPassage(passage, terms[ordinal], vector, QuantizedTokens(codes, (2, 1))))
        start = end + 1
    own = article(article_id, terms=terms, version=version, **changes)
    return IndexedArticle(own, version, tuple(passages), signature)


def bm25(query: Sequence[str], documents: Sequence[str]) -> list[float]:
    """Robertson's formula as it is taught, k1 = 1.2, b = 0.75."""
    split = [document.split() for document in documents]
    mean = sum(map(len, split)) / len(split)
    scores = []
    for words in split:
        counts, score = Counter(words), 0.0
        for term in query:
            holding = sum(term in other for other in split)
            idf = math.log(1 + (len(split) - holding + 0.5) / (holding + 0.5))
            frequency = counts[term]
            score += idf * frequency * 2.2 / (frequency + 1.2 * (0.25 + 0.75 * len(words) / mean))
        scores.append(score)
    return scores
