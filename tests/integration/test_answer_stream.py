"""Answers as they are made, over a real socket: the events, failures before and after the first, leaving readers."""

import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from dalil.embedding.fake import FakeEmbedder
from dalil.errors import GeneratorUnavailable, ModelUnavailable, StoreUnavailable
from dalil.settings import ApiSettings
from dalil.stores.lance import LanceStore
from tests.integration.api_service import (
    ARTICLES,
    WEAPONS,
    FailingEmbedder,
    RecordsOf,
    app_over,
    build,
    fill,
    filled,
    serving,
)
from tests.integration.generators import BestTwo, Breaking, Paced, Slow, short_and_related, written_by
from tests.small_engine import small_engine

PATH = "/v1/answer"
QUESTION = "ماذا أرسلت كوريا الشمالية إلى روسيا؟"
ASKED: dict[str, Any] = {"question": QUESTION, "stream": True}
TEXTS = {article.id: article.text for article in ARTICLES}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("index"))


@pytest.fixture(scope="module")
def server(index: Path) -> Iterator[httpx.Client]:
    with serving(app_over(index)) as server:
        yield server


def events(lines: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """Name and data of each event, as soon as it has come."""
    rest = iter(lines)
    for line in rest:
        name, data, end = line, next(rest), next(rest)
        assert name.startswith("event: ")
        assert data.startswith("data: ")
        assert end == ""
        yield name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def all_of(response: httpx.Response) -> list[tuple[str, Any]]:
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-cache"
    return list(events(response.iter_lines()))


def without_time(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "took_ms"}


def test_the_events_of_a_stream_add_up_to_the_whole_answer(index: Path) -> None:
    with serving(create_app(ApiSettings(), lambda: written_by(BestTwo(), index))) as server:
        whole = server.post(PATH, json={"question": QUESTION}).json()
        (first, searched), *sentences, (last, answer) = all_of(server.post(PATH, json=ASKED))
    assert (first, last) == ("searched", "answer")
    assert searched == {"language": whole["language"], "confidence": whole["confidence"]}
    assert without_time(answer) == without_time(whole)
    assert answer["took_ms"] > 0
    assert len(whole["sentences"]) == 2
    assert {name for name, _ in sentences} == {"sentence"}
    extra = {"new_citations", "short_answer"}
    told = [{key: value for key, value in data.items() if key not in extra} for _, data in sentences]
    assert told == whole["sentences"]
    assert [data["short_answer"] for _, data in sentences] == [whole["short_answer"], *[None] * (len(sentences) - 1)]
    assert [citation for _, data in sentences for citation in data["new_citations"]] == whole["citations"]


def test_filters_and_citations_hold_as_without_a_stream(server: httpx.Client) -> None:
    body = {**ASKED, "max_citations": 1, "filters": {"article_ids": [WEAPONS.id]}}
    _, *sentences, (_, answer) = all_of(server.post(PATH, json=body))
    assert len(sentences) == len(answer["sentences"]) > 0
    assert [citation["article_id"] for citation in answer["citations"]] == [WEAPONS.id]


def test_the_first_sentence_brings_the_short_answer_and_the_answer_its_related_quotes(index: Path) -> None:
    with serving(create_app(ApiSettings(), lambda: short_and_related(index))) as server:
        _, (name, sentence), (_, answer) = all_of(server.post(PATH, json=ASKED))
    assert name == "sentence"
    assert sentence["short_answer"] == answer["short_answer"]
    short = answer["short_answer"]
    cited = answer["citations"][short["citation"] - 1]
    assert TEXTS[cited["article_id"]][short["start"] : short["end"]] == short["text"]
    assert cited["quote"].startswith(short["text"])
    assert (answer["status"], answer["strength"], answer["missing"]) == ("answered", "well_supported", [])
    quotes = [*answer["citations"], *answer["related"]]
    assert [quote["number"] for quote in quotes] == list(range(1, len(quotes) + 1))
    assert len(answer["related"]) > 0
    assert all(quote["quote"] == TEXTS[quote["article_id"]][quote["start"] : quote["end"]] for quote in quotes)


@pytest.mark.parametrize(
    ("question", "status", "missing"),
    [
        pytest.param(QUESTION, "related_evidence", [], id="related evidence"),
        pytest.param(
            "كيف أخبز الخبز؟",
            "insufficient_evidence",
            [{"kind": "word", "text": "أخبز"}, {"kind": "word", "text": "الخبز"}],
            id="nothing about it",
        ),
    ],
)
def test_without_an_answer_the_search_is_followed_by_the_closest_quotes_or_by_what_is_missing(
    tmp_path: Path, question: str, status: str, missing: list[dict[str, str]]
) -> None:
    with serving(create_app(ApiSettings(), lambda: small_engine(tmp_path, ARTICLES, threshold=1.0))) as server:
        (first, searched), (last, answer) = all_of(server.post(PATH, json=ASKED | {"question": question}))
    assert (first, last) == ("searched", "answer")
    assert (answer["status"], answer["sentences"], answer["citations"]) == (status, [], [])
    assert (answer["short_answer"], answer["missing"]) == (None, missing)
    assert bool(answer["related"]) is (status == "related_evidence")
    assert all(
        quote["quote"] == TEXTS[quote["article_id"]][quote["start"] : quote["end"]] for quote in answer["related"]
    )
    assert searched["confidence"] == answer["confidence"]


def test_no_line_is_broken_by_what_some_take_for_a_line_end(tmp_path: Path) -> None:
    broken = replace(WEAPONS, title="أسلحة\u2028من\x85كوريا\u2029الشمالية")
    with LanceStore(tmp_path) as store:
        fill(store, FakeEmbedder(), articles=[broken])
    with serving(app_over(tmp_path)) as server:
        *_, (_, answer) = all_of(server.post(PATH, json=ASKED))
    assert answer["citations"][0]["title"] == broken.title


def test_each_event_is_sent_before_the_next_is_made(index: Path) -> None:
    slow = Slow()
    with (
        serving(create_app(ApiSettings(), lambda: written_by(slow, index))) as server,
        server.stream("POST", PATH, json=ASKED) as response,
    ):
        made = events(response.iter_lines())
        name, searched = next(made)
        assert name == "searched"
        assert searched["language"] == "ar"
        slow.go_on.set()
        names = [name for name, _ in made]
    assert names == ["sentence"] * 11 + ["answer"]
    assert not slow.closed


@pytest.mark.parametrize("after", ["searched", "sentence"])
def test_a_reader_who_leaves_ends_the_work(index: Path, caplog: pytest.LogCaptureFixture, after: str) -> None:
    paced = Slow() if after == "searched" else Paced()
    with serving(create_app(ApiSettings(), lambda: written_by(paced, index))) as server:
        with server.stream("POST", PATH, json=ASKED) as response:
            next(name for name, _ in events(response.iter_lines()) if name == after)
        paced.go_on.set()
        assert paced.ended.wait(10)
        assert paced.closed
        assert server.get("/healthz").status_code == 200
    assert not [record for record in caplog.records if record.levelno > logging.INFO]


@pytest.mark.parametrize(
    ("failure", "kind", "detail"),
    [
        (StoreUnavailable("the store went away"), "store-unavailable", "the store went away"),
        (KeyError("a secret"), "internal-error", "the server failed; its log says why under this request_id"),
    ],
    ids=["store", "unexpected"],
)
def test_a_failure_after_the_first_event_is_the_last_event(
    index: Path, records_of: RecordsOf, failure: Exception, kind: str, detail: str
) -> None:
    with serving(create_app(ApiSettings(), lambda: written_by(Breaking(failure), index))) as server:
        told = all_of(server.post(PATH, json=ASKED, headers={"X-Request-ID": "s3"}))
    assert [name for name, _ in told] == ["searched", "sentence", "problem"]
    _, problem = told[-1]
    assert (problem["type"], problem["detail"]) == (f"/problems/{kind}", detail)
    assert (problem["instance"], problem["request_id"]) == (PATH, "s3")
    logged = next(record for record in records_of("s3") if record.levelno >= logging.WARNING)
    assert (logged.exc_info is None) == (problem["status"] == 503)


def test_a_model_that_fails_after_a_sentence_leaves_an_answer_that_says_so(index: Path) -> None:
    breaking = Breaking(GeneratorUnavailable("the model is gone"))
    with serving(create_app(ApiSettings(), lambda: written_by(breaking, index))) as server:
        told = all_of(server.post(PATH, json=ASKED))
    assert [name for name, _ in told] == ["searched", "sentence", "answer"]
    assert told[-1][1]["notes"] == ["the model is gone; the answer ends where it stopped"]


def test_after_a_failure_in_mid_stream_the_index_is_checked_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.index_check.VALID_SECONDS", 3600.0)
    fill(LanceStore(tmp_path), FakeEmbedder())
    app = create_app(ApiSettings(), lambda: written_by(Breaking(StoreUnavailable("it went away")), tmp_path))
    with serving(app) as server:
        assert all_of(server.post(PATH, json=ASKED))[-1][0] == "problem"
        fill(LanceStore(tmp_path), FakeEmbedder(dimension=32))
        refused = server.post(PATH, json=ASKED)
        assert (refused.status_code, refused.json()["type"]) == (503, "/problems/index-mismatch")


def test_a_failure_before_the_first_event_is_a_problem_with_its_status(tmp_path: Path) -> None:
    embedder = FailingEmbedder()
    with serving(create_app(ApiSettings(), lambda: build(LanceStore(tmp_path), embedder))) as server:

        def refused(status: int, kind: str, **changes: object) -> None:
            response = server.post(PATH, json={**ASKED, **changes})
            assert response.status_code == status
            assert response.headers["Content-Type"] == "application/problem+json"
            assert response.json()["type"] == f"/problems/{kind}"

        refused(503, "index-missing")
        with LanceStore(tmp_path) as store:
            fill(store, embedder)
        refused(400, "invalid-query", question=" ")
        refused(422, "invalid-request", stream="yes")
        embedder.failure = ModelUnavailable("the model's session is gone")
        refused(503, "model-unavailable")
        embedder.failure = KeyError("a secret")
        refused(500, "internal-error")


def test_the_documentation_shows_both_ways_to_get_an_answer(server: httpx.Client) -> None:
    document = server.get("/openapi.json").json()
    operation = document["paths"][PATH]["post"]
    content = operation["responses"]["200"]["content"]
    assert set(content) == {"application/json", "text/event-stream"}
    assert content["application/json"]["schema"]["$ref"].endswith("/AnswerResponse")
    assert document["components"]["schemas"]["AnswerRequest"]["properties"]["stream"]["default"] is False
    for event in ("searched", "sentence", "answer", "problem"):
        assert f"`{event}`" in operation["description"]
