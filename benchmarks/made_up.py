"""Made-up passages for large indexes: half the sentences of one real passage, then half of another's.

A real passage that is repeated as it is ties with its copies in every search, which no archive does. Vectors are those
of the first passage with noise, so that nobody waits for a million passages to be embedded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.corpus import CorpusPassage
from dalil.domain import Article, Passage, Span, Vector

NOISE_LENGTH = 0.3
"""The length of the noise that is added to a unit vector: a cosine of some .96 with the real passage."""

SEED = 13


@dataclass(frozen=True, slots=True)
class MadeUp:
    """The `head` first sentences of passage `first`, and the `tail` last ones of passage `second`; tail may be 0.

    `first` and `second` are positions among the real passages. The article has one passage, its whole text.
    """

    real: CorpusPassage
    first: int
    second: int
    head: int
    tail: int


def made_up_passages(real: Sequence[CorpusPassage], count: int) -> Iterator[MadeUp]:
    """Yield `count` passages, the same ones at each call; every real passage is first equally often."""
    random = np.random.default_rng(SEED)
    for number in range(count):
        first, second = number % len(real), int(random.integers(len(real)))
        yield combine(real, first, second, f"made-up-{number:07}")


def combine(real: Sequence[CorpusPassage], first: int, second: int, article_id: str) -> MadeUp:
    """The first half of the sentences of one passage, then the second half of another's; a middle one is first."""
    one, two = real[first].passage, real[second].passage
    head, tail = -(-len(one.sentences) // 2), len(two.sentences) // 2
    text = one.text[: one.sentences[head - 1].end - one.start]
    spans = [Span(span.start - one.start, span.end - one.start) for span in one.sentences[:head]]
    if tail:
        start = two.sentences[-tail].start
        shift = len(text) + 1 - start
        text += " " + two.text[start - two.start :]
        spans += (Span(span.start + shift, span.end + shift) for span in two.sentences[-tail:])
    source = real[first].article
    article = Article(article_id, source.title, text, source.source, source.published_at)
    passage = Passage.of(article_id, 0, len(text), text, tuple(spans))
    return MadeUp(CorpusPassage(article, passage), first, second, head, tail)


def add_noise(vectors: Sequence[Vector], random: np.random.Generator) -> list[Vector]:
    """Each vector with noise of `NOISE_LENGTH` in a random direction, of unit length again."""
    rows = np.array(vectors, dtype=np.float32)
    noise = random.standard_normal(rows.shape, dtype=np.float32)
    rows += NOISE_LENGTH * noise / np.linalg.norm(noise, axis=1, keepdims=True)
    return list(rows / np.linalg.norm(rows, axis=1, keepdims=True))
