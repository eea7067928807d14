"""What an answer is worth: whether it cites the evidence, and whether it refuses what it should and only that.

Per question, so that every mean has its interval; a measure that does not apply to a question is left out of its
values, and a mean is over the questions that have it:

- citation precision, of an answerable question that was answered: the share of its citations whose span shares at
  least one character with a label, in the same article.
- citation recall, of an answerable question: the share of its labels of the highest grade that some citation
  overlaps; 0 where it was refused.
- refusal precision, of a refused question: 1 where it is unanswerable, else 0.
- refusal recall, of an unanswerable question: 1 where it was refused, else 0.
- over-abstention, of an answerable question: 1 where it was refused, else 0. The one measure of which less is better.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dalil.domain import Answer, AnswerStatus, Span
from evals.datasets.questions import Label

CITATION_PRECISION, CITATION_RECALL = "citation precision", "citation recall"
REFUSAL_PRECISION, REFUSAL_RECALL, OVER_ABSTENTION = "refusal precision", "refusal recall", "over-abstention"
MEASURES = (CITATION_PRECISION, CITATION_RECALL, REFUSAL_PRECISION, REFUSAL_RECALL, OVER_ABSTENTION)


@dataclass(frozen=True, slots=True)
class Cited:
    """Where a citation points."""

    article_id: str
    start: int
    end: int


def citations_of(answer: Answer) -> tuple[Cited, ...]:
    """The places an answer cites; none where it refuses."""
    if answer.status is not AnswerStatus.ANSWERED:
        return ()
    return tuple(Cited(citation.article.id, citation.start, citation.end) for citation in answer.citations)


def per_question(labels: Sequence[Label], cited: Sequence[Cited]) -> dict[str, float]:
    """The measures that apply to one question; no labels: it is unanswerable, no citations: it was refused."""
    if not labels:
        return {REFUSAL_RECALL: 0.0} if cited else {REFUSAL_RECALL: 1.0, REFUSAL_PRECISION: 1.0}
    if not cited:
        return {CITATION_RECALL: 0.0, REFUSAL_PRECISION: 0.0, OVER_ABSTENTION: 1.0}
    best = max(label.grade for label in labels)
    wanted = [label for label in labels if label.grade == best]
    return {
        CITATION_PRECISION: sum(any(_overlap(one, label) for label in labels) for one in cited) / len(cited),
        CITATION_RECALL: sum(any(_overlap(one, label) for one in cited) for label in wanted) / len(wanted),
        OVER_ABSTENTION: 0.0,
    }


def _overlap(cited: Cited, label: Label) -> bool:
    span: Span = label.span
    return cited.article_id == label.article_id and cited.start < span.end and span.start < cited.end
