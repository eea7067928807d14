"""The question sets of a command, and the run over them."""

from collections.abc import Sequence
from pathlib import Path

from dalil.settings import Settings
from evals.commands.options import OwnSet
from evals.commands.terminal import say
from evals.datasets.own_sets import load_reference, load_seeds
from evals.datasets.paths import REFERENCE
from evals.datasets.questions import QuestionSet
from evals.runs.experiment import Plan, run_experiment
from evals.runs.files import default_path, write_run
from evals.runs.records import EvalRun


def load_own_sets(own: OwnSet) -> list[QuestionSet]:
    """The chosen sets of this project; `OwnSet.ALL` leaves out the reference set if its articles are missing."""
    sets = [load_seeds()] if own is not OwnSet.REFERENCE else []
    if own is OwnSet.REFERENCE or (own is OwnSet.ALL and REFERENCE.is_dir()):
        return [*sets, load_reference()]
    if own is OwnSet.ALL:
        say(f"the reference set is left out: its articles are not in {REFERENCE}")
    return sets


def run_and_save(
    sets: Sequence[QuestionSet], settings: Settings, plan: Plan, output: Path | None, *, slim: bool = False
) -> EvalRun:
    """Run the plan and write its file."""
    run = run_experiment(sets, settings, plan, say)
    path = output or default_path(plan.name, run.facts.when)
    write_run(run.without_passages() if slim else run, path)
    say(f"the run is in {path}")
    return run
