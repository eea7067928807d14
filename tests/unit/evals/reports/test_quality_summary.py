from evals.reports.quality_summary import summarise_quality
from tests.unit.evals.factories import make_row, make_run
from tests.unit.evals.reports.test_run_page import ANSWERED, rows


def test_a_run_in_brief_begins_with_the_near_misses_refused_and_what_is_worst() -> None:
    found = summarise_quality(make_run(rows()))
    # One of two near misses was answered.
    assert (found.figures[0].name, found.figures[0].mean, found.figures[0].questions) == ("near misses refused", 0.5, 2)
    assert [(own.name, own.mean) for own in found.near_misses] == [("wrong-date", 0.0), ("false-premise", 1.0)]
    (wrong,) = found.wrong_answers
    assert (wrong.kind, wrong.confidence) == ("wrong-date", ANSWERED.confidence)
    assert [(place.article_id, place.start, place.end) for place in wrong.cited] == [("a1", 0, 5)]
    first, second = found.worst_questions
    assert (first.text, first.ndcg, second.ndcg) == ("Who?", 0.1, 0.5)
    assert [place.title for place in first.returned] == ["<script>عنوان"]
    assert found.questions == 5


def test_the_refused_share_has_the_interval_of_the_answered_one_turned_round() -> None:
    (figure, *_) = summarise_quality(make_run(rows())).figures
    assert 0 <= figure.low <= figure.mean <= figure.high <= 1


def test_a_run_without_answers_has_no_near_misses() -> None:
    found = summarise_quality(make_run([make_row("a1.ar", {"nDCG@10": 0.1, "recall@10": 0.0, "recall@100": 0.0})]))
    assert [figure.name for figure in found.figures] == ["nDCG@10"]
    assert found.near_misses == []
    assert found.wrong_answers == []
    assert len(found.worst_questions) == 1
