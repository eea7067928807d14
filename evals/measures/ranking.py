"""What a ranking is worth to each question, by ir-measures' implementations of the field's standard measures."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import ir_measures
from ir_measures import RR, Judged, R, Success, nDCG

MEASURES = {
    "nDCG@10": nDCG @ 10,
    "recall@10": R @ 10,
    "recall@100": R @ 100,
    "MRR@10": RR @ 10,
    "success@1": Success @ 1,
    "success@3": Success @ 3,
    "judged@10": Judged @ 10,
}
"""The name shown for each measure; all lie in [0, 1], more is better. Gains are the grades; grade 1 is relevant."""

Qrels: TypeAlias = Mapping[str, Mapping[str, int]]
"""Query id → document id → grade."""

Run: TypeAlias = Mapping[str, Sequence[str]]
"""Query id → document ids, best first."""


def per_question(qrels: Qrels, run: Run) -> dict[str, dict[str, float]]:
    """Each measure for every query that has a judgement, in the order of `qrels`; without hits it is 0 everywhere."""
    values = {query_id: dict.fromkeys(MEASURES, 0.0) for query_id, judged in qrels.items() if judged}
    names = {measure: name for name, measure in MEASURES.items()}
    truth = [
        ir_measures.Qrel(query_id, document_id, grade)
        for query_id, judged in qrels.items()
        for document_id, grade in judged.items()
    ]
    scored = [
        ir_measures.ScoredDoc(query_id, document_id, float(len(run[query_id]) - rank))
        for query_id in values
        for rank, document_id in enumerate(run.get(query_id, ()))
    ]
    if scored:
        for metric in ir_measures.iter_calc(list(MEASURES.values()), truth, scored):
            values[metric.query_id][names[metric.measure]] = metric.value
    return values
