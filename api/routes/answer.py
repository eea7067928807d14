"""Answers."""

import time
from collections.abc import Generator
from contextlib import closing
from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from api.engine import EngineGuard, GuardDep
from api.errors import responses
from api.event_stream import EVENTS, Event, EventStream
from api.examples import QUESTIONS
from api.links import BaseUrl
from api.problems import Problem
from api.schemas import AnswerRequest, AnswerResponse, Searched, StreamedSentence
from api.strict import StrictRoute
from dalil.answering import answerer
from dalil.domain import Answer

router = APIRouter(prefix="/v1/answer", tags=["answer"], route_class=StrictRoute)


@router.post(
    "",
    summary="Answer a question from the articles",
    response_model=AnswerResponse,
    responses={200: {"content": {EVENTS: {"schema": {"type": "string"}}}}, **responses(400, 413, 415, 422, 503)},
)
def answer(
    guard: GuardDep,
    base_url: BaseUrl,
    request: Request,
    asked: Annotated[AnswerRequest, Body(openapi_examples=QUESTIONS)],
) -> AnswerResponse | Response:
    """Answer with sentences each of which cites verbatim quotes, or say that the articles do not hold the answer.

    With `"stream": true`, the same as server-sent events. `searched` comes as soon as the search is done, with
    `language` and `confidence`; a `sentence` as soon as its quotes are checked, with its fields and `new_citations`,
    those that no sentence before it had; and last the `answer`, which is all that comes without a stream. What fails
    before the first event is answered with its status; what fails after it is a last event, `problem`, whose data are
    the problem document.
    """
    if asked.stream:
        return EventStream(request.scope, _events(guard, asked, base_url), _told)
    start = time.perf_counter()
    with guard.serving() as engine:
        filters = asked.filters.to_domain()
        found = engine.answerer.answer(asked.question, filters=filters, max_citations=asked.max_citations)
        return AnswerResponse.from_domain(found, took_ms=_since(start), base_url=base_url)


def _events(guard: EngineGuard, asked: AnswerRequest, base_url: str) -> Generator[Event, None, None]:
    start = time.perf_counter()
    with guard.serving() as engine:
        filters = asked.filters.to_domain()
        made = engine.answerer.stream(asked.question, filters=filters, max_citations=asked.max_citations)
        with closing(made):
            for part in made:
                match part:
                    case answerer.Searched():
                        yield Event(Searched.from_domain(part).model_dump_json(), "searched")
                    case answerer.CitedSentence():
                        sentence = StreamedSentence.from_part(part, base_url=base_url)
                        yield Event(sentence.model_dump_json(), "sentence")
                    case Answer():
                        whole = AnswerResponse.from_domain(part, took_ms=_since(start), base_url=base_url)
                        yield Event(whole.model_dump_json(), "answer")


def _told(problem: Problem) -> Event:
    return Event(problem.model_dump_json(exclude_none=True), "problem")


def _since(start: float) -> float:
    return round((time.perf_counter() - start) * 1000, 1)
