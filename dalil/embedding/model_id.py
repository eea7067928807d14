"""Where a model's folder is, and the name of the vector space it makes."""

import hashlib
import json
from pathlib import Path

MARK = "dalil.json"
"""A file in a model's folder that holds its `model` name, where the name does not follow from the files."""

_SAMPLE_BYTES = 65_536


def locate(model: str | Path) -> Path:
    """The sentence-transformers folder of `model`: a folder as it is, else a name on the Hugging Face hub.

    A model that has been downloaded before is found without asking the hub. Raises `ModelUnavailable`.
    """
    if Path(model).is_dir():
        return Path(model).resolve()
    # The hub's library takes half a second to import, and a folder does without it.
    from dalil.embedding.hub import download  # noqa: PLC0415

    return download(str(model))


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
