"""What people look at in a browser: an article with the cited characters marked, and the files that pages load."""

from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.types import Scope

from api.engine import EngineDep
from api.errors import responses
from api.negotiation import HTML, JSON, prefers
from api.rendering import page
from api.schemas import MAX_NAME, FullArticle, Quotation, SpanParameters
from api.strict import StrictRoute
from dalil.domain import Article, Span

router = APIRouter(prefix="/articles", tags=["articles"], route_class=StrictRoute)

WEB = FilePath(__file__).parents[1] / "web"


class WebFiles(StaticFiles):
    """The styles and scripts of the pages; a browser keeps them and asks each time whether they are still the same."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or 304 where the browser has it."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


@router.get(
    "/{article_id:path}",
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
    return page(request.scope, "article.html", article=FullArticle.from_article(article), span=span)


def _span(place: SpanParameters, article: Article) -> Span | None:
    if place.start is None or place.end is None:
        return None
    if place.end > len(article.text):
        message = f"the article has {len(article.text):,} characters; it may have changed since the link was made"
        raise RequestValidationError([{"loc": ("query", "end"), "msg": message}])
    return Span(place.start, place.end)
