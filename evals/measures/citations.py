"""The measures of one answer: its citations, and the decision to answer or to refuse.

Each question has a value for each measure that applies to it. A mean is over the questions with a value.

- citation precision, of an answered answerable question: the share of its citations that share at least one character
  with a label of the same article.
- citation recall, of an answerable question: the share of its labels of the highest grade that some citation overlaps;
  0 for a refused question.
- refusal precision, of a refused question: 1 if it is unanswerable, else 0.
- refusal recall, of an unanswerable question: 1 if it was refused, else 0.
- over-abstention, of an answerable question: 1 if it was refused, else 0. Less is better by this measure alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dalil.domain import Answer, AnswerStatus
from evals.datasets.questions import Label

CITATION_PRECISION, CITATION_RECALL = "citation precision", "citation recall"
REFUSAL_PRECISION, REFUSAL_RECALL, OVER_ABSTENTION = "refusal precision", "refusal recall", "over-abstention"
ANSWER_MEASURES = (CITATION_PRECISION, CITATION_RECALL, REFUSAL_PRECISION, REFUSAL_RECALL, OVER_ABSTENTION)


@dataclass(frozen=True, slots=True)
class CitedSpan:
    """The span of an article that a citation points to."""

    article_id: str
    start: int
    end: int


def cited_spans(answer: Answer) -> tuple[CitedSpan, ...]:
    """The spans that an answer cites; empty for a refusal."""
    if answer.status is not AnswerStatus.ANSWERED:
        return ()
    return tuple(CitedSpan(citation.article.id, citation.start, citation.end) for citation in answer.citations)


def score_answer(labels: Sequence[Label], citations: Sequence[CitedSpan]) -> dict[str, float]:
    """Measure → value. A question without labels is unanswerable; an answer without citations is a refusal."""
    if not labels:
        return {REFUSAL_RECALL: 0.0} if citations else {REFUSAL_RECALL: 1.0, REFUSAL_PRECISION: 1.0}
    if not citations:
        return {CITATION_RECALL: 0.0, REFUSAL_PRECISION: 0.0, OVER_ABSTENTION: 1.0}
    best = max(label.grade for label in labels)
    required = [label for label in labels if label.grade == best]
    return {
        CITATION_PRECISION: sum(any(_overlap(one, label) for label in labels) for one in citations) / len(citations),
        CITATION_RECALL: sum(any(_overlap(one, label) for one in citations) for label in required) / len(required),
        OVER_ABSTENTION: 0.0,
    }


def _overlap(citation: CitedSpan, label: Label) -> bool:
    span = label.span
    return citation.article_id == label.article_id and citation.start < span.end and span.start < citation.end
