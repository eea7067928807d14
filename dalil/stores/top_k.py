"""The best results of a search in an order that does not depend on the order of rows in a store."""

from collections.abc import Callable

from dalil.domain import Candidate

MAX_DEPTH = 10_000
"""Matches fetched at most to order a tie: the limit of OpenSearch."""


def top_k_stable(search: Callable[[int], list[Candidate]], limit: int) -> list[Candidate]:
    """The `limit` best results of `search`, ties in order of passage id, also at the cut.

    `search(n)` returns the n best in any order. `n` is first `limit` + 1 and grows as long as the result after the cut
    has the same score as the one before it.
    """
    if limit < 1:
        return []
    depth = limit + 1
    while True:
        found = sorted(search(depth), key=lambda match: (-match.score, match.passage_id))
        if len(found) < depth or found[-1].score < found[limit - 1].score or depth >= MAX_DEPTH:
            return found[:limit]
        depth = min(4 * depth, MAX_DEPTH)
