"""Compiles a model to int8 ONNX: `python -m dalil.embedding.compilation MODEL_FOLDER TARGET_FOLDER`.

A program of its own, because it needs torch, which its caller (`onnx.compile_model`) must never load. It writes one
line for each phase to standard output; it ends with status 1 and the reason as the last line of standard error.

What is quantised: every matrix, to integers with one scale a column; the word table, with one scale a row; and each
matrix's input, with one scale *a token*, at run time. onnxruntime's own `quantize_dynamic` takes one scale for all
inputs of a batch, so that a text's vector changes with its neighbours: to a cosine of 0.98 on multilingual-e5-small,
where this recipe changes nothing, at an average cosine of 0.9986 to the original.
"""

import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import GraphProto, ModelProto, NodeProto, helper, numpy_helper
from onnxruntime.transformers.fusion_options import FusionOptions
from onnxruntime.transformers.optimizer import optimize_model

from dalil.embedding.model_id import MARK
from dalil.embedding.onnx import GRAPH, TOKENIZER, OnnxEmbedder
from dalil.embedding.sentence_transformer import SentenceTransformerEmbedder
from dalil.errors import ModelUnavailable

LEAST_AGREEMENT = 0.995
"""Mean cosine between the compiled model's vectors and the original's, over `SAMPLE` in both roles."""

SAMPLE = (
    "قمة",
    "متى وقّعت الدولتان الاتفاق؟",
    "أعلنت وزارة الصحة يوم الثلاثاء تسجيل 1,204 إصابات جديدة خلال أربع وعشرين ساعة.",
    "قال المتحدث باسم الجيش إن الشحنة وصلت إلى الميناء بعد منتصف الليل، وإنها كانت تضم صواريخ قصيرة المدى وقطع غيار.",
    "ارتفعت أسعار النفط بنسبة ٣٫٥٪ بعد قرار خفض الإنتاج، فيما تراجعت العملة المحلية أمام الدولار إلى أدنى مستوياتها.",
    "افتتح الرئيس مشروعًا لتحلية مياه البحر يوفر مليون متر مكعب يوميًا لسكان المدن الساحلية، بكلفة ملياري دولار، "
    "على أن تنتهي مرحلته الثانية قبل نهاية العام المقبل بحسب ما ورد في بيان رسمي نشرته وكالة الأنباء.",
    "rain",
    "Who signed the agreement, and when?",
    "The ministry reported 1,204 new cases within twenty-four hours on Tuesday.",
    "A spokesman said the shipment reached the port after midnight and held short-range missiles and spare parts.",
    "Oil rose by 3.5% after the cut in production, while the currency fell to its lowest level against the dollar.",
    "The president opened a desalination plant that gives a million cubic metres a day to the coastal cities at a cost "
    "of two billion dollars; its second stage is to be finished before the end of next year, a statement said.",
)

_WEIGHT_LIMIT = 63
"""7 bits: with 8, CPUs without VNNI add two products in 16 bits and overflow (onnxruntime's "reduce_range")."""


def main(
    source: Path, target: Path, progress: Callable[[str], object], least_agreement: float = LEAST_AGREEMENT
) -> None:
    """Compile, check, and write the folder that `OnnxEmbedder` serves; raises `ModelUnavailable`."""
    progress("loading the embedding model")
    original = SentenceTransformerEmbedder(source, device="cpu")
    with tempfile.TemporaryDirectory(dir=target) as folder:
        graph, tables, fused = (Path(folder) / name for name in ("graph.onnx", "tables.onnx", "fused.onnx"))
        progress("exporting the embedding model")
        architecture = original.export(graph, target / TOKENIZER)
        progress("compiling the embedding model to int8")
        model = onnx.load(str(graph))
        quantise_tables(model.graph)
        onnx.save(model, str(tables))
        options = FusionOptions("bert")
        # The fused Attention node would swallow the matrices that are quantised below.
        options.use_multi_head_attention = True
        optimised = optimize_model(
            str(tables),
            model_type="bert",
            num_heads=architecture.heads,
            hidden_size=original.dimension,
            optimization_options=options,
        )
        optimised.save_model_to_file(str(fused))
        model = onnx.load(str(fused))
    quantise_matrices(model)
    onnx.save(model, str(target / GRAPH))
    description = {
        "model": original.model,
        "dimension": original.dimension,
        "max_tokens": original.max_tokens,
        "pad_id": architecture.pad_id,
        "prompts": {"query": original.prompts.query, "document": original.prompts.document},
    }
    (target / MARK).write_text(json.dumps(description, indent=2, ensure_ascii=False), encoding="utf-8")
    progress("checking the compiled embedding model")
    agreement = _agreement(original, OnnxEmbedder(target))
    if not agreement >= least_agreement:
        raise ModelUnavailable(
            f"its int8 vectors have a mean cosine of {agreement:.4f} to the original's; {least_agreement} is needed"
        )


def quantise_tables(graph: GraphProto) -> None:
    """Turn each large embedding table into 8 bits with a scale a row."""
    tables = {tensor.name: tensor for tensor in graph.initializer}
    nodes: list[NodeProto] = []
    for node in graph.node:
        table = tables.get(node.input[0]) if node.op_type == "Gather" else None
        if table is None or int(np.prod(table.dims)) < 1_000_000:
            nodes.append(node)
            continue
        name, ids, output = table.name, node.input[1], node.output[0]
        rows, scales = _integers(numpy_helper.to_array(table), axis=1, limit=127)
        graph.initializer.remove(table)
        graph.initializer.append(numpy_helper.from_array(rows, f"{name}.rows"))
        graph.initializer.append(numpy_helper.from_array(scales, f"{name}.scales"))
        nodes += [
            helper.make_node("Gather", [f"{name}.rows", ids], [f"{output}.rows"]),
            helper.make_node("Gather", [f"{name}.scales", ids], [f"{output}.scales"]),
            helper.make_node("Cast", [f"{output}.rows"], [f"{output}.floats"], to=onnx.TensorProto.FLOAT),
            helper.make_node("Mul", [f"{output}.floats", f"{output}.scales"], [output]),
        ]
    del graph.node[:]
    graph.node.extend(nodes)


def quantise_matrices(model: ModelProto) -> None:
    """Turn each product with a constant matrix into one of integers, its input being scaled token by token."""
    graph = model.graph
    matrices = {tensor.name: tensor for tensor in graph.initializer if len(tensor.dims) == 2}
    constants = {"int8.one": np.float32(1), "int8.step": np.float32(1 / 127), "int8.least": np.float32(1e-9)}
    for name, value in {**constants, "int8.zero": np.uint8(128)}.items():
        graph.initializer.append(numpy_helper.from_array(np.asarray(value), name))
    nodes: list[NodeProto] = []
    scaled: set[str] = set()
    for node in graph.node:
        matrix = matrices.get(node.input[1]) if node.op_type == "MatMul" else None
        if matrix is None:
            nodes.append(node)
            continue
        source, output, name = node.input[0], node.output[0], matrix.name
        if source not in scaled:
            scaled.add(source)
            nodes += _scaled_input(source)
        weights, scales = _integers(numpy_helper.to_array(matrix), axis=0, limit=_WEIGHT_LIMIT)
        graph.initializer.remove(matrix)
        graph.initializer.append(numpy_helper.from_array(weights, f"{name}.weights"))
        graph.initializer.append(numpy_helper.from_array(scales.reshape(-1), f"{name}.scales"))
        operands = [f"{source}.int8", f"{name}.weights", "int8.one", f"{name}.scales", "int8.zero"]
        nodes += [
            helper.make_node("MatMulIntegerToFloat", operands, [f"{output}.unscaled"], domain="com.microsoft"),
            helper.make_node("Mul", [f"{output}.unscaled", f"{source}.scale"], [output]),
        ]
    del graph.node[:]
    graph.node.extend(nodes)


def _scaled_input(source: str) -> list[NodeProto]:
    """`source` as unsigned integers around 128, with one scale for each token."""
    return [
        helper.make_node("Abs", [source], [f"{source}.abs"]),
        helper.make_node("ReduceMax", [f"{source}.abs"], [f"{source}.max"], axes=[-1], keepdims=1),
        helper.make_node("Mul", [f"{source}.max", "int8.step"], [f"{source}.raw_scale"]),
        helper.make_node("Max", [f"{source}.raw_scale", "int8.least"], [f"{source}.scale"]),
        helper.make_node("Div", [source, f"{source}.scale"], [f"{source}.steps"]),
        helper.make_node("QuantizeLinear", [f"{source}.steps", "int8.one", "int8.zero"], [f"{source}.int8"]),
    ]


def _integers(weights: NDArray[np.float32], axis: int, limit: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """`weights` as integers in [-limit, limit] and their scales, the largest along `axis` becoming `limit`."""
    scales = np.maximum(np.abs(weights).max(axis=axis, keepdims=True) / limit, 1e-12).astype(np.float32)
    return np.rint(weights / scales).astype(np.int8), scales


def _agreement(original: SentenceTransformerEmbedder, compiled: OnnxEmbedder) -> float:
    documents = original.embed_documents(SAMPLE) * compiled.embed_documents(SAMPLE)
    queries = [original.embed_query(text) @ compiled.embed_query(text) for text in SAMPLE]
    return float(np.mean([*documents.sum(axis=1), *queries]))


if __name__ == "__main__":
    # What the libraries print goes to standard error: standard output is read line by line as progress.
    reports = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]), lambda line: reports.write(f"{line}\n"))
    except ModelUnavailable as error:
        sys.exit(str(error))
