"""What a ranking is worth, by ir-measures' implementations of the field's standard measures."""

from collections.abc import Mapping, Sequence

import ir_measures
from ir_measures import RR, R, nDCG

from evals.datasets import Qrel

MEASURES = {"nDCG@10": nDCG @ 10, "recall@10": R @ 10, "recall@100": R @ 100, "MRR@10": RR @ 10}
"""The name shown for each measure; all lie in [0, 1], more is better."""

Run = Mapping[str, Sequence[str]]
"""Query id → document ids, best first."""


def evaluate(qrels: Sequence[Qrel], run: Run) -> dict[str, float]:
    """The mean of each measure over every judged query; a query without hits counts 0."""
    judged = {qrel.query_id for qrel in qrels}
    totals = dict.fromkeys(MEASURES, 0.0)
    names = {measure: name for name, measure in MEASURES.items()}
    truth = [ir_measures.Qrel(qrel.query_id, qrel.document_id, qrel.grade) for qrel in qrels]
    scored = [
        ir_measures.ScoredDoc(query_id, document_id, float(len(ranking) - rank))
        for query_id, ranking in run.items()
        for rank, document_id in enumerate(ranking)
    ]
    for metric in ir_measures.iter_calc(list(MEASURES.values()), truth, scored):
        totals[names[metric.measure]] += metric.value
    return {name: total / len(judged) for name, total in totals.items()}
