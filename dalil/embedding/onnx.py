"""The int8 runtime: a compiled model, run by onnxruntime on the CPU."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from pydantic import BaseModel, ConfigDict

from dalil.domain import Span
from dalil.embedding.base import Embedder, Role, TokenEmbeddings, unit_rows
from dalil.embedding.model_id import METADATA_FILE
from dalil.embedding.prompts import Prompts
from dalil.embedding.tokenizer import LibraryTokenizer, TextTokenizer, TokenizedText
from dalil.embedding.unigram import VOCABULARY_FILE, UnigramTokenizer
from dalil.errors import ModelUnavailable

RUNTIME = "onnx-int8"
GRAPH_FILE = "model.onnx"


class CompiledModel(BaseModel):
    """The metadata of a compiled model; `prompts` are the model's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str
    dimension: int
    max_tokens: int
    prompts: Prompts


class OnnxEmbedder(Embedder):
    """Runs the model of a folder that `compile_model` returned.

    Each text is read by itself, so that its vector cannot depend on a batch. `threads` is the number of texts that are
    read at once, each on one core; 0 means one for each core. Raises `ModelUnavailable` when the folder cannot be read.
    """

    runtime = RUNTIME

    def __init__(
        self,
        folder: Path,
        *,
        threads: int = 0,
        query_prompt: str | None = None,
        document_prompt: str | None = None,
    ) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        try:
            compiled = CompiledModel.model_validate_json((folder / METADATA_FILE).read_bytes())
            self._tokenizer = _load_tokenizer(folder)
            self._session = onnxruntime.InferenceSession(
                str(folder / GRAPH_FILE), options, providers=["CPUExecutionProvider"]
            )
        # The errors of tokenizers and onnxruntime have no common root but Exception.
        except Exception as error:
            raise ModelUnavailable(
                f"the compiled model in {str(folder)!r} cannot be loaded ({error}); "
                "delete that folder to compile it again"
            ) from error
        self._prompts = compiled.prompts.override(query_prompt, document_prompt)
        self._pool = ThreadPoolExecutor(threads or os.cpu_count(), "embedding")
        self.model = self._prompts.space(compiled.model, compiled.prompts)
        self.dimension = compiled.dimension
        self.max_tokens = compiled.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count them by the model's tokenizer."""
        return self._tokenizer.count(texts)

    def _embed_tokens(self, texts: list[str], role: Role) -> list[TokenEmbeddings]:
        prompt = self._prompts.for_role(role)
        inputs = self._tokenizer.tokenize([prompt + text for text in texts], self.max_tokens)
        if len(inputs) == 1:  # a question stays on the calling thread
            return [self._read(inputs[0], len(prompt))]
        # The longest come first: so memory is allocated once, and no core waits long for the last text.
        order = sorted(range(len(inputs)), key=lambda index: -len(inputs[index].ids))
        read = self._pool.map(lambda index: self._read(inputs[index], len(prompt)), order)
        found = dict(zip(order, read, strict=True))
        return [found[index] for index in range(len(texts))]

    def _read(self, text: TokenizedText, prompt_length: int) -> TokenEmbeddings:
        ids = np.array([text.ids], dtype=np.int64)
        try:
            ((states,),) = self._session.run(None, {"input_ids": ids})
        except Exception as error:  # as in __init__
            raise ModelUnavailable(f"the compiled model {self.model!r} failed to run: {error}") from error
        kept = {
            position: Span(max(span[0], prompt_length) - prompt_length, span[1] - prompt_length)
            for position, span in enumerate(text.spans)
            if span and span[1] > prompt_length
        }
        (vector,) = unit_rows(states.mean(axis=0, keepdims=True))
        return TokenEmbeddings(vector, unit_rows(states[list(kept)]), tuple(kept.values()))


def _load_tokenizer(folder: Path) -> TextTokenizer:
    return UnigramTokenizer(folder) if (folder / VOCABULARY_FILE).is_file() else LibraryTokenizer(folder)
