"""`make run` as a newcomer runs it, on articles of which one is broken.

Slow: the script starts the indexer and the server, and each imports its libraries and loads the model.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from dalil.errors import GeneratorUnavailable, Misconfigured
from scripts.run import endpoint_variables, local_model_variables

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


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        pytest.param("", "--prune", id="an index of their own"),
        pytest.param("DALIL_STORE__PATH=mine ", "", id="a folder that may hold others"),
        pytest.param("DALIL_OPENSEARCH__INDEX=mine ", "", id="an index that may hold others"),
    ],
)
def test_only_an_index_of_ones_own_articles_is_pruned(before: str, expected: str) -> None:
    assert variable_of_make("PRUNE", f"{before}make", "a.jsonl") == expected


def test_two_files_get_two_indexes() -> None:
    places = {variable_of_make("DALIL_STORE__PATH", "make", name) for name in ("a.jsonl", "b.jsonl", "./a.jsonl")}
    assert len(places) == 2


def test_without_a_python_the_articles_of_two_folders_are_not_mixed(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    command = ["make", "index", "ARTICLES=mine", "PYTHON=no-such-python"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert "no-such-python does not run" in done.stderr


def variable_of_make(name: str, make: str, articles: str) -> str:
    own = {each: value for each, value in os.environ.items() if not each.startswith("DALIL_")}
    done = subprocess.run(  # noqa: S602 - the variable is set as a shell sets it
        f"{make} --no-print-directory -f - show ARTICLES='{articles}'",
        input=f"include Makefile\nshow:\n\t@echo $({name})\n",
        capture_output=True,
        text=True,
        cwd=ROOT,
        shell=True,
        env=own,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[str]:
    """The address of a real HTTP server whose `/v1/models` is a file of `tmp_path`."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()


def offer(folder: Path, *names: str) -> None:
    (folder / "v1").mkdir()
    models = {"object": "list", "data": [{"id": name, "object": "model"} for name in names]}
    (folder / "v1" / "models").write_text(json.dumps(models), "utf-8")


def test_the_only_model_of_an_endpoint_writes_the_answers(endpoint: str, tmp_path: Path) -> None:
    offer(tmp_path, "qwen")
    assert endpoint_variables(endpoint) == {
        "DALIL_GENERATOR__BASE_URL": endpoint,
        "DALIL_GENERATOR__MODEL": "qwen",
    }


def test_of_several_models_the_settings_name_one(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(tmp_path, "qwen", "gemma")
    with pytest.raises(Misconfigured, match="offers qwen, gemma: name one with DALIL_GENERATOR__MODEL=NAME"):
        endpoint_variables(endpoint)
    monkeypatch.setenv("DALIL_GENERATOR__MODEL", "gemma")
    assert endpoint_variables(endpoint) == {"DALIL_GENERATOR__BASE_URL": endpoint}


def test_an_address_without_models_is_named(endpoint: str, tmp_path: Path) -> None:
    with pytest.raises(GeneratorUnavailable, match=r"/v1/models answers with status 404; most addresses end in /v1"):
        endpoint_variables(endpoint)
    (tmp_path / "v1").mkdir()
    (tmp_path / "v1" / "models").write_text("<html>", "utf-8")
    with pytest.raises(GeneratorUnavailable, match="does not list models in OpenAI's shape"):
        endpoint_variables(endpoint)


def test_a_model_on_this_processor_has_time_and_a_short_prompt_unless_settings_say_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DALIL_GENERATOR__EVIDENCE_TOKENS", "1000")
    assert local_model_variables("http://127.0.0.1:9/v1", "qwen") == {
        "DALIL_GENERATOR__BASE_URL": "http://127.0.0.1:9/v1",
        "DALIL_GENERATOR__MODEL": "qwen",
        "DALIL_GENERATOR__TIMEOUT_SECONDS": "300",
        "DALIL_API__REQUEST_SECONDS": "1800",
    }
    monkeypatch.setenv("DALIL_API__REQUEST_SECONDS", "60")
    assert "DALIL_API__REQUEST_SECONDS" not in local_model_variables("http://127.0.0.1:9/v1", "qwen")


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        pytest.param("nowhere.gguf", "the language model 'nowhere.gguf' cannot be read", id="no such file"),
        pytest.param(
            "http://127.0.0.1:9/v1", "no language model answers at 'http://127.0.0.1:9/v1'", id="nobody there"
        ),
    ],
)
def test_a_model_that_cannot_be_used_ends_the_run_before_anything_is_indexed(
    model: str, expected: str, tmp_path: Path
) -> None:
    with started(tmp_path, "seeds", "0", "--model", model) as running:
        output, errors = running.communicate(timeout=60)
    assert running.returncode == 2
    assert errors.startswith(f"cannot start: {expected}")
    assert not output
    assert not (tmp_path / "index").exists()


@pytest.mark.parametrize(
    ("model", "needed"),
    [
        pytest.param("", "", id="no model"),
        pytest.param("http://127.0.0.1:8080/v1", "", id="an endpoint"),
        pytest.param("model.gguf", ".venv/.installed-xllamacpp", id="a file"),
    ],
)
def test_the_server_of_a_model_is_installed_where_a_file_is_served(model: str, needed: str) -> None:
    show = "include Makefile\nshow:\n\t@echo $(XLLAMACPP)\n"
    command = ["make", "--no-print-directory", "-f", "-", "show", f"MODEL={model}"]
    done = subprocess.run(command, input=show, capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == needed
