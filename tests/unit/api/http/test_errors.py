import json
from collections.abc import Iterator

import pytest
from starlette.exceptions import HTTPException

import api.http.errors
from api.http.error_responses import ErrorResponder
from api.http.errors import INTERNAL, TYPE_OF_EXCEPTION, TYPE_OF_STATUS, ProblemType, problem_type_of
from api.http.problems import shorten
from dalil.errors import DalilError, GeneratorUnavailable, ServiceUnavailable

PROBLEM_TYPES = [*TYPE_OF_EXCEPTION.values(), *TYPE_OF_STATUS.values(), INTERNAL]
NEVER_SERVED = {GeneratorUnavailable, ServiceUnavailable}
"""The engine answers without a language model, and the client's word for a service never comes from one."""
RESPONDER = ErrorResponder()
SCOPE = {"path": "/v1/search", "headers": [], "state": {"request_id": "r1"}}


def _leaves(parent: type[DalilError]) -> Iterator[type[DalilError]]:
    children = [child for child in parent.__subclasses__() if child.__module__ == DalilError.__module__]
    if not children:
        yield parent
    for child in children:
        yield from _leaves(child)


def test_every_exception_of_the_engine_has_a_problem_type_of_its_own() -> None:
    assert set(_leaves(DalilError)) - NEVER_SERVED <= set(TYPE_OF_EXCEPTION)
    assert len({problem_type.type for problem_type in PROBLEM_TYPES}) == len(PROBLEM_TYPES)


@pytest.mark.parametrize("problem_type", PROBLEM_TYPES, ids=lambda problem_type: problem_type.type)
def test_the_documented_table_names_every_type_with_its_status(problem_type: ProblemType) -> None:
    assert api.http.errors.__doc__ is not None
    assert any(
        problem_type.type in row.split() and str(problem_type.status) in row.split()
        for row in api.http.errors.__doc__.splitlines()
    )


def test_an_exception_that_nobody_expected_is_internal() -> None:
    assert problem_type_of(KeyError("secret")) is INTERNAL


def test_a_status_without_a_type_of_its_own_is_about_blank() -> None:
    assert problem_type_of(HTTPException(418)) == ProblemType(418, "about:blank", "I'm a Teapot")


def test_a_long_or_broken_detail_can_still_be_sent() -> None:
    response = RESPONDER.respond(SCOPE, INTERNAL, "\ud800" + "ض" * 100_000)
    document = json.loads(bytes(response.body))
    assert document["detail"].startswith("?ض")
    assert len(document["detail"]) == 500


@pytest.mark.parametrize(("text", "expected"), [("", ""), ("abc", "abc"), ("abcd", "ab…")])
def test_texts_are_cut_at_their_length(text: str, expected: str) -> None:
    assert shorten(text, 3) == expected


def test_only_unavailability_says_when_to_try_again() -> None:
    for problem_type in PROBLEM_TYPES:
        assert ("Retry-After" in RESPONDER.respond(SCOPE, problem_type, "x").headers) == (problem_type.status == 503)
