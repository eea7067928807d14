"""Answers of the extractive generator and of a language model, side by side, over a scripted endpoint."""

import json
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from dalil import bootstrap
from dalil.bootstrap import Progress, no_progress
from dalil.domain import Article, Span
from dalil.embedding.base import Embedder
from dalil.embedding.fake import FakeEmbedder
from dalil.errors import GeneratorUnavailable, InvalidInput
from dalil.settings import AnsweringSettings, GeneratorSettings, Settings, StoreSettings
from evals.commands.app import app
from evals.datasets.questions import Label, QuestionSet
from evals.reports.answer_tables import answers_tables
from evals.reports.to_json import answers_to_json
from evals.runs.answers import compare_generators, percentile_seconds, run_answers
from tests.integration.scripted_endpoint import ScriptedEndpoint, closed_port, says
from tests.unit.evals.factories import make_question

SHELLS = "أرسلت كوريا الشمالية قذائف مدفعية إلى روسيا."
ARTICLES = (Article("a1", "قذائف", SHELLS), Article("a2", "زلزال", "ضرب زلزال قوي جنوب المغرب ليلا."))
QUESTIONS = (
    replace(make_question("q1", "من أرسل قذائف مدفعية إلى روسيا؟"), labels=(Label("a1", Span(0, 20), 3),)),
    replace(make_question("q2", "كم قذيفة أرسلت كوريا الشمالية؟"), labels=(), kind="near-miss", miss="absent-fact"),
    make_question("q3", " "),
)
SET = QuestionSet("mine", ARTICLES, QUESTIONS)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], Settings]:
    """Settings with the model at an address, without a threshold; the engine is put together with the fake embedder."""

    def fake(settings: Settings, progress: Progress = no_progress) -> Embedder:
        return FakeEmbedder()

    monkeypatch.setattr(bootstrap, "build_embedder", fake)
    monkeypatch.chdir(tmp_path)
    return lambda url: Settings(
        cache_folder=tmp_path / "cache",
        store=StoreSettings(path=tmp_path / "index"),
        answering=AnsweringSettings(threshold=0.0),
        generator=GeneratorSettings(base_url=url, model="tiny", retries=0, timeout_seconds=2.0),
    )


def test_without_a_model_the_extractive_answers_are_measured_and_timed(
    settings: Callable[[str | None], Settings],
) -> None:
    (run,) = run_answers([SET], settings(None), no_progress)
    assert (run.generator, run.fallbacks, run.failure) == ("extractive", 0, "")
    first, second, unread = run.rows
    assert (first.measures["answered"], first.measures["first sentence"]) == (1.0, 1.0)
    assert second.measures["near misses answered"] == 1.0
    assert unread.answer is not None
    assert unread.answer.status == "invalid_query"
    assert run.timings.keys() == {"mine/q1", "mine/q2"}
    assert all(0.0 < (one.first_sentence_seconds or 0.0) <= one.whole_seconds for one in run.timings.values())


def test_a_model_answers_the_same_questions_and_is_compared_question_by_question(
    settings: Callable[[str | None], Settings],
) -> None:
    with ScriptedEndpoint(says("NO_ANSWER"), says("NO_ANSWER")) as endpoint:
        extractive, model = run_answers([SET], settings(endpoint.base_url), no_progress)
    assert (extractive.generator, model.generator) == ("extractive", "chat:tiny")
    assert [row.id for row in extractive.rows] == [row.id for row in model.rows]
    assert len(endpoint.requests) == 2
    differences = {one.measure: one.difference.interval.mean for one in compare_generators(extractive, model)}
    assert differences["near misses answered"] == -1.0
    # One of the two answerable questions cannot be read, and counts as not answered by both.
    assert differences["answered"] == -0.5
    assert percentile_seconds(model)[0] == (None, None)


def test_tables_and_json_have_both_generators_and_their_differences(
    settings: Callable[[str | None], Settings],
) -> None:
    with ScriptedEndpoint(says("NO_ANSWER"), says("NO_ANSWER")) as endpoint:
        runs = run_answers([SET], settings(endpoint.base_url), no_progress)
    console = Console(width=200, record=True, file=StringIO())
    for table in answers_tables(runs):
        console.print(table)
    printed = console.export_text()
    for part in ("chat:tiny minus extractive", "near misses answered", "absent-fact", "calibration error", "seconds"):
        assert part in printed
    found = json.loads(json.dumps(answers_to_json(runs)))
    assert runs[0].rows[1].answer is not None
    assert found["generators"].keys() == {"extractive", "chat:tiny"}
    assert found["generators"]["extractive"]["near_misses"]["absent-fact"]["measures"] == {
        "near misses answered": 1.0,
        "precision of answered": 0.0,
        "sentences": float(len(runs[0].rows[1].answer.sentences)),
    }
    assert {one["generator"] for one in found["comparisons"]} == {"chat:tiny"}


def test_a_model_that_does_not_answer_is_an_error_after_three_questions(
    settings: Callable[[str | None], Settings],
) -> None:
    asked = QuestionSet("mine", ARTICLES, tuple(replace(QUESTIONS[0], id=f"q{number}") for number in range(9)))
    with closed_port() as url, pytest.raises(GeneratorUnavailable, match="'tiny' failed: it cannot be reached"):
        run_answers([asked], settings(url), no_progress)


def test_a_limit_takes_the_same_questions_each_time_and_no_question_is_an_error(
    settings: Callable[[str | None], Settings],
) -> None:
    asked = [[row.id for row in run_answers([SET], settings(None), no_progress, limit=1)[0].rows] for _ in range(2)]
    assert asked[0] == asked[1]
    assert len(asked[0]) == 1
    with pytest.raises(InvalidInput, match="no questions"):
        run_answers([replace(SET, questions=())], settings(None), no_progress)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param(["--generator", "127.0.0.1:8080"], "not an address such as http", id="no scheme"),
        pytest.param(["--generator", "http://localhost:port/v1"], "not an address such as http", id="no port"),
        pytest.param(["--model", "qwen"], "add --generator URL", id="model without endpoint"),
        pytest.param(["--questions", "mine.jsonl"], "go together", id="questions without articles"),
    ],
)
def test_options_that_cannot_be_used_are_named_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["answers", *options])
    assert done.exit_code == 2
    assert said in done.stderr


@pytest.mark.model
def test_answers_to_ones_own_questions_are_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "a1.txt").write_text(f"قذائف\n\n{SHELLS}", "utf-8")
    line = {"id": "q1", "lang": "en", "question": "Who sent artillery shells to Russia?", "article": "a1"}
    (tmp_path / "mine.jsonl").write_text(json.dumps(line | {"evidence": "أرسلت كوريا الشمالية"}), "utf-8")
    done = CliRunner().invoke(app, ["answers", "--questions", "mine.jsonl", "--articles", "articles", "--json"])
    assert done.exit_code == 0, done.stderr
    measures = json.loads(done.stdout)["generators"]["extractive"]["groups"]["mine test"]["measures"]
    assert measures["evidence shown"] == 1.0
