import os
import subprocess
import sys
from pathlib import Path


def test_onnxruntime_sends_nothing_home(tmp_path: Path) -> None:
    # With its telemetry on, it keeps a device id and a queue of events in the cache folder. CI is a reason of its own
    # to leave it off.
    unset = {"CI", "ORT_DISABLE_TELEMETRY", "GITHUB_ACTIONS", "PYTEST_CURRENT_TEST", "PYTEST_VERSION"}
    inherited = {name: value for name, value in os.environ.items() if name not in unset}
    environment = inherited | {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = [sys.executable, "-c", "import dalil.embedding.onnx"]
    subprocess.run(command, env=environment, check=True, timeout=60)
    assert not list(tmp_path.rglob("*"))
