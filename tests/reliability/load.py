"""Many clients of one service at the same time."""

import asyncio
import ssl
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import httpx


@dataclass(frozen=True, slots=True)
class Exchange:
    """A response, or the failure of a request: then its status is 0."""

    status: int
    seconds: float
    retry_after: str | None = None
    failure: str = ""


async def _ask(client: httpx.AsyncClient, path: str, body: object) -> Exchange:
    begun = time.monotonic()
    try:
        response = await client.post(path, json=body)
    except httpx.TransportError as error:
        return Exchange(0, time.monotonic() - begun, failure=repr(error))
    return Exchange(response.status_code, time.monotonic() - begun, response.headers.get("Retry-After"))


async def crowd(
    url: httpx.URL, path: str, body: object, clients: int, *, each: int = 1, verify: ssl.SSLContext | bool = True
) -> list[Exchange]:
    """What this number of clients get, each of which sends so many requests, one after the other."""

    async def one(client: httpx.AsyncClient) -> list[Exchange]:
        return [await _ask(client, path, body) for _ in range(each)]

    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, timeout=300, trust_env=False, limits=limits, verify=verify) as client:
        gathered = await asyncio.gather(*(one(client) for _ in range(clients)))
    return [exchange for exchanges in gathered for exchange in exchanges]


def summary(exchanges: Sequence[Exchange]) -> str:
    """Statuses, and the times of what was served."""
    served = sorted(exchange.seconds for exchange in exchanges if exchange.status == 200)
    statuses = dict(Counter(exchange.status for exchange in exchanges))
    if len(served) < 2:
        return f"{statuses}"
    return f"{statuses}, median {statistics.median(served):.2f} s, 95 % {served[int(0.95 * len(served))]:.2f} s"
