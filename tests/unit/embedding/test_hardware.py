import os
import subprocess
import sys

from dalil.embedding.hardware import gpu_is_present


def test_a_gpu_that_is_hidden_from_the_process_is_not_there() -> None:
    program = "import sys; from dalil.embedding.hardware import gpu_is_present; sys.exit(gpu_is_present())"
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    assert subprocess.run([sys.executable, "-c", program], check=False, env=environment).returncode == 0


def test_asking_twice_gives_the_same_answer() -> None:
    assert gpu_is_present() == gpu_is_present()
