"""Compiles a sentence-transformers folder to int8 ONNX, for `OnnxEmbedder`.

The graph is written from the weights, without torch (docs/decisions/0017). The bundled model takes 4 s and 1.2 GB.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dalil.domain import Matrix
from dalil.embedding.atomic_dir import build_once
from dalil.embedding.base import unit_rows
from dalil.embedding.bert_graph import BertConfig, add_bert
from dalil.embedding.model_folder import ModelFolder
from dalil.embedding.model_id import METADATA_FILE, locate, model_name
from dalil.embedding.onnx import GRAPH_FILE, RUNTIME, CompiledModel
from dalil.embedding.onnx_graph import Float32Graph, Graph, Int8Graph, WeightArray
from dalil.embedding.tokenizer import TOKENIZER_FILE
from dalil.embedding.unigram import save_unigram
from dalil.errors import ModelUnavailable

COMPILER_VERSION = 4
"""Increased whenever the same model compiles to other files, so that older folders are not used."""

MIN_MEAN_COSINE = 0.995
"""The lowest mean cosine of the int8 vectors with the float32 ones, over `SAMPLE` in both roles."""

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
    """Return a folder in `cache_folder` that holds `model` in int8; the first call compiles it.

    `progress` gets one line for each phase. Raises `ModelUnavailable` for a model that is not BERT-like with mean
    pooling, or whose int8 vectors do not agree with its float32 ones; no folder remains then.
    """
    source = locate(model)
    target = cache_folder / "compiled" / f"{model_name(source).replace('/', '--')}-{RUNTIME}-{COMPILER_VERSION}"
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
            f"set DALIL_EMBEDDING__RUNTIME=torch to run it as it is, or delete {str(source)!r} if it is damaged"
        ) from error


def _compile(source: Path, target: Path, progress: Callable[[str], object], min_mean_cosine: float) -> None:
    progress("reading the embedding model")
    model = ModelFolder.read(source)
    sample = _prepare_tokenizer(model, target)
    weights = model.weights()
    metadata = CompiledModel(
        model=model_name(source),
        dimension=model.encoder.hidden_size,
        max_tokens=model.max_tokens,
        prompts=model.prompts,
    )
    (target / METADATA_FILE).write_text(metadata.model_dump_json(indent=2), encoding="utf-8")
    progress("running the embedding model in float32")
    original = _vectors(Float32Graph(), model.encoder, weights, sample)
    progress("compiling the embedding model to int8")
    graph = Int8Graph()
    compiled = _vectors(graph, model.encoder, weights, sample)
    cosine = float((original * compiled).sum(axis=1).mean())
    # Not `<`: weights of NaN give a cosine of NaN, which is refused too.
    if not cosine >= min_mean_cosine:
        raise ModelUnavailable(
            f"its int8 vectors have a mean cosine of {cosine:.4f} to the float32 ones; {min_mean_cosine} is needed"
        )
    graph.save(target / GRAPH_FILE)


def _prepare_tokenizer(model: ModelFolder, target: Path) -> list[NDArray[np.int64]]:
    """Write the tokenizer into a folder, and return the ids of `SAMPLE` in both roles, each of shape (1, t)."""
    tokenizer = model.tokenizer()
    if not save_unigram(tokenizer, target):
        tokenizer.save(str(target / TOKENIZER_FILE))
    tokenizer.enable_truncation(model.max_tokens)
    texts = [prompt + text for prompt in (model.prompts.query, model.prompts.document) for text in SAMPLE]
    return [np.array([encoding.ids], dtype=np.int64) for encoding in tokenizer.encode_batch(texts)]


def _vectors(
    graph: Graph, encoder: BertConfig, weights: Mapping[str, WeightArray], texts: Sequence[NDArray[np.int64]]
) -> Matrix:
    """Add the encoder to `graph` and return the vectors of texts, (n, d), which run one by one, without padding."""
    try:
        add_bert(graph, encoder, weights)
        session = graph.session()
        states = [session.run(None, {"input_ids": ids})[0] for ids in texts]
    except Exception as error:  # numpy's and onnxruntime's errors have no common root
        raise ModelUnavailable(f"its weights do not fit its config.json ({error})") from error
    return unit_rows(np.concatenate([rows.mean(axis=1) for rows in states]))
