"""Quotes and titles in English over HTTP: by CLDR alone, and by a language model."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from dalil.answering.llm.transport import ChatTransport
from dalil.answering.translation.cached import CachedTranslator
from dalil.answering.translation.chat import ChatTranslator
from dalil.embedding.fake import FakeEmbedder
from dalil.settings import ApiSettings
from dalil.stores.lance import LanceStore
from tests.integration.api_service import app_over, build, filled, serving
from tests.integration.scripted_endpoint import Script, ScriptedEndpoint, refuses, says

TEXT = "ارتفعت حصيلة زلزال المغرب إلى 3000 قتيل"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("index"))


def translator(endpoint: ScriptedEndpoint) -> CachedTranslator:
    transport = ChatTransport(
        base_url=endpoint.base_url, model="gemma", api_key=None, timeout_seconds=5, retries=0, max_tokens=200
    )
    return CachedTranslator(ChatTranslator("gemma", transport))


@contextmanager
def translating(index: Path, *scripts: Script) -> Iterator[tuple[httpx.Client, ScriptedEndpoint]]:
    """A service whose language model answers by the scripts."""
    with ScriptedEndpoint(*scripts) as endpoint:
        engine = replace(build(LanceStore(index), FakeEmbedder()), translator=translator(endpoint))
        with serving(create_app(ApiSettings(), lambda: engine)) as client:
            yield client, endpoint


def test_without_a_model_numbers_dates_and_names_are_given(index: Path) -> None:
    with serving(app_over(index)) as client:
        made = client.post("/v1/translate", json={"texts": [TEXT], "machine": True}).json()
        too_many = client.post("/v1/translate", json={"texts": [TEXT] * 11})
    assert made == {
        "translator": None,
        "translations": [{"text": TEXT, "numbers": ["3,000"], "dates": [], "names": ["Morocco"], "english": None}],
        "note": None,
    }
    assert too_many.status_code == 422


def test_a_model_is_asked_once_for_each_text_and_only_on_request(index: Path) -> None:
    with translating(index, says("The **toll** rose\nto <b>3,000</b>.")) as (client, endpoint):
        plain = client.post("/v1/translate", json={"texts": [TEXT]}).json()
        assert (plain["translator"], plain["translations"][0]["english"], endpoint.requests) == ("gemma", None, [])
        for _ in range(2):
            made = client.post("/v1/translate", json={"texts": [TEXT], "machine": True}).json()
            assert made["translations"][0]["english"] == "The toll rose to 3,000."
    (request,) = endpoint.requests
    assert request.prompt == TEXT
    assert "English" in request.rules


def test_a_model_that_fails_leaves_the_rest(index: Path) -> None:
    with translating(index, refuses(401)) as (client, _):
        made = client.post("/v1/translate", json={"texts": [TEXT], "machine": True}).json()
    assert made["translations"][0]["english"] is None
    assert made["translations"][0]["names"] == ["Morocco"]
    assert "gemma" in made["note"]
