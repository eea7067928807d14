"""Where a model's folder is, and the name of the vector space it makes."""

import hashlib
import json
from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

from dalil.errors import ModelUnavailable

MARK = "dalil.json"
"""A file in a model's folder that holds its `model` name, where the name does not follow from the files."""

_SAMPLE_BYTES = 65_536
_OTHER_RUNTIMES = ["onnx/*", "openvino/*", "*.onnx", "*.h5", "*.ot", "*.msgpack", "*.gguf"]


def locate(model: str | Path) -> Path:
    """The sentence-transformers folder of `model`: a folder as it is, else a name on the Hugging Face hub.

    A model that has been downloaded before is found without asking the hub. Raises `ModelUnavailable`.
    """
    if Path(model).is_dir():
        return Path(model).resolve()
    folder: Path | None
    try:
        folder = Path(snapshot_download(str(model), local_files_only=True))
    except (HFValidationError, LocalEntryNotFoundError):
        folder = None
    if folder is None or not _has_weights(folder):
        folder = _download(str(model))
    return folder


def _download(model: str) -> Path:
    help_line = "set DALIL_EMBEDDING__MODEL to a sentence-transformers folder or name, or to `bundled`"
    try:
        folder = Path(snapshot_download(model, ignore_patterns=_OTHER_RUNTIMES))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise ModelUnavailable(
            f"no embedding model {model!r}: it is not a folder and cannot be downloaded ({error}); {help_line}"
        ) from error
    # Without a way to the hub, a download that was interrupted earlier is returned as it is.
    if not _has_weights(folder):
        raise ModelUnavailable(f"no embedding model {model!r}: {str(folder)!r} is without weights; {help_line}")
    return folder


def _has_weights(folder: Path) -> bool:
    return any(folder.glob("*.safetensors")) or any(folder.glob("*.bin"))


def model_name(folder: Path) -> str:
    """`name@digest`, the digest over every file of the model; a copy of the folder has the same digest.

    Of a large file only its size and evenly spread samples are read, so that naming a model takes milliseconds.
    """
    mark = folder / MARK
    if mark.is_file():
        name: str = json.loads(mark.read_text(encoding="utf-8"))["model"]
        return name
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".md"):
        digest.update(f"{path.relative_to(folder).as_posix()}\n{path.stat().st_size}\n".encode())
        digest.update(_sample(path))
    # A hub snapshot lies in models--organisation--name/snapshots/commit.
    repository = folder.parent.parent.name
    name = repository.removeprefix("models--").replace("--", "/") if folder.parent.name == "snapshots" else folder.name
    return f"{name}@{digest.hexdigest()[:8]}"


def _sample(path: Path) -> bytes:
    size = path.stat().st_size
    if size <= 16 * _SAMPLE_BYTES:
        return path.read_bytes()
    samples = []
    with path.open("rb") as file:
        for part in range(16):
            file.seek(part * (size - _SAMPLE_BYTES) // 15)
            samples.append(file.read(_SAMPLE_BYTES))
    return b"".join(samples)
