"""Mean vectors of generic texts, which are subtracted before questions and passages are compared.

All vectors of a multilingual model share a direction, and all questions of one language share another. These parts of a
cosine carry nothing of a text's subject. The means are measured once for each model over `sample.yaml`, texts on all
subjects that were written for this purpose. docs/decisions/0009 has the effect.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Self

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict

from dalil.domain import Matrix, Vector
from dalil.embedding.atomic_dir import build_once
from dalil.embedding.base import Embedder, TokenEmbeddings, unit_rows
from dalil.errors import ModelUnavailable
from dalil.text.language import LANGUAGES, Language

_FILE = "centres.npy"
_NAMES = ("passage", "passage_token", "ar", "ar_token", "en", "en_token")


class _Sample(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    english_questions: tuple[str, ...]
    arabic_questions: tuple[str, ...]
    arabic_passages: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Centres:
    """The mean vector and the mean token vector, each of shape (d,), of passages and of questions by language."""

    passage: Vector
    passage_token: Vector
    question: Mapping[Language, Vector]
    question_token: Mapping[Language, Vector]

    @classmethod
    def none(cls, dimension: int) -> Self:
        """Return centres of zero, which change nothing."""
        zero = np.zeros(dimension, dtype=np.float32)
        return cls(zero, zero, dict.fromkeys(LANGUAGES, zero), dict.fromkeys(LANGUAGES, zero))


def subtract_mean(vectors: Matrix, centre: Vector) -> Matrix:
    """Subtract `centre` from rows of unit length, shape (n, d), and scale them to unit length again."""
    return unit_rows(vectors - centre)


def measure_centres(embedder: Embedder, cache_folder: Path, progress: Callable[[str], None]) -> Centres:
    """Return the centres of a model; the first call measures them over the sample and keeps them in `cache_folder`.

    A question in an undetermined language has the centres of Arabic questions. Raises `ModelUnavailable`.
    """
    text = files("dalil.embedding").joinpath("sample.yaml").read_text(encoding="utf-8")
    key = hashlib.sha256("\n".join((embedder.model, embedder.runtime, text)).encode()).hexdigest()[:16]

    def build(folder: Path) -> None:
        progress("measuring the mean vectors of the embedding model")
        means = _measure(embedder, _Sample.model_validate(yaml.safe_load(text)))
        np.save(folder / _FILE, np.stack([means[name] for name in _NAMES]))

    folder = build_once(cache_folder / "centres" / key, build)
    try:
        found: Matrix = np.load(folder / _FILE)
        passage, passage_token, ar, ar_token, en, en_token = found
    except (OSError, ValueError, EOFError, TypeError) as error:
        raise ModelUnavailable(
            f"the mean vectors in {str(folder)!r} cannot be read ({error}); delete that folder to measure them again"
        ) from error
    return Centres(
        passage, passage_token, {"ar": ar, "en": en, "und": ar}, {"ar": ar_token, "en": en_token, "und": ar_token}
    )


def _measure(embedder: Embedder, sample: _Sample) -> dict[str, Vector]:
    kinds = {
        "passage": embedder.embed_tokens(sample.arabic_passages, "document"),
        "ar": embedder.embed_tokens(sample.arabic_questions, "query"),
        "en": embedder.embed_tokens(sample.english_questions, "query"),
    }
    return {
        name: mean
        for kind, texts in kinds.items()
        for name, mean in zip((kind, f"{kind}_token"), _means(texts), strict=True)
    }


def _means(texts: list[TokenEmbeddings]) -> tuple[Vector, Vector]:
    vectors = np.stack([text.vector for text in texts])
    tokens = np.concatenate([text.tokens for text in texts])
    return vectors.mean(axis=0), tokens.mean(axis=0)
