"""Answers for clients of OpenAI's chat completions."""

from collections.abc import Generator
from contextlib import closing
from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from api.completions import Completion
from api.engine import EngineGuard, GuardDep
from api.errors import UnknownModel
from api.event_stream import EVENTS, Event, EventStream
from api.examples import CHATS
from api.links import BaseUrl
from api.negotiation import JSON
from api.openai_errors import RESPONSES, as_openai
from api.openai_shapes import MODEL, ChatCompletion, ChatRequest
from api.problems import Problem
from api.strict import StrictRoute

router = APIRouter(prefix="/v1/chat/completions", tags=["chat"], route_class=StrictRoute)


@router.post(
    "",
    summary="Answer the last question of a chat",
    response_model=ChatCompletion,
    responses={200: {"content": {EVENTS: {"schema": {"type": "string"}}}}, **RESPONSES},
)
def complete(
    guard: GuardDep,
    base_url: BaseUrl,
    request: Request,
    chat: Annotated[ChatRequest, Body(openapi_examples=CHATS)],
) -> Response:
    """As OpenAI's API answers, with sentences each of which cites verbatim quotes, or with a refusal to answer.

    Messages of the user before the last are what it may follow on ("and when was that?"). What other messages say
    changes nothing: an answer rests on the articles alone. Each marker (`[1]`) has an annotation, an `url_citation`
    whose url shows the quote in its article; `dalil` holds what `/v1/answer` gives.

    With `"stream": true`, chunks come as server-sent events: each sentence as soon as its quotes are checked, then all
    annotations, and `dalil` with the last choice.
    """
    if chat.model != MODEL:
        raise UnknownModel(chat.model)
    if chat.stream:
        return EventStream(request.scope, _events(guard, chat, base_url), _told)
    with guard.serving() as engine:
        return Response(Completion(engine, chat, base_url).whole().model_dump_json(), media_type=JSON)


def _events(guard: EngineGuard, chat: ChatRequest, base_url: str) -> Generator[Event, None, None]:
    with guard.serving() as engine, closing(Completion(engine, chat, base_url).chunks()) as chunks:
        for chunk in chunks:
            yield Event(chunk.to_json())
    yield Event("[DONE]")


def _told(problem: Problem) -> Event:
    return Event(as_openai(problem).model_dump_json())
