import json
from collections.abc import Iterator

import pytest
from starlette.exceptions import HTTPException

import api.http.errors
from api.http.error_responses import ErrorResponder
from api.http.errors import INTERNAL, OF_EXCEPTION, OF_STATUS, Kind, kind_of
from api.http.problems import shorten
from dalil.errors import DalilError, GeneratorUnavailable, ServiceUnavailable

KINDS = [*OF_EXCEPTION.values(), *OF_STATUS.values(), INTERNAL]
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
    assert set(_leaves(DalilError)) - NEVER_SERVED <= set(OF_EXCEPTION)
    assert len({kind.type for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.type)
def test_the_documented_table_names_every_type_with_its_status(kind: Kind) -> None:
    assert api.http.errors.__doc__ is not None
    assert any(
        kind.type in row.split() and str(kind.status) in row.split() for row in api.http.errors.__doc__.splitlines()
    )


def test_an_exception_that_nobody_expected_is_internal() -> None:
    assert kind_of(KeyError("secret")) is INTERNAL


def test_a_status_without_a_type_of_its_own_is_about_blank() -> None:
    assert kind_of(HTTPException(418)) == Kind(418, "about:blank", "I'm a Teapot")


def test_a_long_or_broken_detail_can_still_be_sent() -> None:
    response = RESPONDER.respond(SCOPE, INTERNAL, "\ud800" + "ض" * 100_000)
    document = json.loads(bytes(response.body))
    assert document["detail"].startswith("?ض")
    assert len(document["detail"]) == 500


@pytest.mark.parametrize(("text", "expected"), [("", ""), ("abc", "abc"), ("abcd", "ab…")])
def test_texts_are_cut_at_their_length(text: str, expected: str) -> None:
    assert shorten(text, 3) == expected


def test_only_unavailability_says_when_to_try_again() -> None:
    for kind in KINDS:
        assert ("Retry-After" in RESPONDER.respond(SCOPE, kind, "x").headers) == (kind.status == 503)
