import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dalil.embedding.model_folder import ModelFolder
from dalil.embedding.prompts import Prompts
from dalil.errors import ModelUnavailable

CONFIG = {
    "model_type": "bert",
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 512,
    "layer_norm_eps": 1e-12,
    "hidden_act": "gelu",
    "pad_token_id": 0,
}
TRANSFORMER = "sentence_transformers.models.Transformer"
POOLING = "sentence_transformers.models.Pooling"
NORMALIZE = "sentence_transformers.models.Normalize"


def _write(folder: Path, name: str, content: object) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def _modules(*types: str) -> list[dict[str, str]]:
    return [{"path": "" if index == 0 else str(index), "type": name} for index, name in enumerate(types)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The small files of a BERT with mean pooling."""
    _write(tmp_path, "config.json", CONFIG)
    _write(tmp_path, "modules.json", _modules(TRANSFORMER, POOLING, NORMALIZE))
    _write(tmp_path, "1/config.json", {"pooling_mode": "mean"})
    return tmp_path


def test_prompts_and_the_longest_input_are_the_models_own(folder: Path) -> None:
    _write(folder, "config_sentence_transformers.json", {"prompts": {"query": "q: ", "passage": "p: "}})
    _write(folder, "sentence_bert_config.json", {"max_seq_length": 128})
    model = ModelFolder.read(folder)
    assert (model.prompts, model.max_tokens) == (Prompts("q: ", "p: "), 128)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({}, 512, id="as many as there are positions"),
        pytest.param({"tokenizer_config.json": {"model_max_length": 256}}, 256, id="the tokenizer's"),
        pytest.param({"tokenizer_config.json": {"model_max_length": int(1e30)}}, 512, id="a tokenizer without a limit"),
        pytest.param(
            {"sentence_xlm-roberta_config.json": {"max_seq_length": 64}, "tokenizer_config.json": {}},
            64,
            id="an older name",
        ),
        pytest.param(
            {"config.json": CONFIG | {"model_type": "xlm-roberta", "max_position_embeddings": 514, "pad_token_id": 1}},
            512,
            id="roberta's positions begin behind the padding",
        ),
    ],
)
def test_an_input_is_never_longer_than_the_positions(folder: Path, files: dict[str, object], expected: int) -> None:
    for name, content in files.items():
        _write(folder, name, content)
    assert ModelFolder.read(folder).max_tokens == expected


@pytest.mark.parametrize(
    "pooling",
    [
        pytest.param({"pooling_mode": ["mean"]}, id="in a list"),
        pytest.param({"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}, id="older flags"),
        pytest.param({}, id="unsaid"),
    ],
)
def test_mean_pooling_is_written_in_several_ways(folder: Path, pooling: object) -> None:
    _write(folder, "1/config.json", pooling)
    assert ModelFolder.read(folder).encoder.hidden_size == 32


def test_a_plain_transformers_folder_is_pooled_by_the_mean(tmp_path: Path) -> None:
    _write(tmp_path, "config.json", CONFIG)
    assert ModelFolder.read(tmp_path).prompts == Prompts("", "")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda folder: (folder / "config.json").unlink(), r"its config\.json cannot be read", id="absent"),
        pytest.param(
            lambda folder: _write(folder, "config.json", CONFIG | {"hidden_size": "wide"}), "hidden_size", id="invalid"
        ),
        pytest.param(
            lambda folder: _write(folder, "config.json", CONFIG | {"model_type": "distilbert"}),
            "its type is 'distilbert', not one of bert",
            id="another architecture",
        ),
        pytest.param(
            lambda folder: _write(folder, "1/config.json", {"pooling_mode": "cls"}), "its pooling is 'cls'", id="cls"
        ),
        pytest.param(
            lambda folder: _write(
                folder, "1/config.json", {"pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": True}
            ),
            "its pooling is 'mean, max'",
            id="older flags of two ways",
        ),
        pytest.param(
            lambda folder: _write(folder, "1/config.json", {"pooling_mode": "mean", "include_prompt": False}),
            "not the mean of all tokens",
            id="without the prompt",
        ),
        pytest.param(
            lambda folder: _write(folder, "modules.json", _modules(TRANSFORMER, POOLING, NORMALIZE, NORMALIZE)),
            "made of Transformer, Pooling, Normalize, Normalize",
            id="other parts",
        ),
        pytest.param(
            lambda folder: _write(folder, "modules.json", _modules("own_code.Transformer", POOLING)),
            r"made of own_code\.Transformer, Pooling",
            id="the model's own code",
        ),
        pytest.param(
            lambda folder: _write(folder, "sentence_bert_config.json", {"do_lower_case": True}),
            "lower-cases",
            id="lower case",
        ),
    ],
)
def test_another_kind_of_model_is_refused(folder: Path, change: Callable[[Path], None], message: str) -> None:
    change(folder)
    with pytest.raises(ModelUnavailable, match=message):
        ModelFolder.read(folder)


def test_weights_and_tokenizer_that_are_absent_are_named(folder: Path) -> None:
    model = ModelFolder.read(folder)
    with pytest.raises(ModelUnavailable, match=r"its model\.safetensors cannot be read"):
        model.weights()
    with pytest.raises(ModelUnavailable, match=r"its tokenizer\.json cannot be read"):
        model.tokenizer()
