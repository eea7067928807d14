"""The objects that `--json` prints."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TypeAlias

from dalil.statistics import Interval
from evals.ablation.ablate import MEASURE, Ablation, AblationRow
from evals.measures.calibration import Calibration
from evals.measures.claims import ClaimResult, error_rates
from evals.measures.near_duplicates import PairResult, detection_rates
from evals.measures.refusals import RefusalRates, Sample, refusal_rates
from evals.runs.answers import AnswersRun, compare_generators, percentile_seconds
from evals.runs.comparison import RunComparison, decide
from evals.runs.records import EvalRun, QuestionResult
from evals.runs.summaries import (
    NEAR_MISS_CUT,
    SLICERS,
    Summary,
    summarise_calibration,
    summarise_headline,
    summarise_slices,
)

Json: TypeAlias = dict[str, object]


def facts_to_json(run: EvalRun) -> Json:
    """The mode, the store and the model of a run."""
    facts = run.facts
    return {"mode": facts.mode, "store": facts.store, "model": f"{facts.model} ({facts.runtime})"}


def run_to_json(run: EvalRun) -> Json:
    """The means over all questions, over the halves of each set, and over every slice."""
    groups = {name: summary_to_json(summary) for name, summary in summarise_headline(run.rows).items()}
    calibration = calibration_to_json(run.rows)
    return {"questions": len(run.rows), "groups": groups, "calibration": calibration, "slices": slices_to_json(run)}


def slices_to_json(run: EvalRun) -> Json:
    """Cut → slice → its summary."""
    cuts = {cut: summarise_slices(run.rows, slicer) for cut, slicer in SLICERS.items()}
    return {cut: {name: summary_to_json(one) for name, one in slices.items()} for cut, slices in cuts.items()}


def summary_to_json(summary: Summary) -> Json:
    """The mean and the interval of each measure."""
    return {
        "questions": summary.questions,
        "measures": {name: found.mean for name, found in summary.measures.items()},
        "intervals": {name: [found.low, found.high] for name, found in summary.measures.items()},
    }


def calibration_to_json(rows: Sequence[QuestionResult]) -> Json:
    """Half of a set → language → the calibration of the confidence."""
    return {
        half: {language: _calibration_to_json(one) for language, one in languages.items()}
        for half, languages in summarise_calibration(rows).items()
    }


def comparison_to_json(comparison: RunComparison) -> Json:
    """One measure over one slice of two runs."""
    found = comparison.difference
    return {
        "cut": comparison.cut,
        "slice": comparison.slice,
        "measure": comparison.measure,
        "before": found.before,
        "after": found.after,
        "difference": found.interval.mean,
        "interval": [found.interval.low, found.interval.high],
        "p": found.p,
        "verdict": comparison.outcome.value,
    }


def ablation_to_json(ablation: Ablation) -> Json:
    """The table. Only `milliseconds` and `times` depend on the speed of the machine."""
    return {
        "store": ablation.store,
        "model": f"{ablation.model} ({ablation.runtime})",
        "measure": MEASURE,
        "sets": [asdict(facts) for facts in ablation.sets],
        "rows": list(map(_ablation_row_to_json, ablation.rows)),
    }


def refusals_to_json(samples: Sequence[Sample], threshold: float | None) -> Json:
    """Set → half → language → the shares refused at the threshold."""
    groups: dict[str, dict[str, dict[str, list[Sample]]]] = {}
    for sample in samples:
        halves = groups.setdefault(sample.set, {})
        halves.setdefault(sample.half, {}).setdefault(sample.language, []).append(sample)
    return {
        "threshold": threshold,
        "sets": {
            name: {
                half: {language: _rates_to_json(refusal_rates(own, threshold)) for language, own in languages.items()}
                for half, languages in halves.items()
            }
            for name, halves in groups.items()
        },
    }


def answers_to_json(runs: Sequence[AnswersRun]) -> Json:
    """The measures, the calibration and the times of each generator, and the differences from the first one."""
    return {
        "generators": {run.generator: _answers_run_to_json(run) for run in runs},
        "comparisons": [
            {
                "generator": run.generator,
                "against": runs[0].generator,
                "measure": one.measure,
                "before": one.difference.before,
                "after": one.difference.after,
                "difference": _mean_and_bounds(one.difference.interval),
                "p": one.difference.p,
                "verdict": one.outcome.value,
            }
            for run in runs[1:]
            for one in compare_generators(runs[0], run)
        ],
    }


def claims_to_json(results: Sequence[ClaimResult]) -> Json:
    """The verdict of each claim, and the shares of each label with each verdict, over all and by kind."""
    rates = error_rates(results)
    return {
        "claims": [
            {
                "id": result.claim.id,
                "label": result.claim.label.value,
                "kind": result.claim.kind,
                "support": result.support,
                "verdict": result.verdict.value,
            }
            for result in results
        ],
        "verdicts": {verdict.value: count for verdict, count in rates.counts.items()},
        "shares": _shares_to_json(results),
        "kinds": {
            kind: _shares_to_json([result for result in results if result.claim.kind == kind])
            for kind in dict.fromkeys(result.claim.kind for result in results)
        },
    }


def near_duplicates_to_json(results: Sequence[PairResult]) -> Json:
    """Precision, recall, and each pair."""
    rates = detection_rates(results)
    return {
        "precision": _mean_and_bounds(rates.precision),
        "recall": _mean_and_bounds(rates.recall),
        "pairs": [
            {
                "articles": [result.pair.first.id, result.pair.second.id],
                "half": result.pair.half,
                "near_duplicates": result.pair.near_duplicates,
                "similarity": result.similarity,
                "found": result.found,
            }
            for result in results
        ],
    }


def _shares_to_json(results: Sequence[ClaimResult]) -> Json:
    """Label → verdict → the share of its claims with that verdict."""
    return {
        label.value: {verdict.value: _mean_and_bounds(share) for verdict, share in verdicts.items()}
        for label, verdicts in error_rates(results).shares.items()
    }


def _answers_run_to_json(run: AnswersRun) -> Json:
    first, whole = percentile_seconds(run)
    misses = summarise_slices(run.rows, SLICERS[NEAR_MISS_CUT])
    return {
        "questions": len(run.rows),
        "groups": {name: summary_to_json(summary) for name, summary in summarise_headline(run.rows).items()},
        "near_misses": {name: summary_to_json(summary) for name, summary in misses.items()},
        "calibration": calibration_to_json(run.rows),
        "seconds_to_first_sentence": first,
        "seconds": whole,
        "fallbacks": run.fallbacks,
        "failure": run.failure,
    }


def _calibration_to_json(calibration: Calibration) -> Json:
    return {
        "questions": calibration.questions,
        "expected_calibration_error": _mean_and_bounds(calibration.error),
        "roc_area": calibration.roc_area,
        "near_misses_refused_at_8_percent_lost": calibration.refused_at_max_lost,
        "bins": list(map(asdict, calibration.bins)),
    }


def _rates_to_json(rates: RefusalRates) -> Json:
    return {
        "refused": {condition.value: _mean_and_bounds(share) for condition, share in rates.shares.items()},
        "questions": {condition.value: count for condition, count in rates.counts.items()},
        "roc_area": rates.roc_area,
        "unanswerable_refused_at_8_percent_lost": rates.at_max_lost,
        "near_misses_refused_at_8_percent_lost": rates.near_misses_at_max_lost,
    }


def _ablation_row_to_json(row: AblationRow) -> Json:
    found = row.difference
    return {
        "set": row.set,
        "language": row.language,
        "variant": row.variant,
        "changes": row.changes,
        "questions": row.score.questions if row.score else None,
        "mean": row.score.mean if row.score else None,
        "interval": _bounds(row.score),
        "difference": found.interval.mean if found else None,
        "difference_interval": _bounds(found.interval if found else None),
        "p": found.p if found else None,
        "verdict": decide(MEASURE, found).value if found else None,
        "milliseconds": row.milliseconds,
        "times": row.times,
        "bytes_a_passage": row.bytes_a_passage,
        "missing": row.missing,
    }


def _bounds(interval: Interval | None) -> list[float] | None:
    return [interval.low, interval.high] if interval else None


def _mean_and_bounds(interval: Interval | None) -> list[float] | None:
    return [interval.mean, interval.low, interval.high] if interval else None
