"""`python -m benchmarks` from end to end, with the bundled model and the embedded store."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from evals.datasets.paths import NEWS
from tests.missing import missing
from tests.programs import ROOT, environment


def run(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", *map(str, arguments), "--output", str(folder / "out" / "one.json")]
    own = environment("lancedb", folder)
    return subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, check=False)


@pytest.mark.model
def test_a_run_writes_a_table_json_and_a_page_and_leaves_no_index(tmp_path: Path) -> None:
    if not NEWS.is_dir():
        missing("no news articles: put them into ../shared/data/news")
    done = run(tmp_path, "--systems", "dalil", "--passages", 40, "--embedded", 30, "--questions", 10)
    assert done.returncode == 0, done.stderr
    written = json.loads((tmp_path / "out" / "one.json").read_text("utf-8"))
    assert written["passages"] == 40
    assert written["embedded"] >= 30
    (row,) = written["results"]
    assert row["indexing"]["bytes_on_disk"] > 0
    assert row["search"]["one_client"]["searches"] == row["search"]["eight_clients"]["searches"] == 10
    assert 0 < row["search"]["one_client"]["p50"] <= row["search"]["one_client"]["p95"]
    assert "Dalil (embedded LanceDB)" in done.stdout
    assert "Dalil (embedded LanceDB)" in (tmp_path / "out" / "one.html").read_text("utf-8")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["one.html", "one.json"]


def test_a_folder_without_news_is_named(tmp_path: Path) -> None:
    done = run(tmp_path, "--systems", "dalil", "--news", tmp_path)
    assert done.returncode == 2
    assert f"{tmp_path}: holds no zips of news articles" in done.stderr
