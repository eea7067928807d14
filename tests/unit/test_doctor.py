import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import lancedb
import pytest

from dalil.__main__ import main
from dalil.bootstrap import assemble
from dalil.doctor import Diagnosis, examine
from dalil.domain import Article
from dalil.embedding.atomic_dir import build_once
from dalil.embedding.fake import FakeEmbedder
from dalil.engine import Engine
from dalil.errors import Misconfigured, ModelUnavailable
from dalil.settings import GeneratorSettings, OpenSearchSettings, Settings, StoreSettings
from dalil.stores.lance import LanceStore
from dalil.stores.opensearch.store import OpenSearchStore
from tests.integration.opensearch_place import opensearch_place
from tests.opensearch_node import opensearch_url

DATE = datetime(2024, 3, 1, tzinfo=UTC)
ARTICLES = [
    Article("a", "صواريخ من كوريا الشمالية", "أرسلت كوريا الشمالية صواريخ إلى روسيا.", published_at=DATE),
    Article("b", "موسم القمح", "بدأ المزارعون حصاد القمح في الدلتا.", published_at=DATE),
]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(store=StoreSettings(path=tmp_path / "index"), cache_folder=tmp_path / "cache")


def build(settings: Settings) -> Engine:
    return assemble(LanceStore(settings.store.path), FakeEmbedder(), threshold=0.0)


def fill(settings: Settings, articles: list[Article]) -> None:
    with build(settings) as engine:
        assert not engine.index(articles).rejected


def diagnoses(settings: Settings, build: Callable[[Settings], Engine] = build) -> dict[str, Diagnosis]:
    return {diagnosis.part: diagnosis for diagnosis in examine(lambda: settings, build)}


def statuses(found: dict[str, Diagnosis]) -> dict[str, str]:
    return {part: diagnosis.status for part, diagnosis in found.items() if diagnosis.status != "ok"}


def test_an_installation_that_works_has_nothing_to_mend(settings: Settings) -> None:
    fill(settings, ARTICLES)
    found = diagnoses(settings)
    assert [
        diagnosis for diagnosis in found.values() if not diagnosis.part.startswith("disk") and diagnosis.remedy
    ] == []
    assert found["index"].finding == "2 articles, 2 passages"
    expected = [
        "settings",
        "disk of the cache",
        "disk of the index",
        "generator",
        "model files",
        "model",
        "index",
        "generations",
        "search",
        "dates",
    ]
    assert list(found) == [*expected, "duplicates", "orphans", "canary"]


def test_a_wrong_setting_is_the_only_diagnosis() -> None:
    def fail() -> Settings:
        raise Misconfigured("DALIL_STORE__KIND: no such store")

    (found,) = examine(fail, build)
    assert (found.part, found.status, found.finding) == ("settings", "fail", "DALIL_STORE__KIND: no such store")


def test_a_model_that_cannot_be_loaded_is_a_failure(settings: Settings) -> None:
    def fail(_: Settings) -> Engine:
        raise ModelUnavailable("delete that folder to compile it again")

    found = diagnoses(settings, fail)
    assert (found["model"].status, found["model"].finding) == ("fail", "delete that folder to compile it again")
    assert "index" not in found


def test_a_file_of_a_model_that_was_changed_is_a_failure(settings: Settings) -> None:
    fill(settings, ARTICLES)
    compiled = settings.cache_folder / "compiled"

    def compile_model(folder: Path) -> None:
        (folder / "model.onnx").write_text("whole")

    build_once(compiled / "one", compile_model)
    (compiled / "of an earlier release").mkdir()
    found = diagnoses(settings)["model files"]
    assert (found.status, found.remedy) == ("ok", "")
    assert found.finding == "1 folders are as they were made; 1 folders of an earlier release have no hashes"
    (compiled / "one" / "model.onnx").write_text("hole!")
    found = diagnoses(settings)["model files"]
    assert (found.status, found.remedy) == ("fail", f"rm -r {compiled / 'one'}")
    assert found.finding == f"changed since they were made: model.onnx in {compiled / 'one'}"


@pytest.mark.opensearch
def test_a_cluster_that_lacks_a_node_for_its_replicas_is_a_warning(settings: Settings) -> None:
    with opensearch_place(opensearch_url()) as place:
        own = settings.model_copy(update={"opensearch": OpenSearchSettings(url=(place.url,))})

        def over(replicas: int) -> dict[str, Diagnosis]:
            store = OpenSearchStore(urls=(place.url,), index=place.index, replicas=replicas)
            with assemble(store, FakeEmbedder(), threshold=0.0) as engine:
                engine.store.create(engine.fingerprint)
                assert not engine.index(ARTICLES).rejected
            return diagnoses(own, lambda _: assemble(place.store(), FakeEmbedder(), threshold=0.0))

        assert (over(0)["cluster"].status, over(0)["cluster"].remedy) == ("ok", "")
        lacking = over(1)["cluster"]
    assert lacking.status == "warn"
    assert "1 shards of the index are on none: replicas are missing" in lacking.finding
    assert f"curl {place.url}/_cluster/allocation/explain" in lacking.remedy


def test_a_missing_index_names_the_command_that_makes_one(settings: Settings) -> None:
    found = diagnoses(settings)
    assert (found["index"].status, found["index"].remedy) == ("fail", "python -m indexer index PATH…")


def test_an_index_of_another_model_is_a_failure(settings: Settings) -> None:
    fill(settings, ARTICLES)
    other = diagnoses(settings, lambda own: assemble(LanceStore(own.store.path), FakeEmbedder(32)))
    assert other["index"].status == "fail"
    assert "the index was made by something else" in other["index"].finding


def test_a_broken_keyword_index_is_a_failure(settings: Settings) -> None:
    fill(settings, ARTICLES)
    shutil.rmtree(settings.store.path / "passages.lance" / "_indices")
    found = diagnoses(settings)
    assert (found["store"].status, found["store"].remedy) == ("fail", "python -m indexer index PATH…")


def test_lost_files_are_a_failure(settings: Settings) -> None:
    fill(settings, ARTICLES)
    shutil.rmtree(settings.store.path / "passages.lance" / "data")
    assert statuses(diagnoses(settings))["store"] == "fail"


def test_undated_and_repeated_articles_are_warnings(settings: Settings) -> None:
    again = Article("c", "موسم القمح", "بدأ المزارعون حصاد القمح في الصعيد.", published_at=DATE)
    fill(settings, [*ARTICLES, again, Article("d", "بلا تاريخ", "افتتح المتحف أبوابه.")])
    found = diagnoses(settings)
    assert found["dates"].finding.startswith("1 of 4 articles have no date")
    assert "'موسم القمح'" in found["duplicates"].finding
    assert statuses(found).items() >= {"dates": "warn", "duplicates": "warn"}.items()


def test_passages_without_an_article_are_a_warning(settings: Settings) -> None:
    long = "\n".join(f"هذه هي الجملة رقم {number} من نص طويل جدا عن القمح." for number in range(80))
    fill(settings, [*ARTICLES, Article("c", "طويل", long, published_at=DATE)])
    lancedb.connect(settings.store.path).open_table("passages").delete("article_id = 'c' and ordinal = 0")
    assert statuses(diagnoses(settings))["orphans"] == "warn"


def test_a_language_model_that_does_not_answer_is_a_warning(settings: Settings) -> None:
    fill(settings, ARTICLES)
    silent = settings.model_copy(update={"generator": GeneratorSettings(base_url="http://127.0.0.1:9/v1")})
    assert diagnoses(silent)["generator"].status == "warn"


@pytest.mark.parametrize(("status", "expected"), [("ok", 0), ("warn", 0), ("fail", 1)])
def test_the_exit_status_says_whether_something_does_not_work(
    status: str, expected: int, capsys: pytest.CaptureFixture[str]
) -> None:
    def found() -> Iterator[Diagnosis]:
        yield Diagnosis("settings", "ok", "all")
        yield Diagnosis("index", status, "two\nlines", "a command")  # type: ignore[arg-type]

    assert main(["doctor"], found) == expected
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["ok", "settings", "all"]
    assert lines[1].split() == [status, "index", "two", "lines"]
    assert lines[2].strip() == "→ a command"
    assert main(["doctor", "--json"], found) == expected
    printed = json.loads(capsys.readouterr().out)
    assert printed[1] == {"part": "index", "status": status, "finding": "two\nlines", "remedy": "a command"}
