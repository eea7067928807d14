"""Compiles a sentence-transformers folder to int8 ONNX, for `OnnxEmbedder` to serve.

The graph is written from the weights, without torch (docs/decisions/0017), so any process can compile: the bundled
model takes a few seconds and a gigabyte.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dalil.domain import Matrix
from dalil.embedding.atomic_dir import build_once
from dalil.embedding.base import unit_rows
from dalil.embedding.bert_graph import BertConfig, add_bert
from dalil.embedding.model_folder import ModelFolder
from dalil.embedding.model_id import MARK, locate, model_name
from dalil.embedding.onnx import GRAPH, RUNTIME, TOKENIZER
from dalil.embedding.onnx_graph import Float32Graph, Graph, Int8Graph, Weights
from dalil.errors import ModelUnavailable

RECIPE = 2
"""Raised whenever compiling the same model gives another graph, so that older folders are not used."""

MIN_MEAN_COSINE = 0.995
"""Of the int8 vectors with the float32 ones, over `SAMPLE` in both roles."""

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


def compile_model(model: str | Path, cache_folder: Path, progress: Callable[[str], None]) -> Path:
    """The folder of `model` compiled to int8, under `cache_folder`; compiled there unless it is.

    `progress` gets one line for each phase. Raises `ModelUnavailable` for a model that is not BERT-like with mean
    pooling, or whose int8 vectors do not agree with its float32 ones; nothing is left behind then.
    """
    source = locate(model)
    target = cache_folder / "compiled" / f"{model_name(source).replace('/', '--')}-{RUNTIME}-{RECIPE}"
    return build_once(target, lambda folder: compile_folder(source, folder, progress))


def compile_folder(
    source: Path, target: Path, progress: Callable[[str], object], min_mean_cosine: float = MIN_MEAN_COSINE
) -> None:
    """Write the compiled model into `target`, an empty folder. Raises `ModelUnavailable`."""
    try:
        _compile(source, target, progress, min_mean_cosine)
    except ModelUnavailable as error:
        raise ModelUnavailable(
            f"the embedding model {source.name!r} cannot be compiled: {error}; "
            "set DALIL_EMBEDDING__RUNTIME=torch to run it as it is"
        ) from error


def _compile(source: Path, target: Path, progress: Callable[[str], object], min_mean_cosine: float) -> None:
    progress("reading the embedding model")
    model = ModelFolder.read(source)
    sample = _prepare_tokenizer(model, target / TOKENIZER)
    weights = model.weights()
    description = {
        "model": model_name(source),
        "dimension": model.encoder.hidden_size,
        "max_tokens": model.max_tokens,
        "pad_id": model.encoder.pad_token_id,
        "prompts": {"query": model.prompts.query, "document": model.prompts.document},
    }
    (target / MARK).write_text(json.dumps(description, indent=2, ensure_ascii=False), encoding="utf-8")
    progress("running the embedding model in float32")
    original = _vectors(Float32Graph(), model.encoder, weights, sample)
    progress("compiling the embedding model to int8")
    graph = Int8Graph()
    compiled = _vectors(graph, model.encoder, weights, sample)
    cosine = float((original * compiled).sum(axis=1).mean())
    # Not `<`: weights that are not numbers give a cosine that is none.
    if not cosine >= min_mean_cosine:
        raise ModelUnavailable(
            f"its int8 vectors have a mean cosine of {cosine:.4f} to the float32 ones; {min_mean_cosine} is needed"
        )
    graph.save(target / GRAPH)


def _prepare_tokenizer(model: ModelFolder, target: Path) -> list[NDArray[np.int64]]:
    """Write the model's tokenizer to a file, and return the tokens of `SAMPLE` in both roles, each of shape (1, t)."""
    tokenizer = model.tokenizer()
    tokenizer.save(str(target))
    tokenizer.enable_truncation(model.max_tokens)
    texts = [prompt + text for prompt in (model.prompts.query, model.prompts.document) for text in SAMPLE]
    return [np.array([encoding.ids], dtype=np.int64) for encoding in tokenizer.encode_batch(texts)]


def _vectors(
    graph: Graph, encoder: BertConfig, weights: Mapping[str, Weights], texts: Sequence[NDArray[np.int64]]
) -> Matrix:
    """The vectors of texts, (n, d), by an encoder that is written into `graph`; one at a time, without padding."""
    add_bert(graph, encoder, weights)
    try:
        session = graph.session()
        states = [session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0] for ids in texts]
    except Exception as error:  # onnxruntime's errors have no common root
        raise ModelUnavailable(f"its weights do not fit its config.json ({error})") from error
    return unit_rows(np.concatenate([rows.mean(axis=1) for rows in states]))
