"""A problem as an error of OpenAI's protocol, for the paths that speak it.

`code` is the end of the problem's type, with underscores: `/problems/store-unavailable` is `store_unavailable`. 422,
which OpenAI's own service does not give, becomes 400. The clients raise an exception of their own for each status.
"""

import re

from pydantic import BaseModel, Field

from api.problems import Problem

PATHS = (
    "/v1/chat",
    "/v1/models",
    # What its clients ask beside these, and do not get here.
    *("/v1/assistants", "/v1/audio", "/v1/batches", "/v1/completions", "/v1/containers", "/v1/conversations"),
    *("/v1/embeddings", "/v1/evals", "/v1/files", "/v1/fine_tuning", "/v1/images", "/v1/moderations", "/v1/realtime"),
    *("/v1/responses", "/v1/threads", "/v1/uploads", "/v1/vector_stores", "/v1/videos"),
)
"""Where OpenAI's protocol is spoken, each with all that lies under it."""


class ErrorDetails(BaseModel):
    """What is wrong. Branch on the status or on `code`, never on the text."""

    message: str = Field(examples=["temperature: Input should be less than or equal to 2"])
    type: str = Field(description="`invalid_request_error`, or from status 500 on `server_error`")
    param: str | None = Field(description="the first parameter that is wrong", examples=["messages[0].content"])
    code: str | None = Field(examples=["invalid_request"])


class OpenAIError(BaseModel):
    """A failure as OpenAI's clients read it."""

    error: ErrorDetails


RESPONSES: dict[int | str, dict[str, object]] = {
    "4XX": {"model": OpenAIError, "description": "The request cannot be served as it is"},
    "5XX": {"model": OpenAIError, "description": "The server failed; 503: try again after Retry-After seconds"},
}
"""What the routes of these paths document."""


def speaks_openai(path: str, root_path: str = "") -> bool:
    """Whether what is asked of this path is told in OpenAI's shapes; `root_path` is what a proxy puts before all."""
    path = path.removeprefix(root_path)
    return any(path == spoken or path.startswith(f"{spoken}/") for spoken in PATHS)


def as_openai(problem: Problem) -> OpenAIError:
    """The same problem as an error of OpenAI's."""
    wrong = [(parameter(field.pointer), field.message) for field in problem.errors or []]
    kind = problem.type.removeprefix("/problems/")
    details = ErrorDetails(
        message="; ".join(f"{name}: {message}" if name else message for name, message in wrong) or problem.detail,
        type="server_error" if problem.status >= 500 else "invalid_request_error",
        param=wrong[0][0] or None if wrong else None,
        code=None if kind == problem.type else kind.replace("-", "_"),
    )
    return OpenAIError(error=details)


def parameter(pointer: str) -> str:
    """A JSON Pointer the way OpenAI's service writes places: `/messages/0/content` is `messages[0].content`."""
    return re.sub(r"/(\d+)(?=/|$)", r"[\1]", pointer).lstrip("/").replace("/", ".")
