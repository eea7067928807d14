"""Index a folder, then serve it, in one process: `python scripts/run.py FOLDER PORT [--prune] [--model MODEL]`.

`make run` does this. Two processes would import the same libraries twice, which is most of what a start takes. MODEL is
the language model that writes answers: a GGUF file, which is served beside the API, or the address of an
OpenAI-compatible endpoint.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
from pydantic import BaseModel, ValidationError

sys.path.insert(0, str(Path(__file__).parents[1]))

from api.__main__ import main as serve
from dalil.errors import DalilError, GeneratorUnavailable, Misconfigured
from dalil.settings import PREFIX, GeneratorSettings, load_settings
from indexer.__main__ import app as indexer
from scripts.language_model import start_server

SOME_REJECTED = 1
"""The indexer's exit status when it named articles it could not index: the others are served."""

LOCAL_MODEL_DEFAULTS = {"timeout_seconds": "300", "evidence_tokens": "600"}
"""Settings of the generator for a model on this machine's processor, which reads some 70 tokens a second."""

LOCAL_REQUEST_SECONDS = "1800"
"""The longest time of an answer by such a model: as long as it may write, after 300 s for its first word."""

PROBE_TIMEOUT_SECONDS = 10.0


class _Model(BaseModel):
    id: str


class _Models(BaseModel):
    """The answer of `GET /v1/models`."""

    data: tuple[_Model, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status of the indexer where it got nowhere, else of the server; 2 for a model that cannot be used."""
    parser = argparse.ArgumentParser(prog="python scripts/run.py", description="Index a folder, then serve it.")
    parser.add_argument("folder", help="articles, in the formats that README.md lists")
    parser.add_argument("port", help="0 takes a free one")
    parser.add_argument("--prune", action="store_true", help="delete stored articles that the folder no longer holds")
    parser.add_argument("--model", help="a GGUF file, or the address of an OpenAI-compatible endpoint")
    chosen = parser.parse_args(arguments)
    try:
        with use_model(chosen.model):
            options = ["--prune"] if chosen.prune else []
            status = indexer(["index", *options, "--", chosen.folder], standalone_mode=False)
            if status not in {0, None, SOME_REJECTED}:
                return int(status)
            return serve(["--port", chosen.port])
    except DalilError as error:
        parser.exit(2, f"cannot start: {error}\n")


@contextmanager
def use_model(model: str | None) -> Iterator[None]:
    """Set the generator to a GGUF file, which is served as long as the context lasts, or to an endpoint.

    Raises `GeneratorUnavailable` and `Misconfigured` as `start_server` and `endpoint_variables` do.
    """
    if model is None:
        yield
    elif model.startswith(("http://", "https://")):
        os.environ |= endpoint_variables(model.rstrip("/"))
        yield
    else:
        server = start_server(Path(model))
        os.environ |= local_model_variables(f"{server.listening_address}/v1", Path(model).stem)
        yield
        # It stops with its object.
        del server


def endpoint_variables(base_url: str) -> dict[str, str]:
    """The settings for an endpoint and the model that they name already, else the only one that it offers.

    Raises `GeneratorUnavailable` if no model answers there, and `Misconfigured` if it does not offer exactly one.
    """
    generator = load_settings().generator
    names = offered_models(base_url, generator.api_key.get_secret_value() if generator.api_key else None)
    if "model" in generator.model_fields_set:
        return {variable("base_url"): base_url}
    if len(names) != 1:
        offered = ", ".join(names) or "no model"
        raise Misconfigured(f"{base_url} offers {offered}: name one with {variable('model')}=NAME")
    return {variable("base_url"): base_url, variable("model"): names[0]}


def local_model_variables(base_url: str, name: str) -> dict[str, str]:
    """The settings for a model on this processor: defaults that suit it, for what is not set already."""
    settings = load_settings()
    given = settings.generator.model_fields_set
    defaults = {variable(field): value for field, value in LOCAL_MODEL_DEFAULTS.items() if field not in given}
    if "request_seconds" not in settings.api.model_fields_set:
        defaults[f"{PREFIX}API__REQUEST_SECONDS"] = LOCAL_REQUEST_SECONDS
    return {**defaults, variable("base_url"): base_url, variable("model"): name}


def offered_models(base_url: str, api_key: str | None) -> list[str]:
    """The names of the models at an address; raises `GeneratorUnavailable` if it does not list them."""
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    try:
        with httpx.Client(trust_env=False, timeout=PROBE_TIMEOUT_SECONDS) as client:
            answer = client.get(f"{base_url}/models", headers=headers).raise_for_status()
        return [model.id for model in _Models.model_validate_json(answer.content).data]
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        hint = f"; set {variable('api_key')}" if status in {401, 403} else "; most addresses end in /v1"
        raise GeneratorUnavailable(f"{base_url}/models answers with status {status}{hint}") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise GeneratorUnavailable(f"no language model answers at {base_url!r}: {error}") from error
    except ValidationError as error:
        raise GeneratorUnavailable(
            f"{base_url}/models does not list models in OpenAI's shape; most addresses end in /v1"
        ) from error


def variable(field: str) -> str:
    """The environment variable of a setting of the generator."""
    if field not in GeneratorSettings.model_fields:
        raise KeyError(field)
    return f"{PREFIX}GENERATOR__{field.upper()}"


if __name__ == "__main__":
    sys.exit(main())
