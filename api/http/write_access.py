"""Who may write: clients with a key, or if the service has no keys, programs and pages of this machine."""

from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from api.http.errors import KeyNeeded, ReadOnly
from api.http.origins import is_loopback, parse_origin, single_value
from api.keys import is_one_of

WriteAccess: TypeAlias = Literal["open", "key", "closed"]
"""Whether writing needs nothing, needs a key, or is impossible."""

_PROXY_HEADERS = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
"""A proxy on this machine adds them to requests of others, which then come from this machine's address."""


@dataclass(frozen=True, slots=True)
class WritePolicy:
    """The rules of write access.

    `keys` are hashes from `hash_of`. `host` is the address that the server listens on, None if unknown. `public_url` is
    the address for others, None if not set. Pages of `origins` may call the API.
    """

    keys: tuple[str, ...] = ()
    host: str | None = None
    public_url: str | None = None
    origins: tuple[str, ...] = ()

    def access_for(self, request: HTTPConnection) -> WriteAccess:
        """The write access of the client that sent the request."""
        if self.keys:
            return "key"
        return "open" if self._is_private() and self._is_local(request) else "closed"

    def has_key(self, key: str) -> bool:
        """Whether it is one of the keys; the time that this takes does not depend on the keys."""
        return is_one_of(key, self.keys)

    def _is_private(self) -> bool:
        """Whether only this machine can reach the server, by its settings."""
        public_host = urlsplit(self.public_url).hostname if self.public_url else "localhost"
        return is_loopback(self.host) and is_loopback(public_host)

    def _is_local(self, request: HTTPConnection) -> bool:
        """Whether a program of this machine sent the request, or a page of this server or of `origins`.

        A page of somebody else, open in a browser of this machine, may give its own name this machine's address (DNS
        rebinding): the Host header shows that. It may also call this machine by its real name: the Origin header shows
        that.
        """
        headers = request.headers
        if any(name in headers for name in _PROXY_HEADERS):
            return False
        if request.client is None or not is_loopback(request.client.host):
            return False
        host = single_value(headers, "host")
        address = parse_origin(f"http://{host}")
        if address is None or not is_loopback(address[0]):
            return False
        if "origin" not in headers:
            return True
        origin = single_value(headers, "origin")
        caller = parse_origin(origin)
        return origin in self.origins or (
            caller is not None and caller == parse_origin(f"{urlsplit(origin or '').scheme}://{host}")
        )


def write_access(request: HTTPConnection) -> WriteAccess:
    """The write access of the client that sent the request."""
    policy: WritePolicy = request.state.write_policy
    return policy.access_for(request)


def require_write_access(request: HTTPConnection) -> None:
    """Raise `KeyNeeded` or `ReadOnly` unless the request may write."""
    policy: WritePolicy = request.state.write_policy
    match policy.access_for(request):
        case "open":
            return
        case "closed":
            raise ReadOnly
        case "key":
            if not policy.has_key(bearer_key(request.headers)):
                raise KeyNeeded


def bearer_key(headers: Headers) -> str:
    """The key in the header Authorization; empty if there is none."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""
