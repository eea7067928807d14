"""Every example in docs/ runs, and prints what its page says it prints.

Of each page the ```python blocks run in one namespace, and between them in bash the ```sh blocks that call curl, all
in the order of the page. What a page writes as http://127.0.0.1:8000 is a real server over the seeds, whose index the
settings name too. A line `# → text` says a line that its block prints, whole but for `…`, which stands for anything; of
several the order counts, and lines between are passed over.
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

from tests.programs import ROOT, Service

ADDRESS = "http://127.0.0.1:8000"
BLOCK = re.compile(r"^```(?P<language>python|sh)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
SAID = re.compile(r"^\s*# → (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Example:
    """A block that runs; `place` is where it stands."""

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


def prints(output: str, said: list[str]) -> bool:
    """Whether the lines stand in the output, in order."""
    lines = iter(output.splitlines())
    patterns = (".*".join(map(re.escape, line.split("…"))) for line in said)
    return all(any(re.fullmatch(pattern, line) for line in lines) for pattern in patterns)


def run(example: Example, namespace: dict[str, object]) -> str:
    """What the example prints."""
    if example.language == "sh":
        command = ["bash", "-euo", "pipefail", "-c", example.code]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{example.place}: {done.stderr}"
        return done.stdout
    with contextlib.redirect_stdout(io.StringIO()) as output:
        exec(compile(example.code, example.place, "exec"), namespace)  # noqa: S102 - the page's own code
    return output.getvalue()


PAGES = [page for page in sorted((ROOT / "docs").glob("*.md")) if examples(page)]


@pytest.mark.model
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_prints_what_it_says(
    page: Path, seeds_service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("DALIL_")]:
        monkeypatch.delenv(name)
    for name, value in seeds_service.environment.items():
        monkeypatch.setenv(name, value)
    address = str(seeds_service.client.base_url).rstrip("/")
    namespace: dict[str, object] = {"__name__": page.stem}
    found = examples(page)
    assert any(SAID.search(example.code) for example in found), f"{page.name} says of no example what it prints"
    for example in found:
        served = replace(example, code=example.code.replace(ADDRESS, address))
        output = run(served, namespace)
        assert prints(output, SAID.findall(served.code)), f"{example.place} prints:\n{output}"
    # What a page leaves open is told of this page, and not of the test that the collector happens to run in.
    namespace.clear()
    gc.collect()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param([], True, id="nothing is said"),
        pytest.param(["one 1", "three 3"], True, id="a line between is passed over"),
        pytest.param(["one 1", "one 1"], False, id="a line counts once"),
        pytest.param(["three 3", "one 1"], False, id="the order counts"),
        pytest.param(["two"], False, id="a line is said whole"),
        pytest.param(["…o 2", "t…"], True, id="dots stand for the rest"),
        pytest.param(["one…three 3"], False, id="dots do not cross lines"),
        pytest.param(["one ."], False, id="what is said is no pattern"),
    ],
)
def test_what_is_said_stands_in_what_is_printed(said: list[str], expected: bool) -> None:
    assert prints("one 1\ntwo 2\nthree 3\n", said) is expected
