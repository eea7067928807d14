"""Any sentence-transformers model, run by torch at full precision. The only module that imports torch."""

import inspect
import threading
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dalil.domain import Matrix, Span
from dalil.embedding.base import Embedder, Role, TokenEmbeddings, unit_rows
from dalil.embedding.model_id import locate, model_name
from dalil.embedding.prompts import Prompts
from dalil.errors import ModelUnavailable

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

COMPILABLE = ("bert", "camembert", "roberta", "xlm-roberta")
"""The model types that the fusions of onnxruntime's `bert` optimiser are made for."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """What a compiler has to know of a model."""

    heads: int
    pad_id: int


class SentenceTransformerEmbedder(Embedder):
    """A sentence-transformers folder, or a name on the Hugging Face hub.

    Runs on the GPU where there is one unless `device` says otherwise. The prompts are the model's own (`query`, and
    `document` or `passage`) unless given. Raises `ModelUnavailable` when the model cannot be loaded.
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
        folder = locate(model)
        self._transformer = _load(folder, device)
        self._batch_size = batch_size
        # The tokenizer keeps truncation and padding as state, and refuses to be used by two threads at once.
        self._lock = threading.Lock()
        own = Prompts.of_model(self._transformer.prompts)
        self.prompts = own.replaced(query_prompt, document_prompt)
        self.model = self.prompts.space(model_name(folder), own)
        self.dimension = int(self._transformer.get_embedding_dimension() or 0)
        self.max_tokens = int(self._transformer.max_seq_length or self._transformer.tokenizer.model_max_length)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """As the seam says."""
        if not texts:
            return []
        with self._lock:
            encoded = self._transformer.tokenizer(list(texts), add_special_tokens=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def _embed(self, texts: list[str], role: Role) -> Matrix:
        vectors = self._encode(texts, role, "sentence_embedding", normalize_embeddings=True)
        return np.asarray(vectors, dtype=np.float32)

    def _embed_tokens(self, texts: list[str], role: Role) -> list[TokenEmbeddings]:
        prompt = self.prompts.before(role)
        found: list[TokenEmbeddings] = []
        for text, outputs in zip(texts, self._encode(texts, role, None, convert_to_numpy=False), strict=True):
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

    def _encode(self, texts: list[str], role: Role, output: str | None, **options: bool) -> Any:  # noqa: ANN401
        try:
            with self._lock:
                # It sorts by length itself.
                return self._transformer.encode(
                    texts,
                    prompt=self.prompts.before(role),
                    batch_size=self._batch_size,
                    output_value=output,
                    show_progress_bar=False,
                    **options,
                )
        except RuntimeError as error:  # out of memory, a lost GPU
            raise ModelUnavailable(f"the embedding model {self.model!r} failed to run: {error}") from error

    def export(self, graph: Path, tokenizer: Path) -> Architecture:
        """Write the model as an ONNX graph from (input_ids, attention_mask) to last_hidden_state, and its tokenizer.

        Raises `ModelUnavailable` for a model that is not BERT-like, or whose vector is not the mean of its tokens'.
        """
        import torch  # noqa: PLC0415 - it takes 12 s and 2 GB

        self._require_compilable()
        network = self._transformer[0].auto_model.eval()
        network.set_attn_implementation("eager")  # the form that onnxruntime's fusions look for
        zero_types = "token_type_ids" in inspect.signature(network.forward).parameters

        class LastHiddenState(torch.nn.Module):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self.network = network

            def forward(self, input_ids: "torch.Tensor", attention_mask: "torch.Tensor") -> "torch.Tensor":
                types = {"token_type_ids": torch.zeros_like(input_ids)} if zero_types else {}
                return self.network(input_ids=input_ids, attention_mask=attention_mask, **types).last_hidden_state

        pad_id = int(self._transformer.tokenizer.pad_token_id)
        example = torch.tensor([[5, 6, 7, 8], [5, 6, 7, pad_id]])
        axes = {0: "texts", 1: "tokens"}
        with warnings.catch_warnings():
            # It warns of its retirement and of branches it cannot trace; onnxruntime's fusions know only its graphs,
            # and the compiled model is compared with this one.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                LastHiddenState(),
                (example, (example != pad_id).long()),
                str(graph),
                input_names=["input_ids", "attention_mask"],
                output_names=["last_hidden_state"],
                dynamic_axes={"input_ids": axes, "attention_mask": axes, "last_hidden_state": axes},
                opset_version=17,
                dynamo=False,
            )
        backend = self._transformer.tokenizer.backend_tokenizer
        backend.no_truncation()
        backend.no_padding()
        backend.save(str(tokenizer))
        return Architecture(heads=int(network.config.num_attention_heads), pad_id=pad_id)

    def _require_compilable(self) -> None:
        modules = [type(module).__name__ for module in self._transformer]
        kind = self._transformer[0].auto_model.config.model_type if modules[0] == "Transformer" else modules[0]
        if kind not in COMPILABLE:
            raise ModelUnavailable(f"its type is {kind!r}, not one of {', '.join(COMPILABLE)}")
        if modules[1:] not in (["Pooling"], ["Pooling", "Normalize"]):
            raise ModelUnavailable(f"it is made of {', '.join(modules)}, not of Transformer, Pooling, Normalize")
        pooling = self._transformer[1]
        if pooling.pooling_mode != "mean" or not pooling.include_prompt:
            raise ModelUnavailable(f"its pooling is {pooling.pooling_mode!r}, not the mean of all tokens")


def _load(folder: Path, device: str | None) -> "SentenceTransformer":
    try:
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - it takes 12 s and 2 GB

        return SentenceTransformer(str(folder), device=device, local_files_only=True)
    # Its own errors, transformers', safetensors' and torch's have no common root.
    except Exception as error:
        raise ModelUnavailable(f"the embedding model {str(folder)!r} cannot be loaded: {error}") from error
