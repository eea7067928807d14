"""Whatever is sent to the chat, the answer is an error as OpenAI's clients read it, and the server goes on."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dalil.settings import ApiSettings
from tests.integration.api_service import app_over, filled, serving
from tests.programs import ROOT

JSON = {"Content-Type": "application/json"}
CAP = ApiSettings().max_body_bytes
PATH = "/v1/chat/completions"
ASKED: list[dict[str, Any]] = [{"role": "user", "content": "كوريا"}]
RIGHT = {"model": "dalil", "messages": ASKED}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with serving(app_over(filled(tmp_path_factory.mktemp("index")))) as client:
        yield client


@dataclass(frozen=True)
class Bad:
    name: str
    body: bytes
    code: str = "invalid_request"
    param: str | None = None
    status: int = 400
    method: str = "POST"
    path: str = PATH
    headers: dict[str, str] = field(default_factory=lambda: JSON)


def body(name: str, content: object, param: str | None) -> Bad:
    return Bad(name, json.dumps(content).encode(), param=param)


def wrong(parameter: str, value: object, param: str | None = None) -> Bad:
    return body(f"{parameter} {value!r}"[:60], RIGHT | {parameter: value}, param or parameter)


def message(name: str, said: object, param: str) -> Bad:
    return body(name, {"model": "dalil", "messages": [*ASKED, said]}, param)


def asks(name: str, question: object) -> Bad:
    return Bad(
        name, json.dumps(RIGHT | {"messages": [{"role": "user", "content": question}]}).encode(), "invalid_query"
    )


def raw(name: str, content: bytes) -> Bad:
    return Bad(name, content, "malformed_request")


def elsewhere(name: str, method: str, path: str, code: str, status: int) -> Bad:
    return Bad(name, b"", code, None, status, method, path, headers={})


CASES = [
    body("nothing in it", {}, "model"),
    body("no model", {"messages": ASKED}, "model"),
    body("no messages", {"model": "dalil"}, "messages"),
    body("a list", [], None),
    body("a string", "dalil", None),
    body("null", None, None),
    wrong("model", None),
    wrong("model", 4),
    wrong("messages", None),
    wrong("messages", []),
    wrong("messages", "كوريا"),
    wrong("messages", {"role": "user", "content": "كوريا"}),
    wrong("messages", ["كوريا"], "messages[0]"),
    wrong("messages", [{"role": "system", "content": "a"}], "messages"),
    wrong("messages", [{"role": "assistant", "content": "a"}], "messages"),
    message("no role", {"content": "a"}, "messages[1].role"),
    message("unknown role", {"role": "robot", "content": "a"}, "messages[1].role"),
    message("role a number", {"role": 1, "content": "a"}, "messages[1].role"),
    message("no content", {"role": "user"}, "messages[1]"),
    message("null content of a user", {"role": "user", "content": None}, "messages[1]"),
    message("content a number", {"role": "user", "content": 5}, "messages[1].content"),
    message("content an object", {"role": "user", "content": {"type": "text", "text": "a"}}, "messages[1].content"),
    message("an image", {"role": "user", "content": [{"type": "image_url", "image_url": {}}]}, "messages[1].content"),
    message("a part of no type", {"role": "user", "content": [{"text": "a"}]}, "messages[1].content"),
    message("a part without text", {"role": "user", "content": [{"type": "text"}]}, "messages[1].content"),
    message("a part's text a list", {"role": "user", "content": [{"type": "text", "text": []}]}, "messages[1].content"),
    message("parts nested", {"role": "user", "content": [[{"type": "text", "text": "a"}]]}, "messages[1].content"),
    message("parts of strings", {"role": "user", "content": ["a"]}, "messages[1].content"),
    wrong("stream", "yes"),
    wrong("stream", 1),
    wrong("stream_options", True),
    wrong("stream_options", {"include_usage": "yes"}, "stream_options.include_usage"),
    wrong("n", 0),
    wrong("n", 2),
    wrong("n", True),
    wrong("temperature", 9),
    wrong("temperature", -0.1),
    wrong("temperature", "warm"),
    wrong("temperature", "9"),
    wrong("temperature", [0.5]),
    wrong("temperature", True),
    wrong("top_p", 1.1),
    wrong("presence_penalty", 2.5),
    wrong("frequency_penalty", "none"),
    wrong("max_tokens", 1.5),
    wrong("max_tokens", [1]),
    wrong("max_tokens", True),
    wrong("max_completion_tokens", "many"),
    wrong("stop", 7),
    wrong("stop", [7], "stop[0]"),
    wrong("seed", 0.5),
    wrong("seed", "a"),
    wrong("user", 7),
    wrong("logprobs", "yes"),
    wrong("tools", {}),
    wrong("response_format", "json"),
    wrong("response_format", {}, "response_format.type"),
    asks("empty question", ""),
    asks("blank question", " \n"),
    asks("no parts", []),
    asks("question too long", "س" * 1001),
    asks("NUL in the question", "كوريا\0"),
    asks("control character in a part", [{"type": "text", "text": "كوريا\x1b"}]),
    raw("not JSON", b"model=dalil"),
    raw("cut JSON", b'{"model": "dalil"'),
    raw("the same name twice", b'{"model": "dalil", "model": "dalil"}'),
    raw("NaN", b'{"model": "dalil", "temperature": NaN}'),
    raw("not UTF-8", b'{"model": "\xff"}'),
    raw("lone surrogate", b'{"model": "dalil", "messages": [{"role": "user", "content": "\\ud800"}]}'),
    raw("nested deeply", b'{"messages":' + b"[" * 30_000 + b"]" * 30_000 + b"}"),
    Bad("infinite temperature", b'{"model": "dalil", "temperature": 1e400, "messages": []}', param="messages"),
    Bad("unknown model", json.dumps(RIGHT | {"model": "gpt-4o"}).encode(), "model_not_found", status=404),
    Bad("model of 10,000 letters", json.dumps(RIGHT | {"model": "x" * 10_000}).encode(), "model_not_found", status=404),
    Bad("a form", b"model=dalil", "unsupported_media_type", None, 415, headers={"Content-Type": "text/plain"}),
    Bad("body one byte too large", json.dumps(RIGHT).encode().ljust(CAP + 1), "body_too_large", status=413),
    elsewhere("a GET", "GET", PATH, "method_not_allowed", 405),
    elsewhere("a DELETE", "DELETE", "/v1/models/dalil", "method_not_allowed", 405),
    elsewhere("a POST to the models", "POST", "/v1/models", "method_not_allowed", 405),
    elsewhere("a stored completion", "GET", f"{PATH}/chatcmpl-1", "not_found", 404),
    elsewhere("a slash behind", "POST", f"{PATH}/", "not_found", 404),
    elsewhere("no such model", "GET", "/v1/models/gpt-4o", "model_not_found", 404),
    elsewhere("a model with slashes", "GET", "/v1/models/org/model%2F1", "model_not_found", 404),
    elsewhere("a model not UTF-8", "GET", "/v1/models/%FF%00", "model_not_found", 404),
    elsewhere("a query not UTF-8", "GET", "/v1/models?after=%FF", "malformed_request", 400),
]


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.name)
def test_bad_input_gets_its_error_and_the_server_goes_on(client: httpx.Client, bad: Bad) -> None:
    for accept in ("application/json", "text/html"):
        headers = {**bad.headers, "Accept": accept}
        response = client.request(bad.method, bad.path, content=bad.body, headers=headers)
        assert response.status_code == bad.status, response.text
        assert response.headers["Content-Type"] == "application/json"
        assert set(response.json()) == {"error"}
        error = response.json()["error"]
        assert error.keys() == {"message", "type", "param", "code"}
        assert (error["type"], error["code"], error["param"]) == ("invalid_request_error", bad.code, bad.param)
        assert error["message"]
        assert "Traceback" not in response.text
        assert len(response.content) < 20_000
        assert response.headers["X-Request-ID"]
    assert client.post(PATH, json=RIGHT).status_code == 200


def test_an_earlier_question_may_be_anything_that_is_text(client: httpx.Client) -> None:
    for said in ("", "؟", "س" * 20_000):
        messages = [{"role": "user", "content": said}, *ASKED]
        assert client.post(PATH, json=RIGHT | {"messages": messages}).status_code == 200


SENT_BY_CLIENTS: dict[str, list[object]] = {
    "max_tokens": [-1, -2, 0, None, 1.0, "100"],
    "max_completion_tokens": [-1, 0, None],
    "temperature": [0, 1, 2, 0.7, None, "0.5", "1"],
    "top_p": [0, 1, None, "1.0"],
    "presence_penalty": [0, -2, None, "0"],
    "frequency_penalty": [0, 2.0, None],
    "n": [1, 1.0, None, "1"],
    "seed": [1.0, -1, 0, None, "42", 2**70],
    "stop": ["", [], [""], None],
    "tools": [[], None],
    "stream_options": [{}, None],
    "stream": [None],
    "user": [None],
    "logprobs": [None],
    "response_format": [None],
    "tool_choice": ["none"],
}


@pytest.mark.parametrize(
    ("parameter", "value"), [(name, value) for name, values in SENT_BY_CLIENTS.items() for value in values]
)
def test_a_parameter_without_effect_takes_what_clients_send(
    client: httpx.Client, parameter: str, value: object
) -> None:
    response = client.post(PATH, json=RIGHT | {parameter: value})
    assert response.status_code == 200, response.text


IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
HISTORY: list[object] = [
    None,
    "",
    [],
    {},
    5,
    [None, "a", 5, []],
    [IMAGE],
    [{"type": "text"}, {"type": "text", "text": None}, {"text": "a"}],
    [{"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}],
    [{"type": "file", "file": {"file_id": "1"}}],
    [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "x"}],
    [{"type": "reasoning", "summary": []}, {"type": "output_text", "text": "x"}],
    [{"type": "refusal", "refusal": "no"}],
]


@pytest.mark.parametrize("role", ["user", "assistant", "system", "developer", "tool", "function"])
def test_the_content_of_other_messages_is_never_an_error(client: httpx.Client, role: str) -> None:
    whole = client.post(PATH, json=RIGHT).json()["choices"]
    for content in HISTORY:
        said = {"role": role, "content": content, "tool_calls": [], "tool_call_id": "1"}
        for messages in ([said, *ASKED], [*ASKED, said]) if role != "user" else ([said, *ASKED],):
            response = client.post(PATH, json=RIGHT | {"messages": messages})
            assert response.status_code == 200, response.text
            # The text of an earlier question may be what the last one follows on.
            assert role == "user" or response.json()["choices"] == whole
    assert client.post(PATH, json=RIGHT | {"messages": [{"role": role}, *ASKED]}).status_code == 200


@pytest.mark.parametrize(
    "file", sorted((ROOT / "tests/cases/15-chat-parts-that-do-not-count").glob("*.json")), ids=lambda it: it.stem
)
def test_what_is_not_the_last_question_ends_no_chat(client: httpx.Client, file: Path) -> None:
    response = client.post(PATH, content=file.read_bytes(), headers=JSON)
    assert response.status_code == 200, response.text


def test_the_text_of_an_earlier_question_is_read_and_its_image_is_not(client: httpx.Client) -> None:
    first = {"role": "user", "content": [{"type": "text", "text": "ماذا أرسلت كوريا الشمالية إلى روسيا؟"}, IMAGE]}
    messages = [first, {"role": "assistant", "content": "…"}, {"role": "user", "content": "ومتى كان ذلك؟"}]
    response = client.post(PATH, json=RIGHT | {"messages": messages})
    assert response.json()["dalil"]["question"] == "ماذا أرسلت كوريا الشمالية إلى روسيا؟ ومتى كان ذلك؟"


def test_a_question_with_an_image_is_refused_by_the_part(client: httpx.Client) -> None:
    question = {"role": "user", "content": [{"type": "text", "text": "ما هذه الصورة؟"}, IMAGE]}
    response = client.post(PATH, json=RIGHT | {"messages": [*ASKED, question]})
    assert response.status_code == 400
    assert "part 2 of the question is of the type 'image_url'; only text is read" in response.json()["error"]["message"]


def test_a_long_chat_is_answered(client: httpx.Client) -> None:
    said = [{"role": "user", "content": "كوريا"}, {"role": "assistant", "content": "أرسلت صواريخ. " * 50}]
    response = client.post(PATH, json=RIGHT | {"messages": [*said * 80, *ASKED]})
    assert response.status_code == 200
    assert response.json()["dalil"]["status"] == "answered"


def test_a_wrong_method_names_the_right_ones(client: httpx.Client) -> None:
    assert client.get(PATH).headers["Allow"] == "POST"
    assert client.delete("/v1/models").headers["Allow"] == "GET, HEAD"


FIELDS = ("role", "content", "type", "text", "include_usage", "system", "user", "assistant", "dalil")
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=[]))
    | st.sampled_from(FIELDS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS) | st.text(), inner, max_size=6),
    max_leaves=12,
)
PARTS = st.lists(st.fixed_dictionaries({"type": st.sampled_from(["text", "refusal"]), "text": st.text() | VALUES}))
MESSAGES = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "system"]) | VALUES, "content": st.text() | PARTS | VALUES}
)
CHATS = st.fixed_dictionaries(
    {"model": st.just("dalil") | VALUES, "messages": st.lists(MESSAGES, max_size=4) | VALUES},
    optional={
        "stream": st.booleans() | VALUES,
        "stream_options": st.fixed_dictionaries({}, optional={"include_usage": st.booleans() | VALUES}) | VALUES,
        "n": VALUES,
        "temperature": st.floats(0, 2) | VALUES,
        "stop": st.text() | st.lists(st.text()) | VALUES,
        "tools": VALUES,
    },
)


@settings(max_examples=150, deadline=None)
@given(content=CHATS)
def test_no_json_makes_the_server_fail(client: httpx.Client, content: object) -> None:
    response = client.post(PATH, content=json.dumps(content).encode(), headers=JSON)
    assert response.status_code in {200, 400, 404}, response.text
    if response.status_code == 200 and "event-stream" in response.headers["Content-Type"]:
        assert response.text.endswith("data: [DONE]\n\n")
    else:
        assert ("error" in response.json()) == (response.status_code != 200)
