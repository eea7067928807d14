"""Runs as JSON files, one question a line."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from dalil.errors import InvalidInput
from evals.runs.records import FORMAT, EvalRun, QuestionResult

FOLDER = Path(".dalil/evals")
"""The default folder of runs; git ignores it."""

_RESULT, _RUN = TypeAdapter(QuestionResult), TypeAdapter(EvalRun)


def write_run(run: EvalRun, path: Path) -> None:
    """Write the run; make the folder if necessary."""
    head = _RUN.dump_json(replace(run, rows=())).decode()
    lines = ",\n".join(_RESULT.dump_json(row).decode() for row in run.rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(head.replace('"rows":[]', f'"rows":[\n{lines}\n]', 1) + "\n", encoding="utf-8")


def read_run(path: Path) -> EvalRun:
    """Read a run; raises `InvalidInput` with the file, and the field at fault, for any other content."""
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
        raise InvalidInput(f"{path}: has the format {run.format!r}, but only {FORMAT} is supported; run it again")
    return run


def default_path(name: str, when: datetime) -> Path:
    """The file of a run without `--output`: its name and its time."""
    return FOLDER / f"{name}-{when.astimezone(UTC):%Y%m%d-%H%M%S}.json"
