"""`python -m api` as an operator runs it, over the bundled model.

Slow: the program imports its libraries and loads the model.
"""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from api.app import from_environment
from dalil.bootstrap import build_writer
from dalil.settings import EmbeddingSettings, Settings, StoreSettings
from tests.integration.api_service import fill, serving

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from api.__main__ import main
status = main(["--port", "0"])
print("loaded:", sorted({"opentelemetry.sdk", "torch"} & set(sys.modules)))
sys.exit(status)
"""


@pytest.mark.model
def test_the_server_over_the_compiled_model_answers_without_ever_loading_torch(tmp_path: Path) -> None:
    settings = Settings(store=StoreSettings(path=tmp_path / "index"), embedding=EmbeddingSettings(runtime="onnx"))
    with build_writer(settings) as writer:
        fill(writer.store, writer.encoder.embedder, writer.encoder.centres)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("DALIL_")},
        "DALIL_CACHE_FOLDER": str(settings.cache_folder),
        "DALIL_STORE__PATH": str(settings.store.path),
        "DALIL_EMBEDDING__RUNTIME": "onnx",
    }
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(
            [sys.executable, "-u", "-c", PROGRAM],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as server,
    ):
        assert server.stdout is not None
        greeting = server.stdout.readline()
        try:
            address = re.search(r"http://127\.0\.0\.1:\d+", greeting)
            assert address, (tmp_path / "log").read_text()
            with httpx.Client(base_url=address.group(), timeout=30, trust_env=False) as client:
                assert client.get("/readyz").status_code == 200
                answer = client.post("/v1/answer", json={"question": "what did North Korea send to Russia?"}).json()
                assert answer["citations"][0]["article_id"] == "weapons"
                maps = Path(f"/proc/{server.pid}/maps")
                assert not maps.exists() or "libtorch" not in maps.read_text()
        finally:
            server.send_signal(signal.SIGINT)
            rest = server.stdout.read()
    assert server.returncode == 0
    assert "loaded: []" in rest
    assert (tmp_path / "log").read_text().count("POST /v1/answer 200") == 1


@pytest.mark.model
def test_the_factory_serves_what_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cache = Settings().cache_folder
    for name in [name for name in os.environ if name.startswith("DALIL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DALIL_CACHE_FOLDER", str(cache))
    monkeypatch.setenv("DALIL_STORE__PATH", str(tmp_path / "nothing yet"))
    monkeypatch.setenv("DALIL_EMBEDDING__RUNTIME", "onnx")
    monkeypatch.setenv("DALIL_API__MAX_BODY_BYTES", "1024")
    with serving(from_environment()) as client:
        checks = client.get("/readyz").json()["checks"]
        assert checks["model"]["status"] == "ok"
        assert checks["index"]["status"] == "failed"
        assert client.post("/v1/search", json={"query": "x" * 1024}).status_code == 413
