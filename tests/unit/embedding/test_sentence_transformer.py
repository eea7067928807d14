from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertModel,
    DistilBertConfig,
    DistilBertModel,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from dalil.embedding import compilation
from dalil.embedding.onnx import GRAPH, OnnxEmbedder
from dalil.embedding.sentence_transformer import SentenceTransformerEmbedder
from dalil.errors import ModelUnavailable

pytestmark = pytest.mark.model

WORDS = sorted({word for text in compilation.SAMPLE for word in text.split()})


def _tiny(
    folder: Path, network: PreTrainedModel, *, pooling: str = "mean", prompts: dict[str, str] | None = None
) -> Path:
    """A sentence-transformers folder with few, random weights, and a token for each word of the sample."""
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "ask:", *WORDS]
    tokenizer = Tokenizer(models.WordLevel({piece: index for index, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    network.save_pretrained(folder / "network")
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=32,
    ).save_pretrained(folder / "network")
    transformer = Transformer(str(folder / "network"))
    modules = [transformer, Pooling(32, pooling_mode=pooling), Normalize()]
    SentenceTransformer(modules=modules, device="cpu", prompts=prompts).save(str(folder / "tiny"))
    return folder / "tiny"


def _bert() -> BertModel:
    torch.manual_seed(1)
    return BertModel(
        BertConfig(
            vocab_size=5 + len(WORDS),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=4,
            intermediate_size=64,
            max_position_embeddings=32,
        ),
        add_pooling_layer=False,
    )


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _tiny(tmp_path_factory.mktemp("tiny"), _bert(), prompts={"query": "ask: "})


def _cosines(one: SentenceTransformerEmbedder, other: OnnxEmbedder, texts: Sequence[str]) -> list[float]:
    return list((one.embed_documents(texts) * other.embed_documents(texts)).sum(axis=1))


def test_the_compiled_model_agrees_with_the_original(model_folder: Path, embedder: OnnxEmbedder) -> None:
    original = SentenceTransformerEmbedder(model_folder, device="cpu")
    cosines = _cosines(original, embedder, compilation.SAMPLE)
    assert np.mean(cosines) >= 0.995
    assert min(cosines) >= 0.99
    assert (original.model, original.dimension, original.max_tokens) == (embedder.model, 384, 512)
    assert original.count_tokens(compilation.SAMPLE) == embedder.count_tokens(compilation.SAMPLE)
    pairs = zip(
        original.embed_tokens(compilation.SAMPLE, "query"),
        embedder.embed_tokens(compilation.SAMPLE, "query"),
        strict=True,
    )
    for theirs, ours in pairs:
        assert theirs.spans == ours.spans
        assert theirs.vector @ ours.vector > 0.99
        assert (theirs.tokens * ours.tokens).sum(axis=1).min() > 0.95


def test_any_bert_with_mean_pooling_can_be_compiled(tiny: Path, tmp_path: Path) -> None:
    compilation.main(tiny, tmp_path, print)
    original, compiled = SentenceTransformerEmbedder(tiny, device="cpu"), OnnxEmbedder(tmp_path)
    assert min(_cosines(original, compiled, compilation.SAMPLE)) > 0.995
    assert original.embed_query("rain") @ compiled.embed_query("rain") > 0.995
    assert (compiled.model, compiled.dimension, compiled.max_tokens) == (original.model, 32, 32)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dalil.json", GRAPH, "tokenizer.json"]


def test_the_models_own_prompts_are_used_unless_others_are_given(tiny: Path) -> None:
    own = SentenceTransformerEmbedder(tiny, device="cpu")
    none = SentenceTransformerEmbedder(tiny, device="cpu", query_prompt="")
    np.testing.assert_allclose(own.embed_query("rain"), own.embed_documents(["ask: rain"])[0], atol=1e-6)
    np.testing.assert_allclose(none.embed_query("rain"), own.embed_documents(["rain"])[0], atol=1e-6)
    assert none.model == own.model
    assert SentenceTransformerEmbedder(tiny, device="cpu", document_prompt="ask: ").model != own.model


def test_a_compiled_model_that_does_not_agree_is_refused(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"mean cosine of .* 1\.1 is needed"):
        compilation.main(tiny, tmp_path, print, least_agreement=1.1)


def test_another_pooling_than_the_mean_is_not_compiled(tmp_path: Path) -> None:
    model = _tiny(tmp_path, _bert(), pooling="cls")
    with pytest.raises(ModelUnavailable, match="its pooling is 'cls'"):
        compilation.main(model, tmp_path, print)


def test_another_architecture_than_bert_is_not_compiled(tmp_path: Path) -> None:
    config = DistilBertConfig(vocab_size=400, dim=32, n_layers=1, n_heads=4, hidden_dim=64, max_position_embeddings=32)
    model = _tiny(tmp_path, DistilBertModel(config))
    with pytest.raises(ModelUnavailable, match="its type is 'distilbert'"):
        compilation.main(model, tmp_path, print)


def test_a_model_of_other_parts_is_not_compiled(tiny: Path, tmp_path: Path) -> None:
    model = SentenceTransformer(str(tiny), device="cpu")
    model.append(Normalize())
    model.save(str(tmp_path / "longer"))
    with pytest.raises(ModelUnavailable, match="made of Transformer, Pooling, Normalize, Normalize"):
        compilation.main(tmp_path / "longer", tmp_path, print)


def test_a_folder_that_is_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=str(tmp_path)):
        SentenceTransformerEmbedder(tmp_path)
