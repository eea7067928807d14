"""A ranking of passages as a ranking of judged documents, so that no measure depends on how articles were cut."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dalil.domain import Hit, Span
from evals.datasets.questions import EvalQuestion, Label

COVERED = 0.5
"""A passage covers a label when it holds at least this share of it."""


@dataclass(frozen=True, slots=True)
class Found:
    """One passage of a ranking, whatever system ranked it."""

    article_id: str
    title: str
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A question's qrels (document id → grade), the documents ranked, best first, and each passage's grade or None."""

    qrels: Mapping[str, int]
    documents: tuple[str, ...]
    grades: tuple[int | None, ...]


Judge: TypeAlias = Callable[[EvalQuestion, Sequence[Found]], Judged]


def found(hits: Sequence[Hit]) -> tuple[Found, ...]:
    """What the engine's hits come to here."""
    return tuple(Found(hit.article.id, hit.article.title, hit.passage.span, hit.passage.text) for hit in hits)


def by_label(question: EvalQuestion, ranking: Sequence[Found]) -> Judged:
    """Documents are labels: each passage contributes, in place, those it covers that none before it covered.

    Of several the best grade comes first. A passage that covers no label, or only labels seen before, contributes one
    unjudged document of its own.
    """
    seen: set[str] = set()
    documents: list[str] = []
    grades: list[int | None] = []
    for passage in ranking:
        covered = sorted((label for label in question.labels if _covers(passage, label)), key=lambda own: -own.grade)
        new = [name for name in map(label_id, covered) if name not in seen]
        seen.update(new)
        place = f"{passage.article_id}:{passage.span.start}:{passage.span.end}:passage"
        documents += new or [place]
        grades.append(covered[0].grade if covered else None)
    return Judged({label_id(label): label.grade for label in question.labels}, tuple(documents), tuple(grades))


def by_article(question: EvalQuestion, ranking: Sequence[Found]) -> Judged:
    """Documents are articles, each ranked by its best passage: what a collection in BEIR's layout judges."""
    qrels = {label.article_id: label.grade for label in question.labels}
    documents = tuple(dict.fromkeys(passage.article_id for passage in ranking))
    return Judged(qrels, documents, tuple(qrels.get(passage.article_id) for passage in ranking))


def label_id(label: Label) -> str:
    """The label as a document: `article:start:end`."""
    return f"{label.article_id}:{label.span.start}:{label.span.end}"


def _covers(passage: Found, label: Label) -> bool:
    if passage.article_id != label.article_id:
        return False
    shared = min(passage.span.end, label.span.end) - max(passage.span.start, label.span.start)
    return shared > 0 and shared >= COVERED * (label.span.end - label.span.start)
