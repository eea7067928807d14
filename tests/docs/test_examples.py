"""Every example in README.md and docs/ runs, and prints what its page claims.

The ```python blocks of a page run in one namespace, and the ```sh blocks that call curl run in bash, all in the order
of the page; ```sh not-run stays text. `http://127.0.0.1:8000` becomes a real server over the seeds, and the settings
name its index. The working folder is empty but for `seeds`. A line `# → text` is a whole line that its block prints;
`…` stands for any characters. Several such lines have to come in order, and other lines may be between them.
"""

import contextlib
import gc
import io
import os
import re
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.programs import ROOT, SEEDS, Service

ADDRESS = "http://127.0.0.1:8000"
BLOCK = re.compile(r"^```(?P<language>python|sh)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
CLAIM = re.compile(r"^\s*# → (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Example:
    """A block that runs; `place` is its page and line."""

    place: str
    language: str
    code: str


def examples(page: Path) -> list[Example]:
    text = page.read_text("utf-8")
    return [
        Example(f"{page.name}:{text.count(chr(10), 0, found.start()) + 1}", found["language"], found["code"])
        for found in BLOCK.finditer(text)
        if found["language"] == "python" or "curl" in found["code"]
    ]


def prints(output: str, claims: list[str]) -> bool:
    """Whether the output has the claimed lines, in order."""
    lines = iter(output.splitlines())
    patterns = (".*".join(map(re.escape, line.split("…"))) for line in claims)
    return all(any(re.fullmatch(pattern, line) for line in lines) for pattern in patterns)


def run(example: Example, namespace: dict[str, object]) -> str:
    """Run the example, and return what it prints."""
    if example.language == "sh":
        command = ["bash", "-euo", "pipefail", "-c", example.code]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{example.place}: {done.stderr}"
        return done.stdout
    with contextlib.redirect_stdout(io.StringIO()) as output:
        exec(compile(example.code, example.place, "exec"), namespace)  # noqa: S102 - the page's own code
    return output.getvalue()


PAGES = [page for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if examples(page)]


@pytest.mark.model
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_prints_what_it_claims(
    page: Path, seeds_service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "seeds").symlink_to(SEEDS)
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("DALIL_")]:
        monkeypatch.delenv(name)
    for name, value in seeds_service.environment.items():
        monkeypatch.setenv(name, value)
    address = str(seeds_service.client.base_url).rstrip("/")
    namespace: dict[str, object] = {"__name__": page.stem}
    found = examples(page)
    assert any(CLAIM.search(example.code) for example in found), f"{page.name} claims of no example what it prints"
    for example in found:
        served = replace(example, code=example.code.replace(ADDRESS, address))
        output = run(served, namespace)
        assert prints(output, CLAIM.findall(served.code)), f"{example.place} prints:\n{output}"
    # A resource that a page leaves open fails this test, and not a later one during which it is collected.
    namespace.clear()
    gc.collect()


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        pytest.param([], True, id="no claim"),
        pytest.param(["one 1", "three 3"], True, id="another line between"),
        pytest.param(["one 1", "one 1"], False, id="a line counts once"),
        pytest.param(["three 3", "one 1"], False, id="the order counts"),
        pytest.param(["two"], False, id="part of a line"),
        pytest.param(["…o 2", "t…"], True, id="dots stand for the rest"),
        pytest.param(["one…three 3"], False, id="dots do not cross lines"),
        pytest.param(["one ."], False, id="a claim is no pattern"),
    ],
)
def test_claimed_lines_are_printed_lines_in_order(claims: list[str], expected: bool) -> None:
    assert prints("one 1\ntwo 2\nthree 3\n", claims) is expected
