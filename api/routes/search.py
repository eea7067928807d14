"""Search."""

import time
from typing import Annotated

from fastapi import APIRouter, Body, Query

from api.examples import SEARCHES
from api.http.errors import responses
from api.http.links import BaseUrl
from api.http.strict_route import StrictRoute
from api.index_check import EngineDep
from api.routes.parameters import SearchParameters
from dalil.wire.search import Facets, Hit, SearchRequest, SearchResponse

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
    return SearchResponse(
        query=results.question.text,
        language=results.question.language,
        took_ms=took_ms,
        hits=[
            Hit.from_domain(hit, results.highlights(hit), explain=request.explain, base_url=base_url)
            for hit in results.hits
        ],
        facets=Facets.from_domain(results.facets) if results.facets else None,
    )


@router.get("", summary="Search the articles from a link", responses=responses(400, 422, 503))
def search_by_link(
    engine: EngineDep, base_url: BaseUrl, parameters: Annotated[SearchParameters, Query()]
) -> SearchResponse:
    """Search as the POST does, with query parameters; `article_id` and `source` may be repeated."""
    return search(engine, base_url, parameters.to_request())
