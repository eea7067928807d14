from dataclasses import replace
from pathlib import Path

import pytest
from rich.table import Table

from dalil.domain import Answer, DetailKind, MissingDetail, ShortAnswer
from evals.reports.explanation import explanation_tables
from tests.integration.api_service import ARTICLES
from tests.small_engine import small_engine


def outcome(answer: Answer) -> dict[str, str]:
    """The rows of the last table, by their first cell."""
    *_, table = explanation_tables(answer)
    assert isinstance(table, Table)
    names, values = (list(map(str, column.cells)) for column in table.columns)
    return dict(zip(names, values, strict=True))


@pytest.mark.parametrize("threshold", [0.0, 1.0], ids=["answered", "related evidence"])
def test_the_outcome_has_the_status_the_short_answer_the_related_quotes_and_what_is_missing(
    tmp_path: Path, threshold: float
) -> None:
    with small_engine(tmp_path, ARTICLES, threshold=threshold) as engine:
        answer = engine.answerer.answer("متى بدأ حصاد القمح في الدلتا؟", explain=True)
    missing = (MissingDetail(DetailKind.DATE, "عام 1975"), MissingDetail(DetailKind.WORD, "سعر"))
    short = ShortAnswer("الدلتا", 1, 26, 32) if answer.sentences else None
    rows = outcome(replace(answer, short_answer=short, missing=missing))
    assert (rows["status"], rows["strength"]) == (answer.status, answer.strength)
    assert rows["short answer"] == ("الدلتا [1]" if answer.sentences else "none")
    assert answer.sentences or answer.related
    for citation in answer.related:
        assert rows[f"related {citation.number}"] == citation.quote
    assert (rows["missing date 1"], rows["missing word 2"]) == ("عام 1975", "سعر")
