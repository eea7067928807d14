"""`python -m evals ablate` from end to end, with the bundled model.

Slow: a run indexes the collection once for each store and each length of passages.
"""

import json
import shutil
from pathlib import Path

import httpx
import pytest
import typer
from typer.testing import CliRunner, Result

from evals.ablation.ablate import SECOND_INDEX
from evals.commands.app import app
from evals.systems.temporary_index import OPENSEARCH_INDEX
from tests.opensearch_node import opensearch_url

DOCUMENTS = {
    "d1": "أرسلت كوريا الشمالية قذائف مدفعية إلى روسيا.",
    "d2": "ضرب زلزال قوي جنوب المغرب ليلا.",
    "d3": "فازت الأرجنتين بكأس العالم في قطر.",
}
QUERIES = {"q1": "Who sent artillery shells to Russia?", "q2": "أين وقع الزلزال؟", "q3": "!"}
NOWHERE = "http://127.0.0.1:9"
TIMES = {"milliseconds", "times"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DALIL_OPENSEARCH__URL", NOWHERE)
    for name, texts in (("corpus", DOCUMENTS), ("queries", QUERIES)):
        lines = [json.dumps({"_id": key, "text": text}) for key, text in texts.items()]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines), "utf-8")
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t1\nq3\td3\t1\n", "utf-8")
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["ablate", *map(str, arguments)])


@pytest.mark.model
def test_every_variant_has_a_row_in_each_language_alike_twice_and_what_is_missing_says_why(folder: Path) -> None:
    chosen = ("--only", "alone", "--only", "without", "--only", "OpenSearch", "--only", "passages of 128")
    printed = run("--beir", folder, *chosen, "--output", folder / "one.json", "--page", folder / "drawn" / "one.html")
    assert printed.exit_code == 0, printed.stderr
    assert "without late interaction" in printed.stdout
    assert "passages of 128 is done: nDCG@10 0." in printed.stderr
    html = (folder / "drawn" / "one.html").read_text("utf-8")
    assert "without late interaction" in html
    assert NOWHERE in html
    again = run("--beir", folder, *chosen, "--json")
    assert again.exit_code == 0, again.stderr
    one, two = json.loads((folder / "one.json").read_text("utf-8")), json.loads(again.stdout)
    for table in (one, two):
        for row in table["rows"]:
            assert set(row) >= TIMES
            for name in TIMES:
                del row[name]
    assert one == two
    rows = {(row["language"], row["variant"]): row for row in one["rows"]}
    assert {language for language, _ in rows} == {"en", "ar", "und"}
    assert rows["ar", "default engine"]["mean"] == 1.0
    assert rows["ar", "default engine"]["difference"] is None
    assert rows["und", "default engine"]["mean"] == 0.0
    assert rows["en", "lexical alone"]["bytes_a_passage"] < rows["en", "default engine"]["bytes_a_passage"]
    assert NOWHERE in rows["en", "OpenSearch hybrid .5/.5"]["missing"]
    assert rows["en", "without titles"]["missing"] == "no article of the set has a title"
    assert rows["ar", "passages of 128"]["difference"] == 0.0


@pytest.mark.model
def test_what_a_set_brought_is_kept_when_the_next_one_fails(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(folder, folder / "other" / folder.name)
    echo = typer.echo

    def breaking(line: object, *, err: bool = False) -> None:
        if str(line) == f"indexing 3 articles of other/{folder.name}":
            raise BrokenPipeError("nobody reads on")
        echo(line, err=err)

    monkeypatch.setattr(typer, "echo", breaking)
    twice = ("--beir", folder, "--beir", folder / "other" / folder.name)
    done = run(*twice, "--only", "without aliases", "--output", "kept.json", "--page", "kept.html")
    assert done.exit_code == 2
    assert "nobody reads on" in done.stderr
    kept = json.loads((folder / "kept.json").read_text("utf-8"))
    (first,) = kept["sets"]
    assert first["name"].endswith(f"/{folder.name}")
    assert {row["variant"] for row in kept["rows"]} == {"default engine", "without aliases"}
    assert first["name"] in (folder / "kept.html").read_text("utf-8")


@pytest.mark.model
@pytest.mark.opensearch
def test_opensearch_has_rows_in_the_same_table(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALIL_OPENSEARCH__URL", opensearch_url())
    done = run("--beir", folder, "--only", "OpenSearch", "--json")
    assert done.exit_code == 0, done.stderr
    rows = {(row["language"], row["variant"]): row for row in json.loads(done.stdout)["rows"]}
    assert rows["ar", "OpenSearch hybrid .3/.7"]["missing"] is None
    assert rows["ar", "OpenSearch hybrid .3/.7"]["mean"] == 1.0


@pytest.mark.model
@pytest.mark.opensearch
def test_a_variant_with_an_index_of_its_own_does_not_take_that_of_the_default_engine(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = opensearch_url()
    monkeypatch.setenv("DALIL_OPENSEARCH__URL", url)
    monkeypatch.setenv("DALIL_STORE__KIND", "opensearch")
    done = run("--beir", folder, "--only", "passages of 128", "--json")
    for name in (OPENSEARCH_INDEX, SECOND_INDEX):  # left empty behind these aliases
        (left,) = httpx.get(f"{url}/{name}").raise_for_status().json()
        httpx.delete(f"{url}/{left}").raise_for_status()
    assert done.exit_code == 0, done.stderr
    rows = {(row["language"], row["variant"]): row for row in json.loads(done.stdout)["rows"]}
    assert rows["ar", "passages of 128"]["mean"] == rows["ar", "default engine"]["mean"] == 1.0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--beir", "nowhere"), "qrels.tsv"),
        (("--only", "nothing of the kind"), "no name of a variant contains 'nothing of the kind'"),
    ],
    ids=["no collection", "no variant"],
)
def test_what_cannot_be_run_is_said_in_one_line(folder: Path, options: tuple[str, ...], said: str) -> None:
    done = run(*options)
    assert done.exit_code == 2
    assert said in done.stderr
