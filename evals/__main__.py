"""`python -m evals`: the program."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich.console import Console

from dalil.bootstrap import build_verifier
from dalil.domain import Mode
from dalil.errors import DalilError, InvalidInput
from dalil.settings import Settings, load_settings
from evals.ablation.ablate import Task, ablate
from evals.ablation.variants import VARIANTS, Variant
from evals.datasets.beir import load_beir, load_each, question_set
from evals.datasets.news import NEWS, news
from evals.datasets.questions import REFERENCE, SEEDS, QuestionSet, load_questions, load_reference, load_seeds
from evals.measures.claims import FILE, checked, load_claims
from evals.measures.judgements import by_article, by_label
from evals.measures.refusals import fitted, samples, strangers_to
from evals.reports import ablation_page as tradeoff
from evals.reports import to_json as figures
from evals.reports.report import page
from evals.reports.tables import (
    ablation_table,
    claims_table,
    comparison_table,
    headline_table,
    latency_table,
    refusals_table,
    signed,
    slice_tables,
)
from evals.runs.comparison import Comparison, Verdict, changed_facts, compare
from evals.runs.experiment import Plan, carry_out, only_half
from evals.runs.records import EvalRun, default_path, read_run, write_run
from evals.runs.summaries import EVERYTHING, summarise
from evals.systems.temporary_index import NO_DISTRACTORS, Distractors

EXIT_STATUSES = """
Exit status:

0 done.

1 `compare --fail-on-worse`: a measure named there got significantly worse.

2 not done; the message says what helps.
"""

WIDEST = 160
"""Characters of a table that is not printed to a terminal."""

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Measure Dalil's retrieval and answers. Settings are DALIL_ environment variables.",
    epilog=EXIT_STATUSES,
)


class Half(StrEnum):
    """Which questions are asked: those that may be tuned on, those that are only reported, or both."""

    DEV = "dev"
    TEST = "test"
    ALL = "all"


class Own(StrEnum):
    """The sets written for this project."""

    SEEDS = "seeds"
    REFERENCE = "reference"
    ALL = "all"


ModeOption: TypeAlias = Annotated[Mode, typer.Option(help="Which retrievers search.")]
JsonOption: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON.")]
OutputOption: TypeAlias = Annotated[
    Path | None, typer.Option(dir_okay=False, help="Write the run here, not to .dalil/evals by name and time.")
]
SlicesOption: TypeAlias = Annotated[bool, typer.Option("--slices", help="Print every slice as well.")]
RunArgument: TypeAlias = Annotated[Path, typer.Argument(help="A file that `run` or `beir` wrote.")]


@app.command(epilog=EXIT_STATUSES)
def run(
    *,
    own: Annotated[Own, typer.Option("--set", help="Of the project's own sets.")] = Own.ALL,
    questions: Annotated[Path | None, typer.Option(help="Your own questions instead: JSONL; needs --articles.")] = None,
    articles: Annotated[Path | None, typer.Option(help="The folder of articles your questions are about.")] = None,
    half: Annotated[Half, typer.Option(help="Which questions; both halves are reported apart.")] = Half.ALL,
    mode: ModeOption = Mode.HYBRID,
    output: OutputOption = None,
    as_json: JsonOption = False,
    slices: SlicesOption = False,
    no_answers: Annotated[bool, typer.Option("--no-answers", help="Measure retrieval only.")] = False,
    no_latency: Annotated[bool, typer.Option("--no-latency", help="Time nothing.")] = False,
    slim: Annotated[bool, typer.Option("--slim", help="Write no passages: enough for `compare`, a baseline.")] = False,
) -> None:
    """Measure retrieval and answers over the project's own questions, or yours.

    Examples: `python -m evals run`, `python -m evals run --questions mine.jsonl --articles folder/`
    """
    with _failing_in_one_line():
        if (questions is None) != (articles is None):
            raise InvalidInput("--questions FILE and --articles FOLDER go together")
        sets = [load_questions(questions, articles)] if questions and articles else _own_sets(own)
        if half is not Half.ALL:
            sets = [only_half(one, half.value) for one in sets]
        withheld = frozenset() if questions else frozenset({"reference"})
        plan = Plan(
            name="-".join(one.name for one in sets),
            mode=mode,
            with_answers=not no_answers,
            with_latencies=not no_latency,
            withheld=withheld,
        )
        done = _carried_out(sets, load_settings(), plan, output, slim=slim)
    if as_json:
        typer.echo(json.dumps(figures.facts(done) | figures.figures(done), ensure_ascii=False))
    else:
        _print(done, slices=slices)


@app.command(epilog=EXIT_STATUSES)
def beir(
    folder: Annotated[Path, typer.Argument(help="Holds corpus.jsonl, queries.jsonl and qrels.tsv or qrels/test.tsv.")],
    *,
    mode: ModeOption = Mode.HYBRID,
    distractors: Annotated[int, typer.Option(min=0, help="Passages of news to put in the way.")] = 0,
    news_folder: Annotated[Path, typer.Option("--news", help="Where the distractors' zips are.")] = NEWS,
    output: OutputOption = None,
    as_json: JsonOption = False,
    slices: SlicesOption = False,
) -> None:
    """Index a collection in BEIR's layout into an index of its own and print what the ranking is worth.

    Example: `python -m evals beir ../shared/data/beir/xquad_corpus-ar_query-en --json`
    """
    with _failing_in_one_line():
        collection = load_beir(folder)
        in_the_way = Distractors(news(news_folder), distractors) if distractors else NO_DISTRACTORS
        plan = Plan(collection.name, mode, by_article, with_answers=False, distractors=in_the_way)
        done = _carried_out([question_set(collection)], load_settings(), plan, output)
    if not as_json:
        _print(done, slices=slices)
        return
    (counts,) = done.facts.sets
    sizes = {"documents": counts.articles, "queries": counts.questions, "passages": counts.passages}
    whole = figures.summary(summarise(done.rows))
    facts = {"collection": collection.name} | figures.facts(done) | sizes | {"distractors": counts.distractors}
    typer.echo(json.dumps(facts | whole | {"slices": figures.slices(done)}, ensure_ascii=False))


@app.command("compare", epilog=EXIT_STATUSES)
def compare_runs(
    before: RunArgument,
    after: RunArgument,
    *,
    fail_on_worse: Annotated[
        str, typer.Option(metavar="MEASURE[,MEASURE]", help="Exit with 1 when one of these fell, over all questions.")
    ] = "",
    as_json: JsonOption = False,
    slices: SlicesOption = False,
) -> None:
    """Say what got better or worse from one run to another over the same questions, and how sure that is.

    Example: `python -m evals compare before.json after.json --fail-on-worse "nDCG@10,citation recall"`
    """
    with _failing_in_one_line():
        old, new = read_run(before), read_run(after)
        comparisons = compare(old, new)
        changes = changed_facts(old, new)
        guarded = [name.strip() for name in fail_on_worse.split(",") if name.strip()]
        whole = {one.measure: one for one in comparisons if one.slice == EVERYTHING}
        if unknown := [name for name in guarded if name not in whole]:
            raise InvalidInput(f"--fail-on-worse: the runs have no {', '.join(unknown)}; they have {', '.join(whole)}")
    failed = [name for name in guarded if whole[name].verdict is Verdict.WORSE]
    if as_json:
        typer.echo(json.dumps({"changed": changes, "comparisons": list(map(figures.comparison, comparisons))}))
    else:
        _print_comparison(comparisons, changes, slices=slices)
    for name in failed:
        _say(f"worse: {name} {signed(whole[name].difference.interval)}")
    raise typer.Exit(1 if failed else 0)


@app.command("ablate", epilog=EXIT_STATUSES)
def ablate_engine(
    *,
    folders: Annotated[
        list[Path] | None, typer.Option("--beir", metavar="FOLDER", help="A collection in BEIR's layout; repeatable.")
    ] = None,
    own: Annotated[
        bool, typer.Option("--own", help="The own set's development half too; alone without --beir.")
    ] = False,
    only: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="Only variants whose name holds it; repeatable.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Questions of a set at most, for a quick look.")] = None,
    output: Annotated[Path | None, typer.Option(dir_okay=False, help="Write the table here too, as JSON.")] = None,
    drawn: Annotated[
        Path | None, typer.Option("--page", metavar="FILE", dir_okay=False, help="Draw it here, as a page of HTML.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print what each part of retrieval is worth: variants of the engine, and OpenSearch's own hybrid, against it.

    The peer needs a node at DALIL_OPENSEARCH__URL; without one its rows say so. Files are written after each set.

    Example: `python -m evals ablate --own --beir ../shared/data/beir/xquad_corpus-ar_query-en --limit 100`
    """
    with _failing_in_one_line():
        tasks = [Task(question_set(collection), by_article) for collection in load_each(folders or ())]
        if own or not tasks:
            tasks.insert(0, Task(only_half(load_seeds(), Half.DEV.value), by_label))
        for place in filter(None, (output, drawn)):
            place.parent.mkdir(parents=True, exist_ok=True)
        for done in ablate(tasks, _named(only), load_settings(), _say, limit):
            if output:
                output.write_text(json.dumps(figures.ablation(done), ensure_ascii=False, indent=1), encoding="utf-8")
            if drawn:
                drawn.write_text(tradeoff.page(done), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(figures.ablation(done), ensure_ascii=False))
    else:
        _console().print(ablation_table(done))


@app.command(epilog=EXIT_STATUSES)
def refusals(
    *,
    folders: Annotated[
        list[Path] | None, typer.Option("--beir", metavar="FOLDER", help="A collection in BEIR's layout; repeatable.")
    ] = None,
    own: Annotated[bool, typer.Option("--own", help="The own sets too; alone without --beir.")] = False,
    fit: Annotated[
        bool, typer.Option("--fit", help="Print the weights fitted to what is asked, test halves left out.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Measure what is refused: questions asked with the articles that answer them, without them, and unanswerable ones.

    Example: `python -m evals refusals --own --beir ../shared/data/beir/xquad_corpus-ar_query-en`
    """
    with _failing_in_one_line():
        settings = load_settings()
        beir = [question_set(collection) for collection in load_each(folders or ())]
        ours = _own_sets(Own.ALL) if own or not beir else []
        tuned_on = [only_half(one, Half.DEV.value) for one in ours]
        rows = [
            row
            for sets, others in ((ours, beir), (beir, [*tuned_on, *beir]))
            for one in sets
            for row in samples(one, settings, _say, strangers_to(one, others))
        ]
    threshold = settings.answering.threshold
    if as_json:
        typer.echo(json.dumps(figures.refusals(rows, threshold), ensure_ascii=False))
    else:
        _console().print(refusals_table(rows, threshold))
    if fit:
        tested = {one.name for one in ours}
        kept = [row for row in rows if row.set not in tested or row.half != Half.TEST.value]
        for language, regressions in fitted(kept).items():
            for name, weights in zip(("TOPICALITY_WEIGHTS", "ANSWERABILITY_WEIGHTS"), regressions, strict=True):
                _say(f"{name} {language}: {', '.join(f'{weight:.3g}' for weight in weights)}")


@app.command(epilog=EXIT_STATUSES)
def claims(
    *,
    file: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="Claims of your own: JSONL.")] = FILE,
    articles: Annotated[Path, typer.Option(help="The folder of articles that the claims quote.")] = SEEDS,
    half: Annotated[Half, typer.Option(help="Which claims.")] = Half.ALL,
    as_json: JsonOption = False,
) -> None:
    """Measure how often the verifier of answers errs, on sentences that their quotes say and on ones they do not.

    A line of a file: `{"id", "lang", "sentence", "quotes", "label": "supported" or "unsupported", "kind"}`; a quote is
    text, or `{"article", "start", "end"}`.

    Example: `python -m evals claims --half test`
    """
    with _failing_in_one_line():
        known = [claim for claim in load_claims(file, articles) if half is Half.ALL or claim.half == half.value]
        if not known:
            raise InvalidInput(f"{file}: no claim is of the half {half.value!r}")
        verifier = build_verifier(load_settings(), _say)
        rows = checked(known, verifier.check)
    if as_json:
        typer.echo(json.dumps(figures.claims(rows), ensure_ascii=False))
    else:
        _console().print(claims_table(rows, f"{len(rows)} claims"))


@app.command(epilog=EXIT_STATUSES)
def report(
    run: RunArgument,
    against: Annotated[Path | None, typer.Option(help="An earlier run over the same questions.")] = None,
    output: Annotated[Path | None, typer.Option(dir_okay=False, help="The page; RUN with .html by default.")] = None,
) -> None:
    """Draw a run as one page of HTML that needs no network.

    Example: `python -m evals report .dalil/evals/seeds.json --output seeds.html`
    """
    with _failing_in_one_line():
        html = page(read_run(run), read_run(against) if against else None)
        place = output or run.with_suffix(".html")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(html, encoding="utf-8")
    typer.echo(place)


def _named(only: list[str] | None) -> list[Variant]:
    chosen = [own for own in VARIANTS if not only or any(text in own.name for text in only)]
    if not chosen:
        names = ", ".join(own.name for own in VARIANTS)
        raise InvalidInput(f"--only: no variant's name holds {' or '.join(map(repr, only or ()))}; there are {names}")
    return chosen


def _own_sets(own: Own) -> list[QuestionSet]:
    sets = [load_seeds()] if own is not Own.REFERENCE else []
    if own is Own.REFERENCE or (own is Own.ALL and REFERENCE.is_dir()):
        return [*sets, load_reference()]
    if own is Own.ALL:
        _say(f"the reference set is left out: its articles are not in {REFERENCE}")
    return sets


def _carried_out(
    sets: list[QuestionSet], settings: Settings, plan: Plan, output: Path | None, *, slim: bool = False
) -> EvalRun:
    done = carry_out(sets, settings, plan, _say)
    place = output or default_path(plan.name, done.facts.when)
    write_run(done.without_passages() if slim else done, place)
    _say(f"the run is in {place}")
    return done


def _print(done: EvalRun, *, slices: bool) -> None:
    console = _console()
    console.print(headline_table(done))
    for table in slice_tables(done) if slices else ():
        console.print(table)
    if timed := latency_table(done):
        console.print(timed)


def _print_comparison(comparisons: list[Comparison], changes: list[str], *, slices: bool) -> None:
    console = _console()
    for line in changes or ["nothing that a run records differs but its results"]:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    whole = [one for one in comparisons if one.slice == EVERYTHING]
    console.print(comparison_table(whole, "all questions, after minus before"))
    parts = [one for one in comparisons if one.slice != EVERYTHING and (slices or one.cut == "set")]
    console.print(comparison_table(parts, "slices" if slices else "each set's halves (--slices for every slice)"))
    for verdict in Verdict:
        names = [one.measure for one in whole if one.verdict is verdict]
        console.print(f"{verdict.value}: {', '.join(names) or 'nothing'}", highlight=False, soft_wrap=True)


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=WIDEST)


@contextmanager
def _failing_in_one_line() -> Iterator[None]:
    try:
        yield
    except (DalilError, OSError) as error:
        _say(f"error: {' '.join(str(error).split())}")
        raise typer.Exit(2) from None


def _say(line: str) -> None:
    typer.echo(line, err=True)


if __name__ == "__main__":
    app(prog_name="python -m evals")
