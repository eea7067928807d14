"""The generator seam: evidence in, sentences that point at it out."""

import collections.abc
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dalil.answering.evidence import Evidence
from dalil.retrieval.query import AnalyzedQuery


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """A sentence and the evidence it rests on: indexes into the evidence the generator was given.

    `invalid_citations` is how many of its markers pointed at no evidence.
    """

    text: str
    evidence: tuple[int, ...]
    invalid_citations: int = 0


Drafts: TypeAlias = collections.abc.Generator[DraftSentence, None, None]
"""Sentences as they are written; `close` ends the work behind them."""


class Generator(ABC):
    """Writes an answer out of evidence.

    Its draft is believed in nothing: the answerer checks every quote and every sentence against its quotes.
    """

    name: str
    """Shown with every answer."""

    @abstractmethod
    def draft(self, question: AnalyzedQuery, evidence: Sequence[Evidence]) -> Drafts:
        """The sentences of the answer in order, each as soon as it is known; none where the evidence does not answer.

        `evidence` is best first. Raises `GeneratorUnavailable`, also after sentences were given.
        """

    def close(self) -> None:  # noqa: B027 - most have nothing to let go of
        """Let go of connections; safe to call twice."""
