"""Problem documents (RFC 9457) for failures."""

import logging
from collections.abc import Sequence
from urllib.parse import quote

from fastapi.exceptions import RequestValidationError
from starlette.types import Scope

from api.http.errors import INTERNAL, ProblemType, problem_type_of
from api.http.redaction import hide_folders
from dalil.wire.problems import FieldProblem, Problem

MEDIA_TYPE = "application/problem+json"

MAX_DETAIL_CHARACTERS = 500
MAX_FIELD_CHARACTERS = 200
MAX_FIELD_PROBLEMS = 20

INTERNAL_DETAIL = "the server failed; its log says why under this request_id"
"""The whole detail of an unexpected failure: its own message may hold a secret."""

_log = logging.getLogger(__name__)


def make_problem(
    scope: Scope, problem_type: ProblemType, detail: str, errors: Sequence[FieldProblem] | None = None
) -> Problem:
    """The problem document of a request; it can always be sent, since long or invalid text is shortened or replaced."""
    return Problem(
        type=problem_type.type,
        title=problem_type.title,
        status=problem_type.status,
        detail=shorten(detail),
        instance=shorten(quote(scope["path"])),
        request_id=scope["state"]["request_id"],
        errors=list(errors) if errors is not None else None,
    )


def stream_problem(scope: Scope, error: Exception) -> Problem:
    """The problem of a response that has begun; logs the failure, with a traceback if it is unexpected."""
    problem_type = problem_type_of(error)
    if problem_type is INTERNAL:
        _log.error("the request failed in mid-stream", exc_info=error)
        return make_problem(scope, problem_type, INTERNAL_DETAIL)
    _log.warning("the request failed in mid-stream: %s", error)
    return make_problem(scope, problem_type, hide_folders(str(error)))


def field_problems(error: RequestValidationError) -> list[FieldProblem]:
    """The first `MAX_FIELD_PROBLEMS` of pydantic's errors, without the values that caused them."""
    return [
        FieldProblem(
            location=str(location),
            pointer=shorten(
                "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path), MAX_FIELD_CHARACTERS
            ),
            message=shorten(entry["msg"].removeprefix("Value error, "), MAX_FIELD_CHARACTERS),
        )
        for entry in error.errors()[:MAX_FIELD_PROBLEMS]
        for location, *path in [entry["loc"]]
    ]


def shorten(text: str, length: int = MAX_DETAIL_CHARACTERS) -> str:
    """At most `length` characters of the text, with each lone surrogate replaced by `?`."""
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= length else text[: length - 1] + "…"
