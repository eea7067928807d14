import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from dalil.answering.confidence import ANSWER_THRESHOLDS
from dalil.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
CLUSTER = ROOT / "deploy" / "compose.yml"
VARIABLE = re.compile(r"\bDALIL_[A-Z0-9_]+")


def settings_variables() -> set[str]:
    """Every environment variable that a setting can be given by."""
    variables = set()
    for name, field in Settings.model_fields.items():
        inner = getattr(field.annotation, "model_fields", None)
        variables |= {f"DALIL_{name}__{key}".upper() for key in inner} if inner else {f"DALIL_{name}".upper()}
    return variables


def test_the_compose_files_keep_to_the_compose_specification() -> None:
    schema = ["--builtin-schema", "vendor.compose-spec"]
    command = [sys.executable, "-m", "check_jsonschema", *schema, str(COMPOSE), str(CLUSTER)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(
    "name", ["docker-compose.yml", "deploy/compose.yml", "Dockerfile", ".env.example", "Makefile", "README.md"]
)
def test_every_variable_that_is_named_is_a_setting(name: str) -> None:
    named = set(VARIABLE.findall((ROOT / name).read_text(encoding="utf-8")))
    assert named, f"{name} names no setting"
    assert named <= settings_variables()


def test_the_example_environment_shows_the_defaults() -> None:
    settings = Settings(_env_file=None)
    for line in (ROOT / ".env.example").read_text(encoding="utf-8").splitlines():
        if match := re.fullmatch(r"#(DALIL_[A-Z0-9_]+)=(.+)", line):
            variable, shown = match.groups()
            group, _, name = variable.removeprefix("DALIL_").lower().partition("__")
            value = getattr(settings, group)
            value = getattr(value, name) if name else value
            if variable != "DALIL_OPENSEARCH__USERNAME":
                default = ",".join(value) if isinstance(value, tuple) else str(value)
                assert default.lower() == shown.lower(), variable


def test_the_example_environment_names_the_default_thresholds() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert f"{ANSWER_THRESHOLDS['ar']} in Arabic, {ANSWER_THRESHOLDS['en']} in English" in example


def test_the_api_waits_for_the_store_and_for_the_indexer() -> None:
    services = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]
    assert services["api"]["depends_on"] == {
        "opensearch": {"condition": "service_healthy"},
        "indexer": {"condition": "service_completed_successfully"},
    }
    assert services["indexer"]["depends_on"] == {"opensearch": {"condition": "service_healthy"}}
    assert "healthcheck" in services["opensearch"]
    assert services["opensearch"]["image"].endswith(":3.6.0")


def test_what_the_dockerfile_copies_is_there_and_not_ignored() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = {source for line in lines if line.startswith("COPY ") for source in line.split()[1:-1]}
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[0] == "!"}
    assert copied == allowed
    assert all((ROOT / source).exists() for source in copied)


def cluster_services() -> dict[str, dict[str, Any]]:
    services: dict[str, dict[str, Any]] = yaml.safe_load(CLUSTER.read_text(encoding="utf-8"))["services"]
    return services


@pytest.mark.parametrize("name", cluster_services())
def test_a_service_of_the_cluster_is_confined(name: str) -> None:
    service = cluster_services()[name]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["cap_drop"] == ["ALL"]
    assert service["deploy"]["resources"]["limits"].keys() >= {"cpus", "memory"}
    assert "healthcheck" in service
    assert "ports" not in service or name == "proxy"
    # OpenSearch writes its certificates and its configuration when it starts.
    assert service.get("read_only", False) is not name.startswith("opensearch")
    if service["image"] == "dalil":
        assert f"--uid {service['user']} " in (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_the_api_of_the_cluster_knows_every_node_and_is_known_by_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    services = cluster_services()
    given = {"OPENSEARCH_PASSWORD": "a", "PUBLIC_URL": "https://dalil.example", "DALIL_API__KEYS": "[]"}
    for variable in [variable for variable in os.environ if variable.startswith("DALIL_")]:
        monkeypatch.delenv(variable)
    for variable, value in services["api-1"]["environment"].items():
        monkeypatch.setenv(variable, re.sub(r"\$\{(\w+)[^}]*\}", lambda found: given[found[1]], value))
    settings = load_settings()
    nodes = [name for name in services if name.startswith("opensearch")]
    assert [urlsplit(url).hostname for url in settings.opensearch.url] == nodes
    assert len(nodes) == 3
    assert settings.opensearch.replicas == 1
    assert settings.api.public_url == "https://dalil.example"
    assert services["api-2"] == services["api-1"]


def test_the_proxy_of_the_cluster_has_the_tested_upstream_with_other_addresses() -> None:
    own = yaml.safe_load(CLUSTER.read_text(encoding="utf-8"))["configs"]["upstream"]["content"]
    tested = (ROOT / "deploy" / "nginx-upstream.conf").read_text(encoding="utf-8")
    moved = tested.replace("127.0.0.1:8000", "api-1:8000").replace("127.0.0.1:8001", "api-2:8000")
    assert own == "".join(line for line in moved.splitlines(keepends=True) if not line.startswith("#"))
