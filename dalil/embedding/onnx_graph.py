"""ONNX graphs, written node by node.

A graph has its embedding tables and its matrices in float32 (`Float32Graph`) or in int8 (`Int8Graph`); all else is the
same in both. The operators are ONNX's own and the fused ones of onnxruntime.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import onnx
import onnxruntime
from numpy.typing import DTypeLike, NDArray
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

Value: TypeAlias = str
"""The name of an input, of a constant, or of the output of a node."""

WeightArray: TypeAlias = NDArray[np.float32]
Constant: TypeAlias = NDArray[np.generic]

RUNTIME_DOMAIN = "com.microsoft"
"""The domain of onnxruntime's own operators (its docs/ContribOperators.md)."""

OPSET, RUNTIME_OPSET, IR_VERSION = 17, 1, 8

MATRIX_LIMIT = 63
"""7 bits: with 8, CPUs without VNNI add two products in 16 bits and overflow (onnxruntime's "reduce_range")."""

TABLE_LIMIT = INPUT_LIMIT = 127

MIN_INPUT_SCALE = 1e-9
"""The scale of a token of zeros."""

MAX_INLINE_BYTES = 1_024
"""Smaller constants are always part of the graph message, since the runtime infers shapes from them."""


class Graph(ABC):
    """A graph under construction. The methods add to it and return the name of the added value."""

    def __init__(self) -> None:
        self._inputs: list[ValueInfoProto] = []
        self._outputs: list[ValueInfoProto] = []
        self._nodes: list[NodeProto] = []
        self._constants: dict[str, Constant] = {}

    @abstractmethod
    def rows(self, name: str, table: WeightArray, ids: Value) -> Value:
        """Add a look-up of rows of `table`, shape (n, d): `ids`, shape (…), to (…, d)."""

    @abstractmethod
    def product(self, name: str, tokens: Value, matrix: WeightArray) -> Value:
        """Add the product of `tokens`, shape (…, m), and `matrix`, shape (m, d): (…, d)."""

    def input(self, name: str, dtype: DTypeLike, axes: Sequence[str]) -> Value:
        """Add an input; `axes` are the names of its dimensions, whose sizes are free."""
        self._inputs.append(helper.make_tensor_value_info(name, _element_type(dtype), axes))
        return name

    def output(self, name: str, value: Value, axes: Sequence[str]) -> None:
        """Add an output of this name, equal to `value`, which is float32."""
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        self._outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, axes))

    def constant(self, name: str, values: Constant) -> Value:
        """Add a constant; its name is unique."""
        self._constants[name] = np.asarray(values, order="C")
        return name

    def node(self, operator: str, *inputs: Value, domain: str = "", **attributes: float | Sequence[int]) -> Value:
        """Add an operator with one output."""
        output = f"{operator}.{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **attributes))
        return output

    def cast(self, value: Value, dtype: DTypeLike) -> Value:
        """Add a conversion to another type of number."""
        return self.node("Cast", value, to=_element_type(dtype))

    def save(self, path: Path) -> None:
        """Write the graph with all its constants to a file; two gigabytes at most."""
        constants = [numpy_helper.from_array(values, name) for name, values in self._constants.items()]
        onnx.save(self._model(constants), str(path))

    def session(self) -> onnxruntime.InferenceSession:
        """Return the graph, ready to run on one thread."""
        # Large constants are passed beside the graph: one protobuf message holds at most two gigabytes.
        large = {name: values for name, values in self._constants.items() if values.nbytes > MAX_INLINE_BYTES}
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        options.add_external_initializers(
            list(large), [onnxruntime.OrtValue.ortvalue_from_numpy(values) for values in large.values()]
        )
        model = self._model(
            [
                _stub(name, values) if name in large else numpy_helper.from_array(values, name)
                for name, values in self._constants.items()
            ]
        )
        return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])

    def _model(self, constants: list[TensorProto]) -> ModelProto:
        graph = helper.make_graph(self._nodes, "graph", self._inputs, self._outputs, constants)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(RUNTIME_DOMAIN, RUNTIME_OPSET)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)


class Float32Graph(Graph):
    """A graph in float32."""

    def rows(self, name: str, table: WeightArray, ids: Value) -> Value:
        """Add one `Gather`."""
        return self.node("Gather", self.constant(name, table), ids)

    def product(self, name: str, tokens: Value, matrix: WeightArray) -> Value:
        """Add one `MatMul`."""
        return self.node("MatMul", tokens, self.constant(name, matrix))


class Int8Graph(Graph):
    """A graph in int8: tables have a scale for each row, matrices one for each column, their inputs one for each token.

    The scales of inputs are computed at run time. onnxruntime's own `quantize_dynamic` computes one scale for a whole
    batch, so that a text's vector depends on the other texts (docs/decisions/0003).
    """

    def __init__(self) -> None:
        super().__init__()
        self._one = self.constant("int8.one", np.array(1, dtype=np.float32))
        self._step = self.constant("int8.step", np.array(1 / INPUT_LIMIT, dtype=np.float32))
        self._min_scale = self.constant("int8.min_scale", np.array(MIN_INPUT_SCALE, dtype=np.float32))
        self._zero = self.constant("int8.zero", np.array(128, dtype=np.uint8))
        self._quantized_inputs: dict[Value, tuple[Value, Value]] = {}

    def rows(self, name: str, table: WeightArray, ids: Value) -> Value:
        """Add look-ups of the integers and of their scales, and the product of both."""
        integers, scales = quantize(table, axis=1, limit=TABLE_LIMIT)
        rows = self.cast(self.node("Gather", self.constant(f"{name}.rows", integers), ids), np.float32)
        return self.node("Mul", rows, self.node("Gather", self.constant(f"{name}.scales", scales), ids))

    def product(self, name: str, tokens: Value, matrix: WeightArray) -> Value:
        """Add a product of integers, multiplied by the scales of columns and tokens."""
        quantized, token_scales = self._quantize_input(tokens)
        integers, scales = quantize(matrix, axis=0, limit=MATRIX_LIMIT)
        unscaled = self.node(
            "MatMulIntegerToFloat",
            quantized,
            self.constant(f"{name}.integers", integers),
            self._one,
            self.constant(f"{name}.scales", scales.reshape(-1)),
            self._zero,
            domain=RUNTIME_DOMAIN,
        )
        return self.node("Mul", unscaled, token_scales)

    def _quantize_input(self, tokens: Value) -> tuple[Value, Value]:
        """Return `tokens` as unsigned integers around 128, and their scales; products of one input share them."""
        if tokens not in self._quantized_inputs:
            largest = self.node("ReduceMax", self.node("Abs", tokens), axes=[-1], keepdims=1)
            scales = self.node("Max", self.node("Mul", largest, self._step), self._min_scale)
            steps = self.node("Div", tokens, scales)
            self._quantized_inputs[tokens] = self.node("QuantizeLinear", steps, self._one, self._zero), scales
        return self._quantized_inputs[tokens]


def quantize(weights: WeightArray, axis: int, limit: int) -> tuple[NDArray[np.int8], WeightArray]:
    """Return integers in [-limit, limit] and their scales; the greatest magnitude along `axis` becomes `limit`."""
    largest = np.maximum(weights.max(axis=axis, keepdims=True), -weights.min(axis=axis, keepdims=True))
    scales = np.maximum(largest / limit, 1e-12).astype(np.float32)
    steps = weights / scales
    return np.rint(steps, out=steps).astype(np.int8), scales


def _stub(name: str, values: Constant) -> TensorProto:
    """Return a constant whose values are passed beside the graph."""
    stub = TensorProto(
        name=name, dims=values.shape, data_type=_element_type(values.dtype), data_location=TensorProto.EXTERNAL
    )
    stub.external_data.add(key="location", value="memory")
    return stub


def _element_type(dtype: DTypeLike) -> int:
    return int(helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))
