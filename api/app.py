"""Putting the service together."""

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, closing

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.concurrency import run_in_threadpool
from starlette.middleware.cors import CORSMiddleware

from api import errors, openapi
from api.engine import EngineGuard
from api.intake import Intake
from api.keys import WritePolicy
from api.mcp import endpoint as mcp
from api.middleware import BodyLimit, RequestLog
from api.routes import answer, articles, chat, health, models, pages, search, writing
from dalil import __version__
from dalil.bootstrap import build_engine
from dalil.engine import Engine
from dalil.settings import ApiSettings, IndexingSettings, Settings, load_settings

_log = logging.getLogger(__name__)


def create_app(
    settings: ApiSettings,
    build: Callable[[], Engine],
    *,
    indexing: IndexingSettings | None = None,
    host: str | None = None,
) -> FastAPI:
    """The service over the engine that `build` makes when the server starts.

    `indexing` is how articles are cut that are sent, the defaults where unset. `host` is the address that the server
    listens on, None where that is not known: without keys nobody may write then.

    The server starts without a store and without an index too, says so in /readyz, and serves once both are there;
    an engine that cannot be built (no model, a wrong setting) stops it with the reason.
    """
    indexing = indexing or IndexingSettings()
    policy = WritePolicy(settings.keys, host, settings.public_url, settings.cors_origins)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[Mapping[str, object]]:
        with await run_in_threadpool(build) as engine:
            guard = EngineGuard(engine)
            with closing(Intake(guard, indexing)) as intake:
                async with mcp.sessions(guard, settings) as sessions:
                    _log.info("ready to answer, with the model %s (%s)", engine.embedder.model, engine.embedder.runtime)
                    yield {
                        "guard": guard,
                        "intake": intake,
                        "write_policy": policy,
                        "public_url": settings.public_url,
                        "reports": settings.reports,
                        "mcp": sessions,
                    }

    # FastAPI's own documentation page loads its script from a content network; this one brings it along.
    app = FastAPIOffline(
        redoc_url=None,
        redirect_slashes=False,
        title="Dalil",
        version=__version__,
        description=openapi.DESCRIPTION,
        lifespan=lifespan,
        swagger_ui_parameters={"validatorUrl": None},
    )
    for served in (search, answer, chat, models, articles, writing, pages, health):
        app.include_router(served.router)
    app.router.routes.extend(mcp.ROUTES)
    app.mount("/web", pages.WebFiles(directory=pages.WEB))
    errors.install(app)
    openapi.install(app)
    app.add_middleware(
        BodyLimit,
        max_bytes=settings.max_body_bytes,
        allowances=writing.allowances(settings, indexing.max_article_bytes),
    )
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            # OpenAI's clients in a browser send a dozen of their own, and no cookie rides along.
            allow_headers=["*"],
            expose_headers=["X-Request-ID"],
        )
    app.add_middleware(RequestLog)
    return app


def from_environment() -> FastAPI:
    """The service as the settings describe it; raises `Misconfigured`."""
    configure_logging()
    settings = load_settings()
    return create_app(settings.api, lambda: load(settings), indexing=settings.indexing)


def configure_logging() -> None:
    """Our log lines and the server's on stderr; of other libraries only warnings."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for ours in ("api", "dalil", "uvicorn"):
        logging.getLogger(ours).setLevel(logging.INFO)
    # Our own line per request has the id and the duration, and leaves the question out.
    logging.getLogger("uvicorn.access").disabled = True


def load(settings: Settings) -> Engine:
    """The engine, with log lines about what takes a while; raises `ModelUnavailable` or `Misconfigured`."""
    _log.info("loading the model %s", settings.embedding.model)
    return build_engine(settings, _log.info)
