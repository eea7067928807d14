import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dalil.domain import IndexFingerprint
from dalil.errors import IndexMissing
from dalil.stores.lance import LanceStore
from indexer import __main__ as program
from tests.contracts.samples import indexed

ROOT = Path(__file__).parents[2]
ARTICLES = 120


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working folder, with no settings but the index's place."""
    umask = os.umask(0o022)
    for name in [name for name in os.environ if name.startswith("DALIL_") and name != "DALIL_CACHE_FOLDER"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DALIL_STORE__PATH", str(tmp_path / "index"))
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    os.umask(umask)


@pytest.fixture
def news(folder: Path) -> Path:
    """Three articles in three formats."""
    articles = folder / "news"
    articles.mkdir()
    (articles / "a.txt").write_text("عاجل\nعنوان أول\nأرسلت كوريا الشمالية صواريخ إلى روسيا.\nشاركها.", "utf-8")
    (articles / "b.md").write_text("---\nid: md\ntitle: عنوان\n---\nنفى الكرملين ذلك.", "utf-8")
    (articles / "c.jsonl").write_text('{"id": "json", "text": "قالت الوزارة إن الأسلحة وصلت."}\n', "utf-8")
    return articles


def run(*arguments: object) -> Result:
    return CliRunner().invoke(program.app, [str(argument) for argument in arguments])


def passages() -> int:
    with LanceStore(Path("index")) as store:
        return store.counts().passages


def stored() -> list[str]:
    with LanceStore(Path("index")) as store:
        return sorted(store.versions())


def started(*arguments: object) -> subprocess.Popen[str]:
    """The program in a process of its own, for what only a process shows. Slow: it imports its libraries."""
    command = [sys.executable, "-m", "indexer", *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "DALIL_INDEXING__BATCH_ARTICLES": "2"}
    # A shell's background job ignores SIGINT, and what it starts inherits that.
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    finally:
        signal.signal(signal.SIGINT, previous)


@pytest.fixture
def long_run(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """The program as it indexes its articles, the first of which are stored. Slow: it loads the model."""
    lines = [
        json.dumps({"id": f"{n:03}", "text": " ".join(f"جملة {n} رقم {i}." for i in range(12))})
        for n in range(ARTICLES)
    ]
    (folder / "long.jsonl").write_text("\n".join(lines), "utf-8")
    with started("index", "long.jsonl") as process:
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if stored():
                    break
            except IndexMissing:
                pass
            time.sleep(0.05)
        yield process
        process.kill()


@pytest.mark.model
def test_a_report_names_an_id_that_utf_8_cannot_write(news: Path) -> None:
    (news / "c.jsonl").write_text('{"id": "a\\ud800", "text": "نص."}\n', "utf-8")
    assert run("index", news / "c.jsonl", "--report", "report.json").exit_code == 1
    (rejected,) = json.loads(Path("report.json").read_text("utf-8"))["rejected"]
    assert rejected["reason"] == "holds a lone surrogate, which no encoding can write"


@pytest.mark.model
def test_index_status_and_delete_tell_what_they_did(news: Path) -> None:
    indexed = run("index", news)
    assert (indexed.exit_code, indexed.stderr) == (0, "")
    assert indexed.stdout.startswith("3 indexed (3 new), 0 unchanged, ")
    assert indexed.stdout.endswith("; the index holds 3 articles in 3 passages\n")

    assert {path.stat().st_mode & 0o077 for path in Path("index").rglob("*")} == {0}

    status = run("status")
    assert status.exit_code == 0
    assert "lancedb" in status.stdout
    facts = json.loads(run("status", "--json").stdout)
    assert (facts["articles"], facts["passages"]) == (3, 3)
    assert facts["model"].startswith("multilingual-e5-small")
    assert facts["place"] == str(Path("index").resolve())

    deleted = run("delete", "a", "md")
    assert (deleted.exit_code, deleted.stdout, deleted.stderr) == (0, "deleted 2 of 2 articles\n", "")
    unknown = run("delete", "json", "nobody")
    assert (unknown.exit_code, unknown.stdout) == (1, "deleted 1 of 2 articles\n")
    assert unknown.stderr == "no article has the id 'nobody'\n"
    assert stored() == []


@pytest.mark.model
def test_a_second_run_finds_everything_unchanged_and_prune_takes_what_has_gone(news: Path) -> None:
    run("index", news)
    assert run("index", news).stdout.startswith("0 indexed (0 new), 3 unchanged, ")
    (news / "a.txt").unlink()
    assert run("index", news).stdout.startswith("0 indexed (0 new), 2 unchanged, ")
    assert "1 pruned" in run("index", news, "--prune").stdout
    assert stored() == ["json", "md"]


@pytest.mark.model
def test_what_was_exported_is_imported_into_another_index(news: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("index", news)
    exported = run("export", "backup.jsonl.zst")
    assert (exported.exit_code, exported.stdout, exported.stderr) == (0, "3 articles are in backup.jsonl.zst\n", "")
    monkeypatch.setenv("DALIL_STORE__PATH", "other")
    imported = run("import", "backup.jsonl.zst", "--report", "report.json")
    assert imported.exit_code == 0, imported.output
    assert imported.stdout.startswith("3 indexed (3 new), 0 unchanged, ")
    assert json.loads(Path("report.json").read_text("utf-8"))["added"] == 3
    with LanceStore(Path("index")) as first, LanceStore(Path("other")) as second:
        assert second.versions() == first.versions()


def test_a_backup_that_is_not_there_or_has_another_name_is_an_error(folder: Path) -> None:
    for file, reason in (("gone.jsonl", "there is no file gone.jsonl"), ("articles.csv", "a backup ends in one of")):
        result = run("import", file)
        assert (result.exit_code, reason in result.stderr) == (2, True)
        assert not (folder / "index").exists()


@pytest.mark.model
def test_broken_files_are_named_with_the_reason_and_the_others_indexed(news: Path, folder: Path) -> None:
    (news / "arabic.txt").write_bytes("خبر عاجل من القاهرة".encode("windows-1256"))
    (news / "empty.txt").touch()
    (news / "huge.txt").touch()
    os.truncate(news / "huge.txt", 50_000_000)
    (news / "lines.jsonl").write_text('{"text": "نص \\ud800."}\n', "utf-8")
    (news / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    (news / "other.pdf").touch()

    result = run("index", news, "--report", "report.json")

    assert result.exit_code == 1
    assert stored() == ["a", "json", "md"]
    report = json.loads((folder / "report.json").read_text("utf-8"))
    refused = {Path(refusal["name"]).name: refusal["reason"] for refusal in report["rejected"]}
    assert [*refused] == ["arabic.txt", "empty.txt", "huge.txt", "lines.jsonl:1", "picture.txt"]
    for name, reason in refused.items():
        assert f"{name}: {reason}\n" in result.stderr
    assert [Path(skipped["name"]).name for skipped in report["skipped"]] == ["other.pdf"]
    assert f"skipped, not a format that is read: {news / 'other.pdf'}\n" in result.stderr
    assert (report["added"], report["error"]) == (3, None)


@pytest.mark.model
def test_a_file_that_cannot_be_read_keeps_its_own_articles_alone(news: Path) -> None:
    run("index", news)
    (news / "a.txt").unlink()
    (news / "b.md").write_bytes(b"\xff")
    result = run("index", news, "--prune")
    assert result.exit_code == 1
    assert "not pruned" not in result.stderr
    assert stored() == ["json", "md"]


@pytest.mark.model
def test_what_keeps_prune_from_pruning_is_printed(news: Path) -> None:
    run("index", news)
    for file in news.iterdir():
        file.write_bytes(b"")
    result = run("index", news, "--prune")
    assert result.exit_code == 1
    assert "not pruned: no article could be read, and an index is not emptied by mistake" in result.stderr
    assert stored() == ["a", "json", "md"]


@pytest.mark.model
def test_a_folder_without_an_article_is_an_error_even_to_prune_by(folder: Path, news: Path) -> None:
    run("index", news)
    (folder / "nothing").mkdir()
    result = run("index", "nothing", "--prune")
    assert result.exit_code == 2
    assert "error: there is no article to index under the given paths" in result.stderr
    assert stored() == ["a", "json", "md"]


@pytest.mark.model
def test_an_index_made_by_another_model_is_refused_with_the_command_that_rebuilds_it(news: Path) -> None:
    with LanceStore(Path("index")) as store:
        store.create(IndexFingerprint("another-model", 8, 1, 1))
    refused = run("index", news)
    assert refused.exit_code == 2
    assert refused.stderr.startswith("error: the index was made by something else (embedding_model: 'another-model'")
    assert "`python -m indexer rebuild`" in refused.stderr
    rebuilt = run("rebuild", news)
    assert rebuilt.exit_code == 0, rebuilt.output
    assert stored() == ["a", "json", "md"]


@pytest.mark.model
def test_a_terminal_gets_a_bar(news: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    assert "100%" in run("index", news).stderr


@pytest.mark.model
def test_what_is_no_terminal_gets_a_line_every_few_seconds(news: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "PROGRESS_INTERVAL_SECONDS", 0)
    assert "\n3 indexed (3 new), 0 unchanged" in run("index", news).stderr


@pytest.mark.model
def test_a_killed_run_is_completed_by_the_next(long_run: subprocess.Popen[str]) -> None:
    long_run.send_signal(signal.SIGKILL)
    assert long_run.wait() == -signal.SIGKILL
    left = ARTICLES - len(stored())
    assert left > 0
    result = run("index", "long.jsonl")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"{left} indexed ({left} new), {ARTICLES - left} unchanged")
    assert stored() == [f"{number:03}" for number in range(ARTICLES)]


@pytest.mark.model
def test_an_interrupted_run_says_how_to_go_on_and_exits_130(long_run: subprocess.Popen[str]) -> None:
    long_run.send_signal(signal.SIGINT)
    stdout, stderr = long_run.communicate()
    assert long_run.returncode == 130
    assert stderr.endswith("interrupted; what is stored stays, and the same command goes on from there\n")
    assert stdout == ""
    assert 0 < len(stored()) < ARTICLES


def test_a_path_that_is_not_there_is_an_error_before_anything_is_done(folder: Path, news: Path) -> None:
    result = run("index", news, "gone", "--report", "report.json")
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", "error: there is no gone\n")
    assert json.loads((folder / "report.json").read_text("utf-8"))["error"] == "there is no gone"
    assert not (folder / "index").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("index", "a.csv", "--field", "headline"), "title=NAME"),
        (("export", "gone/backup.jsonl.zst"), "there is no folder gone"),
    ],
)
def test_a_wrong_argument_is_told_with_what_is_right(folder: Path, arguments: Sequence[str], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "report it" not in result.stderr
    assert not (folder / "index").exists()


def test_a_report_that_cannot_be_written_is_an_error_before_anything_is_done(folder: Path, news: Path) -> None:
    result = run("index", news, "--report", "gone/report.json")
    assert result.exit_code == 2
    assert "there is no folder gone" in result.stderr
    assert not (folder / "index").exists()


@pytest.mark.parametrize("command", [("status",), ("status", "--json"), ("delete", "a"), ("export", "b.jsonl")])
def test_without_an_index_the_command_that_makes_one_is_named(command: tuple[str, ...]) -> None:
    result = run(*command)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert "python -m indexer index PATH" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_bad_setting_is_named_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALIL_INDEXING__PASSAGE_TOKENS", "9999")
    monkeypatch.setenv("DALIL_STORE__KIND", "sqlite")
    result = run("status")
    assert result.exit_code == 2
    assert "DALIL_INDEXING__PASSAGE_TOKENS: Input should be less than or equal to 500" in result.stderr
    assert "DALIL_STORE__KIND: Input should be 'lancedb' or 'opensearch'" in result.stderr


def test_a_store_that_does_not_answer_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALIL_STORE__KIND", "opensearch")
    monkeypatch.setenv("DALIL_OPENSEARCH__URL", "http://127.0.0.1:9")
    result = run("status")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert "http://127.0.0.1:9" in result.stderr
    assert result.stderr.count("\n") == 1


def test_what_nobody_foresaw_is_one_line_and_not_the_status_of_rejected_articles(
    news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise LookupError("no such\nthing")

    monkeypatch.setattr(program, "build_writer", lambda *_: fail())
    result = run("index", news)
    assert result.exit_code == 2
    assert result.stderr == (
        "error: an unexpected LookupError: no such thing; this is a fault of Dalil: please report it with the traceback"
        " that DALIL_LOG_LEVEL=debug shows\n"
    )
    monkeypatch.setenv("DALIL_LOG_LEVEL", "debug")
    assert "Traceback" in run("index", news).stderr


def test_the_help_documents_the_exit_statuses() -> None:
    result = run("index", "--help")
    assert result.exit_code == 0
    for text in ("0 everything is done", "1 some articles were rejected", "130 interrupted", "python -m indexer index"):
        assert text in result.stdout


def test_the_program_starts_as_a_module() -> None:
    process = started("status")
    _, stderr = process.communicate(timeout=120)
    assert process.returncode == 2
    assert stderr.startswith("error: ")


@pytest.mark.model
def test_an_index_is_rebuilt_with_other_passages_and_rolled_back_with_what_came_since(
    news: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (news / "d.txt").write_text(
        "\n".join(f"أعلنت الوزارة رقم {line} عن الجسر في المدينة." for line in range(8)), "utf-8"
    )
    run("index", news)
    before = passages()
    monkeypatch.setenv("DALIL_INDEXING__PASSAGE_TOKENS", "32")
    (folder / "q.jsonl").write_text('{"question": "ماذا أعلنت الوزارة عن الجسر؟", "article": "d"}\n', "utf-8")

    rebuilt = run("rebuild", "--questions", "q.jsonl")

    assert rebuilt.exit_code == 0, rebuilt.output
    assert (
        "1 questions: 100.0% of the first ten articles are the same\nMRR@10: 1.000 before, 1.000 after"
        in rebuilt.stderr
    )
    assert "found among the first ten: 100.0% of the articles asked for, 100.0% before" in rebuilt.stderr
    assert passages() > before
    assert rebuilt.stdout.startswith(f"live: 4 articles in {passages()} passages; `python -m indexer rollback`")
    (news / "a.txt").write_text("خبر جديد عن كوريا الشمالية.", "utf-8")
    (news / "b.md").unlink()
    run("index", news, "--prune")
    assert json.loads(run("status", "--json").stdout)["generations"] == "live, previous"

    assert run("rollback").stdout == f"live: 3 articles in {before - 1} passages\n"
    with LanceStore(Path("index")) as store:
        assert store.article("a").text == "خبر جديد عن كوريا الشمالية."
    assert run("rollback", "--discard-changes").exit_code == 0
    assert run("gc").stdout == "deleted: previous\n"
    assert run("gc").stdout == "deleted: nothing\n"
    gone = run("rollback")
    assert (gone.exit_code, "has no previous generation to go back to" in gone.stderr) == (2, True)


@pytest.mark.model
def test_a_rebuild_that_is_worse_is_not_swapped_unless_one_insists(news: Path, folder: Path) -> None:
    run("index", news)
    # Of another model, so that nothing can be compared, and no question finds the article that it names.
    with LanceStore(Path("index")) as store:
        articles = [article for article, _ in store.whole_articles(["a", "json"])]
        store.create(IndexFingerprint("another-model", 8, 1, 1))
        store.write([indexed(article.id, metadata={"kept": "yes"}) for article in articles])
    (folder / "q.jsonl").write_text('{"question": "عن كوريا الشمالية", "article": "nobody"}\n', "utf-8")

    refused = run("rebuild", "--questions", "q.jsonl")

    assert refused.exit_code == 2
    assert "it is of another model (--live-model NAME)" in refused.stderr
    assert "error: not swapped: only 0% of the articles are found by a question for them" in refused.stderr
    assert json.loads(run("status", "--json").stdout)["model"] == "another-model"
    wrong = run("rebuild", "--live-model", "bundled")
    assert (wrong.exit_code, "did not make the live index (embedding_model: 'another-model'" in wrong.stderr) == (
        2,
        True,
    )
    assert run("rebuild", "--questions", "q.jsonl", "--swap-anyway").exit_code == 0
    with LanceStore(Path("index")) as store:
        assert store.article("json").metadata == {"kept": "yes"}
    back = run("rollback")
    assert (back.exit_code, "rollback --discard-changes" in back.stderr) == (2, True)


@pytest.mark.model
def test_an_index_that_cannot_be_read_is_rebuilt_from_files_alone(news: Path, folder: Path) -> None:
    run("index", news)
    for version in (folder / "index" / "passages.lance" / "_versions").iterdir():
        version.write_bytes(b"garbage")
    assert run("rebuild").exit_code == 2
    (folder / "empty").mkdir()
    nothing = run("rebuild", "empty")
    assert (nothing.exit_code, "there is no article under the given paths" in nothing.stderr) == (2, True)
    rebuilt = run("rebuild", news)
    assert rebuilt.exit_code == 0, rebuilt.output
    assert "only the files count" in rebuilt.stderr
    assert stored() == ["a", "json", "md"]
    assert run("index", news).stdout.startswith("0 indexed (0 new), 3 unchanged")


def test_a_field_of_another_name_and_the_time_zone_are_given(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "export.csv").write_text("id,kicker,story,date\n1,جسر,افتتح الجسر.,10/11/2024 01:30\n", "utf-8")
    monkeypatch.setenv("DALIL_TIMEZONE", "Asia/Riyadh")
    monkeypatch.setenv("DALIL_INDEXING__DAY_ORDER", "mdy")
    result = run("index", "export.csv", "--field", "title=kicker", "--field", "text=story")
    assert result.exit_code == 0, result.output
    with LanceStore(Path("index")) as store:
        article = store.article("1")
    assert (article.title, article.text) == ("جسر", "افتتح الجسر.")
    assert article.published_at is not None
    assert article.published_at.isoformat() == "2024-10-11T01:30:00+03:00"


@pytest.mark.parametrize("option", ["author=x", "title", "title="])
def test_a_field_that_articles_do_not_have_is_refused(folder: Path, option: str) -> None:
    result = run("index", ".", "--field", option)
    assert result.exit_code == 2
    assert "title=NAME" in result.output


def test_a_time_zone_that_does_not_exist_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALIL_TIMEZONE", "Asia/Mars")
    result = run("index", ".")
    assert result.exit_code == 2
    assert "DALIL_TIMEZONE: Value error, 'Asia/Mars' is no time zone such as" in result.output
