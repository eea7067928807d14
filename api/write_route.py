"""Routes that change the index."""

from collections.abc import Callable, Coroutine
from urllib.parse import unquote_to_bytes

from fastapi import Request, Response

from api.errors import MalformedRequest
from api.keys import require_writing
from api.strict import StrictRoute


class WriteRoute(StrictRoute):
    """A strict route for those who may write; others are refused before anything of the body is read.

    The path has to be UTF-8 and without a line end: the server repairs the one and the router passes over the other, so
    that a write would go to another article.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[object, object, Response]]:
        """FastAPI's hook for what stands between the server and the route."""
        handle = super().get_route_handler()

        async def handle_writer(request: Request) -> Response:
            require_writing(request)
            try:
                path = unquote_to_bytes(request.scope["raw_path"]).decode()
            except UnicodeDecodeError:
                raise MalformedRequest("the path is not percent-encoded UTF-8") from None
            if "\n" in path:
                raise MalformedRequest("the path holds a line end")
            return await handle(request)

        return handle_writer
