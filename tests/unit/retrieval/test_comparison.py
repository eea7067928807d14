import pytest

from dalil.retrieval.comparison import LabelledQuestion, compare

QUESTIONS = [LabelledQuestion(f"q{number}", f"a{number}") for number in range(40)]


def first(question: str) -> list[str]:
    """The article asked for, then others, each with several hits."""
    own = question.replace("q", "a")
    return [own, own, *(f"b{number}" for number in range(20)), own]


def second(question: str) -> list[str]:
    return ["b0", *first(question)]


def nothing(question: str) -> list[str]:
    return [f"c{number}" for number in range(20)]


def test_the_same_rankings_are_not_worse() -> None:
    compared = compare(QUESTIONS, first, first)
    assert (compared.questions, compared.overlap, compared.found, compared.found_before) == (40, 1.0, 1.0, 1.0)
    assert compared.difference is not None
    assert (compared.difference.before, compared.difference.after) == (1.0, 1.0)
    assert compared.problem is None


def test_articles_that_fall_to_the_second_place_are_worse() -> None:
    compared = compare(QUESTIONS, first, second)
    # Both have a, b0, …, b8 among their first ten.
    assert compared.overlap == 1.0
    assert compared.problem == "MRR@10 falls from 1.000 to 0.500 (p = 0.0001)"
    assert compare(QUESTIONS, second, first).problem is None


def test_a_difference_of_one_question_is_chance() -> None:
    def without_one(question: str) -> list[str]:
        return nothing(question) if question == "q7" else first(question)

    compared = compare(QUESTIONS, first, without_one)
    assert compared.overlap == pytest.approx(39 / 40)
    assert compared.found == pytest.approx(39 / 40)
    assert compared.problem is None


def test_without_labels_the_overlap_decides() -> None:
    questions = [LabelledQuestion("q1"), LabelledQuestion("q2")]

    def half(question: str) -> list[str]:
        return [*first(question)[:2], *nothing(question)]

    # Of ten articles, one is the same.
    assert compare(questions, first, half).problem == "the two share only 10% of the first 10 articles, of at least 50%"
    assert compare(questions, first, second).problem is None
    assert compare(questions, lambda _: [], lambda _: []).overlap == 1.0


def test_without_an_old_index_the_articles_have_to_be_found() -> None:
    assert compare(QUESTIONS, None, first).problem is None
    compared = compare(QUESTIONS, None, nothing)
    assert (compared.overlap, compared.difference) == (None, None)
    assert compared.problem == "only 0% of the articles are found by a question for them, of at least 50%"


def test_no_question_finds_no_problem() -> None:
    assert compare([], first, second).problem is None
