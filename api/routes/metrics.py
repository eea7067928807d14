"""Metrics for Prometheus."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from api.metrics import MetricsDep

router = APIRouter(tags=["health"])


@router.get("/metrics", summary="Metrics for Prometheus", response_class=Response)
def metrics(metrics: MetricsDep) -> Response:
    """Return what the service has counted since its start, in Prometheus' text format, and the size of the index."""
    return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)
