from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dalil.domain import Article, Candidate, Mode
from dalil.engine import Engine
from dalil.errors import InvalidQuery
from evals.measures import latencies
from evals.measures.latencies import Stages, measure_latencies, percentiles, search_stages
from tests.small_engine import small_engine
from tests.unit.evals.factories import make_question

ARTICLES = [
    Article("a1", "", "ضرب زلزال قوي جنوب المغرب ليلا."),
    Article("a2", "", "ضرب زلزال آخر شرق تركيا."),
    Article("a3", "", "زار بوتين مدينة شنغهاي."),
]
ASKED = "أين ضرب الزلزال؟"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with small_engine(tmp_path, ARTICLES) as own:
        yield own


def stages(engine: Engine) -> Stages:
    return search_stages(engine, Mode.HYBRID, with_answers=True)


def ids(found: object) -> list[str]:
    assert isinstance(found, list)
    assert all(isinstance(match, Candidate) for match in found)
    return [match.passage_id for match in found]


@pytest.mark.parametrize(
    ("mode", "names"),
    [
        (Mode.HYBRID, ["embed", "keywords", "vectors", "search"]),
        (Mode.LEXICAL, ["embed", "keywords", "search"]),
        (Mode.SEMANTIC, ["embed", "vectors", "search"]),
    ],
    ids=["hybrid", "lexical", "semantic"],
)
def test_only_what_the_mode_does_is_timed(engine: Engine, mode: Mode, names: list[str]) -> None:
    assert list(search_stages(engine, mode, with_answers=False)) == names
    assert list(search_stages(engine, mode, with_answers=True)) == [*names, "answer"]


def test_the_store_is_asked_for_what_a_search_asks_it_for(engine: Engine) -> None:
    retriever = replace(engine.retriever, candidates=2)
    own = stages(replace(engine, retriever=retriever))
    question = retriever.analyze_query(ASKED, retriever.aliases)
    vector = retriever.encoder.question(question.embedding_text, question.language).vector
    assert ids(own["keywords"](ASKED)()) == ids(retriever.store.search_text(question.terms, 2))
    assert ids(own["vectors"](ASKED)()) == ids(retriever.store.search_vector(vector, 2))


def test_every_stage_times_every_question_but_those_that_are_refused(engine: Engine) -> None:
    questions = [make_question("q1", ASKED), make_question("q2", " ")]
    times = measure_latencies(questions, stages(engine))
    assert list(times) == ["embed", "keywords", "vectors", "search", "answer"]
    assert {stage: list(own) for stage, own in times.items()} == {stage: ["q1"] for stage in times}


def test_what_is_made_ready_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(latencies, "perf_counter", lambda: clock[0])

    def wait(seconds: float) -> None:
        clock[0] += seconds

    def stage(_text: str) -> Callable[[], object]:
        wait(5.0)
        return lambda: wait(0.25)

    assert measure_latencies([make_question("q1", ASKED)], {"own": stage}) == {"own": {"q1": 250.0}}


def test_a_question_that_is_refused_only_when_it_is_asked_is_left_out() -> None:
    def refuse() -> object:
        raise InvalidQuery("no word")

    assert measure_latencies([make_question("q1", ASKED)], {"own": lambda _text: refuse}) == {"own": {}}


def test_percentiles_are_interpolated() -> None:
    # Eleven values 0 to 10: p90 is the tenth, p99 lies nine tenths of the way from the tenth to the eleventh.
    assert percentiles([float(value) for value in range(11)]) == pytest.approx({50: 5.0, 90: 9.0, 99: 9.9})
    assert percentiles([]) == {}
