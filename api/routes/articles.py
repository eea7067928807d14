"""Stored articles: list them, get one."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.http.errors import responses
from api.http.strict_route import StrictRoute
from api.index_check import EngineDep
from api.routes.parameters import ListParameters
from dalil.wire.articles import Article, ArticlePage, ArticleSummary
from dalil.wire.fields import MAX_NAME_CHARACTERS

router = APIRouter(prefix="/v1/articles", tags=["articles"], route_class=StrictRoute)


@router.get("", summary="List the articles", responses=responses(422, 503))
def list_articles(engine: EngineDep, parameters: Annotated[ListParameters, Query()]) -> ArticlePage:
    """List all articles in ascending order of id, a page at a time."""
    found = engine.store.articles(parameters.limit + 1, parameters.after)
    page = found[: parameters.limit]
    return ArticlePage(
        articles=[ArticleSummary.from_domain(article) for article in page],
        next=page[-1].id if len(found) > len(page) else None,
    )


@router.get("/{article_id:path}", summary="Get an article", responses=responses(404, 422, 503))
def article(engine: EngineDep, article_id: Annotated[str, Path(max_length=MAX_NAME_CHARACTERS)]) -> Article:
    """Get an article with its text, which all offsets refer to. Percent-encode the id; it may hold slashes."""
    return Article.from_article(engine.store.article(article_id))
