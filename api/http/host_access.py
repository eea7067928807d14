"""The names by which the service may be called.

A page of somebody else can give its own name the address of this service (DNS rebinding): the browser then takes the
service for that page's own server, and lets the page read every response. Only the Host header shows it.
"""

import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.error_responses import ErrorResponder
from api.http.errors import ForeignHost
from api.http.origins import is_ip_address, is_loopback, parse_origin, single_value
from api.http.write_access import WritePolicy, bearer_key

ANY_HOST = "*"

CONTAINER_HOSTS = ("host.docker.internal", "host.containers.internal")
"""The names of this machine in a container. Nobody can register a name under `.internal`."""

OPEN_PATHS = ("/healthz",)
"""Served under any name: it reveals nothing, and a probe that is refused gets a healthy process killed.

/readyz is not among them: it reveals the model and the number of articles.
"""


@dataclass(frozen=True, slots=True)
class HostPolicy:
    """The rules for the Host header.

    `host` is the address that the server listens on, None if unknown. `public_url` is the address for others, None if
    not set. `hosts` are further names; `*` is every name.
    """

    host: str | None = None
    public_url: str | None = None
    hosts: tuple[str, ...] = ()

    def serves(self, header: str | None) -> bool:
        """True if a request with this Host header is served; its port does not matter.

        Served are the names of loopback, the address that the server listens on, the host of `public_url`, and `hosts`.
        A server that other machines reach, or may reach, has more: any IP address and any name without a dot, since a
        stranger can have neither for a page, and the machine's own name.
        """
        if ANY_HOST in self.hosts:
            return True
        parsed = None if header is None else parse_origin(f"http://{header}")
        if parsed is None:
            return False
        name = parsed[0].rstrip(".")
        own = {self.host, _host_of(self.public_url), *(each.lower().strip("[]") for each in self.hosts)}
        if is_loopback(name) or name.endswith(".localhost") or name in own or name in CONTAINER_HOSTS:
            return True
        return not is_loopback(self.host) and (
            is_ip_address(name) or "." not in name or name == socket.gethostname().lower()
        )


class HostMiddleware:
    """Refuses requests under a foreign name, except those to `OPEN_PATHS` and those with a key.

    A page that has a key needs no trick to read the service.
    """

    def __init__(self, app: ASGIApp, responder: ErrorResponder, policy: HostPolicy, writers: WritePolicy) -> None:
        self._app = app
        self._responder = responder
        self._policy = policy
        self._writers = writers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        headers = Headers(scope=scope) if scope["type"] == "http" else None
        if headers is None or scope["path"] in OPEN_PATHS or self._may_call(headers):
            await self._app(scope, receive, send)
            return
        await self._responder.respond_to(ForeignHost(headers.get("host", "")), scope)(scope, receive, send)

    def _may_call(self, headers: Headers) -> bool:
        return self._policy.serves(single_value(headers, "host")) or self._writers.has_key(bearer_key(headers))


def _host_of(url: str | None) -> str | None:
    return urlsplit(url).hostname if url else None
