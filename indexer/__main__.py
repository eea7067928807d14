"""The commands of `python -m indexer`: index, status, delete."""

import json
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Annotated, Self

from dalil.errors import DalilError, Misconfigured, describe_unexpected
from dalil.extras import require_extra

try:
    with require_extra("all"):
        import typer
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            SpinnerColumn,
            TaskProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        from dalil.bootstrap import build_store, build_writer, record_reading
        from dalil.indexing.chunking import Chunker
        from dalil.indexing.loaders import LOADERS, Corpus
        from dalil.indexing.pipeline import index as run
        from dalil.indexing.records import FIELDS
        from dalil.indexing.report import Report
        from dalil.settings import load_settings
except Misconfigured as error:
    sys.exit(f"cannot start: {error}")

PROGRESS_INTERVAL_SECONDS = 5.0
MAX_SKIPPED_NAMES = 10

EXIT_STATUSES = """
Exit status:

0 everything is done.

1 some articles were rejected, each named with the reason; the others are done.

2 not done, or not to the end; the message says what helps.

130 interrupted; the same command goes on from there.
"""

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Bring Arabic news articles into Dalil's index. Settings are DALIL_ environment variables.",
    epilog=EXIT_STATUSES,
)


@app.command(epilog=EXIT_STATUSES)
def index(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help=f"Files or folders: {', '.join(LOADERS)}, .zip")],
    prune: Annotated[bool, typer.Option("--prune", help="Delete stored articles that PATH… no longer hold.")] = False,
    recreate: Annotated[bool, typer.Option("--recreate", help="Start from an empty index.")] = False,
    report: Annotated[Path | None, typer.Option(dir_okay=False, help="Write a JSON report to this file.")] = None,
    field: Annotated[
        list[str] | None,
        typer.Option("--field", metavar="FIELD=NAME", help="Name of a field in your files, such as title=headline."),
    ] = None,
) -> None:
    """Index files and folders. Articles that are unchanged since the last run are skipped quickly.

    Examples: `python -m indexer index articles/`, `python -m indexer index news.jsonl --prune --report run.json`,
    `python -m indexer index export.csv --field title=headline --field text=story`
    """
    with _progress_and_report(report) as progress:
        settings = load_settings()
        if missing := [str(path) for path in paths if not path.exists()]:
            raise _Failed(f"there is no {', '.join(missing)}")
        records = record_reading(settings, _field_names(field or []))
        corpus = Corpus(paths, settings.indexing.max_article_bytes, records=records)
        progress.follow(corpus)
        with build_writer(settings, _print_to_stderr) as writer:
            if recreate and not corpus.size():
                raise _Failed("there is nothing to index under the given paths, and the index stays as it is")
            if recreate:
                writer.store.create(writer.fingerprint)
            else:
                writer.store.open_or_create(writer.fingerprint)
            chunker = Chunker(writer.encoder.embedder.count_tokens, settings.indexing.passage_tokens)
            batch = settings.indexing.batch_articles
            result = run(
                corpus,
                writer.store,
                writer.encoder,
                chunker,
                batch,
                prune=prune,
                retry_seconds=settings.indexing.retry_seconds,
                progress=progress.show,
            )
            counts = writer.store.counts()
        for note in _notes(result):
            _print_to_stderr(note)
        if not result.found:
            raise _Failed(f"there is no article to index under the given paths: {', '.join(LOADERS)} and .zip are read")
    pace = f"{result.passages_per_second:.1f} passages a second"
    typer.echo(f"{_line(result)}, {pace}; the index holds {counts.articles:,} articles in {counts.passages:,} passages")
    raise typer.Exit(1 if result.rejected else 0)


@app.command(epilog=EXIT_STATUSES)
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print the index's place, its embedding model, and its numbers of articles and passages.

    Examples: `python -m indexer status`, `python -m indexer status --json`
    """
    with _errors_in_one_line():
        settings = load_settings()
        with build_store(settings) as store:
            fingerprint = store.fingerprint()
            if fingerprint is None:
                raise store.index_missing()
            counts, location = store.counts(), store.location
    facts = {
        "store": settings.store.kind,
        "place": location,
        "model": fingerprint.embedding_model,
        "articles": counts.articles,
        "passages": counts.passages,
    }
    typer.echo(json.dumps(facts, ensure_ascii=False) if as_json else "\n".join(f"{k:9} {v}" for k, v in facts.items()))


@app.command(epilog=EXIT_STATUSES)
def delete(
    article_ids: Annotated[list[str], typer.Argument(metavar="ID", help="Ids of articles.")],
) -> None:
    """Delete articles with all their passages. Unknown ids are printed, and the exit status is then 1.

    Example: `python -m indexer delete 003_dc7e6487002a072e`
    """
    with _errors_in_one_line(), build_store(load_settings()) as store:
        unknown = sorted(set(article_ids) - store.versions().keys())
        deleted = store.delete(article_ids)
    typer.echo(f"deleted {deleted:,} of {len(set(article_ids)):,} articles")
    for article_id in unknown:
        _print_to_stderr(f"no article has the id {article_id!r}")
    raise typer.Exit(1 if unknown else 0)


def _field_names(options: list[str]) -> dict[str, str]:
    """The names of fields by `--field` options; raises `BadParameter` for a field that articles do not have."""
    names = dict(option.partition("=")[::2] for option in options)
    for field, name in names.items():
        if field not in FIELDS or not name.strip():
            raise typer.BadParameter(
                f"{field}={name} is not one of {', '.join(f'{known}=NAME' for known in FIELDS)}", param_hint="--field"
            )
    return names


class _Failed(DalilError):
    """The command is not possible; the message says why."""


class _ProgressDisplay:
    """Progress of a run on stderr: a bar on a terminal, else a line every few seconds; and each rejected article."""

    def __init__(self, console: Console) -> None:
        self.report = Report()
        self._console = console
        self._corpus = Corpus([], 0)
        self._printed_rejections, self._next_line = 0, time.monotonic() + PROGRESS_INTERVAL_SECONDS
        columns = (SpinnerColumn(), BarColumn(), TaskProgressColumn(), TextColumn("{task.description}"))
        self._bar = Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal)
        self._task = self._bar.add_task("")

    def follow(self, corpus: Corpus) -> None:
        """Measure progress by the bytes of `corpus` that are read."""
        self._corpus = corpus
        self._bar.update(self._task, total=corpus.size())

    def show(self, report: Report) -> None:
        """Show the run's progress."""
        self.report = report
        for rejected in report.rejected[self._printed_rejections :]:
            self._console.print(
                f"rejected: {rejected.name}: {rejected.reason}", markup=False, highlight=False, soft_wrap=True
            )
        self._printed_rejections = len(report.rejected)
        self._bar.update(self._task, completed=self._corpus.position, description=_line(report))
        if not self._console.is_terminal and time.monotonic() >= self._next_line:
            self._next_line = time.monotonic() + PROGRESS_INTERVAL_SECONDS
            _print_to_stderr(_line(report))

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bar.stop()


@contextmanager
def _progress_and_report(path: Path | None) -> Iterator[_ProgressDisplay]:
    """Show progress, and write the report to `path` when the run ends, also by an error or an interruption."""
    if path and not path.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {path.parent}", param_hint="--report")
    with _errors_in_one_line(), _ProgressDisplay(Console(stderr=True)) as progress:
        try:
            yield progress
        except BaseException as error:
            progress.report.error = str(error) or type(error).__name__
            raise
        finally:
            if path:
                path.write_text(json.dumps(progress.report.as_json(), ensure_ascii=False, indent=2) + "\n", "utf-8")


@contextmanager
def _errors_in_one_line() -> Iterator[None]:
    """Print an error as one line and exit with its status."""
    try:
        yield
    except (DalilError, OSError) as error:
        _print_to_stderr(f"error: {' '.join(str(error).split())}")
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        _print_to_stderr("interrupted; what is stored stays, and the same command goes on from there")
        raise typer.Exit(130) from None
    # Python's own exit status for it is 1, which means that some articles were rejected.
    except Exception as error:  # noqa: BLE001
        if load_settings().log_level == "debug":
            traceback.print_exc()
        _print_to_stderr(f"error: {describe_unexpected(error)}")
        raise typer.Exit(2) from None


def _notes(report: Report) -> Iterator[str]:
    if report.skipped:
        names = [skipped.name for skipped in report.skipped[:MAX_SKIPPED_NAMES]]
        more = len(report.skipped) - len(names)
        yield f"skipped, not a format that is read: {', '.join(names)}{f' and {more:,} more' if more else ''}"
    if report.not_pruned_because:
        yield f"not pruned: {report.not_pruned_because}"


def _line(report: Report) -> str:
    parts = [f"{report.indexed:,} indexed ({report.added:,} new)", f"{report.unchanged:,} unchanged"]
    parts += [f"{len(report.rejected):,} rejected"] if report.rejected else []
    parts += [f"{len(report.skipped):,} skipped"] if report.skipped else []
    parts += [f"{report.pruned:,} pruned"] if report.pruned else []
    parts += [f"{report.embedded:,} passages embedded"] if report.embedded else []
    return ", ".join(parts)


def _print_to_stderr(line: str) -> None:
    typer.echo(line, err=True)


if __name__ == "__main__":
    app(prog_name="python -m indexer")
