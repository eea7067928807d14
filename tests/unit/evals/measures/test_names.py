import pytest

from evals.datasets.names import NamePair, load_names
from evals.measures.names import measure_names

PAIRS = load_names()


def test_the_list_is_long_enough_and_names_each_thing_once() -> None:
    assert len(PAIRS) >= 150
    assert len({pair.latin for pair in PAIRS}) == len(PAIRS)


@pytest.mark.parametrize(("half", "recall", "false_match_rate"), [("dev", 0.87, 0.001), ("test", 0.89, 0.001)])
def test_names_meet_across_scripts_as_often_as_documented(half: str, recall: float, false_match_rate: float) -> None:
    measured = measure_names([pair for pair in PAIRS if pair.half == half])
    assert measured.recall >= recall
    assert measured.false_match_rate <= false_match_rate


def test_matches_are_counted_by_spelling_and_other_names_by_pair() -> None:
    pairs = [
        NamePair(latin="Putin", arabic=("بوتين", "فلان"), half="dev"),
        NamePair(latin="Patina", arabic=("باتينا",), half="dev"),
    ]
    measured = measure_names(pairs)
    assert measured.spellings == 3
    # Putin and Patina have the same consonants: of the three spellings of the other name two meet.
    assert measured.recall == pytest.approx(2 / 3)
    assert measured.false_match_rate == pytest.approx(2 / 3)
