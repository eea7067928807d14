"""The MCP server at /mcp: one POST, one JSON response, nothing kept between them.

So any worker may serve any request. Only POST is served: without sessions there is no stream for a GET to open and
nothing for a DELETE to end, and clients do without where they get 405.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from api.engine import EngineGuard
from api.mcp.tools import create_server
from dalil.settings import ApiSettings

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_PORTS = {"http": 80, "https": 443}


@asynccontextmanager
async def sessions(guard: EngineGuard, settings: ApiSettings) -> AsyncIterator[StreamableHTTPSessionManager]:
    """What serves /mcp, for as long as the context lasts; goes into the lifespan's state as `mcp`."""
    server = create_server(guard, settings.public_url)
    server.streamable_http_app(
        json_response=True,
        stateless_http=True,
        max_request_body_size=settings.max_body_bytes,
        transport_security=transport_security(settings),
    )
    async with server.session_manager.run():
        yield server.session_manager


def transport_security(settings: ApiSettings) -> TransportSecuritySettings:
    """The Host and Origin headers that are served: this machine's, the public url's, and the origins CORS names.

    A page that a browser has open could otherwise read the articles of a server that only this machine reaches, by
    giving its own name this machine's address (DNS rebinding).
    """
    hosts = [*_LOOPBACK, *(f"{host}:*" for host in _LOOPBACK)]
    origins = [f"http://{host}" for host in hosts] + list(settings.cors_origins)
    if settings.public_url:
        public = urlsplit(settings.public_url)
        name = public.hostname or ""
        name = f"[{name}]" if ":" in name else name
        port = public.port or _PORTS[public.scheme]
        # Browsers and most clients leave out the port that the scheme has anyhow.
        host = name if port == _PORTS[public.scheme] else f"{name}:{port}"
        hosts += [host, f"{name}:{port}"]
        origins.append(f"{public.scheme}://{host}")
    return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)


class _Endpoint:
    """An object and not a function, which Starlette would take for a handler of requests."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope["state"]["mcp"].handle_request(scope, receive, send)


ROUTES = [Route(path, _Endpoint(), methods=["POST"], include_in_schema=False) for path in ("/mcp", "/mcp/")]
"""Both spellings, because a redirect from one to the other loses the body with some clients."""
