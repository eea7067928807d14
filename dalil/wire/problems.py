"""Problem documents (RFC 9457): the JSON of a failure."""

from pydantic import BaseModel, Field


class FieldProblem(BaseModel):
    """What is wrong with one field of a request."""

    location: str = Field(description="the part of the request", examples=["body", "query", "path"])
    pointer: str = Field(description="JSON Pointer (RFC 6901) into that part", examples=["/filters/published_from"])
    message: str = Field(examples=["Input should be less than or equal to 100"])


class Problem(BaseModel):
    """A problem document (RFC 9457). `type` is stable: branch on it, never on the texts."""

    type: str = Field(examples=["/problems/invalid-query"])
    title: str = Field(examples=["The question or a filter cannot be served"])
    status: int = Field(examples=[400])
    detail: str = Field(examples=["the question is empty"])
    instance: str = Field(description="path of the request", examples=["/v1/search"])
    request_id: str = Field(description="also in the header X-Request-ID and in the server's log")
    errors: list[FieldProblem] | None = Field(None, description="one entry for each invalid field, 20 at most")
