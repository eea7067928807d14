"""Articles put, deleted and imported."""

from tempfile import SpooledTemporaryFile
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.article_shapes import ArticleBody, ImportEvent, ImportParameters, StoredArticle
from api.errors import MalformedRequest, responses
from api.examples import ARTICLES
from api.import_stream import NDJSON, ImportStream
from api.imports import Import
from api.intake import IntakeDep
from api.middleware import Allowance
from api.schemas import MAX_NAME, Summary
from api.write_route import WriteRoute
from dalil.settings import ApiSettings

OCTETS = "application/octet-stream"

HELD_BYTES = 1_000_000
"""Of a file that is received, in memory; a longer one goes to disk."""

JSON_TIMES_TEXT = 3
"""How many times as long as its UTF-8 an Arabic text may be in JSON: `\\u0643` has six bytes, and the letter two."""

_FORMS = ("", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain")
"""What any page may have a browser send to any server, without its being asked first."""

ArticleId = Annotated[str, Path(max_length=MAX_NAME, examples=["2024-10-11-weapons"])]

router = APIRouter(prefix="/v1/articles", tags=["articles"], route_class=WriteRoute)


def allowances(settings: ApiSettings, max_article_bytes: int) -> list[Allowance]:
    """What may be sent here: an article's text as JSON, with all else that an ordinary body may hold, and a file."""
    article = JSON_TIMES_TEXT * max_article_bytes + settings.max_body_bytes
    return [
        Allowance("PUT", f"{router.prefix}/", article),
        Allowance("POST", f"{router.prefix}:import", settings.max_import_bytes),
    ]


@router.put(
    "/{article_id:path}",
    summary="Put an article",
    response_description="It has taken the place of the one there was, or is the same",
    responses={
        201: {"model": StoredArticle, "description": "It is new"},
        **responses(400, 401, 403, 413, 415, 422, 503),
    },
)
def put_article(
    intake: IntakeDep,
    response: Response,
    article_id: ArticleId,
    body: Annotated[ArticleBody, Body(openapi_examples=ARTICLES)],
) -> StoredArticle:
    """Add an article, or replace the one of this id: the next search finds it. Percent-encode the id.

    Putting the same again costs next to nothing and changes nothing. The first article makes the index.
    """
    article = body.to_domain(article_id)
    outcome, passages = intake.put(article)
    response.status_code = 201 if outcome == "added" else 200
    return StoredArticle(article=Summary.from_domain(article.summary), outcome=outcome, passages=passages)


@router.delete(
    "/{article_id:path}", status_code=204, summary="Delete an article", responses=responses(401, 403, 404, 422, 503)
)
def delete_article(intake: IntakeDep, article_id: ArticleId) -> None:
    """Delete an article with all its passages: the next search does not find it. Percent-encode the id."""
    intake.delete(article_id)


@router.post(
    ":import",
    summary="Import a file of articles",
    response_model=ImportEvent,
    response_description="An event a line",
    responses=responses(401, 403, 413, 415, 422, 503),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in (NDJSON, OCTETS)
            },
        }
    },
)
async def import_articles(
    intake: IntakeDep, request: Request, parameters: Annotated[ImportParameters, Query()]
) -> Response:
    """Index a file of articles, which is the body as it is: one article a line of JSON, or one as .txt, .md or .html.

    The file is read as `python -m indexer` reads it. Once all of it has come, the response tells line by line how far
    the work is, each article that is rejected with the reason, and at last `done` or `error`. A client that goes away
    ends the work; what is stored stays, and the same file once more completes it.
    """
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() in _FORMS:
        raise HTTPException(415, f"the body has the content type {content_type!r}; send {NDJSON} or {OCTETS}")
    work = Import(intake, parameters.name)
    file = SpooledTemporaryFile(HELD_BYTES)  # noqa: SIM115 - the import closes it
    try:
        size = await _received(request, file)
        await run_in_threadpool(intake.open)
    except BaseException:
        file.close()
        raise
    return ImportStream(request.scope, work, file, size)


async def _received(request: Request, file: SpooledTemporaryFile[bytes]) -> int:
    """The number of bytes of the body, which is written into the file."""
    try:
        async for chunk in request.stream():
            await run_in_threadpool(file.write, chunk)
    except ClientDisconnect:
        raise MalformedRequest("the body broke off") from None
    size = file.tell()
    file.seek(0)
    return size
