"""Routes that change the index."""

from collections.abc import Callable, Coroutine
from urllib.parse import unquote_to_bytes

from fastapi import Request, Response

from api.http.errors import MalformedRequest
from api.http.strict_route import StrictRoute
from api.http.write_access import require_write_access


class WriteRoute(StrictRoute):
    """A strict route for clients with write access; others are refused before any of the body is read.

    The path has to be UTF-8 without a line end. The server would repair the one and the router would ignore the other,
    so that the request would write another article.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[object, object, Response]]:
        """FastAPI's hook around the handling of a request."""
        handle = super().get_route_handler()

        async def handle_write(request: Request) -> Response:
            require_write_access(request)
            try:
                path = unquote_to_bytes(request.scope["raw_path"]).decode()
            except UnicodeDecodeError:
                raise MalformedRequest("the path is not percent-encoded UTF-8") from None
            if "\n" in path:
                raise MalformedRequest("the path holds a line end")
            return await handle(request)

        return handle_write
