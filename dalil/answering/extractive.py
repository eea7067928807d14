"""The answer as the articles put it: the best sentences, verbatim."""

from collections.abc import Sequence

from dalil.answering.evidence import Evidence
from dalil.answering.generator import Drafts, DraftSentence, Generator
from dalil.retrieval.query import AnalyzedQuery


class ExtractiveGenerator(Generator):
    """Each piece of evidence becomes one sentence; needs no model and invents nothing."""

    name = "extractive"

    def draft(self, question: AnalyzedQuery, evidence: Sequence[Evidence]) -> Drafts:  # noqa: ARG002
        """One sentence for each piece of evidence, in the order given."""
        for index, item in enumerate(evidence):
            yield DraftSentence(item.text, (index,))
