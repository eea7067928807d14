"""The models that a chat can name, for clients of OpenAI's API."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.http.errors import UnknownModel
from api.http.strict_route import StrictRoute
from api.openai.errors import RESPONSES
from api.openai.schemas import MODEL, Model, Models

router = APIRouter(prefix="/v1/models", tags=["chat"], route_class=StrictRoute, responses=RESPONSES)


@router.get("", summary="List the models")
async def list_models() -> Models:
    """List the only model, which answers from the articles. Its name does not depend on who writes the answers."""
    return Models(data=[Model()])


@router.get("/{model:path}", summary="Get a model")
async def model(model: Annotated[str, Path(examples=[MODEL])]) -> Model:
    """Get the only model by its name."""
    if model != MODEL:
        raise UnknownModel(model)
    return Model()
