"""`make run` as a newcomer runs it, on articles of which one is broken.

Slow: the script starts the indexer and the server, and each imports its libraries and loads the model.
"""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]


def started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("DALIL_")}
    if cache := os.environ.get("DALIL_CACHE_FOLDER"):
        own["DALIL_CACHE_FOLDER"] = cache
    own["DALIL_STORE__PATH"] = str(folder / "index")
    command = [sys.executable, "-u", str(ROOT / "scripts" / "run.py"), *arguments]
    return subprocess.Popen(command, env=own, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.model
def test_a_broken_file_is_named_and_the_others_are_served(tmp_path: Path) -> None:
    articles = tmp_path / "my articles"
    articles.mkdir()
    (articles / "good.txt").write_text("قالت الوزارة إن كوريا الشمالية أرسلت صواريخ باليستية إلى روسيا.", "utf-8")
    (articles / "bad.txt").write_bytes(b"\xff\xfe\x00")
    with started(tmp_path, str(articles), "0", "--prune") as running:
        assert running.stdout is not None
        assert running.stderr is not None
        try:
            lines = [running.stdout.readline(), running.stdout.readline()]
            address = re.search(r"http://127\.0\.0\.1:\d+", lines[1])
            assert address, lines
            listed = httpx.get(f"{address.group()}/v1/articles", trust_env=False).json()["articles"]
        finally:
            running.send_signal(signal.SIGINT)
        errors = running.stderr.read()
    assert [article["id"] for article in listed] == ["good"]
    assert re.search(r"rejected: .*bad\.txt", errors)


def test_a_folder_that_is_not_there_ends_the_run(tmp_path: Path) -> None:
    with started(tmp_path, str(tmp_path / "nowhere"), "0") as running:
        _, errors = running.communicate(timeout=60)
    assert running.returncode == 2
    assert "there is no" in errors


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        pytest.param("", r"DALIL_STORE__PATH=\.dalil/articles-\d+", id="an index of its own"),
        pytest.param("DALIL_STORE__PATH=mine ", "DALIL_STORE__PATH=mine", id="the environment comes first"),
    ],
)
def test_ones_own_articles_get_an_index_of_their_own(before: str, expected: str, tmp_path: Path) -> None:
    show = "include Makefile\nshow:\n\t@env | grep DALIL_STORE\n"
    command = f"{before}make --no-print-directory -f - show ARTICLES='{tmp_path}'"
    own = {name: value for name, value in os.environ.items() if not name.startswith("DALIL_")}
    done = subprocess.run(  # noqa: S602 - the variable is set as a shell sets it
        command, input=show, capture_output=True, text=True, cwd=ROOT, shell=True, env=own, check=False
    )
    assert re.fullmatch(expected, done.stdout.strip()), done.stdout + done.stderr
