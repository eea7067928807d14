"""Reads the sentence-transformers folder of a BERT-like model, without that library."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from dalil.embedding.bert_graph import BertConfig, encoder_weights
from dalil.embedding.onnx_graph import WeightArray
from dalil.embedding.prompts import Prompts
from dalil.errors import ModelUnavailable

PARTS = (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
"""The modules that a model may be made of, in order."""

_LIBRARY = "sentence_transformers."
_T = TypeVar("_T")


class _Module(BaseModel):
    path: str
    type: str

    @property
    def name(self) -> str:
        """The name of the class, with its module if it is not one of the library."""
        return self.type.rpartition(".")[2] if self.type.startswith(_LIBRARY) else self.type


class _Pooling(BaseModel):
    model_config = ConfigDict(extra="allow")

    pooling_mode: str | list[str] = []
    include_prompt: bool = True

    @property
    def modes(self) -> list[str]:
        """The pooling modes, whose results are concatenated; older versions write a flag for each."""
        if self.pooling_mode:
            return [self.pooling_mode] if isinstance(self.pooling_mode, str) else self.pooling_mode
        flags = [name for name, value in (self.model_extra or {}).items() if name.startswith("pooling_mode_") and value]
        modes = [flag.removeprefix("pooling_mode_").removesuffix("s").removesuffix("_token") for flag in flags]
        return modes or ["mean"]


class _TransformerOptions(BaseModel):
    max_seq_length: int | None = None
    do_lower_case: bool = False


class _TokenizerOptions(BaseModel):
    model_max_length: int | None = None


class _ModelOptions(BaseModel):
    prompts: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model that is a BERT-like encoder with mean pooling.

    `max_tokens` is the longest input. The methods read the large files.
    """

    encoder: BertConfig
    prompts: Prompts
    max_tokens: int
    _transformer: Path = field(repr=False)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the small files. Raises `ModelUnavailable` if they are unreadable or describe another kind of model."""
        transformer = _require_mean_pooling(folder)
        encoder = _parse(transformer / "config.json", BertConfig)
        encoder.require_known()
        # Older versions use other names, such as sentence_xlm-roberta_config.json.
        options_file = next(iter(sorted(transformer.glob("sentence_*_config.json"))), transformer / "absent")
        options = _parse(options_file, _TransformerOptions, default=_TransformerOptions())
        if options.do_lower_case:
            raise ModelUnavailable("it lower-cases texts outside its tokenizer")
        tokenizer = _parse(transformer / "tokenizer_config.json", _TokenizerOptions, default=_TokenizerOptions())
        limit = options.max_seq_length or tokenizer.model_max_length or encoder.max_tokens
        own = _parse(folder / "config_sentence_transformers.json", _ModelOptions, default=_ModelOptions())
        return cls(encoder, Prompts.of_model(own.prompts), min(limit, encoder.max_tokens), transformer)

    def weights(self) -> dict[str, WeightArray]:
        """Read the weights of the encoder, for `add_bert`."""
        path = self._transformer / "model.safetensors"
        try:
            checkpoint = load_file(path)
        except (OSError, SafetensorError, KeyError) as error:  # KeyError: a type of number that numpy lacks
            raise ModelUnavailable(f"its {path.name} cannot be read ({error!r})") from error
        return encoder_weights(checkpoint, self.encoder)

    def tokenizer(self) -> Tokenizer:
        """Read the tokenizer, without truncation and padding."""
        path = self._transformer / "tokenizer.json"
        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises no narrower one
            raise ModelUnavailable(f"its {path.name} cannot be read ({error})") from error
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer


def _require_mean_pooling(folder: Path) -> Path:
    """Return the folder of the transformer module, after a check that mean pooling follows it."""
    listing = folder / "modules.json"
    if not listing.is_file():
        return folder  # the library adds mean pooling to a plain transformers model
    modules = _parse(listing, list[_Module])
    names = [module.name for module in modules]
    if names not in PARTS:
        raise ModelUnavailable(f"it is made of {', '.join(names)}, not of Transformer, Pooling, Normalize")
    pooling = _parse(folder / modules[1].path / "config.json", _Pooling)
    if pooling.modes != ["mean"] or not pooling.include_prompt:
        raise ModelUnavailable(f"its pooling is {', '.join(pooling.modes)!r}, not the mean of all tokens")
    return folder / modules[0].path


def _parse(path: Path, kind: type[_T], default: _T | None = None) -> _T:
    """Read a JSON file; an absent one gives `default`, unless that is None."""
    if default is not None and not path.is_file():
        return default
    try:
        return TypeAdapter(kind).validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise ModelUnavailable(f"its {path.name} cannot be read ({error})") from error
