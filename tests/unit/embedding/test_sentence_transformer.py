from pathlib import Path

import numpy as np
import pytest

from dalil.embedding.sentence_transformer import SentenceTransformerEmbedder
from dalil.errors import ModelUnavailable
from tests.tiny_models import save_tiny_model, tiny_bert
from tests.without import run_without_torch

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("tiny"), tiny_bert(), prompts={"query": "ask: "})


def test_the_models_own_prompts_are_used_unless_others_are_given(tiny: Path) -> None:
    own = SentenceTransformerEmbedder(tiny, device="cpu")
    none = SentenceTransformerEmbedder(tiny, device="cpu", query_prompt="")
    np.testing.assert_allclose(own.embed_query("rain"), own.embed_documents(["ask: rain"])[0], atol=1e-6)
    np.testing.assert_allclose(none.embed_query("rain"), own.embed_documents(["rain"])[0], atol=1e-6)
    assert none.model == own.model
    assert SentenceTransformerEmbedder(tiny, device="cpu", document_prompt="ask: ").model != own.model


def test_a_folder_that_is_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=str(tmp_path)):
        SentenceTransformerEmbedder(tmp_path)


def test_without_its_libraries_it_names_the_command_that_installs_them(tmp_path: Path) -> None:
    program = """
from dalil.embedding.sentence_transformer import SentenceTransformerEmbedder, torch_is_installed
from dalil.errors import Misconfigured
assert not torch_is_installed()
try:
    SentenceTransformerEmbedder(sys.argv[1])
except Misconfigured as error:
    print(error)
"""
    message = run_without_torch(program, str(tmp_path))
    assert message.startswith(
        "the library 'sentence_transformers' is not installed: run `pip install \"dalil[torch]\"`"
    )
