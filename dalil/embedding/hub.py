"""Models of the Hugging Face hub, by name."""

from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

from dalil.errors import ModelUnavailable

_OTHER_RUNTIMES = ["onnx/*", "openvino/*", "*.onnx", "*.h5", "*.ot", "*.msgpack", "*.gguf"]


def download(model: str, remedy: str) -> Path:
    """Return the folder of the model of this name; it is downloaded unless it was before.

    Raises `ModelUnavailable`, whose message ends with the remedy.
    """
    folder: Path | None
    try:
        folder = Path(snapshot_download(model, local_files_only=True))
    except (HFValidationError, LocalEntryNotFoundError):
        folder = None
    if folder is not None and _has_weights(folder):
        return folder
    try:
        folder = Path(snapshot_download(model, ignore_patterns=_OTHER_RUNTIMES))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise ModelUnavailable(
            f"no model {model!r}: it is not a folder and cannot be downloaded ({error}); {remedy}"
        ) from error
    # Without a connection, the library returns an earlier, interrupted download as it is.
    if not _has_weights(folder):
        raise ModelUnavailable(f"no model {model!r}: {str(folder)!r} has no weights; {remedy}")
    return folder


def _has_weights(folder: Path) -> bool:
    return any(folder.glob("*.safetensors")) or any(folder.glob("*.bin"))
