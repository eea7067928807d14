"""From a ranking of passages to a ranking of judged documents, so that no measure depends on the chunking."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dalil.domain import Span
from evals.datasets.questions import EvalQuestion, Label
from evals.systems.search import RankedPassage

MIN_COVERED_SHARE = 0.5
"""A passage covers a label if it holds at least this share of its characters."""


@dataclass(frozen=True, slots=True)
class JudgedRanking:
    """A ranking with its judgements.

    `qrels` is document id → grade, `documents` are the ids in the order of the ranking, and `grades` holds the grade of
    each passage, None if it covers no label.
    """

    qrels: Mapping[str, int]
    documents: tuple[str, ...]
    grades: tuple[int | None, ...]


Judge: TypeAlias = Callable[[EvalQuestion, Sequence[RankedPassage]], JudgedRanking]


def judge_by_label(question: EvalQuestion, ranking: Sequence[RankedPassage]) -> JudgedRanking:
    """Each label is a document, also where a copy of it is found.

    A passage stands for the labels that it covers and no passage before it covers.

    Several labels of one passage go by grade, the best first. A passage without a new label stands for one unjudged
    document.
    """
    seen: set[str] = set()
    documents: list[str] = []
    grades: list[int | None] = []
    for passage in ranking:
        covered = sorted((label for label in question.labels if _covers(passage, label)), key=lambda one: -one.grade)
        new = [name for name in map(label_id, covered) if name not in seen]
        seen.update(new)
        unjudged = f"{passage.article_id}:{passage.span.start}:{passage.span.end}:passage"
        documents += new or [unjudged]
        grades.append(covered[0].grade if covered else None)
    return JudgedRanking({label_id(label): label.grade for label in question.labels}, tuple(documents), tuple(grades))


def judge_by_article(question: EvalQuestion, ranking: Sequence[RankedPassage]) -> JudgedRanking:
    """Each article is a document at the rank of its best passage, because BEIR collections judge documents."""
    qrels = {label.article_id: label.grade for label in question.labels}
    documents = tuple(dict.fromkeys(passage.article_id for passage in ranking))
    return JudgedRanking(qrels, documents, tuple(qrels.get(passage.article_id) for passage in ranking))


def label_id(label: Label) -> str:
    """The document id of a label: `article:start:end`."""
    return f"{label.article_id}:{label.span.start}:{label.span.end}"


def _covers(passage: RankedPassage, label: Label) -> bool:
    return any(article == passage.article_id and _covers_span(passage.span, span) for article, span in label.places)


def _covers_span(passage: Span, span: Span) -> bool:
    shared = min(passage.end, span.end) - max(passage.start, span.start)
    return shared > 0 and shared >= MIN_COVERED_SHARE * (span.end - span.start)
