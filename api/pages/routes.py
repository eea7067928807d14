"""The pages: questions, the list of articles, one article with cited characters marked, the quality report."""

import asyncio
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse
from starlette.types import Scope

from api.http.errors import responses
from api.http.links import BaseUrl
from api.http.negotiation import HTML, JSON, prefers
from api.http.strict_route import StrictRoute
from api.http.worker_pool import WorkerPoolsDep
from api.http.write_access import write_access
from api.index_check import EngineDep, IndexCheck, IndexCheckDep
from api.pages.article_text import ArticleText
from api.pages.collection import Collection, Overview
from api.pages.listing import CollectionPage, ListParameters, list_stories
from api.pages.preferences import UiLanguage, read_preferences
from api.pages.quality import newest_report, read_quality
from api.pages.questions import candidate_questions
from api.pages.rendering import DOCS_POLICY, render_page
from api.pages.schemas import PlainParameters, Quotation, SpanParameters, TitlesRequest
from dalil import domain
from dalil.domain import Span
from dalil.errors import IndexProblem, StoreUnavailable
from dalil.indexing.loaders import EXTENSIONS
from dalil.wire.answers import AnswerResponse
from dalil.wire.articles import Article
from dalil.wire.fields import MAX_NAME_CHARACTERS

router = APIRouter(route_class=StrictRoute)

WEB = FilePath(__file__).parent / "web"

NEW_TITLES, LISTED_SOURCES = 5, 8
"""Of the start page."""

REPORT_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
"""A report holds its styles and images, and needs nothing else."""


class WebFiles(StaticFiles):
    """The styles and scripts of the pages; a browser caches them and revalidates them each time."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or 304 if the browser's copy is current."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


@router.get("/", include_in_schema=False)
def ask(request: Request, q: str = "") -> Response:
    """Show the page for questions; web/ask.js reads the other parameters of the address."""
    question = q.strip()
    overview = None if question else _overview(request)
    return render_page(
        request.scope,
        "ask.html",
        here="ask",
        question=question,
        query=request.url.query,
        overview=overview,
        questions=_collection(request).known_questions(overview, read_preferences(request.scope).language)
        if overview
        else (),
        new_titles=NEW_TITLES,
        listed_sources=LISTED_SOURCES,
        translator=_translator_name(request),
    )


@router.get("/plain", include_in_schema=False)
async def plain(
    index_check: IndexCheckDep,
    pools: WorkerPoolsDep,
    base_url: BaseUrl,
    request: Request,
    asked: Annotated[PlainParameters, Query()],
) -> Response:
    """Show an answer for a browser that runs no script; the page for questions leads here."""

    def answer() -> AnswerResponse:
        with index_check.serve() as engine:
            made = engine.answerer.answer(asked.q, filters=asked.filters.to_domain(), earlier=asked.before)
        return AnswerResponse.from_domain(made, took_ms=0.0, base_url=base_url)

    answered = await pools.answers.run(answer, request)
    return render_page(request.scope, "plain.html", here="ask", question=asked.q, answer=answered)


@router.get("/questions", include_in_schema=False)
async def questions(index_check: IndexCheckDep, request: Request, ui: UiLanguage) -> list[str]:
    """Return questions that the articles answer, for the start page; the first time takes some seconds."""

    def start() -> Future[tuple[str, ...]]:
        with index_check.serve() as engine:
            return _collection(request).questions(engine, ui)

    found = await run_in_threadpool(start)
    # A reader who leaves does not end what the next one needs.
    whole: tuple[str, ...] = await asyncio.shield(asyncio.wrap_future(found))
    return list(whole)


@router.post("/questions", include_in_schema=False)
def next_questions(body: TitlesRequest) -> list[str]:
    """Return questions about what the titles of found articles name."""
    return list(candidate_questions(body.titles, body.language))


@router.get("/collection", include_in_schema=False)
def collection(engine: EngineDep, request: Request, chosen: Annotated[ListParameters, Query()]) -> CollectionPage:
    """Return a page of the list of articles, in which near-duplicates are one entry."""
    return list_stories(_collection(request).survey(engine), chosen)


@router.get("/articles", include_in_schema=False)
def articles(request: Request) -> Response:
    """Show the list of articles and the form for new ones."""
    return render_page(
        request.scope, "articles.html", here="articles", writing=write_access(request), formats=EXTENSIONS
    )


@router.get(
    "/articles/{article_id:path}",
    tags=["articles"],
    summary="Show an article, with a quotation marked",
    response_model=Quotation,
    response_description="A page, or the quotation as JSON",
    responses={200: {"content": {HTML: {"schema": {"type": "string"}}}}, **responses(404, 422, 503)},
)
def show_article(
    engine: EngineDep,
    request: Request,
    article_id: Annotated[str, Path(max_length=MAX_NAME_CHARACTERS)],
    place: Annotated[SpanParameters, Query()],
) -> Response:
    """Show an article with the characters `start` to `end` marked, or without a mark. Every `link` leads here.

    With the header `Accept: application/json` the same address returns the quotation, its context and its article. In a
    link, percent-encode all of the id; the fragment `#cited` is the mark. Other parameters are ignored, because mail
    programs and social networks add their own to a link.
    """
    article = engine.store.article(article_id)
    span = _span(place, article)
    if prefers(request.scope, JSON, HTML):
        quotation = Quotation.from_article(article, span or Span(0, len(article.text)))
        return Response(quotation.model_dump_json(), headers={"Vary": "Accept"}, media_type=JSON)
    passages = [stored.passage for stored in engine.store.article_passages(article_id)]
    return render_page(
        request.scope,
        "article.html",
        article=Article.from_article(article),
        span=span,
        text=ArticleText.of(article.text, span, [Span(passage.start, passage.end) for passage in passages]),
        passages=passages,
    )


@router.get("/quality", include_in_schema=False)
def quality(request: Request) -> Response:
    """Show what the newest report of the evals found, what is worst first."""
    newest = newest_report(request.state.reports)
    made = datetime.fromtimestamp(newest.stat().st_mtime, UTC).strftime("%Y-%m-%d %H:%M UTC") if newest else None
    return render_page(request.scope, "quality.html", here="quality", made=made, report=read_quality(newest))


@router.get("/quality/report", include_in_schema=False)
def report(request: Request) -> Response:
    """Return the newest report of the evals."""
    newest = newest_report(request.state.reports)
    if newest is None:
        raise HTTPException(404)
    return FileResponse(newest, headers={"Content-Security-Policy": REPORT_POLICY, "Cache-Control": "no-cache"})


@router.get("/docs", include_in_schema=False)
def docs(request: Request) -> Response:
    """Show the documentation of the API."""
    return render_page(request.scope, "docs.html", policy=DOCS_POLICY, here="docs")


def _translator_name(request: Request) -> str:
    """The name of the language model that translates; empty without one."""
    index_check: IndexCheck = request.state.index_check
    return index_check.engine.translator.name if index_check.engine.translator else ""


def _collection(request: Request) -> Collection:
    collection: Collection = request.state.collection
    return collection


def _overview(request: Request) -> Overview | None:
    """What the articles are; None if there is no index, or its store does not answer."""
    index_check: IndexCheck = request.state.index_check
    try:
        with index_check.serve() as engine:
            return _collection(request).overview(engine)
    except (IndexProblem, StoreUnavailable):
        return None


def _span(place: SpanParameters, article: domain.Article) -> Span | None:
    if place.start is None or place.end is None:
        return None
    if place.end > len(article.text):
        message = f"the article has {len(article.text):,} characters; it may have changed since the link was made"
        raise RequestValidationError([{"loc": ("query", "end"), "msg": message}])
    return Span(place.start, place.end)
