"""The MCP server at /mcp: one POST, one JSON response, no state between requests, so that any worker may serve any.

Only POST is served. Without sessions a GET has no stream to open and a DELETE has nothing to end; clients that get 405
work without them.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from api.http.host_access import ANY_HOST, CONTAINER_HOSTS
from api.http.origins import DEFAULT_PORTS
from api.http.worker_pool import WorkerPools
from api.index_check import IndexCheck
from api.mcp.tools import create_server
from dalil.settings import ApiSettings

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@asynccontextmanager
async def sessions(
    index_check: IndexCheck, pools: WorkerPools, settings: ApiSettings, host: str | None
) -> AsyncIterator[StreamableHTTPSessionManager]:
    """The manager that serves /mcp inside the context; the lifespan's state holds it as `mcp`.

    `host` is the address that the server listens on, None if unknown.
    """
    server = create_server(index_check, pools, settings.public_url)
    server.streamable_http_app(
        json_response=True,
        stateless_http=True,
        max_request_body_size=settings.max_body_bytes,
        transport_security=transport_security(settings, host),
    )
    async with server.session_manager.run():
        yield server.session_manager


def transport_security(settings: ApiSettings, host: str | None) -> TransportSecuritySettings:
    """The allowed Host and Origin headers: those of this machine, of the settings, and of the address that is bound.

    `HostMiddleware` has checked the Host before; the library checks it with the Origin or not at all.
    """
    names = [*_LOOPBACK, *CONTAINER_HOSTS, *settings.hosts, *([_in_url(host)] if host else [])]
    hosts = [*names, *(f"{name}:*" for name in names)]
    origins = [f"http://{host}" for host in hosts] + list(settings.cors_origins)
    if settings.public_url:
        public = urlsplit(settings.public_url)
        name = _in_url(public.hostname or "")
        port = public.port or DEFAULT_PORTS[public.scheme]
        # Browsers and most clients leave out the scheme's default port.
        host = name if port == DEFAULT_PORTS[public.scheme] else f"{name}:{port}"
        hosts += [host, f"{name}:{port}"]
        origins.append(f"{public.scheme}://{host}")
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=ANY_HOST not in settings.hosts, allowed_hosts=hosts, allowed_origins=origins
    )


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


class _Endpoint:
    """An object, because Starlette treats a function as a handler of requests."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope["state"]["mcp"].handle_request(scope, receive, send)


ROUTES = [Route(path, _Endpoint(), methods=["POST"], include_in_schema=False) for path in ("/mcp", "/mcp/")]
"""Both paths, because some clients lose the body at a redirect from one to the other."""
