"""Answers for clients of OpenAI's chat completions."""

from collections.abc import Generator
from contextlib import closing
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Body, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api.examples import CHATS
from api.http.errors import UnknownModel
from api.http.event_stream import EventStream
from api.http.links import BaseUrl
from api.http.negotiation import JSON
from api.http.strict_route import StrictRoute
from api.http.worker_pool import WorkerPoolsDep
from api.index_check import IndexCheck, IndexCheckDep
from api.openai.completions import Completion
from api.openai.errors import RESPONSES, OpenAIError
from api.openai.schemas import MODEL, ChatCompletion, ChatRequest
from dalil.wire.problems import Problem

router = APIRouter(prefix="/v1/chat/completions", tags=["chat"], route_class=StrictRoute)


@router.post(
    "",
    summary="Answer the last question of a chat",
    response_model=ChatCompletion,
    responses={200: {"content": {EventSourceResponse.media_type: {"schema": {"type": "string"}}}}, **RESPONSES},
)
async def complete(
    index_check: IndexCheckDep,
    pools: WorkerPoolsDep,
    base_url: BaseUrl,
    request: Request,
    chat: Annotated[ChatRequest, Body(openapi_examples=CHATS)],
) -> Response:
    """Answer as OpenAI's API does, with sentences that each cite verbatim quotes, or with a refusal to answer.

    The question is the last message of the user, and has to be text. It may refer to the user's earlier messages ("and
    when was that?"). Other messages have no effect, whatever their content is: an answer rests on the articles alone. A
    message that is no question ("thanks!"), and one that names nothing to search for ("what happened?"), get a short
    reply without a search. Each marker (`[1]`) has an annotation, a `url_citation` whose url shows the
    quote in its article. `dalil` holds the response of `/v1/answer`.

    With `"stream": true`, the answer comes in chunks, as server-sent events: each sentence as soon as its quotes are
    checked, then all annotations, and `dalil` with the last choice.
    """
    if chat.model != MODEL:
        raise UnknownModel(chat.model)
    if chat.stream:
        return await EventStream.open(request, pools.answers, _events(index_check, chat, base_url), _failure_event)
    whole = await pools.answers.run(partial(_whole, index_check, chat, base_url), request)
    return Response(whole, media_type=JSON)


def _whole(index_check: IndexCheck, chat: ChatRequest, base_url: str) -> str:
    with index_check.serve() as engine:
        return Completion(engine, chat, base_url).whole().model_dump_json()


def _events(index_check: IndexCheck, chat: ChatRequest, base_url: str) -> Generator[ServerSentEvent, None, None]:
    with index_check.serve() as engine, closing(Completion(engine, chat, base_url).chunks()) as chunks:
        for chunk in chunks:
            yield ServerSentEvent(raw_data=chunk.to_json())
    yield ServerSentEvent(raw_data="[DONE]")


def _failure_event(problem: Problem) -> ServerSentEvent:
    return ServerSentEvent(raw_data=OpenAIError.from_problem(problem).model_dump_json())
