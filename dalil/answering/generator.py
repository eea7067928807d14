"""The generator seam: evidence in, sentences that point at it out."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from dalil.answering.evidence import Evidence
from dalil.retrieval.question import Question


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """A sentence and the evidence it rests on: indexes into the evidence the generator was given."""

    text: str
    evidence: tuple[int, ...]


class Generator(ABC):
    """Writes an answer out of evidence.

    Its draft is believed in nothing: the answerer checks every quote, and drops sentences without any.
    """

    name: str
    """Shown with every answer."""

    @abstractmethod
    def draft(self, question: Question, evidence: Sequence[Evidence]) -> list[DraftSentence]:
        """The sentences of the answer in order; none where the evidence, best first, does not answer the question."""
