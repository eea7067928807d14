"""Routes that change the index. Each request to one leaves a line in the log `api.audit`."""

import logging
from collections.abc import Callable, Coroutine
from urllib.parse import unquote_to_bytes

from fastapi import Request, Response

from api.http.errors import INTERNAL, MalformedRequest, problem_type_of
from api.http.strict_route import StrictRoute
from api.http.write_access import bearer_key, require_write_access
from api.keys import hash_of

HASH_DIGITS_SHOWN = 12

_audit = logging.getLogger("api.audit")


class WriteRoute(StrictRoute):
    """A strict route for clients with write access; others are refused before any of the body is read.

    The path has to be UTF-8 without a line end. The server would repair the one and the router would ignore the other,
    so that the request would write another article.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[object, object, Response]]:
        """FastAPI's hook around the handling of a request."""
        handle = super().get_route_handler()

        async def handle_write(request: Request) -> Response:
            status = INTERNAL.status
            try:
                require_write_access(request)
                _check_path(request)
                response = await handle(request)
                status = response.status_code
            except Exception as error:
                status = problem_type_of(error).status
                raise
            else:
                return response
            finally:
                path = request.scope["raw_path"].decode("ascii", "replace")
                fields = {"method": request.method, "path": path, "status": status, "writer": _writer(request)}
                _audit.info("%(method)s %(path)s %(status)d by %(writer)s", fields, extra=fields)

        return handle_write


def _check_path(request: Request) -> None:
    try:
        path = unquote_to_bytes(request.scope["raw_path"]).decode()
    except UnicodeDecodeError:
        raise MalformedRequest("the path is not percent-encoded UTF-8") from None
    if "\n" in path:
        raise MalformedRequest("the path holds a line end")


def _writer(request: Request) -> str:
    """The beginning of the hash of the writer's key, as the settings have it, or the address of one without a key."""
    key = bearer_key(request.headers)
    if key:
        return hash_of(key)[: len("sha256:") + HASH_DIGITS_SHOWN]
    return request.client.host if request.client else "an unknown address"
