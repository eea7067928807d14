"""What a chat can be asked of, for clients of OpenAI's API."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.errors import UnknownModel
from api.openai_errors import RESPONSES
from api.openai_shapes import MODEL, Model, Models
from api.strict import StrictRoute

router = APIRouter(prefix="/v1/models", tags=["chat"], route_class=StrictRoute, responses=RESPONSES)


@router.get("", summary="List the models")
async def list_models() -> Models:
    """The one model there is, which answers from the articles; whoever writes the answers, its name stays."""
    return Models(data=[Model()])


@router.get("/{model:path}", summary="Get a model")
async def model(model: Annotated[str, Path(examples=[MODEL])]) -> Model:
    """The same by its name."""
    if model != MODEL:
        raise UnknownModel(model)
    return Model()
