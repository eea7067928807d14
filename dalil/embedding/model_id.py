"""The folder of a model, and the name of its vector space."""

import hashlib
import json
from pathlib import Path

from dalil.errors import ModelUnavailable

EMBEDDING_REMEDY = "set DALIL_EMBEDDING__MODEL to a sentence-transformers folder or name, or to `bundled`"
"""The way out in the message about an embedding model that cannot be found."""

METADATA_FILE = "dalil.json"
"""The file in a model's folder that holds the name of its vector space, if its files do not determine it."""

_SAMPLE_BYTES = 65_536


def locate(model: str | Path, remedy: str = EMBEDDING_REMEDY) -> Path:
    """Return the sentence-transformers folder of `model`, which is a folder or a name on the Hugging Face hub.

    A model that was downloaded before is found without a connection. Raises `ModelUnavailable` with the remedy.
    """
    if Path(model).is_dir():
        return Path(model).resolve()
    # The hub's library takes half a second to import, and a folder does not need it.
    from dalil.embedding.hub import download  # noqa: PLC0415

    return download(str(model), remedy)


def model_name(folder: Path) -> str:
    """Return `name@digest`, the digest over all files of the model; a copy of the folder has the same digest.

    A large file counts by its size and evenly spread samples, so the call takes milliseconds. Raises `ModelUnavailable`
    for a damaged folder.
    """
    mark = folder / METADATA_FILE
    if mark.is_file():
        try:
            name: str = json.loads(mark.read_text(encoding="utf-8"))["model"]
        except (ValueError, KeyError, TypeError) as error:
            raise ModelUnavailable(
                f"{str(mark)!r} is damaged ({error!r}); delete its folder to make it again"
            ) from error
        return name
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".md"):
        digest.update(f"{path.relative_to(folder).as_posix()}\n{path.stat().st_size}\n".encode())
        digest.update(_sample(path))
    # The hub's cache has folders such as models--organisation--name/snapshots/commit.
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
