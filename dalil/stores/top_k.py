"""An order that does not depend on how a store lays its rows out."""

from collections.abc import Callable

from dalil.domain import Candidate

DEEPEST = 10_000
"""The most matches ever asked for to settle a tie; OpenSearch allows no more."""


def top_k_stable(search: Callable[[int], list[Candidate]], limit: int) -> list[Candidate]:
    """The best `limit` of what `search(n)` finds, ties broken by passage id also at the cut.

    `search(n)` gives the n best in any order. It is asked for one more than wanted, and for more as long as the last
    one still ties with the last one wanted.
    """
    if limit < 1:
        return []
    depth = limit + 1
    while True:
        found = sorted(search(depth), key=lambda match: (-match.score, match.passage_id))
        if len(found) < depth or found[-1].score < found[limit - 1].score or depth >= DEEPEST:
            return found[:limit]
        depth = min(4 * depth, DEEPEST)
