"""Several searches over the same questions, in turns, so that their times compare."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from dalil.bootstrap import Progress
from dalil.errors import InvalidQuery, Unavailable
from evals.datasets.questions import EvalQuestion
from evals.runs.results import SECONDS_BETWEEN_LINES
from evals.systems.search import RankedPassage, Search

QUESTIONS_PER_TURN = 10


@dataclass(slots=True)
class TimedRankings:
    """The rankings of one search and their times, by question id; `failure` says why the search ended early."""

    rankings: dict[str, Sequence[RankedPassage]] = field(default_factory=dict)
    milliseconds: dict[str, float] = field(default_factory=dict)
    failure: str | None = None


def search_in_turns(
    questions: Sequence[EvalQuestion], searches: Mapping[str, Search], progress: Progress
) -> dict[str, TimedRankings]:
    """Run every search over all questions, a few questions a turn, and each time beginning with another search.

    Other load on the machine then affects all searches alike. A turn has several questions, because two runtimes that
    alternate at every question slow each other down. A question that a search refuses gets an empty ranking and no
    time. `Unavailable` ends that search alone.
    """
    results = {name: TimedRankings() for name in searches}
    next_line = perf_counter() + SECONDS_BETWEEN_LINES
    names = list(searches)
    turns = [questions[start : start + QUESTIONS_PER_TURN] for start in range(0, len(questions), QUESTIONS_PER_TURN)]
    for number, turn in enumerate([questions[:1], *turns]):  # the first question is the warm-up, and is asked again
        first = number % len(names)
        for name in names[first:] + names[:first]:
            _take_turn(turn, searches[name], results[name])
            if perf_counter() >= next_line:
                next_line = perf_counter() + SECONDS_BETWEEN_LINES
                done = sum(len(result.rankings) for result in results.values())
                progress(f"{done:,} of {len(questions) * len(names):,} searches done, by {len(names)} variants")
    return results


def _take_turn(questions: Sequence[EvalQuestion], search: Search, result: TimedRankings) -> None:
    for question in questions:
        if result.failure is not None:
            return
        started = perf_counter()
        try:
            result.rankings[question.id] = search(question.text)
            result.milliseconds[question.id] = (perf_counter() - started) * 1_000
        except InvalidQuery:
            result.rankings[question.id] = ()
        except Unavailable as error:
            result.failure = str(error)
