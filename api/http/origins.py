"""Hosts and origins in the headers of a request."""

from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers

DEFAULT_PORTS = {"http": 80, "https": 443}


def parse_origin(origin: str | None) -> tuple[str, int] | None:
    """The host in lower case and the port of an origin such as `http://localhost:8000`; None if it is not one."""
    try:
        parts = urlsplit(origin or "")
        port = parts.port or DEFAULT_PORTS[parts.scheme]
    except (KeyError, ValueError):
        return None
    is_bare = f"{parts.scheme}://{parts.netloc}" == origin and "@" not in parts.netloc
    return (parts.hostname, port) if is_bare and parts.scheme in DEFAULT_PORTS and parts.hostname else None


def is_ip_address(host: str) -> bool:
    """True if a host is an IP address and not a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str | None) -> bool:
    """True if the host is `localhost` or a loopback address, by which a machine means itself."""
    if host == "localhost":
        return True
    try:
        address = ip_address(host or "")
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def single_value(headers: Headers, name: str) -> str | None:
    """The header's value; None if the header occurs several times or not at all."""
    values = headers.getlist(name)
    return values[0] if len(values) == 1 else None
