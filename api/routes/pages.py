"""What people look at in a browser: asking, the articles, one of them with the cited characters marked, the report."""

from datetime import UTC, datetime
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse
from starlette.types import Scope

from api.engine import EngineDep
from api.errors import responses
from api.examples import ARABIC, ENGLISH
from api.keys import writing
from api.negotiation import HTML, JSON, prefers
from api.rendering import page
from api.schemas import MAX_NAME, FullArticle, Quotation, SpanParameters
from api.strict import StrictRoute
from dalil.domain import Article, Span

router = APIRouter(route_class=StrictRoute)

WEB = FilePath(__file__).parents[1] / "web"

REPORT_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
"""A report brings its styles along and needs nothing else."""


class WebFiles(StaticFiles):
    """The styles and scripts of the pages; a browser keeps them and asks each time whether they are still the same."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or 304 where the browser has it."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


@router.get("/", include_in_schema=False)
def ask(request: Request, q: str = "") -> Response:
    """Where questions are asked; everything else that the address says is read by web/ask.js."""
    return page(request.scope, "ask.html", here="ask", question=q.strip(), examples=(ENGLISH, ARABIC))


@router.get("/articles", include_in_schema=False)
def articles(request: Request) -> Response:
    """The articles, and where new ones are brought in."""
    return page(request.scope, "articles.html", here="articles", writing=writing(request))


@router.get(
    "/articles/{article_id:path}",
    tags=["articles"],
    summary="Show an article, with a quotation marked",
    response_model=Quotation,
    response_description="A page, or as JSON the quotation",
    responses={200: {"content": {HTML: {"schema": {"type": "string"}}}}, **responses(404, 422, 503)},
)
def show_article(
    engine: EngineDep,
    request: Request,
    article_id: Annotated[str, Path(max_length=MAX_NAME)],
    place: Annotated[SpanParameters, Query()],
) -> Response:
    """Show an article with the characters `start` to `end` marked, or without them whole: where every `link` leads.

    With the header `Accept: application/json` the same address gives the quotation, its context and its article. In a
    link, percent-encode all of the id; the fragment `#cited` is the mark. Other parameters are passed over, because
    what passes links on puts its own into them.
    """
    article = engine.store.article(article_id)
    span = _span(place, article)
    if prefers(request.scope, JSON, HTML):
        quotation = Quotation.from_article(article, span or Span(0, len(article.text)))
        return Response(quotation.model_dump_json(), headers={"Vary": "Accept"}, media_type=JSON)
    return page(
        request.scope,
        "article.html",
        article=FullArticle.from_article(article),
        span=span,
        passages=[stored.passage for stored in engine.store.article_passages(article_id)],
    )


@router.get("/quality", include_in_schema=False)
def quality(request: Request) -> Response:
    """The newest report of the evals, in a frame of its own."""
    newest = _newest_report(request)
    made = datetime.fromtimestamp(newest.stat().st_mtime, UTC).strftime("%Y-%m-%d %H:%M UTC") if newest else None
    return page(request.scope, "quality.html", here="quality", made=made)


@router.get("/quality/report", include_in_schema=False)
def report(request: Request) -> Response:
    """The report itself."""
    newest = _newest_report(request)
    if newest is None:
        raise HTTPException(404)
    return FileResponse(newest, headers={"Content-Security-Policy": REPORT_POLICY, "Cache-Control": "no-cache"})


def _newest_report(request: Request) -> FilePath | None:
    """The page that `python -m evals report` wrote last; None before the first."""
    folder: FilePath = request.state.reports
    return max(folder.glob("*.html"), key=lambda file: file.stat().st_mtime, default=None)


def _span(place: SpanParameters, article: Article) -> Span | None:
    if place.start is None or place.end is None:
        return None
    if place.end > len(article.text):
        message = f"the article has {len(article.text):,} characters; it may have changed since the link was made"
        raise RequestValidationError([{"loc": ("query", "end"), "msg": message}])
    return Span(place.start, place.end)
