"""The baseline: OpenSearch's own `hybrid` query over its built-in `arabic` analyzer, as its documentation advises.

It searches the same passages with the same vectors, in a temporary index.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from dalil.batches import batches
from dalil.domain import StoredPassage, Vector
from dalil.errors import StoreUnavailable
from dalil.settings import OpenSearchSettings
from dalil.stores.opensearch.schema import JsonObject
from evals.ablation.index_parts import titled_text
from evals.systems.opensearch_index import (
    BULK_PASSAGES,
    HybridWeights,
    OpenSearchIndex,
    hybrid_body,
    index_body,
    open_index,
)
from evals.systems.search import SEARCH_DEPTH, RankedPassage, from_stored

INDEX_PREFIX = "dalil-evals-baseline"
"""The beginning of the name of the index; the rest is random, so that two runs can use one node."""


class OpenSearchBaseline:
    """The search over the filled index.

    `bytes_a_passage` counts the analysed text, and four bytes for each number of the vector.
    """

    def __init__(
        self,
        index: OpenSearchIndex,
        passages: Mapping[str, RankedPassage],
        embed: Callable[[str], Vector],
        total_bytes: int,
    ) -> None:
        self._index, self._passages, self._embed = index, passages, embed
        self.bytes_a_passage = total_bytes / max(1, len(passages))

    def search(self, text: str, weights: HybridWeights) -> tuple[RankedPassage, ...]:
        """The best passages, best first, ties by passage id; raises `StoreUnavailable`."""
        response = self._index.search(hybrid_body(text, self._embed(text), weights, SEARCH_DEPTH))
        ranked = sorted(response.hits.hits, key=lambda hit: (-hit.score, hit.id))
        return tuple(self._passages[hit.id] for hit in ranked)


@contextmanager
def opensearch_baseline(
    settings: OpenSearchSettings,
    passages: Sequence[StoredPassage],
    embed: Callable[[str], Vector],
    index_prefix: str = INDEX_PREFIX,
) -> Iterator[OpenSearchBaseline]:
    """Index the passages on the node and yield the search over them; the index is deleted at the end.

    `embed` embeds a question. The indexed text of a passage begins with the title of its article, as in the engine's
    own keyword index. Raises `StoreUnavailable` if no node responds, or the node lacks the plugins k-NN and
    neural-search.
    """
    texts = {stored.passage.id: titled_text(stored) for stored in passages}
    with open_index(settings, f"{index_prefix}-{uuid.uuid4().hex[:8]}") as index:
        index.create(index_body(len(passages[0].vector) if passages else 1))
        try:
            for batch in batches(passages, BULK_PASSAGES):
                index.write({one.passage.id: _document(one, texts) for one in batch})
            index.merge_segments()
            total_bytes = sum(len(texts[one.passage.id].encode()) + 4 * len(one.vector) for one in passages)
            yield OpenSearchBaseline(index, {one.passage.id: from_stored(one) for one in passages}, embed, total_bytes)
        finally:
            with suppress(StoreUnavailable):  # if the node is gone, an earlier request has raised the error
                index.delete()


def _document(stored: StoredPassage, texts: Mapping[str, str]) -> JsonObject:
    return {"text": texts[stored.passage.id], "vector": stored.vector.tolist()}
