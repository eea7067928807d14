"""Put, delete and import articles."""

import tempfile
from pathlib import Path as FilePath
from tempfile import SpooledTemporaryFile
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.examples import ARTICLES
from api.http.body_size_limit import BodySizeLimit
from api.http.errors import MalformedRequest, responses
from api.http.write_route import WriteRoute
from api.ingest.article_writer import ArticleWriterDep
from api.ingest.import_stream import NDJSON, ImportStream
from api.ingest.imports import Import
from api.ingest.schemas import ArticleBody, ImportEvent, ImportParameters, StoredArticle
from dalil.disk_space import disk_full, is_disk_full
from dalil.settings import ApiSettings
from dalil.wire.articles import ArticleSummary
from dalil.wire.fields import MAX_NAME_CHARACTERS

OCTET_STREAM = "application/octet-stream"

MAX_BYTES_IN_MEMORY = 1_000_000
"""A received file that is longer is kept on disk."""

JSON_BYTES_PER_TEXT_BYTE = 3
"""The most that JSON makes of an Arabic text in UTF-8: `\\u0643` has six bytes, and the letter two."""

_FORM_TYPES = ("", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain")
"""The content types that a page can send to any server without the server's consent (CORS)."""

ArticleId = Annotated[str, Path(max_length=MAX_NAME_CHARACTERS, examples=["2024-10-11-weapons"])]

router = APIRouter(prefix="/v1/articles", tags=["articles"], route_class=WriteRoute)


def body_size_limits(settings: ApiSettings, max_article_bytes: int) -> list[BodySizeLimit]:
    """The limits of these routes: an article's text as JSON plus an ordinary body, and a file of articles."""
    article = JSON_BYTES_PER_TEXT_BYTE * max_article_bytes + settings.max_body_bytes
    return [
        BodySizeLimit("PUT", f"{router.prefix}/", article),
        BodySizeLimit("POST", f"{router.prefix}:import", settings.max_import_bytes),
    ]


@router.put(
    "/{article_id:path}",
    summary="Put an article",
    response_description="It replaces the stored article, or equals it",
    responses={
        201: {"model": StoredArticle, "description": "It is new"},
        **responses(400, 401, 403, 413, 415, 422, 503, 507),
    },
)
def put_article(
    writer: ArticleWriterDep,
    response: Response,
    article_id: ArticleId,
    body: Annotated[ArticleBody, Body(openapi_examples=ARTICLES)],
) -> StoredArticle:
    """Add an article, or replace the article with this id; the next search finds it. Percent-encode the id.

    Putting the same article again changes nothing and is fast. The first article creates the index.
    """
    article = body.to_domain(article_id, writer.read_options.records.dates.timezone)
    outcome, passages = writer.put(article)
    response.status_code = 201 if outcome == "added" else 200
    return StoredArticle(article=ArticleSummary.from_domain(article.summary), outcome=outcome, passages=passages)


@router.delete(
    "/{article_id:path}",
    status_code=204,
    summary="Delete an article",
    responses=responses(401, 403, 404, 422, 503, 507),
)
def delete_article(writer: ArticleWriterDep, article_id: ArticleId) -> None:
    """Delete an article with all its passages; the next search does not find it. Percent-encode the id."""
    writer.delete(article_id)


@router.post(
    ":import",
    summary="Import a file of articles",
    response_model=ImportEvent,
    response_description="An event a line",
    responses=responses(401, 403, 413, 415, 422, 503, 507),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in (NDJSON, OCTET_STREAM)
            },
        }
    },
)
async def import_articles(
    writer: ArticleWriterDep, request: Request, parameters: Annotated[ImportParameters, Query()]
) -> Response:
    """Index a file of articles, which is the body: in any format that `python -m indexer` reads.

    The file is read as `python -m indexer` reads it. When all of it has arrived, the response reports line by
    line the progress and each rejected article with the reason; the last line is `done` or `error`. If the client
    disconnects, the work ends; stored articles stay, and a second import of the same file completes it.
    """
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() in _FORM_TYPES:
        raise HTTPException(415, f"the body has the content type {content_type!r}; send {NDJSON} or {OCTET_STREAM}")
    work = Import(writer, parameters.name)
    file = SpooledTemporaryFile(MAX_BYTES_IN_MEMORY)  # noqa: SIM115 - the import closes it
    try:
        size = await _save_body(request, file)
        await run_in_threadpool(writer.open)
    except BaseException:
        file.close()
        raise
    return ImportStream(request.scope, work, file, size)


async def _save_body(request: Request, file: SpooledTemporaryFile[bytes]) -> int:
    """Write the body into the file, and return its size in bytes."""
    try:
        async for chunk in request.stream():
            await run_in_threadpool(file.write, chunk)
    except ClientDisconnect:
        raise MalformedRequest("the body broke off") from None
    except OSError as error:
        if is_disk_full(error):
            raise disk_full(FilePath(tempfile.gettempdir()), "nothing of the file is stored") from error
        raise
    size = file.tell()
    file.seek(0)
    return size
