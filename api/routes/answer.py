"""Answers."""

import time
from collections.abc import Generator
from contextlib import closing
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Body, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel

from api.examples import QUESTIONS
from api.http.elapsed import milliseconds_since
from api.http.errors import responses
from api.http.event_stream import EventStream
from api.http.links import BaseUrl
from api.http.negotiation import JSON
from api.http.strict_route import StrictRoute
from api.http.worker_pool import WorkerPoolsDep
from api.index_check import IndexCheck, IndexCheckDep
from dalil.answering import answerer
from dalil.domain import Answer
from dalil.wire.answers import AnswerRequest, AnswerResponse, SearchCompleted, SentenceReady
from dalil.wire.problems import Problem

router = APIRouter(prefix="/v1/answer", tags=["answer"], route_class=StrictRoute)


@router.post(
    "",
    summary="Answer a question from the articles",
    response_model=AnswerResponse,
    responses={
        200: {"content": {EventSourceResponse.media_type: {"schema": {"type": "string"}}}},
        **responses(400, 413, 415, 422, 503),
    },
)
async def answer(
    index_check: IndexCheckDep,
    pools: WorkerPoolsDep,
    base_url: BaseUrl,
    request: Request,
    body: Annotated[AnswerRequest, Body(openapi_examples=QUESTIONS)],
) -> Response:
    """Answer with sentences that each cite verbatim quotes, or give the closest quotes, or report that there are none.

    The `status` says which. With `related_evidence` the quotes in `related` may not answer the question.

    With `"stream": true`, the answer comes as server-sent events. `searched` comes when the search is done, with
    `language` and `confidence`. A `sentence` comes as soon as its quotes are checked, with its fields and
    `new_citations`, the citations that no earlier sentence has; the first one has the `short_answer`. The last event is
    the `answer`, the same as the response without a stream; `related` comes with it. A failure before the first event
    has its own status. A failure after it is a last event, `problem`, whose data are the problem document.

    A message that is no question ("thanks!"), and a question that names nothing to search for ("what happened?"), get a
    reply as `text` without a search; their stream is the `answer` alone.
    """
    if body.stream:
        events = _events(index_check, body, base_url)
        return await EventStream.open(request, pools.answers, events, _failure_event)
    whole = await pools.answers.run(partial(_answer, index_check, body, base_url), request)
    return Response(whole, media_type=JSON)


def _answer(index_check: IndexCheck, body: AnswerRequest, base_url: str) -> str:
    start = time.perf_counter()
    with index_check.serve() as engine:
        made = engine.answerer.answer(
            body.question,
            filters=body.filters.to_domain(),
            max_citations=body.max_citations,
            earlier=body.earlier,
            explain=body.explain,
            collapse=body.collapse,
            time=body.time,
        )
        took_ms = milliseconds_since(start)
        return AnswerResponse.from_domain(made, took_ms=took_ms, base_url=base_url).model_dump_json()


def _events(index_check: IndexCheck, body: AnswerRequest, base_url: str) -> Generator[ServerSentEvent, None, None]:
    start = time.perf_counter()
    with index_check.serve() as engine:
        stream = engine.answerer.stream(
            body.question,
            filters=body.filters.to_domain(),
            max_citations=body.max_citations,
            earlier=body.earlier,
            explain=body.explain,
            collapse=body.collapse,
            time=body.time,
        )
        with closing(stream):
            for event in stream:
                match event:
                    case answerer.SearchCompleted():
                        searched = SearchCompleted(language=event.language, confidence=event.confidence)
                        yield _event("searched", searched)
                    case answerer.SentenceReady():
                        sentence = SentenceReady.from_parts(
                            event.sentence, event.citations, event.short_answer, base_url=base_url
                        )
                        yield _event("sentence", sentence)
                    case Answer():
                        took_ms = milliseconds_since(start)
                        whole = AnswerResponse.from_domain(event, took_ms=took_ms, base_url=base_url)
                        yield _event("answer", whole)


def _event(name: str, model: BaseModel) -> ServerSentEvent:
    return ServerSentEvent(event=name, raw_data=model.model_dump_json())


def _failure_event(problem: Problem) -> ServerSentEvent:
    return ServerSentEvent(event="problem", raw_data=problem.model_dump_json(exclude_none=True))
