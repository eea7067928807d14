from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from dalil.embedding.onnx_graph import Float32Graph, Graph, Int8Graph


def _run(graph: Graph, x: NDArray[np.generic]) -> NDArray[np.float32]:
    result: NDArray[np.float32] = graph.session().run(None, {"x": x})[0]
    return result


def _with_table(graph: Graph, table: NDArray[np.float32]) -> Graph:
    graph.output("y", graph.rows("table", table, graph.input("x", np.int64, ("ids",))), ("ids", "dimension"))
    return graph


def _with_product(graph: Graph, matrix: NDArray[np.float32]) -> Graph:
    axes = ("texts", "tokens", "dimension")
    graph.output("y", graph.product("matrix", graph.input("x", np.float32, axes), matrix), axes)
    return graph


def test_a_quantized_table_takes_a_quarter_and_gives_the_same_rows(tmp_path: Path) -> None:
    table = np.random.default_rng(1).standard_normal((4_000, 256)).astype(np.float32)
    graphs = [_with_table(Float32Graph(), table), _with_table(Int8Graph(), table)]
    for name, graph in zip(("float32", "int8"), graphs, strict=True):
        graph.save(tmp_path / name)
    assert (tmp_path / "int8").stat().st_size < 0.3 * (tmp_path / "float32").stat().st_size
    ids = np.array([0, 3_999, 7])
    np.testing.assert_array_equal(_run(graphs[0], ids), table[ids])
    np.testing.assert_allclose(_run(graphs[1], ids), table[ids], atol=0.02)


def test_a_quantized_product_of_one_token_does_not_depend_on_the_others() -> None:
    random = np.random.default_rng(2)
    matrix = random.standard_normal((64, 32)).astype(np.float32)
    tokens = random.standard_normal((1, 6, 64)).astype(np.float32)
    tokens[0, 0] *= 1_000  # with one scale for all tokens, every other would be rounded to nothing
    tokens[0, 1] = 0
    graph = _with_product(Int8Graph(), matrix)
    together = _run(graph, tokens)
    for position in range(6):
        np.testing.assert_array_equal(_run(graph, tokens[:, position : position + 1])[0, 0], together[0, position])
    lengths = np.linalg.norm(tokens, axis=-1, keepdims=True)
    assert (np.abs(together - tokens @ matrix) <= 0.05 * lengths).all()


def test_a_saved_graph_gives_what_it_gave_in_memory(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    graph = _with_product(Float32Graph(), random.standard_normal((64, 32)).astype(np.float32))
    tokens = random.standard_normal((2, 3, 64)).astype(np.float32)
    graph.save(tmp_path / "graph.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "graph.onnx"), providers=["CPUExecutionProvider"])
    np.testing.assert_array_equal(session.run(None, {"x": tokens})[0], _run(graph, tokens))
