"""The articles themselves."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.engine import EngineDep
from api.errors import responses
from api.schemas import MAX_NAME, ArticlePage, FullArticle, ListParameters, Summary
from api.strict import StrictRoute

router = APIRouter(prefix="/v1/articles", tags=["articles"], route_class=StrictRoute)


@router.get("", summary="List the articles", responses=responses(422, 503))
def list_articles(engine: EngineDep, parameters: Annotated[ListParameters, Query()]) -> ArticlePage:
    """Go through all articles in ascending order of id, a page at a time."""
    found = engine.store.articles(parameters.limit + 1, parameters.after)
    page = found[: parameters.limit]
    return ArticlePage(
        articles=[Summary.from_domain(article) for article in page],
        next=page[-1].id if len(found) > len(page) else None,
    )


@router.get("/{article_id:path}", summary="Get an article", responses=responses(404, 422, 503))
def article(engine: EngineDep, article_id: Annotated[str, Path(max_length=MAX_NAME)]) -> FullArticle:
    """Get an article with the text that all offsets count in. Percent-encode the id; it may hold slashes."""
    return FullArticle.from_article(engine.store.article(article_id))
