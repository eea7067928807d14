"""Timelines."""

import time
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.http.elapsed import milliseconds_since
from api.http.errors import responses
from api.http.links import BaseUrl
from api.http.negotiation import JSON
from api.http.strict_route import StrictRoute
from api.http.worker_pool import WorkerPoolsDep
from api.index_check import IndexCheck, IndexCheckDep
from api.routes.parameters import TimelineParameters
from dalil.wire.timeline import TimelineResponse

router = APIRouter(prefix="/v1/timeline", tags=["search"], route_class=StrictRoute)


@router.get(
    "",
    summary="List the articles of a subject by day",
    response_model=TimelineResponse,
    responses=responses(400, 422, 503),
)
async def timeline(
    index_check: IndexCheckDep,
    pools: WorkerPoolsDep,
    base_url: BaseUrl,
    request: Request,
    parameters: Annotated[TimelineParameters, Query()],
) -> Response:
    """List the articles that are most about a subject by day, each with its lead sentence, verbatim."""
    found = await pools.searches.run(partial(_timeline, index_check, parameters, base_url), request)
    return Response(found, media_type=JSON)


def _timeline(index_check: IndexCheck, parameters: TimelineParameters, base_url: str) -> str:
    start = time.perf_counter()
    with index_check.serve() as engine:
        made = engine.timeline(
            parameters.q,
            limit=parameters.limit,
            filters=parameters.filters.to_domain(),
            time=parameters.time,
        )
    took_ms = milliseconds_since(start)
    return TimelineResponse.from_domain(made, took_ms=took_ms, base_url=base_url).model_dump_json()
