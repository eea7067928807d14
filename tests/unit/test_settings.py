from pathlib import Path

import pytest
from pydantic import ValidationError

from dalil.errors import Misconfigured
from dalil.settings import ApiSettings, load_settings


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_variable_changes_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALIL_STORE__KIND", "opensearch")
    monkeypatch.setenv("DALIL_INDEXING__PASSAGE_TOKENS", "128")
    settings = load_settings()
    assert (settings.store.kind, settings.indexing.passage_tokens) == ("opensearch", 128)


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("DALIL_STORE__PATH=file\nDALIL_RETRIEVAL__CANDIDATES=70\nOPENSEARCH_PASSWORD=x\n", "utf-8")
    monkeypatch.setenv("DALIL_STORE__PATH", "environment")
    settings = load_settings()
    assert (settings.store.path, settings.retrieval.candidates) == (Path("environment"), 70)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DALIL_STOER__KIND", "lancedb"),
        ("DALIL_STORE__KINDS", "lancedb"),
        ("DALIL_STORE__KIND", "elsewhere"),
        ("DALIL_ANSWERING__THRESHOLD", "1.5"),
        ("DALIL_INDEXING__PASSAGE_TOKENS", "many"),
        ("DALIL_OPENSEARCH__URL", "ftp://localhost"),
        ("DALIL_API__PUBLIC_URL", "news.example"),
        ("DALIL_API__PUBLIC_URL", "https://news.example/?q="),
    ],
)
@pytest.mark.parametrize("place", ["environment", "file"])
def test_what_is_unknown_or_out_of_bounds_is_refused_by_name(
    variable: str, value: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if place == "file":
        Path(".env").write_text(f"{variable}={value}\n", "utf-8")
    else:
        monkeypatch.setenv(variable, value)
    with pytest.raises(Misconfigured, match=variable):
        load_settings()


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("http://one:9200,https://two.example/search", id="commas"),
        pytest.param(" http://one:9200 , https://two.example/search ", id="commas and spaces"),
        pytest.param('["http://one:9200", "https://two.example/search"]', id="JSON"),
    ],
)
def test_the_nodes_of_a_cluster_are_a_list(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALIL_OPENSEARCH__URL", value)
    assert load_settings().opensearch.url == ("http://one:9200", "https://two.example/search")


@pytest.mark.parametrize(
    ("value", "named"),
    [
        pytest.param("http://one:9200,two:9200", "'two:9200' is no address", id="one of two"),
        pytest.param("http://one:9200,", "'' is no address", id="nothing after a comma"),
        pytest.param("http://one:9200 http://two:9200", "'http://one:9200 http://two:9200' is no address", id="spaces"),
        pytest.param('["http://one:9200"', "begins as a JSON list and is none", id="half a list"),
        pytest.param("[1]", "1 is no address", id="a number"),
        pytest.param("[]", "at least 1 item", id="an empty list"),
    ],
)
def test_a_malformed_list_of_nodes_is_named(value: str, named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALIL_OPENSEARCH__URL", value)
    with pytest.raises(Misconfigured) as error:
        load_settings()
    assert "DALIL_OPENSEARCH__URL" in str(error.value)
    assert named in str(error.value)


def test_a_login_in_an_address_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALIL_OPENSEARCH__URL", "https://admin:hunter2@one:9200")
    with pytest.raises(Misconfigured, match="DALIL_OPENSEARCH__PASSWORD") as error:
        load_settings()
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize("name", ["CA_FILE", "CLIENT_CERTIFICATE", "CLIENT_KEY"])
def test_a_certificate_that_is_not_there_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"DALIL_OPENSEARCH__{name}", "nowhere.pem")
    with pytest.raises(Misconfigured, match=f"DALIL_OPENSEARCH__{name}"):
        load_settings()


def test_a_secret_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALIL_OPENSEARCH__PASSWORD", "hunter2")
    settings = load_settings()
    assert "hunter2" not in repr(settings) + settings.model_dump_json()


@pytest.mark.parametrize(
    ("variable", "value"), [("DALIL_API__CORS_ORIGINS", "http://localhost:3000"), ("DALIL_STORE", "opensearch")]
)
def test_a_value_of_the_wrong_shape_is_refused_with_the_right_one(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(Misconfigured, match="a list is written as JSON"):
        load_settings()


HASH = "sha256:" + "0a" * 32


def test_hashes_of_keys_are_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALIL_API__KEYS", f'["{HASH}"]')
    assert load_settings().api.keys == (HASH,)


@pytest.mark.parametrize(
    "value",
    [
        "dalil_hunter2",
        '["dalil_hunter2"]',
        f'["{HASH}", "hunter2"]',
        f'["{HASH}hunter2"]',
        '"hunter2"',
        '{"hunter2": 1}',
    ],
)
def test_a_key_where_its_hash_belongs_is_refused_without_being_repeated(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DALIL_API__KEYS", value)
    with pytest.raises(Misconfigured) as refused:
        load_settings()
    assert "hunter2" not in str(refused.value)
    assert "python -m api.keys" in str(refused.value)


def test_a_key_is_not_repeated_to_who_makes_the_settings_himself() -> None:
    with pytest.raises(ValidationError) as refused:
        ApiSettings(keys=("hunter2",))
    assert "hunter2" not in str(refused.value)
