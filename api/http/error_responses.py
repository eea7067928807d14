"""Responses for failures: by default a problem document, elsewhere what the presenter of a protocol makes of it."""

import logging
from collections.abc import Mapping, Sequence
from typing import Protocol

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match, Mount
from starlette.types import Scope

from api.http.errors import INTERNAL, TYPE_OF_STATUS, Overloaded, ProblemType, problem_type_of
from api.http.problems import MEDIA_TYPE, field_problems, make_problem
from api.http.redaction import hide_folders
from dalil.errors import DalilError
from dalil.wire.problems import FieldProblem, Problem

RETRY_AFTER_SECONDS = 5

_log = logging.getLogger(__name__)


class ErrorPresenter(Protocol):
    """How one protocol, or one media type, presents a problem."""

    def matches(self, scope: Scope) -> bool:
        """Whether it presents the problems of this request."""
        ...

    def present(self, scope: Scope, problem: Problem, headers: Mapping[str, str]) -> Response:
        """The response, which includes `headers`."""
        ...


class ErrorResponder:
    """Answers failures with the first of its presenters that matches the request, else with a problem document."""

    def __init__(self, presenters: Sequence[ErrorPresenter] = ()) -> None:
        self._presenters = presenters

    def respond(
        self,
        scope: Scope,
        problem_type: ProblemType,
        detail: str,
        errors: Sequence[FieldProblem] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """The response for one failure; 503 has the header Retry-After."""
        problem = make_problem(scope, problem_type, detail, errors)
        retry = {"Retry-After": str(RETRY_AFTER_SECONDS)} if problem_type.status == 503 else {}
        headers = {**retry, **(headers or {})}
        for presenter in self._presenters:
            if presenter.matches(scope):
                return presenter.present(scope, problem, headers)
        body = problem.model_dump_json(exclude_none=True)
        return Response(body, problem_type.status, {"Vary": "Accept", **headers}, media_type=MEDIA_TYPE)

    def respond_to(self, error: HTTPException, scope: Scope) -> Response:
        """The response for a request that a middleware refuses."""
        return self.respond(scope, problem_type_of(error), error.detail, headers=error.headers)

    def install(self, app: FastAPI) -> None:
        """Answer every exception of the table in `api.http.errors`."""
        for expected in (DalilError, HTTPException, RequestValidationError):
            app.add_exception_handler(expected, self._handle)

    def _handle(self, request: Request, error: Exception) -> Response:
        problem_type = problem_type_of(error)
        if problem_type is INTERNAL:
            raise error
        if problem_type.status >= 500 and not isinstance(error, Overloaded):
            _log.warning("the request failed: %s", error)
        if isinstance(error, RequestValidationError):
            errors = field_problems(error)
            detail = "; ".join(f"{entry.location}{entry.pointer}: {entry.message}" for entry in errors)
            return self.respond(request.scope, problem_type, detail, errors)
        if problem_type.status == 405:
            allowed = allowed_methods(request)
            detail = f"{request.method} is not allowed here, but {allowed}"
            return self.respond(request.scope, problem_type, detail, headers={"Allow": allowed})
        if problem_type is TYPE_OF_STATUS[404]:
            detail = f"nothing is served at {request.url.path}; /docs lists what is"
            return self.respond(request.scope, problem_type, detail)
        if isinstance(error, HTTPException):
            return self.respond_to(error, request.scope)
        # The messages of the store and the model name folders; what a client sent is not changed.
        detail = hide_folders(str(error)) if problem_type.status >= 500 else str(error)
        return self.respond(request.scope, problem_type, detail)


def allowed_methods(request: Request) -> str:
    """The value of the header Allow: every method that a route serves at the request's path."""

    def is_served(method: str) -> bool:
        probe = {**request.scope, "method": method}
        return any(
            route.matches(probe)[0] is Match.FULL for route in request.app.routes if not isinstance(route, Mount)
        )

    methods = [method for method in ("DELETE", "GET", "PATCH", "POST", "PUT") if is_served(method)] or ["GET"]
    return ", ".join([*methods, "HEAD"] if "GET" in methods else methods)
