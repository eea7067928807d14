from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertModel,
    CamembertConfig,
    CamembertModel,
    PreTrainedModel,
    RobertaConfig,
    RobertaModel,
    XLMRobertaConfig,
    XLMRobertaModel,
)

from dalil.embedding import bert_graph
from dalil.embedding.bert_graph import add_bert, encoder_weights
from dalil.embedding.onnx_graph import Float32Graph
from dalil.errors import ModelUnavailable
from tests.tiny_models import PAD_ID, SIZES, tiny_bert

pytestmark = pytest.mark.model

IDS = np.array([[2, 9, 10, PAD_ID, 11, 12, 3], [2, 7, 8, 6, 11, 5, 3]])
"""Two texts, one of which has padding's own token in it."""

POSITIONS = {"max_position_embeddings": 34, "pad_token_id": PAD_ID}


def _checkpoint(network: PreTrainedModel) -> dict[str, NDArray[np.float32]]:
    return {name: values.numpy() for name, values in network.state_dict().items()}


def _config(network: PreTrainedModel) -> bert_graph.BertConfig:
    return bert_graph.BertConfig.model_validate(network.config.to_dict())


def _states(network: PreTrainedModel) -> NDArray[np.float32]:
    """The states of the graph that is written from a network's weights."""
    config, graph = _config(network), Float32Graph()
    config.require_known()
    add_bert(graph, config, encoder_weights(_checkpoint(network), config))
    states: NDArray[np.float32] = graph.session().run(None, {"input_ids": IDS})[0]
    return states


def _expected(network: PreTrainedModel) -> NDArray[np.float32]:
    with torch.no_grad():
        output = network.eval()(input_ids=torch.tensor(IDS), attention_mask=torch.ones(IDS.shape))
    states: NDArray[np.float32] = output.last_hidden_state.numpy()
    return states


@pytest.mark.parametrize(
    "network",
    [
        pytest.param(lambda: BertModel(BertConfig(**SIZES, **POSITIONS)), id="bert"),
        pytest.param(lambda: BertModel(BertConfig(**SIZES, **POSITIONS, hidden_act="gelu_new")), id="bert, gelu_new"),
        pytest.param(lambda: RobertaModel(RobertaConfig(**SIZES, **POSITIONS)), id="roberta"),
        pytest.param(lambda: XLMRobertaModel(XLMRobertaConfig(**SIZES, **POSITIONS)), id="xlm-roberta"),
        pytest.param(lambda: CamembertModel(CamembertConfig(**SIZES, **POSITIONS)), id="camembert"),
    ],
)
def test_the_graph_gives_what_torch_gives(network: Callable[[], PreTrainedModel]) -> None:
    torch.manual_seed(2)
    model = network()
    for parameter in model.parameters():  # biases and norms are not random by themselves
        torch.nn.init.normal_(parameter, std=0.2)
    np.testing.assert_allclose(_states(model), _expected(model), atol=2e-5)


def test_a_checkpoint_of_a_larger_network_with_old_names_is_read_as_well() -> None:
    torch.manual_seed(3)
    network = BertForMaskedLM(BertConfig(**SIZES, **POSITIONS))
    checkpoint = {
        name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): values
        for name, values in _checkpoint(network).items()
    }
    weights = encoder_weights(checkpoint, _config(network))
    expected = _checkpoint(network.bert)
    assert weights.keys() <= expected.keys()
    assert len(weights) == 3 + 2 + 2 * 16
    for name, values in weights.items():
        np.testing.assert_array_equal(values, expected[name])


def test_weights_of_half_precision_are_widened() -> None:
    network = tiny_bert()
    checkpoint = {name: values.astype(np.float16) for name, values in _checkpoint(network).items()}
    assert {values.dtype for values in encoder_weights(checkpoint, _config(network)).values()} == {np.dtype(np.float32)}


def test_weights_that_are_missing_or_of_another_network_are_named() -> None:
    network = tiny_bert()
    checkpoint = _checkpoint(network)
    other = {**checkpoint, "encoder.layer.0.attention.self.distance_embedding.weight": np.zeros((2, 2), np.float32)}
    with pytest.raises(ModelUnavailable, match=r"distance_embedding\.weight', which is no part of a BERT encoder"):
        encoder_weights(other, _config(network))
    del checkpoint["encoder.layer.1.output.dense.bias"]
    with pytest.raises(ModelUnavailable, match=r"lack 'encoder\.layer\.1\.output\.dense\.bias'"):
        encoder_weights(checkpoint, _config(network))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"model_type": "distilbert"}, "its type is 'distilbert'", id="architecture"),
        pytest.param({"hidden_act": "silu"}, "its activation is 'silu'", id="activation"),
        pytest.param({"position_embedding_type": "alibi"}, "its positions are 'alibi'", id="positions"),
        pytest.param({"is_decoder": True}, "it is a decoder", id="decoder"),
    ],
)
def test_an_encoder_that_differs_is_refused(change: dict[str, str | bool], message: str) -> None:
    config = _config(tiny_bert()).model_copy(update=change)
    with pytest.raises(ModelUnavailable, match=message):
        config.require_known()
