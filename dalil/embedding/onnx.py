"""A model compiled to int8 ONNX and served by onnxruntime, without torch."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from dalil.domain import Matrix, Span
from dalil.embedding.base import Embedder, Role, TokenEmbeddings, unit_rows
from dalil.embedding.model_id import MARK
from dalil.embedding.prompts import Prompts
from dalil.errors import ModelUnavailable

RUNTIME = "onnx-int8"
GRAPH = "model.onnx"
TOKENIZER = "tokenizer.json"


class OnnxEmbedder(Embedder):
    """Serves a folder that `compile_model` made.

    A text's vector does not depend on what it is batched with. `threads` is the number of batches read at once, each on
    one core, 0 for one a core: two cores read two batches an eighth faster than one batch together, and a question
    alone is too short to be shared. A batch holds at most `batch_tokens` tokens, padding included, and at least one
    text (512 was fastest: larger batches leave the CPU's cache, 8,192 tokens take twice as long). Raises
    `ModelUnavailable` when the folder cannot be read.
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
            description = json.loads((folder / MARK).read_text(encoding="utf-8"))
            self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
            self._session = onnxruntime.InferenceSession(
                str(folder / GRAPH), options, providers=["CPUExecutionProvider"]
            )
        # tokenizers and onnxruntime raise plain Exception and a family of their own without a common root.
        except Exception as error:
            raise ModelUnavailable(
                f"the compiled model in {str(folder)!r} cannot be loaded ({error}); delete that folder to compile anew"
            ) from error
        own = Prompts(**description["prompts"])
        self._prompts = own.replaced(query_prompt, document_prompt)
        self._batch_tokens = batch_tokens
        self._pool = ThreadPoolExecutor(threads or os.cpu_count(), "embedding")
        self._pad_id: int = description["pad_id"]
        self.model = self._prompts.space(description["model"], own)
        self.dimension = int(description["dimension"])
        self.max_tokens = int(description["max_tokens"])

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """As the seam says."""
        return [len(encoding) for encoding in self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]

    def _embed(self, texts: list[str], role: Role) -> Matrix:
        encodings = self._encode(texts, role)
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)

        def read(indexes: list[int]) -> None:
            vectors[indexes] = _mean(*self._states([encodings[index] for index in indexes]))

        self._read(encodings, read)
        return unit_rows(vectors)

    def _embed_tokens(self, texts: list[str], role: Role) -> list[TokenEmbeddings]:
        encodings = self._encode(texts, role)
        prompt_length = len(self._prompts.before(role))
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
        # The tokenizer is shared by threads, so that its own truncation, which is state, cannot be used.
        prompt = self._prompts.before(role)
        encodings = self._tokenizer.encode_batch([prompt + text for text in texts], add_special_tokens=False)
        room = self.max_tokens - self._tokenizer.num_special_tokens_to_add(is_pair=False)
        for encoding in encodings:
            encoding.truncate(room)
        return [self._tokenizer.post_process(encoding) for encoding in encodings]

    def _read(self, encodings: list[Encoding], read: Callable[[list[int]], None]) -> None:
        """Have every batch of indexes read; a single one, as a question is, without the way to another thread."""
        batches = list(self._batches([len(encoding) for encoding in encodings]))
        if len(batches) == 1:
            read(batches[0])
        else:
            list(self._pool.map(read, batches))

    def _states(self, batch: list[Encoding]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The token vectors of a batch, (b, t, d), and its mask, (b, t)."""
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
        """Indexes of texts of like length, the longest first, so that memory is claimed at once."""
        batch: list[int] = []
        for index in sorted(range(len(lengths)), key=lambda index: -lengths[index]):
            if batch and lengths[batch[0]] * (len(batch) + 1) > self._batch_tokens:
                yield batch
                batch = []
            batch.append(index)
        yield batch


def _mean(states: NDArray[np.float32], mask: NDArray[np.int64]) -> NDArray[np.float32]:
    """The mean of each text's tokens, (b, t, d) to (b, d)."""
    weights = mask[:, :, None].astype(np.float32)
    means: NDArray[np.float32] = (states * weights).sum(axis=1) / weights.sum(axis=1)
    return means
