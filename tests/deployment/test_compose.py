import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from dalil.answering.confidence import ANSWER_THRESHOLDS
from dalil.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
VARIABLE = re.compile(r"\bDALIL_[A-Z0-9_]+")


def settings_variables() -> set[str]:
    """Every environment variable that a setting can be given by."""
    variables = set()
    for name, field in Settings.model_fields.items():
        inner = getattr(field.annotation, "model_fields", None)
        variables |= {f"DALIL_{name}__{key}".upper() for key in inner} if inner else {f"DALIL_{name}".upper()}
    return variables


def test_the_compose_file_keeps_to_the_compose_specification() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("name", ["docker-compose.yml", "Dockerfile", ".env.example", "Makefile", "README.md"])
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
