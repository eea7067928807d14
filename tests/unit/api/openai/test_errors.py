import json

import pytest
from starlette.exceptions import HTTPException

from api.http.error_responses import ErrorResponder
from api.http.errors import INTERNAL, TYPE_OF_EXCEPTION, TYPE_OF_STATUS, ProblemType, problem_type_of
from api.openai.errors import OpenAIErrorPresenter, is_openai_path, parameter_name
from api.pages.errors import ErrorPagePresenter
from dalil.wire.problems import FieldProblem

PROBLEM_TYPES = [*TYPE_OF_EXCEPTION.values(), *TYPE_OF_STATUS.values(), INTERNAL]
RESPONDER = ErrorResponder([OpenAIErrorPresenter(), ErrorPagePresenter()])
SCOPE = {"path": "/v1/chat/completions", "headers": [(b"accept", b"text/html")], "state": {"request_id": "r1"}}


@pytest.mark.parametrize("problem_type", PROBLEM_TYPES, ids=lambda problem_type: problem_type.type)
def test_every_problem_is_an_error_of_openais_where_its_protocol_is_spoken(problem_type: ProblemType) -> None:
    response = RESPONDER.respond(SCOPE, problem_type, "why")
    assert response.status_code == (400 if problem_type.status == 422 else problem_type.status)
    assert response.media_type == "application/json"
    assert ("Retry-After" in response.headers) == (problem_type.status == 503)
    error = json.loads(bytes(response.body))["error"]
    assert error == {
        "message": "why",
        "type": "server_error" if problem_type.status >= 500 else "invalid_request_error",
        "param": None,
        "code": problem_type.type.removeprefix("/problems/").replace("-", "_"),
    }


def test_fields_are_named_in_the_message_and_the_first_is_the_parameter() -> None:
    wrong = [
        FieldProblem(location="body", pointer="/messages/0/content", message="no text"),
        FieldProblem(location="body", pointer="/n", message="too many"),
    ]
    error = json.loads(bytes(RESPONDER.respond(SCOPE, TYPE_OF_STATUS[413], "why", wrong).body))["error"]
    assert error["message"] == "messages[0].content: no text; n: too many"
    assert error["param"] == "messages[0].content"


def test_what_is_wrong_with_the_whole_body_has_no_parameter() -> None:
    wrong = [FieldProblem(location="body", pointer="", message="no object")]
    error = json.loads(bytes(RESPONDER.respond(SCOPE, TYPE_OF_STATUS[413], "why", wrong).body))["error"]
    assert (error["message"], error["param"]) == ("no object", None)


def test_a_status_without_a_type_of_its_own_has_no_code() -> None:
    error = json.loads(bytes(RESPONDER.respond(SCOPE, problem_type_of(HTTPException(418)), "a teapot").body))["error"]
    assert (error["message"], error["code"]) == ("a teapot", None)


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("", ""),
        ("/temperature", "temperature"),
        ("/messages/12", "messages[12]"),
        ("/messages/0/content", "messages[0].content"),
        ("/stream_options/include_usage", "stream_options.include_usage"),
        ("/stop/0", "stop[0]"),
        ("/0/1", "[0][1]"),
    ],
)
def test_a_pointer_is_written_as_openai_writes_places(pointer: str, expected: str) -> None:
    assert parameter_name(pointer) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v1/chat/completions", True),
        ("/v1/chat/completions/chatcmpl-1", True),
        ("/v1/models", True),
        ("/v1/models/dalil", True),
        ("/v1/modelsx", False),
        ("/v1/answer", False),
        ("/articles/v1/models", False),
        ("/v1/responses", True),
        ("/v1/embeddings", True),
        ("/v1/completions", True),
        ("/v1/files/file-1/content", True),
        ("/v1/articles", False),
        ("/v1/search", False),
    ],
)
def test_openais_protocol_is_spoken_under_its_paths_alone(path: str, expected: bool) -> None:
    assert is_openai_path(path) is expected


def test_what_a_proxy_puts_before_a_path_is_taken_off() -> None:
    assert is_openai_path("/news/v1/models", "/news")
    assert not is_openai_path("/v1/models/v1/answer", "/v1/models")
    assert not is_openai_path("/articles/v1/models", "/news")
