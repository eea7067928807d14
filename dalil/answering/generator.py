"""The generator seam: it takes evidence and gives sentences that cite it."""

import collections.abc
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dalil.answering.evidence import Evidence
from dalil.domain import DropReason, Hit
from dalil.retrieval.query import AnalyzedQuery


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """A sentence with its citations: indexes into the evidence that the generator was given, from 0.

    `quotes` are the words that it rests on, as the generator copied them from the evidence; a sentence without any is
    its own quote. `invalid_citations` counts its citation markers that match no evidence. A sentence with a
    `drop_reason` is recorded and never shown: it breaks off, cannot be read, or says that there is no answer.
    """

    text: str
    evidence: tuple[int, ...]
    invalid_citations: int = 0
    drop_reason: DropReason | None = None
    quotes: tuple[str, ...] = ()


Drafts: TypeAlias = collections.abc.Generator[DraftSentence, None, None]
"""Sentences as they are written. `close` ends the work behind them."""


class Generator(ABC):
    """Writes an answer from evidence.

    The answerer trusts no draft: it looks for the copied words in the evidence, verifies every quote, and every
    sentence against its quotes.
    """

    name: str
    """The name of the generator in every answer."""

    prompt: str | None = None
    """The name and version of the prompt in explanations; None for a generator without one."""

    @abstractmethod
    def draft(self, question: AnalyzedQuery, evidence: Sequence[Evidence]) -> Drafts:
        """The sentences of the answer in order, each as soon as it is complete.

        `evidence` is what `fit` gave. There are no sentences where it does not answer the question. Raises
        `GeneratorUnavailable`, possibly after some sentences.
        """

    def fit(self, evidence: Sequence[Evidence], hits: Sequence[Hit]) -> Sequence[Evidence]:  # noqa: ARG002
        """The evidence that the generator reads, in the order that it wants, out of the hits.

        `evidence` has the sentences that rank best, best first, and is the default. Empty only where `evidence` is.
        """
        return evidence

    def entails(self, sentence: str, quotes: Sequence[str]) -> float | None:  # noqa: ARG002
        """The probability, in [0, 1], that the quotes say what the sentence says; None where it is not checked.

        Raises `GeneratorUnavailable`.
        """
        return None

    def close(self) -> None:  # noqa: B027 - most generators hold no connections
        """Close connections. Idempotent."""
