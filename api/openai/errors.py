"""Failures in the format of OpenAI's API, for the paths of its protocol.

`code` is the end of the problem's type, with underscores: `/problems/store-unavailable` is `store_unavailable`. Status
422, which OpenAI's own service does not use, becomes 400. OpenAI's clients raise one exception class for each status.
"""

import re
from collections.abc import Mapping

from pydantic import BaseModel, Field
from starlette.responses import Response
from starlette.types import Scope

from api.http.negotiation import JSON
from dalil.wire.problems import Problem

PATHS = (
    "/v1/chat",
    "/v1/models",
    # OpenAI's clients also call these, which this service does not have.
    *("/v1/assistants", "/v1/audio", "/v1/batches", "/v1/completions", "/v1/containers", "/v1/conversations"),
    *("/v1/embeddings", "/v1/evals", "/v1/files", "/v1/fine_tuning", "/v1/images", "/v1/moderations", "/v1/realtime"),
    *("/v1/responses", "/v1/threads", "/v1/uploads", "/v1/vector_stores", "/v1/videos"),
)
"""The paths of OpenAI's protocol; each includes every path below it."""


class ErrorDetails(BaseModel):
    """What is wrong. Branch on the status or on `code`, never on the text."""

    message: str = Field(examples=["temperature: Input should be less than or equal to 2"])
    type: str = Field(description="`invalid_request_error`, or from status 500 on `server_error`")
    param: str | None = Field(description="the first parameter that is wrong", examples=["messages[0].content"])
    code: str | None = Field(examples=["invalid_request"])


class OpenAIError(BaseModel):
    """A failure in the format that OpenAI's clients read."""

    error: ErrorDetails

    @classmethod
    def from_problem(cls, problem: Problem) -> "OpenAIError":
        """The same failure."""
        wrong = [(parameter_name(field.pointer), field.message) for field in problem.errors or []]
        kind = problem.type.removeprefix("/problems/")
        details = ErrorDetails(
            message="; ".join(f"{name}: {message}" if name else message for name, message in wrong) or problem.detail,
            type="server_error" if problem.status >= 500 else "invalid_request_error",
            param=wrong[0][0] or None if wrong else None,
            code=None if kind == problem.type else kind.replace("-", "_"),
        )
        return cls(error=details)


class OpenAIErrorPresenter:
    """Presents the problems of the paths of OpenAI's protocol."""

    def matches(self, scope: Scope) -> bool:
        """Whether the request's path belongs to OpenAI's protocol."""
        return is_openai_path(scope["path"], scope.get("root_path", ""))

    def present(self, scope: Scope, problem: Problem, headers: Mapping[str, str]) -> Response:  # noqa: ARG002
        """The problem as an OpenAI error."""
        status = 400 if problem.status == 422 else problem.status
        body = OpenAIError.from_problem(problem).model_dump_json()
        return Response(body, status, dict(headers), media_type=JSON)


RESPONSES: dict[int | str, dict[str, object]] = {
    "4XX": {"model": OpenAIError, "description": "The request cannot be served as it is"},
    "5XX": {"model": OpenAIError, "description": "The server failed; 503: try again after Retry-After seconds"},
}
"""What the routes of these paths document."""


def is_openai_path(path: str, root_path: str = "") -> bool:
    """Whether a path belongs to OpenAI's protocol; `root_path` is the prefix that a proxy adds."""
    path = path.removeprefix(root_path)
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in PATHS)


def parameter_name(pointer: str) -> str:
    """A JSON Pointer in the notation of OpenAI's service: `/messages/0/content` is `messages[0].content`."""
    return re.sub(r"/(\d+)(?=/|$)", r"[\1]", pointer).lstrip("/").replace("/", ".")
