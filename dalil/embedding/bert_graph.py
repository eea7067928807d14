"""BERT's encoder (Devlin et al., "BERT", 2019) and RoBERTa's as an ONNX graph, written from the weights.

The nodes are those of a graph that torch exports and onnxruntime's `bert` optimizer fuses: one operator for attention,
one for a sum and its layer norm, one for a bias and its GELU.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from dalil.embedding.onnx_graph import RUNTIME_DOMAIN, Graph, Value, WeightArray
from dalil.errors import ModelUnavailable

ROBERTA_TYPES = ("camembert", "roberta", "xlm-roberta")
"""Their positions begin at the id of the padding token plus one, and do not count padding."""

MODEL_TYPES = ("bert", *ROBERTA_TYPES)

ACTIVATIONS: Mapping[str, str] = MappingProxyType(
    {"gelu": "BiasGelu", "gelu_new": "FastGelu", "gelu_pytorch_tanh": "FastGelu"}
)
"""The operator of bias and activation, by the name of the activation in transformers."""

_OTHER_PARTS = ("pooler.", "cls.", "lm_head.", "embeddings.position_ids")
"""Prefixes of weights outside the encoder: heads for other tasks, and a buffer of older versions."""

_WORDS = "embeddings.word_embeddings.weight"
_TYPES = "embeddings.token_type_embeddings.weight"
_POSITIONS = "embeddings.position_embeddings.weight"
_NORM = "embeddings.LayerNorm"
_LAYER_MODULES = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "attention.output.LayerNorm",
    "intermediate.dense",
    "output.dense",
    "output.LayerNorm",
)


class BertConfig(BaseModel):
    """The part of transformers' `config.json` that determines a BERT-like encoder."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    model_type: str
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    max_position_embeddings: int
    layer_norm_eps: float
    hidden_act: str
    pad_token_id: int
    position_embedding_type: str = "absolute"
    is_decoder: bool = False

    @property
    def max_tokens(self) -> int:
        """The number of tokens that have a position. RoBERTa's first rows belong to padding."""
        reserved = self.pad_token_id + 1 if self.model_type in ROBERTA_TYPES else 0
        return self.max_position_embeddings - reserved

    def require_known(self) -> None:
        """Raise `ModelUnavailable` for an encoder that `add_bert` does not know."""
        if self.model_type not in MODEL_TYPES:
            raise ModelUnavailable(f"its type is {self.model_type!r}, not one of {', '.join(MODEL_TYPES)}")
        if self.hidden_act not in ACTIVATIONS:
            raise ModelUnavailable(f"its activation is {self.hidden_act!r}, not one of {', '.join(ACTIVATIONS)}")
        if self.position_embedding_type != "absolute":
            raise ModelUnavailable(f"its positions are {self.position_embedding_type!r}, not 'absolute'")
        if self.is_decoder:
            raise ModelUnavailable("it is a decoder")


def encoder_weights(checkpoint: Mapping[str, NDArray[np.floating]], config: BertConfig) -> dict[str, WeightArray]:
    """Return the weights of an encoder in float32, by their names in transformers' `BertModel`.

    Raises `ModelUnavailable` if a weight is missing, or if there are others, which belong to another kind of network.
    """
    found = {_plain_name(name): values for name, values in checkpoint.items()}
    expected = set(_weight_names(config))
    if missing := sorted(expected - found.keys()):
        raise ModelUnavailable(f"its weights lack {missing[0]!r}")
    others = sorted(name for name in found.keys() - expected if not name.startswith(_OTHER_PARTS))
    if others:
        raise ModelUnavailable(f"its weights have {others[0]!r}, which is no part of a BERT encoder")
    return {name: found[name].astype(np.float32, copy=False) for name in sorted(expected)}


def add_bert(graph: Graph, config: BertConfig, weights: Mapping[str, WeightArray]) -> None:
    """Add an encoder to an empty graph: input_ids, (b, t), to last_hidden_state, (b, t, d).

    Texts of one batch have the same number of tokens: without a mask for padding, onnxruntime's attention takes its
    fast path (FlashAttention, Dao et al., 2022). All token types are 0. `weights` is the result of `encoder_weights`.
    """
    encoder = _Encoder(graph, config, weights)
    ids = graph.input("input_ids", np.int64, ("texts", "tokens"))
    states = encoder.embeddings(ids)
    for layer in range(config.num_hidden_layers):
        states = encoder.layer(f"encoder.layer.{layer}", states)
    graph.output("last_hidden_state", states, ("texts", "tokens", "dimension"))


@dataclass(frozen=True, slots=True)
class _Encoder:
    graph: Graph
    config: BertConfig
    weights: Mapping[str, WeightArray]

    def embeddings(self, ids: Value) -> Value:
        """Add the layer norm of the sum of the embeddings of word, token type and position."""
        words = self.graph.rows(_WORDS, self.weights[_WORDS], ids)
        type_row = self.graph.constant(_TYPES, self.weights[_TYPES][0])
        summed = self.graph.node("Add", self.graph.node("Add", words, type_row), self._positions(ids))
        norm = self._constants(_NORM, ("weight", "bias"))
        return self.graph.node("LayerNormalization", summed, *norm, axis=-1, epsilon=self.config.layer_norm_eps)

    def layer(self, name: str, states: Value) -> Value:
        """Add self-attention and the feed-forward network, each with a residual connection and layer norm."""
        attention, feed_forward = f"{name}.attention", f"{name}.intermediate.dense"
        projections = [f"{attention}.self.{part}" for part in ("query", "key", "value")]
        biases = np.concatenate([self.weights[f"{projection}.bias"] for projection in projections])
        attended = self.graph.node(
            "MultiHeadAttention",
            *(self._product(projection, states) for projection in projections),
            self.graph.constant(f"{attention}.self.bias", biases),
            domain=RUNTIME_DOMAIN,
            num_heads=self.config.num_attention_heads,
        )
        states = self._add_and_normalize(f"{attention}.output", attended, states)
        inner = self.graph.node(
            ACTIVATIONS[self.config.hidden_act],
            self._product(feed_forward, states),
            *self._constants(feed_forward, ("bias",)),
            domain=RUNTIME_DOMAIN,
        )
        return self._add_and_normalize(f"{name}.output", inner, states)

    def integers(self, name: str, *values: int) -> Value:
        """Add a constant vector of integers, such as an axis or a bound."""
        return self.graph.constant(name, np.array(values, dtype=np.int64))

    def _positions(self, ids: Value) -> Value:
        table = self.graph.constant(_POSITIONS, self.weights[_POSITIONS])
        if self.config.model_type not in ROBERTA_TYPES:
            length = self.graph.node("Shape", ids, start=1, end=2)
            return self.graph.node("Slice", table, self.integers("first_position", 0), length)
        # A text such as "a <pad> b" has the padding token inside: it has the padding's position and is not counted.
        padding = self.integers("padding", self.config.pad_token_id)
        counted = self.graph.cast(self.graph.node("Not", self.graph.node("Equal", ids, padding)), np.int64)
        numbers = self.graph.node("CumSum", counted, self.graph.constant("text_axis", np.array(1)))
        positions = self.graph.node("Add", self.graph.node("Mul", numbers, counted), padding)
        return self.graph.node("Gather", table, positions)

    def _add_and_normalize(self, name: str, source: Value, states: Value) -> Value:
        return self.graph.node(
            "SkipLayerNormalization",
            self._product(f"{name}.dense", source),
            states,
            *self._constants(f"{name}.LayerNorm", ("weight", "bias")),
            *self._constants(f"{name}.dense", ("bias",)),
            domain=RUNTIME_DOMAIN,
            epsilon=self.config.layer_norm_eps,
        )

    def _product(self, name: str, source: Value) -> Value:
        # torch keeps matrices as (out, in).
        return self.graph.product(name, source, self.weights[f"{name}.weight"].T)

    def _constants(self, name: str, kinds: tuple[str, ...]) -> list[Value]:
        return [self.graph.constant(f"{name}.{kind}", self.weights[f"{name}.{kind}"]) for kind in kinds]


def _weight_names(config: BertConfig) -> Iterator[str]:
    yield from (_WORDS, _TYPES, _POSITIONS)
    modules = [_NORM]
    for layer in range(config.num_hidden_layers):
        modules += [f"encoder.layer.{layer}.{part}" for part in _LAYER_MODULES]
    for module in modules:
        yield from (f"{module}.weight", f"{module}.bias")


def _plain_name(name: str) -> str:
    """Return a weight's name in `BertModel`: without the prefix of a larger network, and in the newer words."""
    plain = name.removeprefix("bert.").removeprefix("roberta.")
    return plain.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias")
