"""Search."""

import time
from typing import Annotated

from fastapi import APIRouter, Body, Query

from api.engine import EngineDep
from api.errors import responses
from api.examples import SEARCHES
from api.links import BaseUrl
from api.schemas import SearchParameters, SearchRequest, SearchResponse
from api.strict import StrictRoute

router = APIRouter(prefix="/v1/search", tags=["search"], route_class=StrictRoute)


@router.post("", summary="Search the articles", responses=responses(400, 413, 415, 422, 503))
def search(
    engine: EngineDep, base_url: BaseUrl, request: Annotated[SearchRequest, Body(openapi_examples=SEARCHES)]
) -> SearchResponse:
    """Find the passages that best answer a question in English or Arabic."""
    start = time.perf_counter()
    results = engine.retriever.search(
        request.query,
        limit=request.limit,
        mode=request.mode,
        filters=request.filters.to_domain(),
        facets=request.facets,
    )
    took_ms = round((time.perf_counter() - start) * 1000, 1)
    return SearchResponse.from_domain(results, took_ms=took_ms, explain=request.explain, base_url=base_url)


@router.get("", summary="Search the articles from a link", responses=responses(400, 422, 503))
def search_by_link(
    engine: EngineDep, base_url: BaseUrl, parameters: Annotated[SearchParameters, Query()]
) -> SearchResponse:
    """As the POST, with query parameters; `article_id` and `source` may be repeated."""
    return search(engine, base_url, parameters.to_request())
