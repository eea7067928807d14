import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from typing_extensions import override

from dalil.bootstrap import no_progress
from dalil.domain import NO_FILTERS, Article, Candidate, Filters, Mode, Span
from dalil.embedding.centring import Centres
from dalil.engine import Engine
from dalil.errors import InvalidQuery, StoreUnavailable
from dalil.retrieval.signals import Weights
from dalil.statistics import difference, interval
from dalil.stores.lance import LanceStore
from dalil.text.language import LANGUAGES
from evals.ablation.ablate import Ablation, AblationRow
from evals.ablation.index_parts import IndexPart, bytes_by_part
from evals.ablation.search_factories import (
    SearchFactory,
    min_max_fusion,
    reciprocal_rank_fusion,
    weights_without,
    without_centring,
)
from evals.ablation.turns import search_in_turns
from evals.ablation.variants import DEFAULT_ENGINE, OPENSEARCH, OTHER_INDEXES, VARIANTS, Variant
from evals.datasets.questions import sample_questions
from evals.reports.ablation_table import ablation_table
from evals.reports.to_json import ablation_to_json
from evals.runs.records import SetFacts
from evals.systems.search import RankedPassage
from tests.small_engine import small_engine
from tests.unit.evals.factories import make_question

ARTICLES = [
    Article("a1", "قذائف", "أرسلت كوريا الشمالية قذائف مدفعية إلى روسيا. وصلت القذائف في سفن."),
    Article("a2", "زلزال", "ضرب زلزال قوي جنوب المغرب ليلا. مات كثيرون."),
    Article("a3", "كأس", "فازت الأرجنتين بكأس العالم FIFA في قطر. سجل ميسي هدفين."),
    Article("a4", "بوتين", "زار بوتين مدينة شنغهاي. التقى الرئيس."),
]
HERE = [own for own in VARIANTS if own.index_variant is None and own.hybrid_weights is None]


class RecordingStore(LanceStore):
    """Keeps the terms that it is asked for."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.terms: list[str] = []

    @override
    def search_text(self, terms: Sequence[str], limit: int, filters: Filters = NO_FILTERS) -> list[Candidate]:
        self.terms += terms
        return super().search_text(terms, limit, filters)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with small_engine(tmp_path, ARTICLES) as own, RecordingStore(tmp_path) as store:
        yield replace(own, store=store, retriever=replace(own.retriever, store=store))


def passage(name: str) -> RankedPassage:
    return RankedPassage(name, "", Span(0, 1), "")


def matches(**scores: float) -> list[Candidate]:
    return [Candidate(key, score, np.zeros(2, dtype=np.float32)) for key, score in scores.items()]


def variant(name: str) -> Variant:
    return next(own for own in VARIANTS if own.name == name)


def search_factory(name: str) -> SearchFactory:
    return variant(name).search_factory


def terms_of(engine: Engine, own: Variant, text: str) -> list[str]:
    """What the variant asks the store for."""
    assert isinstance(engine.store, RecordingStore)
    engine.store.terms.clear()
    own.search_factory(engine)(text)
    return list(engine.store.terms)


def ids(passages: Sequence[RankedPassage]) -> list[str]:
    return [passage.article_id for passage in passages]


def test_every_row_has_a_name_of_its_own() -> None:
    names = [own.name for own in (DEFAULT_ENGINE, *VARIANTS)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("own", HERE, ids=[own.name for own in HERE])
def test_every_variant_of_the_one_index_finds_the_passage_that_says_it(engine: Engine, own: Variant) -> None:
    assert ids(own.search_factory(engine)("ضرب زلزال قوي جنوب المغرب"))[0] == "a2"


def test_a_variant_leaves_the_default_engine_unchanged(engine: Engine) -> None:
    before = DEFAULT_ENGINE.search_factory(engine)("من زار شنغهاي")
    for own in HERE:
        own.search_factory(engine)("من زار شنغهاي")
    assert DEFAULT_ENGINE.search_factory(engine)("من زار شنغهاي") == before


def test_without_a_signal_its_weight_is_gone_and_the_others_stay_as_they_are() -> None:
    weights: Weights = {
        Mode.HYBRID: {"ar": {"lexical": 0.3, "passage_vector": 0.7}},
        Mode.SEMANTIC: {"ar": {"late_interaction": 1.0}},
    }
    left = weights_without(weights, {"lexical"}, Mode.SEMANTIC)
    assert left == {Mode.HYBRID: weights[Mode.HYBRID], Mode.SEMANTIC: {"ar": {"passage_vector": 0.7}}}


def test_without_its_aliases_an_abbreviation_finds_nothing_of_what_it_names(engine: Engine) -> None:
    assert ids(DEFAULT_ENGINE.search_factory(engine)("DPRK?"))[0] == "a1"
    assert ids(search_factory("without aliases")(engine)("DPRK?"))[0] != "a1"


def test_without_the_gate_an_english_word_is_searched_for_too(engine: Engine) -> None:
    gated = terms_of(engine, DEFAULT_ENGINE, "where was the fifa cup")
    assert not gated
    assert {"fifa", "cup", "the"} <= set(terms_of(engine, variant("without language gate"), "where was the fifa cup"))


@pytest.mark.parametrize(
    ("name", "gone"),
    [
        ("without consonant keys", lambda term: term.startswith("~")),
        ("without stems", lambda term: term.startswith("#")),
        ("without n-grams", lambda term: "ء" <= term[0] <= "ي"),
    ],
    ids=["consonant keys", "stems", "n-grams"],
)
def test_without_one_kind_of_terms_all_others_are_searched_for(
    engine: Engine, name: str, gone: Callable[[str], bool]
) -> None:
    text = "هل زار Shanghai الرئيس بوتين 2024"
    before, after = terms_of(engine, DEFAULT_ENGINE, text), terms_of(engine, variant(name), text)
    assert any(map(gone, before))
    assert after == [term for term in before if not gone(term)]


def test_without_centring_the_cosine_is_that_of_the_vectors_as_they_are(engine: Engine) -> None:
    dimension = engine.embedder.dimension
    skewed = np.eye(1, dimension, dtype=np.float32)[0]
    centres = Centres(skewed, skewed, dict.fromkeys(LANGUAGES, skewed), dict.fromkeys(LANGUAGES, skewed))
    retriever = replace(engine.retriever, encoder=replace(engine.retriever.encoder, centres=centres))
    encoder = without_centring(retriever).encoder
    asked = encoder.question("Messi", "en")
    rows = engine.embedder.embed_documents(["a b", "Messi c"])
    assert encoder.cosines(asked, rows) == pytest.approx(rows @ asked.vector, abs=1e-6)
    assert retriever.encoder.cosines(asked, rows) != pytest.approx(rows @ asked.vector, abs=1e-3)
    assert (asked.tokens == retriever.encoder.question("Messi", "en").tokens).all()


def test_reciprocal_rank_fusion_gives_one_sixty_first_for_a_first_place() -> None:
    fused = reciprocal_rank_fusion(matches(a=9.0, b=1.0), matches(b=0.9))
    assert fused == pytest.approx({"a": 1 / 61, "b": 1 / 62 + 1 / 61})


def test_min_max_counts_bm25_from_zero_and_the_cosine_from_its_lowest() -> None:
    fused = min_max_fusion(matches(a=4.0, b=1.0), matches(b=0.9, c=0.8, d=0.7))
    assert fused == pytest.approx({"a": 0.3, "b": 0.3 * 0.25 + 0.7, "c": 0.35, "d": 0.0})


def test_bytes_are_counted_part_by_part(tmp_path: Path) -> None:
    articles = [Article("a", "", "حديث big نص.")]
    with small_engine(tmp_path, articles) as engine:
        sizes = bytes_by_part(engine.store, articles)
    # One passage of 64 dimensions.
    assert sizes[IndexPart.VECTOR] == 4 * 64
    assert sizes[IndexPart.WORDS] == len("big ")
    # حديث and نص are each one run: two bytes a letter, and a space. Stems have a mark before them.
    assert sizes[IndexPart.NGRAMS] == (8 + 1) + (4 + 1)
    assert sizes[IndexPart.STEMS] == (1 + 8 + 1) + (1 + 4 + 1)
    # Three tokens of 16 bytes; the number of sentences, and the number of tokens of the one, in two bytes each.
    assert sizes[IndexPart.TOKENS] == 3 * 16 + 2 + 2


def test_a_sample_is_the_same_each_time_and_in_order() -> None:
    questions = [make_question(f"q{number}") for number in range(30)]
    sample = sample_questions(questions, 7)
    assert len(sample) == 7
    assert sample == sample_questions(questions, 7)
    assert list(sample) == [own for own in questions if own in sample]
    assert sample_questions(questions, None) == tuple(questions)


def test_a_search_that_fails_ends_alone_and_a_refused_question_finds_nothing() -> None:
    def failing(text: str) -> Sequence[RankedPassage]:
        raise StoreUnavailable("gone")

    def choosy(text: str) -> Sequence[RankedPassage]:
        if text == "!":
            raise InvalidQuery("no word")
        return [passage("a1")]

    questions = [make_question("q1"), make_question("q2", "!")]
    results = search_in_turns(questions, {"a": failing, "b": choosy}, no_progress)
    assert (results["a"].failure, results["b"].failure) == ("gone", None)
    assert results["b"].rankings == {"q1": [passage("a1")], "q2": ()}
    assert set(results["b"].milliseconds) == {"q1"}


def test_the_table_and_the_object_say_what_a_row_says() -> None:
    clusters = ["a", "b", "c", "d"]
    line = AblationRow(
        "rerank_depth 10",
        "fewer",
        "seeds",
        "ar",
        score=interval([1.0, 0.0, 1.0, 1.0], clusters),
        difference=difference([1.0] * 4, [1.0, 0.0, 1.0, 1.0], clusters),
        milliseconds=12.34,
        times=0.5,
    )
    gone = AblationRow(OPENSEARCH[0].name, "a baseline", "seeds", "ar", missing="no OpenSearch answers")
    done = Ablation("lancedb", "m", "int8", (SetFacts("seeds", 4, 1, 0, 2, "abc"),), (line, gone))
    first, second = json.loads(json.dumps(ablation_to_json(done)))["rows"]
    assert (first["mean"], first["difference"], first["verdict"]) == (0.75, -0.25, "undecided")
    assert first["bytes_a_passage"] is None
    assert (second["mean"], second["missing"]) == (None, "no OpenSearch answers")
    console = Console(width=160, record=True, file=StringIO())
    console.print(ablation_table(done))
    printed = console.export_text()
    assert "seeds, ar: 4 questions" in printed
    assert "0.750 [" in printed
    assert "12.3" in printed
    assert "OpenSearch hybrid .5/.5: no OpenSearch answers" in printed


def test_what_would_change_nothing_says_so() -> None:
    reasons = {
        own.name: own.index_variant.reason_to_skip("torch-float32", [Article("a", "", "نص")])
        for own in OTHER_INDEXES
        if own.index_variant
    }
    assert reasons["passages of 128"] is None
    assert reasons["fp32"] == "the default engine computes in torch-float32, not in int8"
    assert reasons["without titles"] == "no article of the set has a title"
