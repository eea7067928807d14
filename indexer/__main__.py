"""The commands of `python -m indexer`: index, status, delete, export, import, rebuild, rollback, gc."""

import json
import sys
import time
import traceback
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Annotated, NoReturn, Protocol, Self

from dalil.errors import (
    DalilError,
    IndexMismatch,
    IndexProblem,
    Misconfigured,
    StoreUnavailable,
    describe_unexpected,
)
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

        from dalil.bootstrap import (
            Writer,
            build_encoder,
            build_store,
            build_writer,
            fingerprint_of,
            load_program_settings,
            record_reading,
        )
        from dalil.domain import IndexCounts
        from dalil.embedding.encoder import Encoder
        from dalil.indexing.backup import EXTENSIONS as BACKUP_EXTENSIONS
        from dalil.indexing.backup import Backup
        from dalil.indexing.backup import export as write_backup
        from dalil.indexing.chunking import Chunker
        from dalil.indexing.generations import Follower, IndexItems, check_previous, open_next, open_previous
        from dalil.indexing.loaders import LOADERS, Corpus, Item
        from dalil.indexing.pipeline import index as run
        from dalil.indexing.records import FIELDS
        from dalil.indexing.report import Report
        from dalil.settings import Settings, load_settings
        from dalil.stores.base import Generation, PassageStore, TransientStoreFailure
        from indexer.gate import compare_generations, describe
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
    names = _field_names(field or [])
    with _progress_and_report(report) as progress:
        settings = load_program_settings()
        if missing := [str(path) for path in paths if not path.exists()]:
            raise _Failed(f"there is no {', '.join(missing)}")
        records = record_reading(settings, names)
        corpus = Corpus(paths, settings.indexing.max_article_bytes, records=records)
        progress.follow(corpus)
        with build_writer(settings, _print_to_stderr) as writer:
            writer.store.open_or_create(writer.fingerprint)
            result, counts = _index(corpus, writer, settings, progress, prune=prune)
        for note in _notes(result):
            _print_to_stderr(note)
        if not result.found:
            raise _Failed(f"there is no article to index under the given paths: {', '.join(LOADERS)} and .zip are read")
    _end(result, counts)


@app.command(epilog=EXIT_STATUSES)
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print the index's place, its embedding model, and its numbers of articles and passages.

    Examples: `python -m indexer status`, `python -m indexer status --json`
    """
    with _errors_in_one_line():
        settings = load_program_settings()
        with build_store(settings) as store:
            fingerprint = store.fingerprint()
            if fingerprint is None:
                raise store.index_missing()
            counts, location, generations = store.counts(), store.location, sorted(store.generations())
    facts = {
        "store": settings.store.kind,
        "place": location,
        "model": fingerprint.embedding_model,
        "articles": counts.articles,
        "passages": counts.passages,
        "generations": ", ".join(generations),
    }
    typer.echo(json.dumps(facts, ensure_ascii=False) if as_json else "\n".join(f"{k:11} {v}" for k, v in facts.items()))


@app.command(epilog=EXIT_STATUSES)
def delete(
    article_ids: Annotated[list[str], typer.Argument(metavar="ID", help="Ids of articles.")],
) -> None:
    """Delete articles with all their passages. Unknown ids are printed, and the exit status is then 1.

    Example: `python -m indexer delete 003_dc7e6487002a072e`
    """
    with _errors_in_one_line(), build_store(load_program_settings()) as store:
        unknown = sorted(set(article_ids) - store.versions().keys())
        deleted = store.delete(article_ids)
    typer.echo(f"deleted {deleted:,} of {len(set(article_ids)):,} articles")
    for article_id in unknown:
        _print_to_stderr(f"no article has the id {article_id!r}")
    raise typer.Exit(1 if unknown else 0)


@app.command(epilog=EXIT_STATUSES)
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=f"Its name ends in {', '.join(BACKUP_EXTENSIONS)}.")],
) -> None:
    """Write every article with its metadata to one file, as a backup, or to move to another store or model.

    A file of this name is replaced once the new one is complete. The articles are read while the index is in use, and
    no model is needed.

    Example: `python -m indexer export backup.jsonl.zst`
    """
    _require_folder_of(file, "FILE")
    with (
        _errors_in_one_line(),
        build_store(load_program_settings()) as store,
        _ProgressDisplay(Console(stderr=True)) as shown,
    ):
        articles = write_backup(store, file, shown.count)
    typer.echo(f"{articles:,} articles are in {file}")


@app.command("import", epilog=EXIT_STATUSES)
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `export` wrote.")],
    report: Annotated[Path | None, typer.Option(dir_okay=False, help="Write a JSON report to this file.")] = None,
) -> None:
    """Index the articles of a file that `export` wrote. Articles that the file does not have stay.

    Example: `python -m indexer import backup.jsonl.zst`
    """
    with _progress_and_report(report) as progress:
        settings = load_program_settings()
        backup = Backup(file)
        if not file.is_file():
            raise _Failed(f"there is no file {file}")
        progress.follow(backup)
        with build_writer(settings, _print_to_stderr) as writer:
            writer.store.open_or_create(writer.fingerprint)
            result, counts = _index(backup, writer, settings, progress)
    _end(result, counts)


@app.command(epilog=EXIT_STATUSES)
def rebuild(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATH]...", help="Files or folders, in place of what is stored.")
    ] = None,
    questions: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", dir_okay=False, exists=True, help='Compare by these: JSONL of `{"question", "article"}`.'
        ),
    ] = None,
    live_model: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The model of the live index, to compare with it if it is another one."),
    ] = None,
    swap_anyway: Annotated[
        bool, typer.Option("--swap-anyway", help="Swap also if the new index is worse, or lacks articles.")
    ] = False,
) -> None:
    """Make the index anew beside the live one, for another model, passage size or release, and swap the two.

    The articles are those stored in the index, or with PATH those of files. What others write meanwhile is taken along,
    and readers notice nothing. Before the swap both indexes are asked the same questions: those of FILE, or sentences
    of the articles. The index before is kept for `rollback` until `gc`. A run that was killed is completed by the next.

    Examples: `DALIL_INDEXING__PASSAGE_TOKENS=200 python -m indexer rebuild`,
    `python -m indexer rebuild --questions questions.jsonl`, `python -m indexer rebuild articles/`
    """
    with _progress_and_report(None) as progress:
        settings = load_program_settings()
        if missing := [str(path) for path in paths or [] if not path.exists()]:
            raise _Failed(f"there is no {', '.join(missing)}")
        with build_writer(settings, _print_to_stderr) as writer:
            live = writer.store
            if paths:
                follower = _fill_from_files(paths, writer, settings, progress)
            else:
                follower = _fill_from_index(writer, settings, progress)
            _check_quality(writer, settings, questions, live_model, follower, swap_anyway=swap_anyway)
            if follower:
                follower.swap(Generation.NEXT)
            else:
                live.swap(Generation.NEXT, lambda: None)
            counts = live.counts()
    typer.echo(
        f"live: {counts.articles:,} articles in {counts.passages:,} passages; `python -m indexer rollback` goes back "
        "to the index before, `python -m indexer gc` deletes it"
    )


@app.command(epilog=EXIT_STATUSES)
def rollback(
    discard_changes: Annotated[
        bool, typer.Option("--discard-changes", help="Leave out what was written since the swap; needs no model.")
    ] = False,
) -> None:
    """Go back to the index before the last rebuild, with what was written since. A second call goes forward again.

    The settings have to be those of that index.

    Example: `python -m indexer rollback`
    """
    with _progress_and_report(None) as progress:
        settings = load_program_settings()
        if discard_changes:
            with build_store(settings) as store:
                check_previous(store)
                store.swap(Generation.PREVIOUS, lambda: None)
                counts = store.counts()
        else:
            with build_writer(settings, _print_to_stderr) as writer:
                try:
                    target = open_previous(writer.store, writer.fingerprint)
                except IndexMismatch as error:
                    raise _Failed(
                        f"the index before was made with other settings ({error}): set these, or go back without what "
                        "was written since: `python -m indexer rollback --discard-changes`"
                    ) from error
                follower = Follower(writer.store, target, _indexing(writer, settings, progress))
                progress.follow(follower)
                follower.skip_equal()
                follower.delete_strangers()
                follower.swap(Generation.PREVIOUS)
                counts = writer.store.counts()
    typer.echo(f"live: {counts.articles:,} articles in {counts.passages:,} passages")


@app.command(epilog=EXIT_STATUSES)
def gc() -> None:
    """Delete what rebuilds have left: the index before the last one, and one that was not finished.

    Example: `python -m indexer gc`
    """
    with _errors_in_one_line(), build_store(load_program_settings()) as store:
        others = sorted(store.generations() - {Generation.LIVE})
        store.collect()
    typer.echo(f"deleted: {', '.join(others) or 'nothing'}")


def _indexing(writer: Writer, settings: Settings, progress: "_ProgressDisplay") -> IndexItems:
    """The pipeline with its settings."""
    chunker = Chunker(writer.encoder.embedder.count_tokens, settings.indexing.passage_tokens)

    def index_items(
        items: Iterable[Item], store: PassageStore, *, prune: bool = False, optimise: bool = True
    ) -> Report:
        return run(
            items,
            store,
            writer.encoder,
            chunker,
            settings.indexing.batch_articles,
            prune=prune,
            optimise=optimise,
            retry_seconds=settings.indexing.retry_seconds,
            progress=progress.show,
        )

    return index_items


def _fill_from_index(writer: Writer, settings: Settings, progress: "_ProgressDisplay") -> Follower:
    """Bring the stored articles into the next generation."""
    writer.store.all_versions()  # Fails before anything is made.
    target = open_next(writer.store, writer.fingerprint)
    follower = Follower(writer.store, target, _indexing(writer, settings, progress))
    progress.follow(follower)
    follower.delete_strangers()
    follower.catch_up(optimise=True)
    return follower


def _fill_from_files(
    paths: list[Path], writer: Writer, settings: Settings, progress: "_ProgressDisplay"
) -> Follower | None:
    """Bring the articles of files into the next generation.

    Returns what takes along later changes of the live one; None if that cannot be read.
    """
    live, indexing = writer.store, _indexing(writer, settings, progress)
    follower = Follower(live, live.generation(Generation.NEXT), indexing)
    is_followed = True
    try:
        follower.skip_all()
    except TransientStoreFailure:
        raise
    except (IndexProblem, StoreUnavailable) as error:
        _print_to_stderr(f"only the files count, since there is no live index that can be read: {error}")
        is_followed = False
    target = open_next(live, writer.fingerprint)
    corpus = Corpus(paths, settings.indexing.max_article_bytes, records=record_reading(settings))
    progress.follow(corpus)
    result = indexing(corpus, target, prune=True)
    for note in _notes(result):
        _print_to_stderr(note)
    if not result.found:
        raise _Failed("there is no article under the given paths, and the index stays as it is")
    return follower if is_followed else None


def _check_quality(
    writer: Writer,
    settings: Settings,
    questions: Path | None,
    live_model: str | None,
    follower: Follower | None,
    *,
    swap_anyway: bool,
) -> None:
    """Print how the next generation compares with the live one; raise `_Failed` if it is worse or lacks articles."""
    live, target = writer.store, writer.store.generation(Generation.NEXT)
    encoder = _live_encoder(writer, settings, live_model) if follower else None
    if encoder is None:
        _print_to_stderr("the live index is not searched: it is of another model (--live-model NAME), or damaged")
    comparison = compare_generations(live, encoder, target, writer.encoder, questions)
    for line in describe(comparison):
        _print_to_stderr(line)
    problems = [comparison.problem] if comparison.problem else []
    if follower and follower.rejected:
        names = ", ".join(sorted(follower.rejected)[:MAX_SKIPPED_NAMES])
        problems.append(f"{len(follower.rejected):,} stored articles cannot be indexed any more: {names}")
    if problems and not swap_anyway:
        raise _Failed(
            f"not swapped: {'; '.join(problems)}. The live index is as it was. `python -m indexer rebuild "
            "--swap-anyway` swaps nevertheless, `python -m indexer gc` deletes the new one"
        )


def _live_encoder(writer: Writer, settings: Settings, live_model: str | None) -> Encoder | None:
    """What the live index can be searched with; None if it is of another model or release.

    Raises `_Failed` if `live_model` is not its model.
    """
    found = None
    with suppress(IndexProblem):
        found = writer.store.fingerprint()
    if found == writer.fingerprint:
        return writer.encoder
    if live_model is None or found is None:
        return None
    embedding = settings.embedding.model_copy(update={"model": live_model})
    encoder = build_encoder(settings.model_copy(update={"embedding": embedding}), _print_to_stderr)
    if fingerprint_of(encoder.embedder) != found:
        differences = "; ".join(found.differences(fingerprint_of(encoder.embedder)))
        raise _Failed(f"--live-model {live_model} did not make the live index ({differences})")
    return encoder


def _index(
    items: Iterable[Item], writer: Writer, settings: Settings, progress: "_ProgressDisplay", *, prune: bool = False
) -> tuple[Report, IndexCounts]:
    """Bring the open index up to date; its numbers afterwards."""
    result = _indexing(writer, settings, progress)(items, writer.store, prune=prune)
    return result, writer.store.counts()


def _end(result: Report, counts: IndexCounts) -> NoReturn:
    """Print the result of a run and exit with its status."""
    pace = f"{result.passages_per_second:.1f} passages a second"
    typer.echo(f"{_line(result)}, {pace}; the index holds {counts.articles:,} articles in {counts.passages:,} passages")
    raise typer.Exit(1 if result.rejected else 0)


def _field_names(options: list[str]) -> dict[str, str]:
    """The names of fields by `--field` options; raises `BadParameter` for a field that articles do not have."""
    names = dict(option.partition("=")[::2] for option in options)
    for field, name in names.items():
        if field not in FIELDS or not name.strip():
            raise typer.BadParameter(
                f"{field}={name} is not one of {', '.join(f'{known}=NAME' for known in FIELDS)}", param_hint="--field"
            )
    return names


def _require_folder_of(file: Path, parameter: str) -> None:
    """Raise `BadParameter` if a file cannot be written because its folder is not there."""
    if not file.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {file.parent}", param_hint=parameter)


class _Failed(DalilError):
    """The command is not possible; the message says why."""


class _Readable(Protocol):
    """What is read while it is indexed; `position` counts the bytes read, of `size()`."""

    position: int

    def size(self) -> int: ...


class _ProgressDisplay:
    """Progress of a run on stderr: a bar on a terminal, else a line every few seconds; and each rejected article."""

    def __init__(self, console: Console) -> None:
        self.report = Report()
        self._console = console
        self._source: _Readable = Corpus([], 0)
        self._printed_rejections, self._next_line = 0, time.monotonic() + PROGRESS_INTERVAL_SECONDS
        columns = (SpinnerColumn(), BarColumn(), TaskProgressColumn(), TextColumn("{task.description}"))
        self._bar = Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal)
        self._task = self._bar.add_task("")

    def follow(self, source: _Readable) -> None:
        """Measure progress by the bytes of `source` that are read."""
        self._source = source
        self._bar.update(self._task, total=source.size())

    def count(self, articles: int) -> None:
        """Show a number of articles, of which the last is not known."""
        self._show(f"{articles:,} articles")

    def show(self, report: Report) -> None:
        """Show the run's progress."""
        if report is not self.report:
            self.report, self._printed_rejections = report, 0
        for rejected in report.rejected[self._printed_rejections :]:
            self._console.print(
                f"rejected: {rejected.name}: {rejected.reason}", markup=False, highlight=False, soft_wrap=True
            )
        self._printed_rejections = len(report.rejected)
        self._bar.update(self._task, completed=self._source.position)
        self._show(_line(report))

    def _show(self, line: str) -> None:
        self._bar.update(self._task, description=line)
        if not self._console.is_terminal and time.monotonic() >= self._next_line:
            self._next_line = time.monotonic() + PROGRESS_INTERVAL_SECONDS
            _print_to_stderr(line)

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
    if path:
        _require_folder_of(path, "--report")
    with _errors_in_one_line(), _ProgressDisplay(Console(stderr=True)) as progress:
        try:
            yield progress
        except BaseException as error:
            progress.report.error = str(error) or type(error).__name__
            raise
        finally:
            if path:
                content = json.dumps(progress.report.as_json(), ensure_ascii=False, indent=2) + "\n"
                # The id of a rejected article may hold what UTF-8 cannot write.
                path.write_text(content, "utf-8", errors="backslashreplace")


@contextmanager
def _errors_in_one_line() -> Iterator[None]:
    """Print an error as one line and exit with its status."""
    try:
        yield
    except (DalilError, OSError) as error:
        _print_to_stderr(f"error: {' '.join(str(error).split())}")
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        # What LanceDB was about to await when the interrupt came.
        warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
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
    if report.superseded:
        shown = [f"{one.name} ({one.by or 'stored'}: {one.reason})" for one in report.superseded[:MAX_SKIPPED_NAMES]]
        more = len(report.superseded) - len(shown)
        yield f"superseded by a newer revision: {', '.join(shown)}{f' and {more:,} more' if more else ''}"
    if report.not_pruned_because:
        yield f"not pruned: {report.not_pruned_because}"


def _line(report: Report) -> str:
    parts = [f"{report.indexed:,} indexed ({report.added:,} new)", f"{report.unchanged:,} unchanged"]
    parts += [f"{len(report.rejected):,} rejected"] if report.rejected else []
    parts += [f"{len(report.superseded):,} superseded"] if report.superseded else []
    parts += [f"{len(report.skipped):,} skipped"] if report.skipped else []
    parts += [f"{report.pruned:,} pruned"] if report.pruned else []
    parts += [f"{report.embedded:,} passages embedded"] if report.embedded else []
    return ", ".join(parts)


def _print_to_stderr(line: str) -> None:
    typer.echo(line, err=True)


if __name__ == "__main__":
    app(prog_name="python -m indexer")
