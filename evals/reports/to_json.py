"""Runs, comparisons and ablations as the objects that `--json` prints."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TypeAlias

from evals.ablation.ablate import MEASURE, Ablation, Line
from evals.measures.claims import Checked, error_rates
from evals.measures.refusals import Refused, Sample, refused
from evals.measures.statistics import Interval
from evals.runs.comparison import Comparison, verdict
from evals.runs.records import EvalRun
from evals.runs.summaries import SLICERS, Summary, headline, sliced

JsonFigures: TypeAlias = dict[str, object]


def facts(done: EvalRun) -> JsonFigures:
    """What a run was made with."""
    own = done.facts
    return {"mode": own.mode, "store": own.store, "model": f"{own.model} ({own.runtime})"}


def figures(done: EvalRun) -> JsonFigures:
    """All questions, each set's halves, and every slice."""
    groups = {name: summary(own) for name, own in headline(done.rows).items()}
    return {"questions": len(done.rows), "groups": groups, "slices": slices(done)}


def slices(done: EvalRun) -> JsonFigures:
    """Cut → slice → its summary."""
    cuts = {cut: sliced(done.rows, slicer) for cut, slicer in SLICERS.items()}
    return {cut: {name: summary(one) for name, one in found.items()} for cut, found in cuts.items()}


def summary(own: Summary) -> JsonFigures:
    """Each measure's mean and interval."""
    return {
        "questions": own.questions,
        "measures": {name: found.mean for name, found in own.measures.items()},
        "intervals": {name: [found.low, found.high] for name, found in own.measures.items()},
    }


def comparison(one: Comparison) -> JsonFigures:
    """One measure over one slice of two runs."""
    found = one.difference
    return {
        "cut": one.cut,
        "slice": one.slice,
        "measure": one.measure,
        "before": found.before,
        "after": found.after,
        "difference": found.interval.mean,
        "interval": [found.interval.low, found.interval.high],
        "p": found.p,
        "verdict": one.verdict.value,
    }


def ablation(done: Ablation) -> JsonFigures:
    """The table; what depends on the machine's speed stands in `milliseconds` and `times` alone."""
    return {
        "store": done.store,
        "model": f"{done.model} ({done.runtime})",
        "measure": MEASURE,
        "sets": [asdict(own) for own in done.sets],
        "rows": list(map(_line, done.lines)),
    }


def refusals(rows: Sequence[Sample], threshold: float) -> JsonFigures:
    """Set → half → language → the shares refused at the threshold."""
    groups: dict[str, dict[str, dict[str, list[Sample]]]] = {}
    for row in rows:
        groups.setdefault(row.set, {}).setdefault(row.half, {}).setdefault(row.language, []).append(row)
    return {
        "threshold": threshold,
        "sets": {
            name: {
                half: {language: _refused(refused(own, threshold)) for language, own in languages.items()}
                for half, languages in halves.items()
            }
            for name, halves in groups.items()
        },
    }


def _refused(found: Refused) -> JsonFigures:
    return {
        "refused": {asked.value: [own.mean, own.low, own.high] for asked, own in found.shares.items()},
        "questions": {asked.value: count for asked, count in found.counts.items()},
        "roc_area": found.ranked,
        "unanswerable_refused_at_8_percent_lost": found.at_most_lost,
    }


def claims(rows: Sequence[Checked]) -> JsonFigures:
    """Each claim's verdict, and the error rates over all."""
    rates = error_rates(rows)
    return {
        "claims": [
            {"id": row.claim.id, "kind": row.claim.kind, "support": row.support, "verdict": row.verdict.value}
            for row in rows
        ],
        "verdicts": {verdict.value: count for verdict, count in rates.counts.items()},
        "right_dropped": [rates.dropped.mean, *(_bounds(rates.dropped) or ())] if rates.dropped else None,
        "wrong_passed": [rates.passed.mean, *(_bounds(rates.passed) or ())] if rates.passed else None,
    }


def _line(line: Line) -> JsonFigures:
    against = line.difference
    return {
        "set": line.set,
        "language": line.language,
        "variant": line.variant,
        "changes": line.changes,
        "questions": line.score.questions if line.score else None,
        "mean": line.score.mean if line.score else None,
        "interval": _bounds(line.score),
        "difference": against.interval.mean if against else None,
        "difference_interval": _bounds(against.interval if against else None),
        "p": against.p if against else None,
        "verdict": verdict(MEASURE, against).value if against else None,
        "milliseconds": line.milliseconds,
        "times": line.times,
        "bytes_a_passage": line.bytes_a_passage,
        "missing": line.missing,
    }


def _bounds(own: Interval | None) -> list[float] | None:
    return [own.low, own.high] if own else None
