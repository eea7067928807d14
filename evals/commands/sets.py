"""The question sets of a command, and the run over them."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from dalil.errors import InvalidInput
from dalil.settings import Settings
from evals.commands.options import Half, OwnSet
from evals.commands.terminal import say
from evals.datasets.custom_set import load_questions
from evals.datasets.own_sets import load_news_questions, load_reference, load_seeds
from evals.datasets.paths import NEWS, REFERENCE
from evals.datasets.questions import QuestionSet, select_half
from evals.runs.experiment import Plan, run_experiment
from evals.runs.files import default_path, write_run
from evals.runs.records import EvalRun

EXTERNAL_SETS: Mapping[OwnSet, tuple[Path, Callable[[], QuestionSet]]] = {
    OwnSet.REFERENCE: (REFERENCE, load_reference),
    OwnSet.NEWS: (NEWS, load_news_questions),
}
"""Set over articles outside the repository → the folder of the articles, and the loader."""


def load_own_sets(own: OwnSet) -> list[QuestionSet]:
    """The chosen sets of this project; `OwnSet.ALL` leaves out each set whose articles are missing, and says so."""
    if own is OwnSet.SEEDS:
        return [load_seeds()]
    if own is not OwnSet.ALL:
        _, load = EXTERNAL_SETS[own]
        return [load()]
    sets = [load_seeds()]
    for name, (folder, load) in EXTERNAL_SETS.items():
        if folder.is_dir():
            sets.append(load())
        else:
            say(f"the {name.value} set is left out: its articles are not in {folder}")
    return sets


def select_sets(own: OwnSet, questions: Path | None, articles: Path | None, half: Half) -> list[QuestionSet]:
    """The sets that the options name: the project's own, or a user's questions over a folder of articles."""
    if (questions is None) != (articles is None):
        raise InvalidInput("--questions FILE and --articles FOLDER go together")
    sets = [load_questions(questions, articles)] if questions and articles else load_own_sets(own)
    return sets if half is Half.ALL else [select_half(one, half.value) for one in sets]


def run_and_save(
    sets: Sequence[QuestionSet], settings: Settings, plan: Plan, output: Path | None, *, slim: bool = False
) -> EvalRun:
    """Run the plan and write its file."""
    run = run_experiment(sets, settings, plan, say)
    path = output or default_path(plan.name, run.facts.when)
    write_run(run.without_passages() if slim else run, path)
    say(f"the run is in {path}")
    return run
