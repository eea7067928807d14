"""Search."""

import time
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Body, Query, Request, Response

from api.examples import SEARCHES
from api.http.elapsed import milliseconds_since
from api.http.errors import responses
from api.http.links import BaseUrl
from api.http.negotiation import JSON
from api.http.strict_route import StrictRoute
from api.http.worker_pool import WorkerPoolsDep
from api.index_check import IndexCheck, IndexCheckDep
from api.routes.parameters import SearchParameters
from dalil.wire.search import Facets, Hit, SearchRequest, SearchResponse
from dalil.wire.times import TimeExpression

router = APIRouter(prefix="/v1/search", tags=["search"], route_class=StrictRoute)


@router.post(
    "",
    summary="Search the articles",
    response_model=SearchResponse,
    responses=responses(400, 413, 415, 422, 503),
)
async def search(
    index_check: IndexCheckDep,
    pools: WorkerPoolsDep,
    base_url: BaseUrl,
    request: Request,
    body: Annotated[SearchRequest, Body(openapi_examples=SEARCHES)],
) -> Response:
    """Find the passages that best answer a question in English or Arabic."""
    found = await pools.searches.run(partial(_search, index_check, body, base_url), request)
    return Response(found, media_type=JSON)


@router.get(
    "",
    summary="Search the articles from a link",
    response_model=SearchResponse,
    responses=responses(400, 422, 503),
)
async def search_by_link(
    index_check: IndexCheckDep,
    pools: WorkerPoolsDep,
    base_url: BaseUrl,
    request: Request,
    parameters: Annotated[SearchParameters, Query()],
) -> Response:
    """Search as the POST does, with query parameters; `article_id` and `source` may be repeated."""
    return await search(index_check, pools, base_url, request, parameters.to_request())


def _search(index_check: IndexCheck, request: SearchRequest, base_url: str) -> str:
    start = time.perf_counter()
    with index_check.serve() as engine:
        results = engine.retriever.search(
            request.query,
            limit=request.limit,
            mode=request.mode,
            filters=request.filters.to_domain(),
            facets=request.facets,
            collapse=request.collapse,
            time=request.time,
        )
    took_ms = milliseconds_since(start)
    response = SearchResponse(
        query=results.question.text,
        language=results.question.language,
        took_ms=took_ms,
        hits=[
            Hit.from_domain(hit, results.highlights(hit), explain=request.explain, base_url=base_url)
            for hit in results.hits
        ],
        times=[TimeExpression.from_domain(time) for time in results.times],
        facets=Facets.from_domain(results.facets) if results.facets else None,
    )
    return response.model_dump_json()
