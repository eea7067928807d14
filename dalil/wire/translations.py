"""Quotes and titles in English: `POST /v1/translate`."""

from typing import Annotated

from pydantic import Field, StrictBool

from dalil.wire.base import RequestModel, ResponseModel

MAX_TEXTS = 10
MAX_TEXT_CHARACTERS = 2_000


class TranslationRequest(RequestModel):
    """The body of `POST /v1/translate`."""

    texts: Annotated[
        list[Annotated[str, Field(strict=True, max_length=MAX_TEXT_CHARACTERS)]],
        Field(min_length=1, max_length=MAX_TEXTS, description="quotes or titles in Arabic"),
    ]
    machine: StrictBool = Field(False, description="also translate with the language model that the server has")


class Translation(ResponseModel):
    """What of a text is given in English; nothing of it replaces the text."""

    text: str
    numbers: list[str] = Field(description="as English writes them, with units of measure and without what they count")
    dates: list[str] = Field(description="those that name a month")
    names: list[str] = Field(description="of countries (CLDR) and of what the alias file has")
    english: str | None = Field(description="by the language model; null unless requested and made")


class TranslationResponse(ResponseModel):
    """A translation for each text, in the same order."""

    translator: str | None = Field(description="the name of the language model; null without one")
    translations: list[Translation]
    note: str | None = Field(description="why the language model made none, though it was asked; else null")
