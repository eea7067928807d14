"""What the documentation names exists: links, files and folders, modules, and the headings that links lead to."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from pydoc import locate

import pytest

from dalil.domain import DropReason, RefusalReason
from tests.programs import ROOT

PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "evals" / "data" / "README.md",
    ROOT / "seeds" / "README.md",
]
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\((?!https?://)([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(
    r"(?:\.\./)*(?:(?:dalil|api|evals|indexer|tests|docs|scripts|seeds)/[\w./*-]*"
    r"|(?:answering|embedding|indexing|integrations|retrieval|stores|text|wire)/[\w./*-]*|[\w./-]+\.(?:py|toml))"
)
MODULE = re.compile(r"(?:dalil|api|evals|indexer)(?:\.\w+)+")


def prose(page: Path) -> str:
    """The page without its blocks of code."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def broken_links(page: Path, text: str) -> Iterator[str]:
    for target in LINK.findall(text):
        place, _, anchor = target.partition("#")
        found = page.parent / place if place else page
        if not found.exists() or (anchor and anchor not in anchors(found)):
            yield target


def missing_paths(page: Path, text: str) -> Iterator[str]:
    """A path counts from the page, from the root, or from dalil/; `*` stands for at least one file."""
    for code in CODE.findall(text):
        if PATH.fullmatch(code):
            roots = (page.parent, ROOT, ROOT / "dalil")
            if not any(list(root.glob(code)) if "*" in code else (root / code).exists() for root in roots):
                yield code


def missing_modules(text: str) -> Iterator[str]:
    yield from (code for code in CODE.findall(text) if MODULE.fullmatch(code) and locate(code) is None)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_exists(page: Path) -> None:
    text = prose(page)
    assert [*broken_links(page, text), *missing_paths(page, text), *missing_modules(text)] == []


def test_every_reason_is_explained() -> None:
    text = (ROOT / "docs" / "debugging-answers.md").read_text(encoding="utf-8")
    assert [reason for reason in (*DropReason, *RefusalReason) if f"| `{reason}` |" not in text] == []


def test_the_readme_lists_every_extra() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = re.findall(r"^\| `dalil\[(\w+)\]`", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(project["optional-dependencies"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("see [it](settings.md) and `dalil/domain.py`", [], id="both exist"),
        pytest.param("[it](nowhere.md)", ["nowhere.md"], id="a link"),
        pytest.param("[it](commands.md#no-such)", ["commands.md#no-such"], id="an anchor"),
        pytest.param("`retrieval/nothing.py`", ["retrieval/nothing.py"], id="a path in the package"),
        pytest.param("`tests/nothing/`", ["tests/nothing/"], id="a folder"),
        pytest.param("`evals/data/*.toml`", ["evals/data/*.toml"], id="a pattern"),
        pytest.param("`dalil.domain.Nothing`", ["dalil.domain.Nothing"], id="a name in a module"),
        pytest.param("`dalil.domain.Hit`, `articles/` and `news.jsonl`", [], id="not ours"),
    ],
)
def test_what_does_not_exist_is_found(text: str, expected: list[str]) -> None:
    page = ROOT / "docs" / "http.md"
    assert [*broken_links(page, text), *missing_paths(page, text), *missing_modules(text)] == expected
