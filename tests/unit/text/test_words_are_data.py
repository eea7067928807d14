"""Words of Arabic belong into `dalil/text/lexicon/*.yaml`, not into Python code."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROGRAMS = ("dalil", "indexer", "api", "evals", "scripts")

MAX_WORDS = 3
"""Arabic words in the string literals of one file; docstrings are not counted."""

ALLOWED = {
    "dalil/text/arabic.py": "the affixes of the light10 stemmer, an algorithm's table",
    "dalil/embedding/compilation.py": "sentences that a compiled model is checked with",
    "dalil/wire/fields.py": "example questions in the description of the API",
    "api/examples.py": "example questions in the description of the API",
    "api/ingest/schemas.py": "an example article in the description of the API",
    "api/presentation/markdown.py": "texts for readers, by language",
    "api/presentation/unanswered.py": "texts for readers, by language",
}

_ARABIC_WORD = re.compile(r"[ء-ي]{2,}")


def arabic_words(source: str) -> list[str]:
    """The Arabic words, of at least two letters, in the string literals of Python code without its docstrings."""
    tree = ast.parse(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        word
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
        for word in _ARABIC_WORD.findall(node.value)
    ]


FILES = sorted(path.relative_to(ROOT).as_posix() for program in PROGRAMS for path in (ROOT / program).rglob("*.py"))


@pytest.mark.parametrize("name", [name for name in FILES if name not in ALLOWED])
def test_no_python_file_holds_a_list_of_arabic_words(name: str) -> None:
    found = arabic_words((ROOT / name).read_text(encoding="utf-8"))
    assert len(found) <= MAX_WORDS, f"move these words into dalil/text/lexicon: {found!r}"


@pytest.mark.parametrize("name", ALLOWED)
def test_every_exception_is_needed(name: str) -> None:
    assert len(arabic_words((ROOT / name).read_text(encoding="utf-8"))) > MAX_WORDS


def test_words_in_literals_are_counted_and_words_in_docstrings_and_comments_are_not() -> None:
    source = '''
"""كلمة في وصف."""
WORDS = "من ماذا"  # تعليق
PATTERN = rf"(?:متى){WORDS}|و"
"""وصف الثابت."""
'''
    assert arabic_words(source) == ["من", "ماذا", "متى"]
