"""The address of this service, for the links in its responses."""

from typing import Annotated

from fastapi import Depends, Request


async def _base_url(request: Request) -> str:
    public: str | None = request.state.public_url
    return public or str(request.base_url)


BaseUrl = Annotated[str, Depends(_base_url)]
"""The setting `DALIL_API__PUBLIC_URL`, or if it is unset the address that the request was sent to."""
