"""The reader seam: a model that reads a question together with each sentence that may answer it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import final

from dalil.answering.confidence import logit
from dalil.answering.evidence import Evidence
from dalil.text.title_prefix import title_prefix

MIN_PROBABILITY = 1e-6
"""A reader's probabilities are ranked as if they were at least this far from 0 and 1."""


class Reader(ABC):
    """Gives the probability that a text answers a question.

    The same question and text have the same probability, whatever other texts are read with them. Threads may share a
    reader.
    """

    name: str
    """The name of the reader in explanations."""

    @final
    def read(self, question: str, texts: Sequence[str]) -> list[float]:
        """For each text the probability, in [0, 1], that it answers the question; no numbers for no texts.

        Raises `ModelUnavailable`.
        """
        if not texts:
            return []
        probabilities = self._read(question, list(texts))
        if len(probabilities) != len(texts) or not all(0 <= probability <= 1 for probability in probabilities):
            raise AssertionError(f"{type(self).__name__} gave {probabilities!r} for {len(texts)} texts")
        return probabilities

    @abstractmethod
    def _read(self, question: str, texts: list[str]) -> list[float]:
        """Hook: the probability of each text, of at least one."""


def rank_by_reader(reader: Reader, question: str, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence in the reader's order; sentences of equal probability keep theirs.

    The reader reads each sentence as it is quoted, below the title of its article: alone it may not name its event.
    `rank_score` becomes the logit of the probability, so that it stays in units of log odds.
    """
    texts = [item.antecedent + item.text for item in evidence]
    texts = [title_prefix(item.article.title, text) + text for item, text in zip(evidence, texts, strict=True)]
    read = [
        replace(item, answerable=probability, rank_score=logit(probability, MIN_PROBABILITY))
        for item, probability in zip(evidence, reader.read(question, texts), strict=True)
    ]
    return sorted(read, key=lambda item: -item.rank_score)
