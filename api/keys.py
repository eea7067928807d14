"""Who may write: whoever has a key, or where there are no keys whoever sits at this machine.

`python -m api.keys` makes a key.
"""

import hashlib
import hmac
import secrets
import sys
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from api.errors import KeyNeeded, ReadOnly

PREFIX = "dalil_"
"""What keys begin with, for people and for programs that look for secrets in the wrong places."""

Writing: TypeAlias = Literal["open", "key", "closed"]
"""Writing takes nothing, takes a key, or is not to be had."""

_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
"""What a proxy adds: behind one, a request comes from this machine whoever sent it."""

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class WritePolicy:
    """What decides who may write.

    `keys` are hashes, as `hash_of` makes them. `host` is the address that the server listens on, None where that is not
    known; `public_url` where others reach it, None where it has not been said; `origins` whose pages may call the API.
    """

    keys: tuple[str, ...] = ()
    host: str | None = None
    public_url: str | None = None
    origins: tuple[str, ...] = ()

    def writing(self, request: HTTPConnection) -> Writing:
        """What writing takes of whoever sent the request."""
        if self.keys:
            return "key"
        return "open" if self._is_private() and self._is_local(request) else "closed"

    def knows(self, key: str) -> bool:
        """Whether it is one of the keys; how long that takes tells nothing of them."""
        hashed = hash_of(key)
        return sum(hmac.compare_digest(hashed, known) for known in self.keys) > 0

    def _is_private(self) -> bool:
        """Whether the server is this machine's alone, as far as it knows itself."""
        public = urlsplit(self.public_url).hostname if self.public_url else "localhost"
        return _is_loopback(self.host) and _is_loopback(public)

    def _is_local(self, request: HTTPConnection) -> bool:
        """Whether a request comes from this machine, and not from a page of someone else's that is open on it.

        Such a page may give its own name this machine's address (DNS rebinding), which the Host header tells, or call
        this machine by its right name, which the Origin header tells.
        """
        headers = request.headers
        if any(name in headers for name in _FORWARDED):
            return False
        if request.client is None or not _is_loopback(request.client.host):
            return False
        host = _only(headers, "host")
        place = _place(f"http://{host}")
        if place is None or not _is_loopback(place[0]):
            return False
        if "origin" not in headers:
            return True
        origin = _only(headers, "origin")
        caller = _place(origin)
        return origin in self.origins or (
            caller is not None and caller == _place(f"{urlsplit(origin or '').scheme}://{host}")
        )


def writing(request: HTTPConnection) -> Writing:
    """What writing takes of whoever sent the request."""
    policy: WritePolicy = request.state.write_policy
    return policy.writing(request)


def require_writing(request: HTTPConnection) -> None:
    """Let a request pass that may write; raises `KeyNeeded` or `ReadOnly` for any other."""
    policy: WritePolicy = request.state.write_policy
    match policy.writing(request):
        case "open":
            return
        case "closed":
            raise ReadOnly
        case "key":
            scheme, _, key = request.headers.get("authorization", "").partition(" ")
            if scheme.lower() != "bearer" or not policy.knows(key.strip()):
                raise KeyNeeded


def new_key() -> str:
    """A key that nobody can guess."""
    return PREFIX + secrets.token_urlsafe(32)


def hash_of(key: str) -> str:
    """What the settings hold of a key. It takes no salt and no slow hash: a key is 32 random bytes."""
    return f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"


def greeting(key: str) -> str:
    """What to do with a new key."""
    return (
        f"The key, which is shown only now:\n\n  {key}\n\n"
        "The line for .env; the hashes of several keys go into one list:\n\n"
        f"  DALIL_API__KEYS='[\"{hash_of(key)}\"]'\n\n"
        "Then restart the server. Whoever writes sends the header `Authorization: Bearer KEY`.\n"
    )


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        address = ip_address(host or "")
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def _place(origin: str | None) -> tuple[str, int] | None:
    """The host and port of an origin such as `http://localhost:8000`; None for what is not one."""
    try:
        parts = urlsplit(origin or "")
        port = parts.port or _PORTS[parts.scheme]
    except (KeyError, ValueError):
        return None
    bare = f"{parts.scheme}://{parts.netloc}" == origin and "@" not in parts.netloc and parts.scheme in _PORTS
    return (parts.hostname, port) if bare and parts.hostname else None


def _only(headers: Headers, name: str) -> str | None:
    """The header's one value; None where it comes several times, or not at all."""
    values = headers.getlist(name)
    return values[0] if len(values) == 1 else None


if __name__ == "__main__":
    sys.stdout.write(greeting(new_key()))
