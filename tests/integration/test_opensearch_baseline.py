"""The OpenSearch baseline of `ablate`, on a real node."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from dalil.domain import Article, StoredPassage, Vector
from dalil.engine import Engine
from dalil.errors import StoreUnavailable
from dalil.settings import OpenSearchSettings
from evals.ablation.opensearch_baseline import OpenSearchBaseline, opensearch_baseline
from evals.systems.opensearch_index import HybridWeights
from tests.integration.opensearch_place import OpenSearchPlace, opensearch_place
from tests.opensearch_node import opensearch_url
from tests.small_engine import small_engine

ARTICLES = [
    Article("a1", "قذائف", "أرسلت كوريا الشمالية قذائف مدفعية إلى روسيا."),
    Article("a2", "زلزال المغرب", "ضربت هزة قوية جنوب البلاد ليلا."),
    Article("a3", "كأس العالم", "فازت الأرجنتين في قطر."),
]
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with small_engine(tmp_path, ARTICLES) as own:
        yield own


@pytest.fixture
def place() -> Iterator[OpenSearchPlace]:
    with opensearch_place(opensearch_url()) as own:
        yield own


def passages(engine: Engine) -> list[StoredPassage]:
    return [stored for article in ARTICLES for stored in engine.store.article_passages(article.id)]


def ids(baseline: OpenSearchBaseline, text: str, weights: HybridWeights) -> list[str]:
    return [found.article_id for found in baseline.search(text, weights)]


@pytest.mark.opensearch
def test_it_ranks_by_stems_and_by_vectors_as_much_as_each_counts_and_is_gone_afterwards(
    engine: Engine, place: OpenSearchPlace
) -> None:
    def embed(text: str) -> Vector:
        return engine.embedder.embed_query("كأس العالم فازت الأرجنتين في قطر")

    with opensearch_baseline(OpenSearchSettings(url=place.url), passages(engine), embed, place.index) as baseline:
        # The word stands in the title alone; its stem is what the analyzer makes of both.
        assert ids(baseline, "والزلازل زلزال", HybridWeights(1.0, 0.0))[0] == "a2"
        assert ids(baseline, "والزلازل زلزال", HybridWeights(0.0, 1.0))[0] == "a3"
        assert ids(baseline, "زلزال", HybridWeights(0.5, 0.5))[2] == "a1"
        assert baseline.search("زلزال", HybridWeights(0.5, 0.5)) == baseline.search("زلزال", HybridWeights(0.5, 0.5))
        (found, *_) = baseline.search("زلزال", HybridWeights(1.0, 0.0))
        assert found.span.of(ARTICLES[1].text) == found.text
        assert baseline.bytes_a_passage > 4 * engine.embedder.dimension
    assert not place.indexes()


@pytest.mark.opensearch
def test_a_node_that_refuses_a_passage_is_named(engine: Engine, place: OpenSearchPlace) -> None:
    (first, *_) = passages(engine)
    spoilt = replace(first, vector=first.vector[:3])
    opening = opensearch_baseline(
        OpenSearchSettings(url=place.url), [*passages(engine), spoilt], engine.embedder.embed_query, place.index
    )
    with pytest.raises(StoreUnavailable, match="refused a passage"), opening:
        pass
    assert not place.indexes()


def test_without_a_node_it_says_where_none_answers(engine: Engine) -> None:
    settings = OpenSearchSettings(url=NOWHERE, username="u", password=SecretStr("p"))
    opening = opensearch_baseline(settings, passages(engine), engine.embedder.embed_query)
    with pytest.raises(StoreUnavailable, match=NOWHERE), opening:
        pass
