import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from dalil.embedding.compilation import quantise_matrices, quantise_tables
from dalil.embedding.model_id import MARK
from dalil.embedding.onnx import GRAPH, TOKENIZER, OnnxEmbedder
from dalil.errors import ModelUnavailable


def _graph(operator: str, inputs: list[str], constant: NDArray[np.float32], given: int, rank: int) -> onnx.ModelProto:
    """One node over a constant `c` and the graph's input `x`."""
    graph = helper.make_graph(
        [helper.make_node(operator, inputs, ["y"])],
        "graph",
        [helper.make_tensor_value_info("x", given, [None] * rank)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(constant, "c")],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9)


def _run(model: onnx.ModelProto, x: NDArray[np.float32] | NDArray[np.int64]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    result: NDArray[np.float32] = session.run(None, {"x": x})[0]
    return result


def test_a_quantised_table_takes_a_quarter_and_gives_the_same_rows() -> None:
    table = np.random.default_rng(1).standard_normal((4_000, 256)).astype(np.float32)
    model = _graph("Gather", ["c", "x"], table, TensorProto.INT64, 1)
    before = model.ByteSize()
    quantise_tables(model.graph)
    assert model.ByteSize() < 0.3 * before
    np.testing.assert_allclose(_run(model, np.array([0, 3_999, 7])), table[[0, 3_999, 7]], atol=0.02)


def test_a_small_table_stays_as_it_is() -> None:
    model = _graph("Gather", ["c", "x"], np.ones((512, 384), dtype=np.float32), TensorProto.INT64, 1)
    quantise_tables(model.graph)
    assert [node.op_type for node in model.graph.node] == ["Gather"]


def test_a_quantised_product_of_one_token_does_not_depend_on_the_others() -> None:
    random = np.random.default_rng(2)
    matrix = random.standard_normal((64, 32)).astype(np.float32)
    tokens = random.standard_normal((1, 6, 64)).astype(np.float32)
    tokens[0, 0] *= 1_000  # with one scale for all tokens, every other would be rounded to nothing
    tokens[0, 1] = 0
    model = _graph("MatMul", ["x", "c"], matrix, TensorProto.FLOAT, 3)
    quantise_matrices(model)
    together = _run(model, tokens)
    for position in range(6):
        np.testing.assert_array_equal(_run(model, tokens[:, position : position + 1])[0, 0], together[0, position])
    lengths = np.linalg.norm(tokens, axis=-1, keepdims=True)
    assert (np.abs(together - tokens @ matrix) <= 0.05 * lengths).all()


@pytest.mark.model
def test_a_graph_that_fails_while_it_runs_is_a_model_that_is_not_available(
    compiled_folder: Path, tmp_path: Path
) -> None:
    for name in (MARK, TOKENIZER):
        shutil.copy(compiled_folder / name, tmp_path / name)
    model = _graph("Gather", ["c", "x"], np.ones((2, 4), dtype=np.float32), TensorProto.INT64, 2)
    onnx.save(model, str(tmp_path / GRAPH))
    with pytest.raises(ModelUnavailable, match="failed to run"):
        OnnxEmbedder(tmp_path).embed_query("rain")
