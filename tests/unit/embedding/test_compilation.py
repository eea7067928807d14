from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from transformers import XLMRobertaConfig, XLMRobertaModel

from dalil.embedding.base import unit_rows
from dalil.embedding.bert_graph import add_bert
from dalil.embedding.compilation import SAMPLE, compile_folder, compile_model
from dalil.embedding.model_folder import ModelFolder
from dalil.embedding.onnx import GRAPH_FILE, OnnxEmbedder
from dalil.embedding.onnx_graph import Float32Graph
from dalil.embedding.sentence_transformer import SentenceTransformerEmbedder
from dalil.errors import ModelUnavailable
from tests.tiny_models import PAD_ID, SIZES, save_tiny_model, tiny_bert
from tests.without import run_without_torch

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("tiny"), tiny_bert(), prompts={"query": "ask: "})


@pytest.fixture(scope="module")
def original(model_folder: Path) -> SentenceTransformerEmbedder:
    """The bundled model in torch."""
    return SentenceTransformerEmbedder(model_folder, device="cpu")


def _require_agreement(folder: Path, target: Path) -> None:
    """The compiled model and the original in torch give the same vectors, in both roles."""
    original, compiled = SentenceTransformerEmbedder(folder, device="cpu"), OnnxEmbedder(target)
    cosines = (original.embed_documents(SAMPLE) * compiled.embed_documents(SAMPLE)).sum(axis=1)
    assert cosines.min() > 0.995
    assert original.embed_query("rain") @ compiled.embed_query("rain") > 0.995
    assert (compiled.model, compiled.dimension, compiled.max_tokens) == (original.model, 32, original.max_tokens)


def test_any_bert_with_mean_pooling_can_be_compiled(tiny: Path, tmp_path: Path) -> None:
    compile_folder(tiny, tmp_path, print)
    _require_agreement(tiny, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dalil.json", GRAPH_FILE, "tokenizer.json"]


def test_an_xlm_roberta_can_be_compiled(tmp_path: Path) -> None:
    config = XLMRobertaConfig(**SIZES, pad_token_id=PAD_ID, max_position_embeddings=34)
    model = save_tiny_model(tmp_path, XLMRobertaModel(config, add_pooling_layer=False))
    (tmp_path / "compiled").mkdir()
    compile_folder(model, tmp_path / "compiled", print)
    _require_agreement(model, tmp_path / "compiled")


def test_the_bundled_model_in_float32_gives_what_torch_gives(
    model_folder: Path, original: SentenceTransformerEmbedder
) -> None:
    model, graph = ModelFolder.read(model_folder), Float32Graph()
    add_bert(graph, model.encoder, model.weights())
    session = graph.session()
    encodings = model.tokenizer().encode_batch([model.prompts.document + text for text in SAMPLE])
    states = [session.run(None, {"input_ids": ids})[0] for ids in (np.array([encoding.ids]) for encoding in encodings)]
    vectors = unit_rows(np.concatenate([rows.mean(axis=1) for rows in states]))
    assert (vectors * original.embed_documents(SAMPLE)).sum(axis=1).min() > 0.99999


def test_the_bundled_model_in_int8_agrees_with_torch(
    original: SentenceTransformerEmbedder, embedder: OnnxEmbedder
) -> None:
    cosines = (original.embed_documents(SAMPLE) * embedder.embed_documents(SAMPLE)).sum(axis=1)
    assert cosines.mean() >= 0.995
    assert cosines.min() >= 0.99
    assert (original.model, original.dimension, original.max_tokens) == (embedder.model, 384, 512)
    assert original.count_tokens(SAMPLE) == embedder.count_tokens(SAMPLE)
    pairs = zip(
        original.embed_tokens(SAMPLE, "query"),
        embedder.embed_tokens(SAMPLE, "query"),
        strict=True,
    )
    for theirs, ours in pairs:
        assert theirs.spans == ours.spans
        assert theirs.vector @ ours.vector > 0.99
        assert (theirs.tokens * ours.tokens).sum(axis=1).min() > 0.95


def test_the_bundled_model_is_compiled_and_served_without_torch(model_folder: Path, tmp_path: Path) -> None:
    program = """
from pathlib import Path
from dalil.bootstrap import build_embedder
from dalil.settings import Settings
embedder = build_embedder(Settings(cache_folder=Path(sys.argv[1])))
print(embedder.runtime, len(embedder.embed_query("rain")))
"""
    (tmp_path / "models").symlink_to(model_folder.parent)
    assert run_without_torch(program, str(tmp_path)) == "onnx-int8 384\n"


def test_a_model_whose_int8_vectors_do_not_agree_is_refused(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"'tiny' cannot be compiled: .* mean cosine of .* 1\.1 is needed"):
        compile_folder(tiny, tmp_path, print, min_mean_cosine=1.1)


def test_weights_that_do_not_fit_are_refused(tiny: Path, tmp_path: Path) -> None:
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).write_bytes((tiny / name).read_bytes())
    weights = load_file(tiny / "model.safetensors")
    weights["encoder.layer.0.output.dense.bias"] = np.zeros(7, dtype=np.float32)
    save_file(weights, tmp_path / "model.safetensors")
    with pytest.raises(ModelUnavailable, match=r"do not fit its config\.json"):
        compile_model(tmp_path, tmp_path / "cache", print)
    assert [path for path in (tmp_path / "cache" / "compiled").iterdir() if path.is_dir()] == []


def test_a_folder_that_is_no_model_cannot_be_compiled(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    with pytest.raises(ModelUnavailable, match=r"'empty' cannot be compiled: .*DALIL_EMBEDDING__RUNTIME=torch"):
        compile_model(folder, tmp_path / "cache", print)
    assert [path for path in (tmp_path / "cache" / "compiled").iterdir() if path.is_dir()] == []
