"""Whether the process lives, and whether it can serve."""

from fastapi import APIRouter, Response

from api.engine import GuardDep
from api.schemas import Check, Health, Readiness
from dalil.engine import Engine
from dalil.errors import IndexProblem, Misconfigured, ModelUnavailable, StoreUnavailable

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Is the process alive?")
async def healthz() -> Health:
    """Answer without touching the store, the model or the thread pool."""
    return Health()


@router.get(
    "/readyz",
    summary="Can questions be served?",
    responses={503: {"model": Readiness, "description": "Not now: `checks` says what is wrong"}},
)
def readyz(guard: GuardDep, response: Response) -> Readiness:
    """Ask the store, embed a word and compare the index with the model, each time anew."""
    store, index = _store_and_index(guard.engine)
    model = _model(guard.engine)
    if all(check.status == "ok" for check in (store, model, index)):
        return Readiness(status="ready", checks={"store": store, "model": model, "index": index})
    guard.doubt()
    response.status_code = 503
    return Readiness(status="not_ready", checks={"store": store, "model": model, "index": index})


def _store_and_index(engine: Engine) -> tuple[Check, Check]:
    answers = Check(status="ok", detail="answers")
    try:
        engine.store.open(engine.fingerprint)
        counts = engine.store.counts()
    except (StoreUnavailable, Misconfigured) as error:
        unknown = Check(status="unknown", detail="the store does not answer")
        return Check(status="failed", detail=str(error)), unknown
    except IndexProblem as error:
        return answers, Check(status="failed", detail=str(error))
    return answers, Check(status="ok", detail=f"{counts.articles:,} articles, {counts.passages:,} passages")


def _model(engine: Engine) -> Check:
    try:
        engine.embedder.embed_query("دليل")
    except ModelUnavailable as error:
        return Check(status="failed", detail=str(error))
    return Check(status="ok", detail=f"{engine.embedder.model} ({engine.embedder.runtime})")
