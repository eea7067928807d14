"""Python programs that run as they would where some libraries are not installed."""

import subprocess
import sys

TORCH = ("sentence_transformers", "torch", "transformers")
"""torch and what needs it."""

_WITHOUT = """
import sys
class Without:
    def __init__(self, finder):
        self.finder = finder
    def __getattr__(self, name):
        return getattr(self.finder, name)
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {libraries!r}:
            return None
        return self.finder.find_spec(name, path, target)
sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
"""


def run_without(libraries: tuple[str, ...], program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The program when it has ended, and what it printed."""
    command = [sys.executable, "-c", _WITHOUT.replace("{libraries!r}", repr(libraries)) + program, *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def run_without_torch(program: str, *arguments: str) -> str:
    """What the program prints; it must end well."""
    ended = run_without(TORCH, program, *arguments)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
