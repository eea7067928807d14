"""A reranker as a reader: a cross-encoder of sentence-transformers, which reads a question and a text as one input."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dalil.answering.reader import Reader
from dalil.embedding.model_id import locate, model_name
from dalil.errors import ModelUnavailable
from dalil.extras import require_extra

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

REMEDY = "set DALIL_ANSWERING__READER to the name or folder of a reranker with one output, or leave it unset"

_HEADS = ("ForSequenceClassification", "ForCausalLM")
"""The ends of the names of networks that score a pair; for any other the library makes up a head of random weights."""


class CrossEncoderReader(Reader):
    """Runs any reranker of sentence-transformers with one output, from a folder or from the Hugging Face hub.

    Rerankers are trained to tell passages about the question from others. The probability is therefore one of
    relevance: a passage that is about the event and lacks the fact may get a high one. It is the logistic function of
    the output. A text longer than the model reads is cut. `device` defaults to the GPU if there is one. Raises
    `ModelUnavailable` for a model that cannot be loaded or is no reranker, and `Misconfigured` without the libraries.
    """

    def __init__(self, model: str | Path, *, device: str | None = None, batch_size: int = 32) -> None:
        library = _import_library()  # before the model is downloaded
        folder = locate(model, REMEDY)
        self._model = _load(library, folder, device)
        self._batch_size = batch_size
        # The tokenizer keeps truncation and padding as state, and raises if two threads use it at once.
        self._lock = threading.Lock()
        self.name = model_name(folder)

    def _read(self, question: str, texts: list[str]) -> list[float]:
        try:
            with self._lock:
                # Some models have an activation of their own, others none: their outputs alone are comparable.
                logits: NDArray[np.float32] = self._model.predict(
                    [(question, text) for text in texts],
                    batch_size=self._batch_size,
                    activation_fn=_identity,
                    show_progress_bar=False,
                )
        except RuntimeError as error:  # out of memory, a lost GPU
            raise ModelUnavailable(f"the reader {self.name!r} failed to run: {error}") from error
        # tanh does not overflow: the logistic function of x is (1 + tanh(x / 2)) / 2.
        return [float(value) for value in (1 + np.tanh(logits.astype(np.float64) / 2)) / 2]


def _identity(logits: object) -> object:
    return logits


def _import_library() -> "type[CrossEncoder]":
    with require_extra("torch"):
        from sentence_transformers import CrossEncoder  # noqa: PLC0415 - it takes 12 s and 2 GB
    library: type[CrossEncoder] = CrossEncoder
    return library


def _load(library: "type[CrossEncoder]", folder: Path, device: str | None) -> "CrossEncoder":
    try:
        model = library(str(folder), device=device, local_files_only=True)
    # The errors of the libraries below it have no common root but Exception.
    except Exception as error:
        raise ModelUnavailable(f"the reader {str(folder)!r} cannot be loaded: {error}; {REMEDY}") from error
    networks = model.config.architectures or []
    if model.num_labels != 1 or not any(str(network).endswith(_HEADS) for network in networks):
        raise ModelUnavailable(
            f"the reader {str(folder)!r} is no reranker: it has the network {', '.join(networks)} with"
            f" {model.num_labels} outputs; {REMEDY}"
        )
    return model
