"""`python -m evals` from end to end, with the bundled model.

Slow: each run loads the model and indexes the collection.
"""

import json
from dataclasses import fields
from pathlib import Path
from zipfile import ZipFile

import pytest
from typer.testing import CliRunner, Result

from dalil.answering.confidence import AnswerabilityFeatures
from dalil.bootstrap import build_engine
from dalil.domain import Article
from dalil.settings import Settings, load_settings
from evals.commands.app import app
from evals.datasets.claims import CLAIMS, load_claims
from evals.datasets.paths import SEEDS
from evals.measures.ranking import RANKING_MEASURES
from evals.runs.files import read_run, write_run
from tests.unit.evals.factories import make_row, make_run

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


@pytest.fixture
def own(folder: Path) -> list[str]:
    """Options that name a set of one's own over the documents: two questions with evidence, one without."""
    (folder / "articles").mkdir()
    for key, text in DOCUMENTS.items():
        (folder / "articles" / f"{key}.txt").write_text(text, "utf-8")
    asked = [
        {"id": "q1", "lang": "en", "question": QUERIES["q1"], "article": "d1", "evidence": "أرسلت كوريا الشمالية"},
        {"id": "q2", "lang": "ar", "question": QUERIES["q2"], "article": "d2", "evidence": {"start": 0, "end": 31}},
        {"id": "q3", "lang": "ar", "question": "من اخترع الهاتف؟", "article": None, "evidence": None},
    ]
    (folder / "mine.jsonl").write_text("\n".join(map(json.dumps, asked)), "utf-8")
    return ["--questions", "mine.jsonl", "--articles", "articles"]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.mark.model
def test_a_collection_is_measured_and_a_refused_query_counts_as_zero(folder: Path) -> None:
    done = run("beir", folder, "--json", "--output", folder / "run.json")
    assert done.exit_code == 0, done.stderr
    facts = json.loads(done.stdout)
    assert (facts["documents"], facts["queries"], facts["store"]) == (3, 3, "lancedb")
    third = {name: facts["measures"][name] for name in RANKING_MEASURES if name != "judged@10"}
    assert third == pytest.approx(dict.fromkeys(third, 2 / 3))
    assert facts["intervals"]["nDCG@10"] == [0.0, 1.0]
    assert "q3" in done.stderr
    assert len(read_run(folder / "run.json").rows) == 3


@pytest.mark.model
def test_a_table_is_printed_for_people(folder: Path) -> None:
    done = run("beir", folder, "--mode", "lexical")
    assert done.exit_code == 0, done.stderr
    assert "nDCG@10" in done.stdout
    assert len(list((folder / ".dalil" / "evals").glob("*.json"))) == 1


@pytest.mark.model
def test_distractors_are_put_in_the_way(folder: Path) -> None:
    (folder / "news").mkdir()
    with ZipFile(folder / "news" / "day.zip", "w") as archive:
        items = [{"title": "خبر", "content": f"عقد المجلس جلسته رقم {number} أمس."} for number in range(9)]
        archive.writestr("day.json", json.dumps(items))
    done = run("beir", folder, "--json", "--distractors", 4, "--news", folder / "news")
    assert done.exit_code == 0, done.stderr
    facts = json.loads(done.stdout)
    assert (facts["documents"], facts["distractors"], facts["passages"]) == (3, 4, 7)


def test_the_configured_index_is_not_touched_and_a_missing_collection_is_named(folder: Path) -> None:
    done = run("beir", folder / "nowhere")
    assert done.exit_code == 2
    assert "qrels.tsv" in done.stderr
    assert not (folder / ".dalil").exists()


@pytest.mark.model
def test_anyones_questions_are_measured_alike_twice_and_drawn_as_a_page(folder: Path, own: list[str]) -> None:
    for name in ("one", "two"):
        done = run("run", *own, "--output", f"{name}.json", "--json")
        assert done.exit_code == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["groups"]["mine test"]["questions"] == 3
    assert figures["groups"]["mine test"]["measures"]["success@1"] == 1.0
    one, two = read_run(Path("one.json")), read_run(Path("two.json"))
    assert one.rows == two.rows
    assert set(one.latencies) == {"embed", "keywords", "vectors", "search", "answer"}
    assert {row.id: set(row.measures) & {"answered", "near misses answered"} for row in one.rows} == {
        "q1": {"answered"},
        "q2": {"answered"},
        "q3": {"near misses answered"},
    }
    assert {language for half in figures["calibration"].values() for language in half} == {"en", "ar"}
    assert one.rows[0].returned[0].grade == 3
    drawn = run("report", "one.json", "--against", "two.json")
    assert drawn.exit_code == 0, drawn.stderr
    assert QUERIES["q2"] in Path("one.html").read_text("utf-8")
    compared = run("compare", "one.json", "two.json", "--fail-on-worse", "nDCG@10")
    assert compared.exit_code == 0, compared.stderr
    assert "worse: nothing" in compared.stdout


@pytest.mark.model
def test_retrieval_alone_is_measured_without_answers_and_a_slim_run_keeps_no_passages(
    folder: Path, own: list[str]
) -> None:
    done = run("run", *own, "--no-answers", "--no-latency", "--slim", "--slices", "--output", "run.json")
    assert done.exit_code == 0, done.stderr
    assert "by language pair" in done.stdout
    kept = read_run(Path("run.json"))
    assert [row.answer for row in kept.rows] == [None] * 3
    assert not any(row.returned for row in kept.rows)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--questions", "mine.jsonl"], "go together"),
        (["--questions", "mine.jsonl", "--articles", "articles", "--half", "dev"], "no questions"),
        (["--questions", "mine.jsonl", "--articles", "nowhere"], "nowhere"),
    ],
    ids=["no articles", "no such half", "no folder"],
)
def test_what_cannot_be_run_is_said_in_one_line(own: list[str], options: list[str], said: str) -> None:
    done = run("run", *options)
    assert done.exit_code == 2
    assert said in done.stderr


def test_a_worse_run_fails_a_guarded_compare_and_an_unknown_measure_is_no_guard(folder: Path) -> None:
    for name, value in (("good", 0.9), ("bad", 0.8)):
        write_run(make_run([make_row(f"a{i}.ar", {"nDCG@10": value}) for i in range(20)]), folder / f"{name}.json")
    done = run("compare", "good.json", "bad.json", "--fail-on-worse", "nDCG@10")
    assert done.exit_code == 1
    assert "worse: nDCG@10 -0.1000" in done.stderr
    assert run("compare", "good.json", "bad.json").exit_code == 0
    assert run("compare", "bad.json", "good.json", "--fail-on-worse", "nDCG@10").exit_code == 0
    unknown = run("compare", "good.json", "bad.json", "--fail-on-worse", "nDCG@10,citation recall")
    assert unknown.exit_code == 2
    assert "citation recall" in unknown.stderr
    verdicts = json.loads(run("compare", "good.json", "bad.json", "--json").stdout)["comparisons"]
    assert {one["verdict"] for one in verdicts if one["slice"] == "all"} == {"worse"}


@pytest.mark.model
def test_the_verifiers_errors_are_measured_over_the_half_of_the_claims_that_is_asked_for(folder: Path) -> None:
    done = run("claims", "--half", "test", "--json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert len(found["claims"]) == sum(found["verdicts"].values()) == 80
    assert {own["id"] for own in found["claims"]} == {
        own.id for own in load_claims(CLAIMS, SEEDS) if own.half == "test"
    }
    shares = found["shares"]
    for mean, low, high in (shares["supported"]["unsupported"], shares["unsupported"]["supported"]):
        assert 0.0 <= low <= mean <= high < 0.5


@pytest.mark.model
def test_claims_of_ones_own_are_measured_and_printed_for_people(folder: Path, own: list[str]) -> None:
    quote = {"article": "d2", "start": 0, "end": len(DOCUMENTS["d2"])}
    claims = [
        {"id": "c1", "lang": "ar", "sentence": DOCUMENTS["d2"], "quotes": [quote], "label": "supported"},
        {"id": "c2", "lang": "en", "sentence": "It struck 9,999 towns.", "quotes": [quote], "label": "unsupported"},
    ]
    (folder / "claims.jsonl").write_text("\n".join(map(json.dumps, claims)), "utf-8")
    done = run("claims", "--file", "claims.jsonl", "--articles", "articles")
    assert done.exit_code == 0, done.stderr
    assert "2 claims" in done.stdout
    assert "1.000" not in done.stdout
    wrong = run("claims", "--file", "claims.jsonl", "--articles", "articles", "--half", "dev")
    assert wrong.exit_code == 2
    assert "no claim is of the half 'dev'" in wrong.stderr


@pytest.mark.model
def test_refusals_are_measured_and_weights_fitted_over_collections(folder: Path) -> None:
    other = folder / "other"
    other.mkdir()
    documents = {"d1": "أطلقت الهند مسبارا إلى القمر.", "d2": "انهار سد في مدينة درنة الليبية."}
    queries = {"q1": "Which country sent a probe to the Moon?", "q2": "أين انهار السد؟"}
    for name, texts in (("corpus", documents), ("queries", queries)):
        lines = [json.dumps({"_id": key, "text": text}) for key, text in texts.items()]
        (other / f"{name}.jsonl").write_text("\n".join(lines), "utf-8")
    (other / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t1\n", "utf-8")
    done = run("refusals", "--beir", folder, "--beir", other, "--fit", "--json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["threshold"] == Settings().answering.threshold
    # The third question of the first cannot be read; each set is asked those of the other too.
    for own in (folder.name, "other"):
        for language in ("ar", "en"):
            halves = {half: languages[language] for half, languages in found["sets"][own].items()}
            assert halves["test"]["questions"] == {"answerable": 1, "without its passages": 1}
            assert halves[""]["questions"] == {"off-topic": 1}
            assert 0.0 <= halves["test"]["roc_area"] <= 1.0
    fitted = dict(
        line.split(": ")
        for line in done.stderr.splitlines()
        if line.startswith(("TOPICALITY_WEIGHTS", "ANSWERABILITY_WEIGHTS"))
    )
    assert fitted.keys() == {
        "TOPICALITY_WEIGHTS ar",
        "ANSWERABILITY_WEIGHTS ar",
        "TOPICALITY_WEIGHTS en",
        "ANSWERABILITY_WEIGHTS en",
    }
    for weights in fitted.values():
        assert len(list(map(float, weights.split(", ")))) == 1 + len(fields(AnswerabilityFeatures))
    assert not (folder / ".dalil" / "index").exists()


@pytest.mark.model
def test_one_collection_alone_has_no_out_of_domain_questions_and_prints_a_table(folder: Path) -> None:
    done = run("refusals", "--beir", folder)
    assert done.exit_code == 0, done.stderr
    assert "share of questions refused" in done.stdout
    assert f"indexing 3 articles of {folder.name}" in done.stderr
    assert "TOPICALITY_WEIGHTS" not in done.stderr


@pytest.mark.model
def test_an_answer_is_explained_from_the_query_to_its_sentences(folder: Path) -> None:
    missing = run("explain", QUERIES["q1"])
    assert (missing.exit_code, "no index yet" in missing.stderr) == (2, True)
    articles = [Article(key, "", text) for key, text in DOCUMENTS.items()]
    with build_engine(load_settings()) as engine:
        engine.index(articles)
    shown = run("explain", QUERIES["q1"])
    assert shown.exit_code == 0, shown.stderr
    for part in ("analysed query", "late_interaction", "rank score", "content_similarity", "threshold", "status"):
        assert part in shown.stdout
    explained = json.loads(run("explain", QUERIES["q1"], "--json").stdout)["explain"]
    assert explained["query"]["language"] == "en"
    assert explained["hits"][0]["article_id"] == "d1"
