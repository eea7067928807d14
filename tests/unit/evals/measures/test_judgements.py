from dataclasses import replace

from dalil.domain import Span
from evals.datasets.questions import EvalQuestion, Label
from evals.measures.judgements import judge_by_article, judge_by_label
from evals.systems.search import RankedPassage


def question(*labels: Label) -> EvalQuestion:
    return EvalQuestion("q.ar", "q", "ar", "ar", "من؟", "fact", "dev", (), labels, "a")


def passage(article: str, start: int, end: int) -> RankedPassage:
    return RankedPassage(article, "", Span(start, end), "")


FIRST, SECOND = Label("a", Span(10, 20), 1), Label("a", Span(30, 40), 3)


def test_a_passage_contributes_the_labels_it_covers_best_grade_first() -> None:
    judged = judge_by_label(question(FIRST, SECOND), [passage("b", 0, 50), passage("a", 0, 50)])
    assert judged.documents == ("b:0:50:passage", "a:30:40", "a:10:20")
    assert judged.grades == (None, 3)
    assert judged.qrels == {"a:10:20": 1, "a:30:40": 3}


def test_half_of_a_label_is_enough_and_less_is_not() -> None:
    assert judge_by_label(question(FIRST), [passage("a", 15, 90)]).documents == ("a:10:20",)
    assert judge_by_label(question(FIRST), [passage("a", 16, 90)]).documents == ("a:16:90:passage",)


def test_a_passage_that_repeats_a_label_counts_as_unjudged_even_where_it_is_the_label_itself() -> None:
    judged = judge_by_label(question(FIRST), [passage("a", 0, 50), passage("a", 10, 20)])
    assert judged.documents == ("a:10:20", "a:10:20:passage")
    assert judged.grades == (1, 1)


def test_a_copy_of_a_label_counts_as_the_label() -> None:
    copied = replace(FIRST, copies=(("copy", Span(60, 70)),))
    assert judge_by_label(question(copied), [passage("copy", 55, 99)]).documents == ("a:10:20",)
    assert judge_by_label(question(copied), [passage("copy", 0, 50)]).documents == ("copy:0:50:passage",)
    assert judge_by_label(question(copied), [passage("copy", 55, 99), passage("a", 0, 50)]).documents == (
        "a:10:20",
        "a:0:50:passage",
    )


def test_cutting_articles_finer_does_not_change_where_the_first_label_stands() -> None:
    coarse = judge_by_label(question(FIRST, SECOND), [passage("a", 0, 50)])
    fine = judge_by_label(question(FIRST, SECOND), [passage("a", 25, 50), passage("a", 0, 25)])
    assert coarse.documents == fine.documents


def test_articles_are_ranked_by_their_best_passage() -> None:
    judged = judge_by_article(
        question(Label("a", Span(0, 99), 2)), [passage("b", 0, 5), passage("a", 5, 9), passage("b", 5, 9)]
    )
    assert judged.documents == ("b", "a")
    assert judged.grades == (None, 2, None)
