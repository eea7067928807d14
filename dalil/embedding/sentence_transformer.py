"""The torch runtime: any sentence-transformers model in float32, also on a GPU."""

import threading
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dalil.domain import Span
from dalil.embedding.base import Embedder, Role, TokenEmbeddings, unit_rows
from dalil.embedding.model_id import locate, model_name
from dalil.embedding.prompts import Prompts
from dalil.errors import ModelUnavailable
from dalil.extras import require_extra

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


def torch_is_installed() -> bool:
    """Return whether the libraries of this runtime are installed, without an import of them."""
    return find_spec("torch") is not None and find_spec("sentence_transformers") is not None


class SentenceTransformerEmbedder(Embedder):
    """Runs a model from a sentence-transformers folder or from the Hugging Face hub.

    `device` defaults to the GPU if there is one. The prompts default to the model's own: `query`, and `document` or
    `passage`. Raises `ModelUnavailable` when the model cannot be loaded, and `Misconfigured` without the libraries.
    """

    runtime = "torch-float32"

    def __init__(
        self,
        model: str | Path,
        *,
        query_prompt: str | None = None,
        document_prompt: str | None = None,
        device: str | None = None,
        batch_size: int = 32,
    ) -> None:
        library = _import_library()  # before the model is downloaded
        folder = locate(model)
        self._transformer = _load(library, folder, device)
        self._batch_size = batch_size
        # The tokenizer keeps truncation and padding as state, and raises if two threads use it at once.
        self._lock = threading.Lock()
        own = Prompts.of_model(self._transformer.prompts)
        self.prompts = own.override(query_prompt, document_prompt)
        self.model = self.prompts.space(model_name(folder), own)
        self.dimension = int(self._transformer.get_embedding_dimension() or 0)
        self.max_tokens = int(self._transformer.max_seq_length or self._transformer.tokenizer.model_max_length)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count them by the model's tokenizer."""
        if not texts:
            return []
        with self._lock:
            encoded = self._transformer.tokenizer(list(texts), add_special_tokens=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def _embed_tokens(self, texts: list[str], role: Role) -> list[TokenEmbeddings]:
        prompt = self.prompts.for_role(role)
        found: list[TokenEmbeddings] = []
        for text, outputs in zip(texts, self._encode(texts, role), strict=True):
            with self._lock:
                encoded = self._transformer.tokenizer(
                    prompt + text,
                    truncation=True,
                    max_length=self.max_tokens,
                    return_offsets_mapping=True,
                    return_special_tokens_mask=True,
                )
            marks = zip(encoded["special_tokens_mask"], encoded["offset_mapping"], strict=True)
            kept = {
                position: Span(max(start, len(prompt)) - len(prompt), end - len(prompt))
                for position, (special, (start, end)) in enumerate(marks)
                if not special and end > len(prompt)
            }
            rows = unit_rows(outputs["token_embeddings"].float().cpu().numpy()[list(kept)])
            (vector,) = unit_rows(outputs["sentence_embedding"].float().cpu().numpy()[None])
            found.append(TokenEmbeddings(vector, rows, tuple(kept.values())))
        return found

    def _encode(self, texts: list[str], role: Role) -> Any:  # noqa: ANN401
        """All outputs of the model for each text, among them the vector and the tokens' vectors."""
        try:
            with self._lock:
                return self._transformer.encode(
                    texts,
                    prompt=self.prompts.for_role(role),
                    batch_size=self._batch_size,
                    output_value=None,
                    convert_to_numpy=False,
                    show_progress_bar=False,
                )
        except RuntimeError as error:  # out of memory, a lost GPU
            raise ModelUnavailable(f"the embedding model {self.model!r} failed to run: {error}") from error


def _import_library() -> "type[SentenceTransformer]":
    with require_extra("torch"):
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - it takes 12 s and 2 GB
    library: type[SentenceTransformer] = SentenceTransformer
    return library


def _load(library: "type[SentenceTransformer]", folder: Path, device: str | None) -> "SentenceTransformer":
    try:
        return library(str(folder), device=device, local_files_only=True)
    # The errors of the libraries below it have no common root but Exception.
    except Exception as error:
        raise ModelUnavailable(f"the embedding model {str(folder)!r} cannot be loaded: {error}") from error
