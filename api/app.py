"""Assembles the service."""

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.concurrency import run_in_threadpool
from starlette.middleware.cors import CORSMiddleware

from api.allocator import limit_malloc
from api.http import openapi, problems
from api.http.body_size_limit import BodySizeLimitMiddleware
from api.http.error_responses import ErrorResponder
from api.http.host_access import HostMiddleware, HostPolicy
from api.http.log_format import LogFormat, log_handler
from api.http.log_throttle import LogThrottle
from api.http.rate_limit import RateLimitMiddleware
from api.http.read_access import ReadAccessMiddleware, ReadPolicy
from api.http.request_log import RequestLogMiddleware
from api.http.worker_pool import WorkerPools
from api.http.write_access import WritePolicy
from api.index_check import IndexCheck
from api.ingest.article_writer import ArticleWriter
from api.ingest.import_stream import NDJSON
from api.mcp import endpoint as mcp
from api.metrics import Metrics
from api.openai import chat, models
from api.openai.errors import OpenAIErrorPresenter
from api.pages import routes as pages
from api.pages.collection import Collection
from api.pages.errors import ErrorPagePresenter
from api.routes import answer, articles, health, metrics, search, timeline, translation, writing
from dalil import __version__
from dalil.bootstrap import build_engine, load_program_settings
from dalil.engine import Engine
from dalil.extras import require_extra
from dalil.settings import ApiSettings, IndexingSettings, Settings

if TYPE_CHECKING:
    from api.tracing import Tracing

_log = logging.getLogger(__name__)


def create_app(
    settings: ApiSettings,
    build: Callable[[], Engine],
    *,
    indexing: IndexingSettings | None = None,
    host: str | None = None,
) -> FastAPI:
    """The service over the engine that `build` returns when the server starts.

    `indexing` has the settings for articles that are put or imported; None means the defaults. `host` is the address
    that the server listens on; None means unknown, and then nobody may write without keys, and other machines may read.

    The server also starts without a store or an index: /readyz reports that, and the server serves once both exist. An
    engine that cannot be built (no model, a wrong setting) stops the server with the reason.
    """
    indexing = indexing or IndexingSettings()
    measured = Metrics()
    tracing = _tracing(settings.traces_endpoint)
    policy = WritePolicy(settings.keys, host, settings.public_url, settings.cors_origins)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[Mapping[str, object]]:
        with await run_in_threadpool(build) as built:
            engine = built.observed_by(measured, *([tracing] if tracing else []))
            index_check = IndexCheck(engine)
            pools = WorkerPools.from_settings(settings)
            measured.watch(engine, pools)
            writing_articles = closing(ArticleWriter(index_check, indexing, measured.count_writes))
            with closing(Collection()) as collection, writing_articles as writer:
                async with mcp.sessions(index_check, pools, settings, host) as sessions:
                    _log.info("ready to answer, with the model %s (%s)", engine.embedder.model, engine.embedder.runtime)
                    yield {
                        "index_check": index_check,
                        "worker_pools": pools,
                        "metrics": measured,
                        "article_writer": writer,
                        "write_policy": policy,
                        "public_url": settings.public_url,
                        "reports": settings.reports,
                        "collection": collection,
                        "mcp": sessions,
                    }
            if tracing:
                await run_in_threadpool(tracing.close)

    # FastAPI's own documentation page loads its script from a content delivery network. This one serves it, and
    # api/pages has the page.
    app = FastAPIOffline(
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        title="Dalil",
        version=__version__,
        description=openapi.DESCRIPTION,
        lifespan=lifespan,
    )
    for routes in (search, timeline, answer, translation, chat, models, articles, writing, pages, health, metrics):
        app.include_router(routes.router)
    app.router.routes.extend(mcp.ROUTES)
    app.mount("/web", pages.WebFiles(directory=pages.WEB))
    responder = ErrorResponder([OpenAIErrorPresenter(), ErrorPagePresenter()])
    responder.install(app)
    openapi.install(app, {"Problem": problems.MEDIA_TYPE, "ImportEvent": NDJSON})
    app.add_middleware(
        BodySizeLimitMiddleware,
        responder=responder,
        max_bytes=settings.max_body_bytes,
        limits=writing.body_size_limits(settings, indexing.max_article_bytes),
    )
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            # OpenAI's clients in a browser send a dozen headers of their own; cookies are not allowed.
            allow_headers=["*"],
            expose_headers=["X-Request-ID"],
        )
    app.add_middleware(ReadAccessMiddleware, responder=responder, policy=ReadPolicy(settings.read_keys, settings.keys))
    if settings.rate_limit:
        known = (*settings.read_keys, *settings.keys)
        app.add_middleware(RateLimitMiddleware, responder=responder, limit=settings.rate_limit, known_keys=known)
    app.add_middleware(
        HostMiddleware,
        responder=responder,
        policy=HostPolicy(host, settings.public_url, settings.hosts),
        writers=policy,
    )
    if tracing:
        # Not before the first trace is wanted: the libraries come with an extra.
        from api.tracing import TracingMiddleware  # noqa: PLC0415

        app.add_middleware(TracingMiddleware, tracing=tracing)
    app.add_middleware(RequestLogMiddleware, responder=responder, count_request=measured.count_request)
    return app


def _tracing(endpoint: str | None) -> "Tracing | None":
    """What sends traces to a collector; None if there is none. Raises `Misconfigured` if the extra is missing."""
    if endpoint is None:
        return None
    # The libraries come with an extra.
    with require_extra("traces"):
        from api.tracing import Tracing  # noqa: PLC0415
    return Tracing(endpoint)


def from_environment() -> FastAPI:
    """The service with the settings of the environment; raises `Misconfigured`."""
    limit_malloc()
    settings = load_program_settings()
    configure_logging(settings.log_level, settings.log_format)
    return create_app(settings.api, lambda: load(settings), indexing=settings.indexing)


def configure_logging(level: str, log_format: LogFormat = "text") -> None:
    """Log to stderr: our lines and the server's from `level` up, warnings of other libraries."""
    logging.basicConfig(level=logging.WARNING, handlers=[log_handler(log_format)])
    for ours in ("api", "dalil", "uvicorn"):
        logging.getLogger(ours).setLevel(level.upper())
    # The server's lines about a client that sends garbage, and the event loop's about one connection too many.
    throttle = LogThrottle()
    for flooded in ("asyncio", "uvicorn.error"):
        logging.getLogger(flooded).addFilter(throttle)
    # Our own line for each request has its id and duration, and leaves the question out.
    logging.getLogger("uvicorn.access").disabled = True


def load(settings: Settings) -> Engine:
    """The engine; logs the slow steps. Raises `ModelUnavailable` or `Misconfigured`."""
    _log.info("loading the model %s", settings.embedding.model)
    return build_engine(settings, _log.info)
