"""Which of several media types a client prefers."""

import re

from starlette.datastructures import Headers
from starlette.types import Scope

HTML = "text/html"
JSON = "application/json"

_QUALITY = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")


def prefers(scope: Scope, media_type: str, *others: str) -> bool:
    """Whether the request's Accept header prefers `media_type` to each of the others; a tie is no preference."""
    accept = ",".join(Headers(scope=scope).getlist("accept"))
    return all(quality(accept, media_type) > quality(accept, other) for other in others)


def quality(accept: str, media_type: str) -> float:
    """The quality of a media type in an Accept header, from 0 to 1 (RFC 9110, section 12.5.1).

    The most specific matching range decides; a range without a valid quality has 1. Without a header every media type
    has 1. Parameters of media types are ignored: the service has no variants that differ by one.
    """
    ranges = dict(_parse_range(part) for part in accept.lower().split(",") if part.strip())
    for name in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        if name in ranges:
            return ranges[name]
    return 0.0 if ranges else 1.0


def _parse_range(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip() for piece in part.split(";"))
    value = next((match[1] for match in map(_QUALITY.fullmatch, parameters) if match), "1")
    return name, float(value)
