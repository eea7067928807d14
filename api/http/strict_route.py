"""Routes that refuse a request that is ambiguous or not text; none is repaired."""

import json
from collections.abc import Awaitable, Callable, Coroutine
from typing import NoReturn
from urllib.parse import unquote_to_bytes

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from api.http.errors import MalformedRequest


class StrictRoute(APIRoute):
    """A route whose query string is UTF-8 and whose body, if it has one, is declared as JSON and is I-JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[object, object, Response]]:
        """FastAPI's hook around the handling of a request."""
        handle: Callable[[Request], Awaitable[Response]] = super().get_route_handler()

        async def handle_strictly(request: Request) -> Response:
            try:
                unquote_to_bytes(request.scope["query_string"]).decode()
            except UnicodeDecodeError:
                raise MalformedRequest("the query string is not percent-encoded UTF-8") from None
            content_type = request.headers.get("content-type", "")
            if self.body_field and content_type.partition(";")[0].strip().lower() != "application/json":
                raise HTTPException(415, f"the body has the content type {content_type!r}; send application/json")
            return await handle(_StrictRequest(request.scope, request.receive))

        return handle_strictly


def parse_i_json(body: bytes) -> object:
    """The value of an I-JSON text (RFC 7493): UTF-8, no lone surrogate, no name twice; raises `MalformedRequest`.

    NaN and the infinities are refused: Python reads them, but they are not JSON. The interpreter's recursion limit
    bounds the nesting, and its limit of 4,300 digits bounds integers.
    """
    try:
        value: object = json.loads(body.decode(), object_pairs_hook=_make_object, parse_constant=_refuse_constant)
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeError:
        raise MalformedRequest("the body holds bytes or escapes that are not Unicode text") from None
    except ValueError as error:
        raise MalformedRequest(f"the body is not JSON: {error}") from None
    except RecursionError:
        raise MalformedRequest("the body is nested too deeply") from None
    return value


class _StrictRequest(Request):
    async def json(self) -> object:
        return parse_i_json(await self.body())


def _make_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("an object has the same name twice")
    return fields


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")
