"""Answers."""

import time
from typing import Annotated

from fastapi import APIRouter, Body

from api.engine import EngineDep
from api.errors import responses
from api.examples import QUESTIONS
from api.links import BaseUrl
from api.schemas import AnswerRequest, AnswerResponse
from api.strict import StrictRoute

router = APIRouter(prefix="/v1/answer", tags=["answer"], route_class=StrictRoute)


@router.post("", summary="Answer a question from the articles", responses=responses(400, 413, 415, 422, 503))
def answer(
    engine: EngineDep, base_url: BaseUrl, request: Annotated[AnswerRequest, Body(openapi_examples=QUESTIONS)]
) -> AnswerResponse:
    """Answer with sentences each of which cites verbatim quotes, or say that the articles do not hold the answer."""
    start = time.perf_counter()
    found = engine.answerer.answer(
        request.question, filters=request.filters.to_domain(), max_citations=request.max_citations
    )
    took_ms = round((time.perf_counter() - start) * 1000, 1)
    return AnswerResponse.from_domain(found, took_ms=took_ms, base_url=base_url)
