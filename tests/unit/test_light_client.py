"""The client imports no engine: the core installation has httpx and pydantic alone."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

PROGRAM = """
import sys

FORBIDDEN = {
    "babel", "dotenv", "fastapi", "huggingface_hub", "lancedb", "langchain_core", "numpy", "onnx", "onnxruntime",
    "openai", "opensearchpy", "platformdirs", "pyarrow", "pydantic_settings", "sentence_transformers", "sentencex",
    "tokenizers", "torch", "trafilatura", "transformers", "yaml",
    "dalil.answering", "dalil.bootstrap", "dalil.embedding", "dalil.engine", "dalil.indexing", "dalil.opening",
    "dalil.retrieval", "dalil.settings", "dalil.stores", "dalil.text",
}

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name in FORBIDDEN:
            raise AssertionError(f"the client imports {name}")

sys.meta_path.insert(0, Refuse())
import dalil.client
assert "dalil.wire.answers" in sys.modules
try:
    import dalil.retrieval
except AssertionError:
    print(len(sys.modules))
"""


def test_the_client_imports_no_engine_and_no_heavy_library() -> None:
    run = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    # With the engine's packages it was 506 and more; an optional dependency of httpx or pydantic may add some.
    assert 0 < int(run.stdout) < 450
