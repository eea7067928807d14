from pathlib import Path

import pytest

from dalil.errors import InvalidInput
from evals.measures.answers import AnswerRecord, CitedSpan
from evals.runs.files import read_run, write_run
from evals.runs.records import FORMAT, ReturnedPassage
from tests.unit.evals.factories import make_row, make_run


def test_a_run_reads_back_as_it_was_written(tmp_path: Path) -> None:
    returned = [ReturnedPassage("a1", "عنوان", 0, 9, 'نص "بين" \u2028 سطرين', 3)]
    quote, other = CitedSpan("a1", 0, 5), CitedSpan("a2", 6, 7)
    answer = AnswerRecord("answered", 0.1 + 0.2, (quote,), ((0,),), (other,), CitedSpan("a1", 1, 2))
    run = make_run([make_row("a1.ar", {"nDCG@10": 1 / 3}, returned=returned, answer=answer), make_row("a2.ar", {})])
    write_run(run, tmp_path / "new" / "run.json")
    assert read_run(tmp_path / "new" / "run.json") == run


def test_a_slim_run_holds_no_text_of_articles() -> None:
    run = make_run([make_row("a1.ar", {}, returned=[ReturnedPassage("a1", "عنوان", 0, 9, "نص", 3)])]).without_passages()
    assert run.rows[0].returned == ()
    assert run.rows[0].expected[0].text is None


@pytest.mark.parametrize("content", [None, "{", '{"format": 1}', "[]"], ids=["missing", "broken", "partial", "other"])
def test_what_is_no_run_is_named(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "run.json").write_text(content, "utf-8")
    with pytest.raises(InvalidInput, match=r"run\.json"):
        read_run(tmp_path / "run.json")


def test_a_run_of_another_format_is_refused(tmp_path: Path) -> None:
    write_run(make_run([]), tmp_path / "run.json")
    text = (tmp_path / "run.json").read_text("utf-8").replace(f'"format":{FORMAT}', '"format":99')
    (tmp_path / "run.json").write_text(text, "utf-8")
    with pytest.raises(InvalidInput, match="format 99"):
        read_run(tmp_path / "run.json")
