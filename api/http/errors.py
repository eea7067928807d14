"""The table of failures: for each exception its status and its problem type (RFC 9457).

===========================  ======  ==============================  =======================================
exception                    status  type                            what to do
===========================  ======  ==============================  =======================================
InvalidQuery                 400     /problems/invalid-query         change the question or the filters
InvalidArticle               400     /problems/invalid-article       change the article
ArticleNotFound              404     /problems/article-not-found     use an id that GET /v1/articles lists
KeyNeeded                    401     /problems/key-needed            send Authorization: Bearer KEY
ReadKeyNeeded                401     /problems/key-needed            send Authorization: Bearer KEY
ReadOnly                     403     /problems/read-only             set DALIL_API__KEYS, or write on its machine
ForeignHost                  421     /problems/foreign-host          call it by its own name
UnknownModel                 404     /problems/model-not-found       use a model that GET /v1/models lists
(no such path)               404     /problems/not-found             see /docs
TooManyRequests              429     /problems/too-many-requests     try again after Retry-After seconds
(no such method)             405     /problems/method-not-allowed    use a method of the Allow header
(body too large)             413     /problems/body-too-large        send less
(not JSON by its header)     415     /problems/unsupported-media-type  send Content-Type: application/json
(no file of articles)        415     /problems/unsupported-media-type  send what POST /v1/articles:import reads
MalformedRequest             422     /problems/malformed-request     send I-JSON and UTF-8
RequestValidationError       422     /problems/invalid-request       see `errors`
IndexMissing                 503     /problems/index-missing         index some articles; then try again
IndexMismatch                503     /problems/index-mismatch        rebuild the index; then try again
ClientLeft                   499     /problems/client-left           (nobody reads it: the client is gone)
Overloaded                   503     /problems/overloaded            try again after Retry-After seconds
TimeExceeded                 503     /problems/time-exceeded         try again after Retry-After seconds
DiskFull                     507     /problems/disk-full             tell the operator; send it again later
StoreUnavailable             503     /problems/store-unavailable     try again after Retry-After seconds
ModelUnavailable             503     /problems/model-unavailable     try again after Retry-After seconds
Misconfigured                503     /problems/misconfigured         tell the operator
anything else                500     /problems/internal-error        report it with its request_id
===========================  ======  ==============================  =======================================

499 is nginx's status for a client that disconnects; only the log and the metrics have it.

A missing or foreign index is 503 and not 404: the request is right, and works once somebody has indexed. A setting that
turns out wrong while the service runs is 503 too, such as a login that the store no longer accepts.
"""

import http
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from dalil.errors import (
    ArticleNotFound,
    DiskFull,
    IndexMismatch,
    IndexMissing,
    InvalidArticle,
    InvalidQuery,
    Misconfigured,
    ModelUnavailable,
    StoreUnavailable,
)
from dalil.wire.problems import Problem


class MalformedRequest(HTTPException):
    """The body, the path or the query string cannot be read at all."""

    def __init__(self, detail: str) -> None:
        super().__init__(422, detail)


class KeyNeeded(HTTPException):
    """Writing requires a key, and the request has no valid one."""

    def __init__(self, detail: str | None = None, challenge: str = "Bearer") -> None:
        writing = "writing takes a key: send the header `Authorization: Bearer KEY` with a key that this server knows"
        super().__init__(401, detail or writing, {"WWW-Authenticate": challenge})


class ReadKeyNeeded(KeyNeeded):
    """Reading requires a key too, and the request has no valid one."""

    def __init__(self) -> None:
        super().__init__(
            "this server takes a key: send the header `Authorization: Bearer KEY`, or the key as a password",
            'Bearer, Basic realm="Dalil: the key is the password"',
        )


class TooManyRequests(HTTPException):
    """The client has sent as many requests as it may in the time."""

    def __init__(self, limit: str, seconds: int) -> None:
        super().__init__(429, f"a client may send {limit} (DALIL_API__RATE_LIMIT)", {"Retry-After": str(seconds)})


class ReadOnly(HTTPException):
    """The client that sent the request cannot write, with or without a key."""

    def __init__(self) -> None:
        super().__init__(
            403,
            "this server is written to only from the machine it runs on, and only where it serves no other; "
            "DALIL_API__KEYS opens writing to whoever has a key, and `python -m api.keys` makes one",
        )


class ForeignHost(HTTPException):
    """The request calls the service by a name that is not known to be its own."""

    def __init__(self, host: str) -> None:
        super().__init__(
            421,
            f"{host!r:.200} is not known as a name of this server: if it is one, set DALIL_API__PUBLIC_URL to its "
            "address or DALIL_API__HOSTS to its names",
        )


class UnknownModel(HTTPException):
    """A chat names a model that does not exist."""

    def __init__(self, model: str) -> None:
        super().__init__(404, f"there is no model {model!r}; GET /v1/models lists what there is")


CLIENT_LEFT = 499
"""nginx's status for a request whose client disconnects before its response begins."""


class ClientLeft(HTTPException):
    """The client has disconnected before its response began."""

    def __init__(self) -> None:
        super().__init__(CLIENT_LEFT, "the client has disconnected")


class Overloaded(HTTPException):
    """As many requests wait as may wait."""

    def __init__(self) -> None:
        super().__init__(503, "the server has more requests than it can serve soon: try again later")


class TimeExceeded(HTTPException):
    """The request has taken as long as a request may."""

    def __init__(self, seconds: float) -> None:
        super().__init__(503, f"the request took more than {seconds:g} seconds (DALIL_API__REQUEST_SECONDS)")


@dataclass(frozen=True, slots=True)
class ProblemType:
    """What all problems of one type share."""

    status: int
    type: str
    title: str


INTERNAL = ProblemType(500, "/problems/internal-error", "The server failed")
BODY_TOO_LARGE = ProblemType(413, "/problems/body-too-large", "The body is too large")

TYPE_OF_EXCEPTION: Mapping[type[Exception], ProblemType] = {
    InvalidQuery: ProblemType(400, "/problems/invalid-query", "The question or a filter cannot be served"),
    InvalidArticle: ProblemType(400, "/problems/invalid-article", "The article cannot be indexed"),
    ArticleNotFound: ProblemType(404, "/problems/article-not-found", "There is no such article"),
    KeyNeeded: ProblemType(401, "/problems/key-needed", "A key is needed"),
    TooManyRequests: ProblemType(429, "/problems/too-many-requests", "The client sends too many requests"),
    ReadOnly: ProblemType(403, "/problems/read-only", "Nothing can be written from here"),
    ForeignHost: ProblemType(421, "/problems/foreign-host", "The server does not know this name of itself"),
    UnknownModel: ProblemType(404, "/problems/model-not-found", "There is no such model"),
    MalformedRequest: ProblemType(422, "/problems/malformed-request", "The request cannot be read"),
    RequestValidationError: ProblemType(422, "/problems/invalid-request", "The request has invalid fields"),
    ClientLeft: ProblemType(CLIENT_LEFT, "/problems/client-left", "The client has disconnected"),
    Overloaded: ProblemType(503, "/problems/overloaded", "The server has too much to do"),
    TimeExceeded: ProblemType(503, "/problems/time-exceeded", "The request took too long"),
    IndexMissing: ProblemType(503, "/problems/index-missing", "Nothing has been indexed yet"),
    IndexMismatch: ProblemType(503, "/problems/index-mismatch", "The index was made by something else"),
    DiskFull: ProblemType(507, "/problems/disk-full", "The server's disk is full"),
    StoreUnavailable: ProblemType(503, "/problems/store-unavailable", "The store does not answer"),
    ModelUnavailable: ProblemType(503, "/problems/model-unavailable", "The embedding model does not run"),
    Misconfigured: ProblemType(503, "/problems/misconfigured", "A setting of the server is wrong"),
}

TYPE_OF_STATUS: Mapping[int, ProblemType] = {
    404: ProblemType(404, "/problems/not-found", "Nothing is served here"),
    405: ProblemType(405, "/problems/method-not-allowed", "The method is not allowed here"),
    413: BODY_TOO_LARGE,
    415: ProblemType(415, "/problems/unsupported-media-type", "The content type is not served"),
}


def problem_type_of(error: Exception) -> ProblemType:
    """The table's entry for an exception, or for its nearest ancestor; `INTERNAL` for one without an entry."""
    for ancestor in type(error).__mro__:
        if ancestor in TYPE_OF_EXCEPTION:
            return TYPE_OF_EXCEPTION[ancestor]
    if isinstance(error, HTTPException):
        unnamed = ProblemType(error.status_code, "about:blank", http.HTTPStatus(error.status_code).phrase)
        return TYPE_OF_STATUS.get(error.status_code, unnamed)
    return INTERNAL


def responses(*statuses: int) -> dict[int | str, dict[str, object]]:
    """What a route documents: the problem types of these statuses, and of 500."""
    every = (*TYPE_OF_EXCEPTION.values(), *TYPE_OF_STATUS.values(), INTERNAL)
    # The routes of OpenAI's protocol document its own format of errors.
    types = [each for each in dict.fromkeys(every) if each is not TYPE_OF_EXCEPTION[UnknownModel]]
    return {
        status: {
            "model": Problem,
            "description": "; ".join(f"`{each.type}`: {each.title.lower()}" for each in types if each.status == status),
        }
        for status in (*statuses, 500)
    }
