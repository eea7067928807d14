"""Python programs that run as they would where torch and what needs it are not installed."""

import subprocess
import sys

_WITHOUT = """
import sys
class Without:
    def __init__(self, finder):
        self.finder = finder
    def __getattr__(self, name):
        return getattr(self.finder, name)
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"sentence_transformers", "torch", "transformers"}:
            return None
        return self.finder.find_spec(name, path, target)
sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
"""


def run_without_torch(program: str, *arguments: str) -> str:
    """What the program prints."""
    command = [sys.executable, "-c", _WITHOUT + program, *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
