"""The field's standard measures of a ranking for each query, as ir-measures computes them."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import ir_measures
from ir_measures import RR, Judged, Qrel, R, ScoredDoc, Success, nDCG

RANKING_MEASURES = {
    "nDCG@10": nDCG @ 10,
    "recall@10": R @ 10,
    "recall@100": R @ 100,
    "MRR@10": RR @ 10,
    "success@1": Success @ 1,
    "success@3": Success @ 3,
    "judged@10": Judged @ 10,
}
"""Displayed name → measure. All lie in [0, 1], and more is better. The gain is the grade; grade 1 is relevant."""

Qrels: TypeAlias = Mapping[str, Mapping[str, int]]
"""Query id → document id → grade."""

Rankings: TypeAlias = Mapping[str, Sequence[str]]
"""Query id → document ids, best first."""


def score_rankings(qrels: Qrels, rankings: Rankings) -> dict[str, dict[str, float]]:
    """Query id → measure → value, for every query with a judgement, in the order of `qrels`.

    A query without a ranking scores 0 by every measure.
    """
    values = {query_id: dict.fromkeys(RANKING_MEASURES, 0.0) for query_id, grades in qrels.items() if grades}
    names = {measure: name for name, measure in RANKING_MEASURES.items()}
    judgements = [
        Qrel(query_id, document_id, grade)
        for query_id, grades in qrels.items()
        for document_id, grade in grades.items()
    ]
    scored = [
        ScoredDoc(query_id, document_id, float(len(rankings[query_id]) - rank))
        for query_id in values
        for rank, document_id in enumerate(rankings.get(query_id, ()))
    ]
    if scored:
        for metric in ir_measures.iter_calc(list(RANKING_MEASURES.values()), judgements, scored):
            values[metric.query_id][names[metric.measure]] = metric.value
    return values
