"""The record of a run: what was measured, and the result of each question."""

from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import ConfigDict, JsonValue, with_config

from evals.measures.answers import AnswerRecord

FORMAT = 2
"""The version of the file format, which rises when older files become unreadable."""

_STRICT = ConfigDict(extra="forbid")


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class SetFacts:
    """The size of a set and of the index it was asked of.

    `corpus` is a hash over the ids and content hashes of all articles, distractors included. `articles` counts those
    that the indexer rejected too.
    """

    name: str
    questions: int
    articles: int
    distractors: int
    passages: int
    corpus: str


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class RunFacts:
    """What was measured; `index` is the fingerprint of the index, `settings` the groups that affect a result."""

    name: str
    when: datetime
    mode: str
    store: str
    model: str
    runtime: str
    index: dict[str, JsonValue]
    settings: dict[str, JsonValue]
    sets: tuple[SetFacts, ...]


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class ReturnedPassage:
    """One of the first ten passages.

    `grade` is the best grade of the labels it covers. `text` is shortened, and None if its licence forbids a copy.
    """

    article_id: str
    title: str
    start: int
    end: int
    text: str | None
    grade: int | None


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class ExpectedEvidence:
    """One label of the question."""

    article_id: str
    start: int
    end: int
    grade: int
    text: str | None


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class QuestionResult:
    """The result of one question.

    `pair` is the language of the question → that of its articles. `miss` is the kind of a near miss, and empty for
    other questions. `measures` holds only the measures that apply.
    """

    set: str
    id: str
    need: str
    form: str
    language: str
    pair: str
    kind: str
    miss: str
    half: str
    cluster: str
    traits: tuple[str, ...]
    text: str
    measures: dict[str, float]
    expected: tuple[ExpectedEvidence, ...]
    returned: tuple[ReturnedPassage, ...]
    answer: AnswerRecord | None

    @property
    def key(self) -> tuple[str, str]:
        """The set and the id, which together are unique in a run."""
        return self.set, self.id


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class EvalRun:
    """A run. `rows` are equal to the last digit for equal input.

    `latencies` are not: stage → question (`set/id`) → milliseconds, for a sample of the questions.
    """

    format: int
    facts: RunFacts
    rows: tuple[QuestionResult, ...]
    latencies: dict[str, dict[str, float]]

    def without_passages(self) -> "EvalRun":
        """The run as `compare` needs it, small enough to commit: without the text of articles and without passages."""
        rows = (
            replace(row, returned=(), expected=tuple(replace(label, text=None) for label in row.expected))
            for row in self.rows
        )
        return replace(self, rows=tuple(rows), latencies={})
