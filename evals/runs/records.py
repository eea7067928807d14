"""The record of a run: what was measured, and what came of each question; written as JSON, one question a line."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ConfigDict, JsonValue, TypeAdapter, ValidationError, with_config

from dalil.errors import InvalidInput
from evals.measures.citations import Cited

FORMAT = 1
"""Raised when a run file of before can no longer be read."""

FOLDER = Path(".dalil/evals")

_STRICT = ConfigDict(extra="forbid")


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class SetFacts:
    """The articles a set of questions was asked of.

    `corpus` is a hash over the ids and content hashes of all of them, distractors included: articles that were there
    only to be in the way. Articles the indexer refused are counted, and named when it happens.
    """

    name: str
    questions: int
    articles: int
    distractors: int
    passages: int
    corpus: str


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Facts:
    """What was measured; `index` is the index's fingerprint, `settings` the groups that bear on a result."""

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
class Returned:
    """One of the best ten passages; `grade` is that of the best label it covers, `text` is cut, None where not ours."""

    article_id: str
    title: str
    start: int
    end: int
    text: str | None
    grade: int | None


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Expected:
    """One label of the question."""

    article_id: str
    start: int
    end: int
    grade: int
    text: str | None


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Given:
    """The answer given; without citations it is a refusal. `confidence` lies in [0, 1]."""

    status: str
    confidence: float
    citations: tuple[Cited, ...]


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Row:
    """One question of a run; `pair` is its language → its articles'. Measures that do not apply are left out."""

    set: str
    id: str
    need: str
    form: str
    language: str
    pair: str
    kind: str
    half: str
    cluster: str
    traits: tuple[str, ...]
    text: str
    measures: dict[str, float]
    expected: tuple[Expected, ...]
    returned: tuple[Returned, ...]
    answer: Given | None

    @property
    def key(self) -> tuple[str, str]:
        """What tells the question from all others."""
        return self.set, self.id


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class EvalRun:
    """A run. `rows` are the same to the last digit for the same input.

    `latencies` are not: stage → question (`set/id`) → milliseconds, for a sample of the questions.
    """

    format: int
    facts: Facts
    rows: tuple[Row, ...]
    latencies: dict[str, dict[str, float]]

    def without_passages(self) -> "EvalRun":
        """As much as `compare` needs, small enough to commit: no text of articles, nothing of what was returned."""
        rows = (
            replace(row, returned=(), expected=tuple(replace(label, text=None) for label in row.expected))
            for row in self.rows
        )
        return replace(self, rows=tuple(rows), latencies={})


_ROW, _RUN = TypeAdapter(Row), TypeAdapter(EvalRun)


def write_run(run: EvalRun, path: Path) -> None:
    """Write the run, making the folder where need be."""
    head = _RUN.dump_json(replace(run, rows=())).decode()
    lines = ",\n".join(_ROW.dump_json(row).decode() for row in run.rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(head.replace('"rows":[]', f'"rows":[\n{lines}\n]', 1) + "\n", encoding="utf-8")


def read_run(path: Path) -> EvalRun:
    """Read a run back; `InvalidInput` names the file, and the field at fault where it is not a run of this format."""
    try:
        run = _RUN.validate_json(path.read_bytes())
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be read ({error.strerror})") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise InvalidInput(
            f"{path}: not a run of `python -m evals` ({f'{place}: ' if place else ''}{first['msg']}); run it again"
        ) from None
    if run.format != FORMAT:
        raise InvalidInput(f"{path}: a run of format {run.format!r}, and {FORMAT} is read here; run it again")
    return run


def default_path(name: str, when: datetime) -> Path:
    """Where a run goes that was given no file: by its name and time, under the git-ignored `.dalil/evals`."""
    return FOLDER / f"{name}-{when.astimezone(UTC):%Y%m%d-%H%M%S}.json"
