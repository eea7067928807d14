from itertools import pairwise

import numpy as np
import pytest

from dalil.domain import Candidate
from dalil.stores.top_k import MAX_DEPTH, top_k_stable

NOTHING = np.empty((1, 0), np.float32)


class Ranking:
    """Matches as a store would give them: by score, ties in an order of its own."""

    def __init__(self, *scores: float) -> None:
        self.matches = [Candidate(f"p{1000 - place:04}", score, NOTHING) for place, score in enumerate(scores)]
        self.depths: list[int] = []

    def search(self, depth: int) -> list[Candidate]:
        self.depths.append(depth)
        return self.matches[:depth]


def test_a_clear_cut_needs_one_search() -> None:
    ranking = Ranking(5, 4, 3, 2, 1)
    assert top_k_stable(ranking.search, 2) == ranking.matches[:2]
    assert ranking.depths == [3]


def test_a_tie_at_the_cut_is_searched_to_its_end() -> None:
    ranking = Ranking(5, *[4] * 20, 3)
    found = top_k_stable(ranking.search, 2)
    assert [match.passage_id for match in found] == ["p1000", "p0980"]
    assert ranking.depths == [3, 12, 48]


def test_a_tie_without_end_is_given_up_at_the_deepest() -> None:
    ranking = Ranking(*[1] * (MAX_DEPTH + 5))
    assert len(top_k_stable(ranking.search, 7)) == 7
    assert ranking.depths[-1] == MAX_DEPTH
    assert all(earlier < later for earlier, later in pairwise(ranking.depths))


@pytest.mark.parametrize("limit", [0, -1])
def test_nothing_wanted_searches_nothing(limit: int) -> None:
    ranking = Ranking(1)
    assert top_k_stable(ranking.search, limit) == []
    assert ranking.depths == []


def test_fewer_than_wanted_are_all_given() -> None:
    assert len(top_k_stable(Ranking(1, 1).search, 10)) == 2
