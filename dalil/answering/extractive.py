"""An answer that consists of the evidence itself, verbatim."""

from collections.abc import Sequence

from dalil.answering.evidence import Evidence
from dalil.answering.generator import Drafts, DraftSentence, Generator
from dalil.retrieval.query import AnalyzedQuery


class ExtractiveGenerator(Generator):
    """Turns each piece of evidence into one sentence, on one line. It needs no language model."""

    name = "extractive"

    def draft(self, question: AnalyzedQuery, evidence: Sequence[Evidence]) -> Drafts:  # noqa: ARG002
        """One sentence for each piece of evidence, in the given order."""
        for index, item in enumerate(evidence):
            # A quote of hard-wrapped text has line ends inside.
            yield DraftSentence(" ".join(item.text.split()), (index,))
