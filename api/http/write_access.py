"""Who may write: clients with a key, or if the service has no keys, programs and pages of this machine."""

import hmac
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from api.http.errors import KeyNeeded, ReadOnly
from api.keys import hash_of

WriteAccess: TypeAlias = Literal["open", "key", "closed"]
"""Whether writing needs nothing, needs a key, or is impossible."""

_PROXY_HEADERS = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
"""A proxy on this machine adds them to requests of others, which then come from this machine's address."""

_DEFAULT_PORTS = {"http": 80, "https": 443}


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
        key_hash = hash_of(key)
        return sum(hmac.compare_digest(key_hash, known) for known in self.keys) > 0

    def _is_private(self) -> bool:
        """Whether only this machine can reach the server, by its settings."""
        public_host = urlsplit(self.public_url).hostname if self.public_url else "localhost"
        return _is_loopback(self.host) and _is_loopback(public_host)

    def _is_local(self, request: HTTPConnection) -> bool:
        """Whether a program of this machine sent the request, or a page of this server or of `origins`.

        A page of somebody else, open in a browser of this machine, may give its own name this machine's address (DNS
        rebinding): the Host header shows that. It may also call this machine by its real name: the Origin header shows
        that.
        """
        headers = request.headers
        if any(name in headers for name in _PROXY_HEADERS):
            return False
        if request.client is None or not _is_loopback(request.client.host):
            return False
        host = _single_value(headers, "host")
        address = _parse_origin(f"http://{host}")
        if address is None or not _is_loopback(address[0]):
            return False
        if "origin" not in headers:
            return True
        origin = _single_value(headers, "origin")
        caller = _parse_origin(origin)
        return origin in self.origins or (
            caller is not None and caller == _parse_origin(f"{urlsplit(origin or '').scheme}://{host}")
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
            scheme, _, key = request.headers.get("authorization", "").partition(" ")
            if scheme.lower() != "bearer" or not policy.has_key(key.strip()):
                raise KeyNeeded


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        address = ip_address(host or "")
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def _parse_origin(origin: str | None) -> tuple[str, int] | None:
    """The host and port of an origin such as `http://localhost:8000`; None if it is not one."""
    try:
        parts = urlsplit(origin or "")
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
    except (KeyError, ValueError):
        return None
    is_bare = f"{parts.scheme}://{parts.netloc}" == origin and "@" not in parts.netloc
    return (parts.hostname, port) if is_bare and parts.scheme in _DEFAULT_PORTS and parts.hostname else None


def _single_value(headers: Headers, name: str) -> str | None:
    """The header's value; None if the header occurs several times or not at all."""
    values = headers.getlist(name)
    return values[0] if len(values) == 1 else None
