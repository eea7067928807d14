"""An answer that consists of the evidence itself, verbatim."""

from collections.abc import Sequence

from dalil.answering.evidence import Evidence, widen_quotes
from dalil.answering.generator import Drafts, DraftSentence, Generator
from dalil.answering.list_question import asks_for_list
from dalil.domain import Hit
from dalil.retrieval.query import AnalyzedQuery

MAX_SENTENCES = 3
"""The most sentences of an answer."""

MAX_LIST_SENTENCES = 6
"""The most sentences of an answer to a question that asks for a list."""

MAX_DROP = 2.7
"""How far below the best sentence another one of the answer may be, in units of log odds; chosen on the development
halves: docs/decisions/0024."""


class ExtractiveGenerator(Generator):
    """Quotes the best evidence, up to the sentence where it falls off. It needs no language model."""

    name = "extractive"

    def fit(self, evidence: Sequence[Evidence], hits: Sequence[Hit]) -> Sequence[Evidence]:  # noqa: ARG002
        """The sentences as they are quoted: one that refers back comes with the sentence before it."""
        return widen_quotes(evidence)

    def draft(self, question: AnalyzedQuery, evidence: Sequence[Evidence]) -> Drafts:
        """One to three quotes, or six for a list, best first, each on one line."""
        count = MAX_LIST_SENTENCES if asks_for_list(question.text) else MAX_SENTENCES
        for index, item in enumerate(evidence[:count]):
            if item.drop_below(evidence[0]) > MAX_DROP:
                continue
            # A quote of hard-wrapped text has line ends inside.
            yield DraftSentence(" ".join(item.text.split()), (index,))
