"""Every failure from one table: as an RFC 9457 problem document, for a browser as a page that says the same, and
where OpenAI's protocol is spoken as an error of its shape.

===========================  ======  ==============================  =======================================
exception                    status  type                            what to do
===========================  ======  ==============================  =======================================
InvalidQuery                 400     /problems/invalid-query         change the question or the filters
InvalidArticle               400     /problems/invalid-article       change the article
ArticleNotFound              404     /problems/article-not-found     ask for an id that GET /v1/articles lists
KeyNeeded                    401     /problems/key-needed            send Authorization: Bearer KEY
ReadOnly                     403     /problems/read-only             set DALIL_API__KEYS, or write on its machine
UnknownModel                 404     /problems/model-not-found       ask for a model that GET /v1/models lists
(no such path)               404     /problems/not-found             see /docs
(no such method)             405     /problems/method-not-allowed    use a method of the Allow header
(body above the cap)         413     /problems/body-too-large        send less
(not JSON by its header)     415     /problems/unsupported-media-type  send Content-Type: application/json
(no file of articles)        415     /problems/unsupported-media-type  send what POST /v1/articles:import reads
MalformedRequest             422     /problems/malformed-request     send I-JSON and UTF-8
RequestValidationError       422     /problems/invalid-request       see `errors`
IndexMissing                 503     /problems/index-missing         index some articles; then try again
IndexMismatch                503     /problems/index-mismatch        rebuild the index; then try again
StoreUnavailable             503     /problems/store-unavailable     try again after Retry-After seconds
ModelUnavailable             503     /problems/model-unavailable     try again after Retry-After seconds
Misconfigured                503     /problems/misconfigured         tell the operator
anything else                500     /problems/internal-error        report it with its request_id
===========================  ======  ==============================  =======================================

A missing or foreign index is 503 and not 404: the request is right, and the same one works once somebody has indexed.
So is a setting that turns out wrong while serving, such as a login that the store no longer accepts.
"""

import http
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match, Mount
from starlette.types import Scope

from api.negotiation import HTML, JSON, prefers
from api.openai_errors import as_openai, speaks_openai
from api.problems import MEDIA_TYPE, FieldProblem, Problem
from api.rendering import page
from dalil.errors import (
    ArticleNotFound,
    DalilError,
    IndexMismatch,
    IndexMissing,
    InvalidArticle,
    InvalidQuery,
    Misconfigured,
    ModelUnavailable,
    StoreUnavailable,
)

MAX_DETAIL = 500
MAX_ERRORS = 20
RETRY_AFTER_SECONDS = 5
FAILED = "the server failed; its log says why under this request_id"
"""All that is told of a failure that nobody expected."""

_log = logging.getLogger(__name__)


class MalformedRequest(HTTPException):
    """The body or the query string cannot be read at all; it is not a matter of single fields."""

    def __init__(self, detail: str) -> None:
        super().__init__(422, detail)


class KeyNeeded(HTTPException):
    """Writing takes a key, and none of the right ones came with the request."""

    def __init__(self) -> None:
        detail = "writing takes a key: send the header `Authorization: Bearer KEY` with a key that this server knows"
        super().__init__(401, detail, {"WWW-Authenticate": "Bearer"})


class ReadOnly(HTTPException):
    """Nobody may write from where the request came from."""

    def __init__(self) -> None:
        super().__init__(
            403,
            "this server is written to only from the machine it runs on, and only where it serves no other; "
            "DALIL_API__KEYS opens writing to whoever has a key, and `python -m api.keys` makes one",
        )


class UnknownModel(HTTPException):
    """A chat was asked of a model that there is not."""

    def __init__(self, model: str) -> None:
        super().__init__(404, f"there is no model {model!r}; GET /v1/models lists what there is")


@dataclass(frozen=True, slots=True)
class Kind:
    """What all problems of one type share."""

    status: int
    type: str
    title: str


INTERNAL = Kind(500, "/problems/internal-error", "The server failed")
BODY_TOO_LARGE = Kind(413, "/problems/body-too-large", "The body is too large")

OF_EXCEPTION: Mapping[type[Exception], Kind] = {
    InvalidQuery: Kind(400, "/problems/invalid-query", "The question or a filter cannot be served"),
    InvalidArticle: Kind(400, "/problems/invalid-article", "The article cannot be indexed"),
    ArticleNotFound: Kind(404, "/problems/article-not-found", "There is no such article"),
    KeyNeeded: Kind(401, "/problems/key-needed", "Writing takes a key"),
    ReadOnly: Kind(403, "/problems/read-only", "Nothing can be written from here"),
    UnknownModel: Kind(404, "/problems/model-not-found", "There is no such model"),
    MalformedRequest: Kind(422, "/problems/malformed-request", "The request cannot be read"),
    RequestValidationError: Kind(422, "/problems/invalid-request", "The request has invalid fields"),
    IndexMissing: Kind(503, "/problems/index-missing", "Nothing has been indexed yet"),
    IndexMismatch: Kind(503, "/problems/index-mismatch", "The index was made by something else"),
    StoreUnavailable: Kind(503, "/problems/store-unavailable", "The store does not answer"),
    ModelUnavailable: Kind(503, "/problems/model-unavailable", "The embedding model does not run"),
    Misconfigured: Kind(503, "/problems/misconfigured", "A setting of the server is wrong"),
}

OF_STATUS: Mapping[int, Kind] = {
    404: Kind(404, "/problems/not-found", "Nothing is served here"),
    405: Kind(405, "/problems/method-not-allowed", "The method is not allowed here"),
    413: BODY_TOO_LARGE,
    415: Kind(415, "/problems/unsupported-media-type", "The content type is not served"),
}


def kind_of(error: Exception) -> Kind:
    """The table's entry for an exception: its own or its nearest ancestor's; `INTERNAL` for one that has none."""
    for ancestor in type(error).__mro__:
        if ancestor in OF_EXCEPTION:
            return OF_EXCEPTION[ancestor]
    if isinstance(error, HTTPException):
        unnamed = Kind(error.status_code, "about:blank", http.HTTPStatus(error.status_code).phrase)
        return OF_STATUS.get(error.status_code, unnamed)
    return INTERNAL


def problem(
    scope: Scope,
    kind: Kind,
    detail: str,
    errors: Sequence[FieldProblem] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The response for one problem.

    It is a page where the request's Accept wants HTML more than JSON, which is what a browser sends for a link, and an
    error of OpenAI's where its protocol is spoken.
    """
    told = document(scope, kind, detail, errors)
    retry = {"Retry-After": str(RETRY_AFTER_SECONDS)} if kind.status == 503 else {}
    headers = {**retry, **(headers or {})}
    if speaks_openai(scope["path"], scope.get("root_path", "")):
        status = 400 if kind.status == 422 else kind.status
        return Response(as_openai(told).model_dump_json(), status, headers, media_type=JSON)
    headers = {"Vary": "Accept", **headers}
    if prefers(scope, HTML, JSON, MEDIA_TYPE):
        return page(scope, "problem.html", kind.status, headers, problem=told)
    return Response(told.model_dump_json(exclude_none=True), kind.status, headers, media_type=MEDIA_TYPE)


def document(scope: Scope, kind: Kind, detail: str, errors: Sequence[FieldProblem] | None = None) -> Problem:
    """What is told of a problem; long texts are cut and what is not text is replaced, so it can always be sent."""
    return Problem(
        type=kind.type,
        title=kind.title,
        status=kind.status,
        detail=cut(detail),
        instance=cut(quote(scope["path"])),
        request_id=scope["state"]["request_id"],
        errors=list(errors) if errors is not None else None,
    )


def told_late(scope: Scope, error: Exception) -> Problem:
    """What is told of a failure once the response has begun; it is logged, with a traceback where that can help."""
    kind, request_id = kind_of(error), scope["state"]["request_id"]
    if kind is INTERNAL:
        _log.error("request %s failed in mid-stream", request_id, exc_info=error)
        return document(scope, kind, FAILED)
    _log.warning("request %s, in mid-stream: %s", request_id, error)
    return document(scope, kind, str(error))


def cut(text: str, length: int = MAX_DETAIL) -> str:
    """At most `length` characters of the text, with lone surrogates replaced by `?`."""
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= length else text[: length - 1] + "…"


def field_problems(error: RequestValidationError) -> list[FieldProblem]:
    """The first `MAX_ERRORS` of pydantic's errors without the values that caused them."""
    return [
        FieldProblem(
            location=str(location),
            pointer=cut("".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path), 200),
            message=cut(entry["msg"].removeprefix("Value error, "), 200),
        )
        for entry in error.errors()[:MAX_ERRORS]
        for location, *path in [entry["loc"]]
    ]


def responses(*statuses: int) -> dict[int | str, dict[str, object]]:
    """What a route documents: the problem types of these statuses, and of 500."""
    kinds = dict.fromkeys((*OF_EXCEPTION.values(), *OF_STATUS.values(), INTERNAL))
    del kinds[OF_EXCEPTION[UnknownModel]]
    return {
        status: {
            "model": Problem,
            "description": "; ".join(f"`{kind.type}`: {kind.title.lower()}" for kind in kinds if kind.status == status),
        }
        for status in (*statuses, 500)
    }


def allowed_methods(request: Request) -> str:
    """The value of the header Allow: every method that any route serves at the request's path."""

    def served(method: str) -> bool:
        probe = {**request.scope, "method": method}
        return any(
            route.matches(probe)[0] is Match.FULL for route in request.app.routes if not isinstance(route, Mount)
        )

    methods = [method for method in ("DELETE", "GET", "PATCH", "POST", "PUT") if served(method)] or ["GET"]
    return ", ".join([*methods, "HEAD"] if "GET" in methods else methods)


def install(app: FastAPI) -> None:
    """Answer every exception of the table with its problem document."""
    for expected in (DalilError, HTTPException, RequestValidationError):
        app.add_exception_handler(expected, _answer)


def _answer(request: Request, error: Exception) -> Response:
    kind = kind_of(error)
    if kind is INTERNAL:
        raise error
    if kind.status >= 500:
        _log.warning("request %s: %s", request.state.request_id, error)
    if isinstance(error, RequestValidationError):
        errors = field_problems(error)
        detail = "; ".join(f"{entry.location}{entry.pointer}: {entry.message}" for entry in errors)
        return problem(request.scope, kind, detail, errors)
    if kind.status == 405:
        allowed = allowed_methods(request)
        detail = f"{request.method} is not allowed here, but {allowed}"
        return problem(request.scope, kind, detail, headers={"Allow": allowed})
    if kind is OF_STATUS[404]:
        return problem(request.scope, kind, f"nothing is served at {request.url.path}; /docs lists what is")
    if isinstance(error, HTTPException):
        return problem(request.scope, kind, error.detail, headers=error.headers)
    return problem(request.scope, kind, str(error))
