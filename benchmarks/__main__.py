"""`python -m benchmarks`."""

import signal
import sys
from pathlib import Path
from typing import Annotated

try:
    import typer
    from rich.console import Console

    from benchmarks.records import SystemName
    from benchmarks.reports.page import benchmark_page
    from benchmarks.reports.table import benchmark_table
    from benchmarks.runs import Plan, run_benchmark
    from dalil.errors import DalilError
    from evals.datasets.paths import NEWS
except ModuleNotFoundError as error:
    # `make run` installs what serving needs; the other systems take torch as well.
    sys.exit(f"python -m benchmarks needs the library {error.name!r}, which is not installed: run `make setup`")

MAX_TABLE_CHARACTERS = 200
"""The width of a table outside a terminal."""

MAX_PASSAGES = 1_000_000

EXIT_STATUSES = """
Exit status:

0 success; a system without an OpenSearch node is left out, and the table says so.

2 failure; the message says what helps.

130 interrupted; nothing is left behind.
"""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command("benchmarks", epilog=EXIT_STATUSES)
def benchmarks(
    *,
    passages: Annotated[int, typer.Option(min=1, max=MAX_PASSAGES, help="Passages in each index.")] = 2_000,
    embedded: Annotated[
        int,
        typer.Option(min=1, help="Real passages at most, which are embedded; the rest is made of their parts."),
    ] = 2_000,
    systems: Annotated[
        list[SystemName] | None,
        typer.Option("--systems", metavar="NAME", help=f"One of {', '.join(SystemName)}; repeatable. Default: all."),
    ] = None,
    questions: Annotated[
        int, typer.Option(min=1, help="Different questions at one client, and as many at eight.")
    ] = 200,
    news: Annotated[Path, typer.Option(metavar="FOLDER", help="Zips of news articles.")] = NEWS,
    output: Annotated[
        Path, typer.Option(metavar="FILE", dir_okay=False, help="Write the figures as JSON, and a page beside it.")
    ] = Path(".dalil/benchmarks/latest.json"),
) -> None:
    """Measure Dalil beside what people would take instead, with the same model, articles and passages.

    The others are sentence-transformers with LanceDB's hybrid search, and with OpenSearch's; OpenSearch needs a node
    at DALIL_OPENSEARCH__URL. Each system indexes in one process and searches in another, one system after the other.

    Example: `python -m benchmarks --passages 100000 --systems dalil --systems lancedb`
    """
    # A process that is ended cleans up as one that is interrupted.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    plan = Plan(tuple(systems or SystemName), passages, embedded, questions, news, output.parent)
    try:
        benchmark = run_benchmark(plan, _say)
        output.write_text(benchmark.model_dump_json(indent=1) + "\n", "utf-8")
        page = output.with_suffix(".html")
        page.write_text(benchmark_page(benchmark), "utf-8")
    except (DalilError, OSError) as error:
        _say(f"error: {' '.join(str(error).split())}")
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        _say("interrupted; the indexes of the run are deleted")
        raise typer.Exit(130) from None
    console = Console()
    (console if console.is_terminal else Console(width=MAX_TABLE_CHARACTERS)).print(benchmark_table(benchmark))
    _say(f"wrote {output} and {page}")


def _say(line: str) -> None:
    typer.echo(line, err=True)


if __name__ == "__main__":
    app(prog_name="python -m benchmarks")
