"""The OpenAPI document: FastAPI's, with problem documents and import events under their own media types."""

from collections.abc import Mapping

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

DESCRIPTION = """\
Search Arabic news in English or Arabic, and get answers in which every sentence cites verbatim quotes.

A keyword search for an English question uses its names (in their Arabic forms) and its numbers: other English words do
not occur in Arabic text. With `"mode": "lexical"`, a question without names and numbers finds nothing.

All offsets count Unicode code points of an article's `text`; `end` is exclusive. Every failure is an
[RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problem document: branch on its `type`, which is stable. Two
exceptions: a client that prefers `text/html`, as browsers do, gets a page with the same content, and
`/v1/chat/completions` and `/v1/models` use the format of OpenAI's API, for failures too.

Putting, deleting and importing articles needs a key (`Authorization: Bearer KEY`). Without keys, only the machine that
the service runs on may write, and only if no other machine can reach the service. `python -m api.keys` makes a key.
"""


def install(app: FastAPI, media_types: Mapping[str, str]) -> None:
    """Make the app describe itself; the document is made at its first request.

    `media_types` maps the name of a schema to the media type of the responses that have it.
    """

    def document() -> dict[str, object]:
        if not app.openapi_schema:
            schema = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                tags=app.openapi_tags,
            )
            for operations in schema["paths"].values():
                for operation in operations.values():
                    for response in operation["responses"].values():
                        _rename_media_type(response.get("content", {}), media_types)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _rename_media_type(content: dict[str, dict[str, dict[str, str]]], media_types: Mapping[str, str]) -> None:
    reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    if media_type := media_types.get(reference.rpartition("/")[2]):
        content[media_type] = content.pop("application/json")
