"""Questions with labelled evidence, and the sets they form.

A label is a span of an article and never a passage, so that labels stay valid when the chunking of articles changes.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dalil.domain import Article, Span
from dalil.errors import InvalidInput
from evals.datasets.jsonl import LineModel, read_lines

MAX_GRADE = 3


@dataclass(frozen=True, slots=True)
class Label:
    """A span of an article with evidence. Grade 3 answers alone, 2 answers in part, 1 supports the answer.

    `sentence` is the clause or sentence around the span, given where the span is the shortest stretch that answers.
    `copies` are the article ids and spans of the same words in near-duplicates of the article.
    """

    article_id: str
    span: Span
    grade: int
    sentence: Span | None = None
    copies: tuple[tuple[str, Span], ...] = ()

    @property
    def places(self) -> tuple[tuple[str, Span], ...]:
        """The label's own place and those of its copies: what is found at one of these is found."""
        return ((self.article_id, self.span), *self.copies)


@dataclass(frozen=True, slots=True)
class EvalQuestion:
    """One form of one information need; its id is `<need>.<form>`. Without labels, no article answers it.

    Questions of one `cluster` are not independent, and the bootstrap draws them together. The cluster is the article
    of the first label with the best grade. Without labels it is the article that the question is about, or the need.

    With `alternatives`, each label of the best grade answers alone; otherwise an answer needs all of them. `miss` is
    the kind of a near miss, such as "absent-fact", and empty for every other question.

    In a user's own set every question is its own need; `form` is its `lang`, `kind` is "answerable" or "unanswerable",
    and `half` is "test".
    """

    id: str
    need: str
    form: str
    language: str
    text: str
    kind: str
    half: str
    traits: tuple[str, ...]
    labels: tuple[Label, ...]
    cluster: str
    alternatives: bool = False
    miss: str = ""


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions and the articles to search, both in the order of their files."""

    name: str
    articles: tuple[Article, ...]
    questions: tuple[EvalQuestion, ...]


def select_half(question_set: QuestionSet, half: str) -> QuestionSet:
    """Keep the questions of one half; all articles stay."""
    questions = tuple(question for question in question_set.questions if question.half == half)
    return replace(question_set, questions=questions)


def sample_questions(questions: Sequence[EvalQuestion], limit: int | None) -> tuple[EvalQuestion, ...]:
    """At most `limit` questions in their order, the same ones at each call.

    The choice is by a hash of the id, so that all forms of questions occur in the sample.
    """
    hashes = {
        question.id: hashlib.sha256(question.id.encode("utf-8", "surrogatepass")).digest() for question in questions
    }
    chosen = set(sorted(hashes, key=lambda key: hashes[key])[:limit])
    return tuple(question for question in questions if question.id in chosen)


def read_questions(
    file: Path, model: type[LineModel], convert: Callable[[LineModel], list[EvalQuestion]]
) -> tuple[EvalQuestion, ...]:
    """Read the questions of a JSONL file; raises `InvalidInput` for a repeated id and for a file without questions."""
    questions: dict[str, EvalQuestion] = {}
    for place, converted in read_lines(file, model, convert):
        new = {question.id: question for question in converted}
        if repeated := new.keys() & questions.keys():
            raise InvalidInput(f"{place}: the id {min(repeated)!r} occurs twice")
        questions |= new
    if not questions:
        raise InvalidInput(f"{file}: holds no questions")
    return tuple(questions.values())
