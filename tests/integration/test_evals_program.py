import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from evals.__main__ import app

DOCUMENTS = {
    "d1": "أرسلت كوريا الشمالية قذائف مدفعية إلى روسيا.",
    "d2": "ضرب زلزال قوي جنوب المغرب ليلا.",
    "d3": "فازت الأرجنتين بكأس العالم في قطر.",
}
QUERIES = {"q1": "Who sent artillery shells to Russia?", "q2": "أين وقع الزلزال؟", "q3": "!"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    lines = [json.dumps({"_id": key, "text": text}) for key, text in DOCUMENTS.items()]
    (tmp_path / "corpus.jsonl").write_text("\n".join(lines), "utf-8")
    lines = [json.dumps({"_id": key, "text": text}) for key, text in QUERIES.items()]
    (tmp_path / "queries.jsonl").write_text("\n".join(lines), "utf-8")
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t1\nq3\td3\t1\n", "utf-8")
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["beir", *map(str, arguments)])


@pytest.mark.model
def test_a_collection_is_measured_and_a_refused_query_counts_as_zero(folder: Path) -> None:
    done = run(folder, "--json")
    assert done.exit_code == 0, done.stderr
    facts = json.loads(done.stdout)
    assert (facts["documents"], facts["queries"], facts["store"]) == (3, 3, "lancedb")
    assert facts["measures"] == pytest.approx(dict.fromkeys(("nDCG@10", "recall@10", "recall@100", "MRR@10"), 2 / 3))
    assert "q3" in done.stderr


@pytest.mark.model
def test_a_table_is_printed_for_people(folder: Path) -> None:
    done = run(folder, "--mode", "lexical")
    assert done.exit_code == 0, done.stderr
    assert "nDCG@10" in done.stdout


def test_the_configured_index_is_not_touched_and_a_missing_collection_is_named(folder: Path) -> None:
    done = run(folder / "nowhere")
    assert done.exit_code == 2
    assert "qrels.tsv" in done.stderr
    assert not (folder / ".dalil").exists()
