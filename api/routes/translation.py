"""Quotes and titles in English."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from api.http.errors import responses
from api.http.negotiation import JSON
from api.http.strict_route import StrictRoute
from api.http.worker_pool import WorkerPoolsDep
from api.index_check import IndexCheck, IndexCheckDep
from dalil.errors import GeneratorUnavailable
from dalil.text.english_gloss import english_gloss
from dalil.wire.translations import Translation, TranslationRequest, TranslationResponse

router = APIRouter(prefix="/v1/translate", tags=["answer"], route_class=StrictRoute)


@router.post(
    "",
    summary="Give quotes and titles in English",
    response_model=TranslationResponse,
    responses=responses(413, 415, 422, 503),
)
async def translate(
    index_check: IndexCheckDep, pools: WorkerPoolsDep, request: Request, body: Annotated[TranslationRequest, Body()]
) -> Response:
    """Give the numbers, dates and known names of Arabic texts in English, and translate them with `"machine": true`.

    The translation is by the language model that the server is configured with, and each text is translated once. If
    there is none, or it fails, `english` is null, and the rest is there.
    """
    made = await pools.answers.run(partial(_translate, index_check, body), request)
    return Response(made, media_type=JSON)


def _translate(index_check: IndexCheck, body: TranslationRequest) -> str:
    translator = index_check.engine.translator
    translated: tuple[str | None, ...] = (None,) * len(body.texts)
    note = None
    if body.machine and translator is not None:
        try:
            translated = translator.translate(body.texts)
        except GeneratorUnavailable as error:
            note = str(error)
    return TranslationResponse(
        translator=translator.name if translator else None,
        translations=[_translation(text, english) for text, english in zip(body.texts, translated, strict=True)],
        note=note,
    ).model_dump_json()


def _translation(text: str, english: str | None) -> Translation:
    gloss = english_gloss(text)
    return Translation(
        text=text,
        numbers=list(gloss.numbers),
        dates=list(gloss.dates),
        names=list(gloss.names),
        english=english,
    )
