"""Whether the process is alive, and whether it can serve."""

import logging
from typing import Literal

from fastapi import APIRouter, Response

from api.http.redaction import hide_folders
from api.index_check import IndexCheckDep
from dalil.engine import Engine
from dalil.errors import DalilError, DiskFull, IndexProblem, Misconfigured, ModelUnavailable, StoreUnavailable
from dalil.wire.base import ResponseModel

_log = logging.getLogger(__name__)

router = APIRouter(tags=["health"])


class Health(ResponseModel):
    """The process is alive; /readyz says whether it can serve."""

    status: Literal["ok"] = "ok"


class Check(ResponseModel):
    """The state of one part: `unknown` if another part failed first."""

    status: Literal["ok", "failed", "unknown"]
    detail: str


class Readiness(ResponseModel):
    """Whether questions can be served, and if not, the cause."""

    status: Literal["ready", "not_ready"]
    checks: dict[Literal["store", "model", "index"], Check]


@router.get("/healthz", summary="Is the process alive?")
async def healthz() -> Health:
    """Answer without touching the store, the model or the thread pool."""
    return Health()


@router.get(
    "/readyz",
    summary="Can questions be served?",
    responses={503: {"model": Readiness, "description": "Not now: `checks` names the cause"}},
)
def readyz(index_check: IndexCheckDep, response: Response) -> Readiness:
    """Search by a vector and by a word, embed a word and compare the index with the model, at every request."""
    store, index = _store_and_index(index_check.engine)
    model = _model(index_check.engine)
    if all(check.status == "ok" for check in (store, model, index)):
        return Readiness(status="ready", checks={"store": store, "model": model, "index": index})
    index_check.invalidate()
    response.status_code = 503
    return Readiness(status="not_ready", checks={"store": store, "model": model, "index": index})


def _store_and_index(engine: Engine) -> tuple[Check, Check]:
    answers = Check(status="ok", detail="answers")
    try:
        engine.store.open(engine.fingerprint)
        counts = engine.store.counts()
    except (StoreUnavailable, DiskFull, Misconfigured) as error:
        unknown = Check(status="unknown", detail="the store does not answer")
        return _failed(error), unknown
    except IndexProblem as error:
        return answers, _failed(error)
    try:
        engine.store.probe(engine.fingerprint)
    except (StoreUnavailable, IndexProblem) as error:
        return answers, _failed(error)
    return answers, Check(status="ok", detail=f"{counts.articles:,} articles, {counts.passages:,} passages")


def _model(engine: Engine) -> Check:
    try:
        engine.embedder.embed_query("دليل")
    except ModelUnavailable as error:
        return _failed(error)
    return Check(status="ok", detail=f"{engine.embedder.model} ({engine.embedder.runtime})")


def _failed(error: DalilError) -> Check:
    _log.warning("not ready: %s", error)
    return Check(status="failed", detail=hide_folders(str(error)))
