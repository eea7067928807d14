"""`python -m evals`: the program."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from dalil.errors import DalilError
from dalil.retrieval.retriever import Mode
from dalil.settings import load_settings
from evals.datasets import load_beir
from evals.measures import evaluate
from evals.runner import indexed, run

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def program() -> None:
    """Measure Dalil's retrieval. Settings are DALIL_ environment variables."""


@app.command()
def beir(
    folder: Annotated[Path, typer.Argument(help="Holds corpus.jsonl, queries.jsonl and qrels.tsv or qrels/test.tsv.")],
    mode: Annotated[Mode, typer.Option(help="Which legs search.")] = Mode.HYBRID,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Index a collection in BEIR's layout into an index of its own and print what the ranking is worth.

    Example: `python -m evals beir ../shared/data/beir/xquad_corpus-ar_query-en --json`
    """
    console = Console(stderr=True)

    def say(line: str) -> None:
        console.print(line, markup=False, highlight=False, soft_wrap=True)

    try:
        settings = load_settings()
        collection = load_beir(folder)
        with indexed(collection, settings, say) as engine:
            figures = evaluate(collection.qrels, run(engine, collection.queries, mode, say))
            model = f"{engine.embedder.model} ({engine.embedder.runtime})"
    except (DalilError, OSError) as error:
        say(f"error: {error}")
        raise typer.Exit(2) from None
    if as_json:
        facts = {"collection": collection.name, "mode": mode, "store": settings.store.kind, "model": model}
        counts = {"documents": len(collection.documents), "queries": len(collection.queries)}
        typer.echo(json.dumps({**facts, **counts, "measures": figures}, ensure_ascii=False))
        return
    title = f"{collection.name}: {len(collection.queries):,} queries, {mode}, {settings.store.kind}, {model}"
    table = Table("measure", "mean", title=title, title_justify="left")
    for name, value in figures.items():
        table.add_row(name, f"{value:.4f}")
    Console().print(table)


if __name__ == "__main__":
    app(prog_name="python -m evals")
