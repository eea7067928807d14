"""Messages that are no question, as clients get the reply: the routes for answers and for chat, whole and streamed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from dalil.errors import ModelUnavailable
from dalil.settings import ApiSettings
from dalil.stores.lance import LanceStore
from tests.integration.api_service import FailingEmbedder, build, filled, serving
from tests.programs import ROOT

CHAT, ANSWER = "/v1/chat/completions", "/v1/answer"
QUESTION = "ما الأسلحة التي أرسلتها كوريا الشمالية؟"

THANKS = "على الرحب والسعة. يمكنك أن تسألني عن المقالات متى شئت."
WELCOME = "You are welcome. Ask me about the articles again at any time."
ALL_RIGHT = "All right. Ask me about the articles again at any time."
VERY_WELL = "حسنا. يمكنك أن تسألني عن المقالات متى شئت."
PEACE = "وعليكم السلام ورحمة الله! اسألني عما ورد في المقالات من أخبار."

MESSAGES = [
    ("👍", VERY_WELL),
    ("🙏🏻", VERY_WELL),
    ("got it", ALL_RIGHT),
    ("I see", ALL_RIGHT),
    ("makes sense", ALL_RIGHT),
    ("thanks", WELCOME),
    ("يعطيك العافية", THANKS),
    ("لا شكرا", THANKS),
    ("no thanks", WELCOME),
    ("السلام عليكم", PEACE),
    ("شكرا 🌹", THANKS),
    ("شكرا", THANKS),
    ("ماشي", VERY_WELL),
    ("؟", "أي حدث أو مكان أو شخص تقصد؟"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The service over an embedder that fails: a search is an error."""
    embedder = FailingEmbedder()
    embedder.failure = ModelUnavailable("a reply needs no model")
    folder = filled(tmp_path_factory.mktemp("index"))
    with serving(create_app(ApiSettings(), lambda: build(LanceStore(folder), embedder))) as server:
        assert server.post(ANSWER, json={"question": QUESTION}).status_code == 503
        yield server


def chat(*messages: str, **parameters: object) -> dict[str, object]:
    said: list[dict[str, str]] = []
    for message in messages:
        said += [{"role": "user", "content": message}, {"role": "assistant", "content": "…"}]
    return {"model": "dalil", "messages": said[:-1], **parameters}


def check(answer: dict[str, Any], reason: str, text: str) -> None:
    assert (answer["status"], answer["refusal_reason"], answer["text"]) == ("insufficient_evidence", reason, text)
    assert (answer["sentences"], answer["citations"], answer["confidence"]) == ([], [], 0.0)


@pytest.mark.parametrize(("message", "text"), MESSAGES)
def test_a_chat_gets_a_reply_without_citations(server: httpx.Client, message: str, text: str) -> None:
    whole = server.post(CHAT, json=chat(QUESTION, message)).json()
    reply = whole["choices"][0]["message"]
    assert (reply["content"], reply["annotations"]) == (text, [])
    assert whole["dalil"]["question"] == message
    check(whole["dalil"], "too_vague" if message == "؟" else "not_a_question", text)
    streamed = server.post(CHAT, json=chat(QUESTION, message, stream=True)).text
    *chunks, done = [line.removeprefix("data: ") for line in streamed.split("\n\n") if line]
    choices = [json.loads(chunk)["choices"][0] for chunk in chunks]
    assert done == "[DONE]"
    assert choices[0]["delta"] == {"role": "assistant", "content": ""}
    assert "".join(choice["delta"].get("content", "") for choice in choices) == text
    assert all("annotations" not in choice["delta"] for choice in choices)
    assert choices[-1]["finish_reason"] == "stop"


@pytest.mark.parametrize(
    ("question", "reason", "language", "text"),
    [
        ("thanks", "not_a_question", "en", WELCOME),
        ("السلام عليكم", "not_a_question", "ar", PEACE),
        ("👍", "not_a_question", "und", ALL_RIGHT),
        ("What happened?", "too_vague", "en", "Which event, place or person do you mean?"),
        ("the of in", "too_vague", "en", "Which event, place or person do you mean?"),
        ("ماذا حدث؟", "too_vague", "ar", "أي حدث أو مكان أو شخص تقصد؟"),
    ],
)
def test_an_answer_is_a_reply_without_a_search(
    server: httpx.Client, question: str, reason: str, language: str, text: str
) -> None:
    whole = server.post(ANSWER, json={"question": question, "explain": True}).json()
    check(whole, reason, text)
    assert whole["language"] == language
    assert whole["explain"]["query"]["text"] == question
    assert (whole["explain"]["hits"], whole["explain"]["confidence"]) == ([], None)
    streamed = server.post(ANSWER, json={"question": question, "stream": True}).text
    assert streamed.startswith("event: answer\n")
    assert streamed.count("event: ") == 1


@pytest.mark.parametrize(
    "file", sorted((ROOT / "tests/cases/06-acknowledgements").glob("*.json")), ids=lambda it: it.stem
)
def test_an_acknowledgement_repeats_no_answer_and_cites_nothing(server: httpx.Client, file: Path) -> None:
    reply = server.post(CHAT, content=file.read_bytes(), headers={"Content-Type": "application/json"})
    message = reply.json()["choices"][0]["message"]
    assert message["content"] not in {"", "…"}
    assert message["annotations"] == []


def test_the_assistant_says_what_it_is(server: httpx.Client) -> None:
    for message, name in (("من أنت؟", "أنا دليل."), ("what can you do?", "I am Dalil.")):
        content = server.post(CHAT, json=chat(message)).json()["choices"][0]["message"]["content"]
        assert content.startswith(name)


@pytest.mark.parametrize(
    "message", ["thanks, and how many shells?", "شكرا، وكم عدد القذائف؟", "thank you Putin letter"]
)
def test_a_message_with_content_is_searched(server: httpx.Client, message: str) -> None:
    assert server.post(CHAT, json=chat(QUESTION, message)).status_code == 503


@pytest.mark.parametrize("message", ["why?", "What happened?", "ومتى كان ذلك؟"])
def test_a_question_that_follows_on_is_searched_and_the_same_alone_asks_back(
    server: httpx.Client, message: str
) -> None:
    assert server.post(CHAT, json=chat(QUESTION, message)).status_code == 503
    assert server.post(CHAT, json=chat(message)).json()["dalil"]["refusal_reason"] == "too_vague"


def test_a_question_about_one_article_may_name_nothing(server: httpx.Client) -> None:
    body = {"question": "ماذا حدث؟", "filters": {"article_ids": ["weapons"]}}
    assert server.post(ANSWER, json=body).status_code == 503
    assert server.post(ANSWER, json=body | {"question": "شكرا"}).json()["refusal_reason"] == "not_a_question"
