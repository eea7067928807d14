"""The int8 runtime: a compiled model, run by onnxruntime on the CPU."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from tokenizers import Encoding, Tokenizer

from dalil.domain import Span
from dalil.embedding.base import Embedder, Role, TokenEmbeddings, unit_rows
from dalil.embedding.model_id import METADATA_FILE
from dalil.embedding.prompts import Prompts
from dalil.errors import ModelUnavailable

RUNTIME = "onnx-int8"
GRAPH_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"


class CompiledModel(BaseModel):
    """The metadata of a compiled model; `prompts` are the model's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str
    dimension: int
    max_tokens: int
    pad_id: int
    prompts: Prompts


class OnnxEmbedder(Embedder):
    """Runs the model of a folder that `compile_model` returned.

    A text's vector does not depend on its batch. `threads` is the number of batches that run at once, each on one core;
    0 means one for each core. Two cores that run a batch each are an eighth faster than two that share one. A batch has
    at most `batch_tokens` tokens, including padding, and at least one text. 512 was fastest: larger batches exceed the
    CPU's cache, and 8,192 tokens take twice as long. Raises `ModelUnavailable` when the folder cannot be read.
    """

    runtime = RUNTIME

    def __init__(
        self,
        folder: Path,
        *,
        threads: int = 0,
        batch_tokens: int = 512,
        query_prompt: str | None = None,
        document_prompt: str | None = None,
    ) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        try:
            compiled = CompiledModel.model_validate_json((folder / METADATA_FILE).read_bytes())
            self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
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
        self._batch_tokens = batch_tokens
        self._pool = ThreadPoolExecutor(threads or os.cpu_count(), "embedding")
        self._pad_id = compiled.pad_id
        self.model = self._prompts.space(compiled.model, compiled.prompts)
        self.dimension = compiled.dimension
        self.max_tokens = compiled.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count them by the model's tokenizer."""
        return [len(encoding) for encoding in self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]

    def _embed_tokens(self, texts: list[str], role: Role) -> list[TokenEmbeddings]:
        encodings = self._encode(texts, role)
        prompt_length = len(self._prompts.for_role(role))
        found: dict[int, TokenEmbeddings] = {}

        def read(indexes: list[int]) -> None:
            states, mask = self._states([encodings[index] for index in indexes])
            for index, rows, vector in zip(indexes, states, unit_rows(_mean(states, mask)), strict=True):
                encoding = encodings[index]
                kept = {
                    position: Span(max(start, prompt_length) - prompt_length, end - prompt_length)
                    for position, (special, (start, end)) in enumerate(
                        zip(encoding.special_tokens_mask, encoding.offsets, strict=True)
                    )
                    if not special and end > prompt_length
                }
                found[index] = TokenEmbeddings(vector, unit_rows(rows[list(kept)]), tuple(kept.values()))

        self._read(encodings, read)
        return [found[index] for index in range(len(texts))]

    def _encode(self, texts: list[str], role: Role) -> list[Encoding]:
        # Threads share the tokenizer, and its own truncation is state.
        prompt = self._prompts.for_role(role)
        encodings = self._tokenizer.encode_batch([prompt + text for text in texts], add_special_tokens=False)
        room = self.max_tokens - self._tokenizer.num_special_tokens_to_add(is_pair=False)
        for encoding in encodings:
            encoding.truncate(room)
        return [self._tokenizer.post_process(encoding) for encoding in encodings]

    def _read(self, encodings: list[Encoding], read: Callable[[list[int]], None]) -> None:
        """Call `read` with each batch of indexes; a single batch, such as a question, stays on the calling thread."""
        batches = list(self._batches([len(encoding) for encoding in encodings]))
        if len(batches) == 1:
            read(batches[0])
        else:
            list(self._pool.map(read, batches))

    def _states(self, batch: list[Encoding]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return the token vectors of a batch, (b, t, d), and its mask, (b, t)."""
        shape = (len(batch), max(map(len, batch)))
        ids = np.full(shape, self._pad_id, dtype=np.int64)
        mask = np.zeros(shape, dtype=np.int64)
        for row, encoding in enumerate(batch):
            ids[row, : len(encoding)] = encoding.ids
            mask[row, : len(encoding)] = 1
        try:
            (states,) = self._session.run(None, {"input_ids": ids, "attention_mask": mask})
        except Exception as error:  # as in __init__
            raise ModelUnavailable(f"the compiled model {self.model!r} failed to run: {error}") from error
        return states, mask

    def _batches(self, lengths: list[int]) -> Iterator[list[int]]:
        """Yield the indexes of texts of similar length; the longest come first, so that memory is allocated once."""
        batch: list[int] = []
        for index in sorted(range(len(lengths)), key=lambda index: -lengths[index]):
            if batch and lengths[batch[0]] * (len(batch) + 1) > self._batch_tokens:
                yield batch
                batch = []
            batch.append(index)
        yield batch


def _mean(states: NDArray[np.float32], mask: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the mean of each text's tokens, (b, t, d) to (b, d)."""
    weights = mask[:, :, None].astype(np.float32)
    means: NDArray[np.float32] = (states * weights).sum(axis=1) / weights.sum(axis=1)
    return means
