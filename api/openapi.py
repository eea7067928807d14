"""The OpenAPI document: FastAPI's, with problem documents and events under their own media types."""

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.import_stream import NDJSON
from api.problems import MEDIA_TYPE

DESCRIPTION = """\
Search Arabic news in English or Arabic, and get answers in which every sentence cites verbatim quotes.

Keywords of an English question are the names in it (in their Arabic forms) and its numbers: other English words do not
occur in Arabic text, so `"mode": "lexical"` finds nothing where there are none.

All offsets count Unicode code points of an article's `text`; `end` is exclusive. Every failure is an
[RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problem document: branch on its `type`, which is stable. Only a
client that prefers `text/html`, as browsers do, gets a page that says the same, and `/v1/chat/completions` and
`/v1/models` answer as OpenAI's API does, failures too.

Articles are put, deleted and imported with a key (`Authorization: Bearer KEY`), or without one from the machine that
serves nobody else; `python -m api.keys` makes a key.
"""

_MEDIA_TYPES = {"Problem": MEDIA_TYPE, "ImportEvent": NDJSON}
"""Of responses, by the name of their schema."""


def install(app: FastAPI) -> None:
    """Let the app describe itself; the document is made once, when it is first asked for."""

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
                        _rename(response.get("content", {}))
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _rename(content: dict[str, dict[str, dict[str, str]]]) -> None:
    reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    if media_type := _MEDIA_TYPES.get(reference.rpartition("/")[2]):
        content[media_type] = content.pop("application/json")
