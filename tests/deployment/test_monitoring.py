"""The alert rules and the dashboard in deploy/, examined by a real Prometheus over a real server's metrics."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest
import yaml

from tests.integration.api_service import app_over, filled, serving
from tests.missing import missing

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "prometheus-alerts.yml"
DASHBOARD = ROOT / "deploy" / "grafana-dashboard.json"
ALERTS_TESTS = sorted(Path(__file__).parent.glob("prometheus_*_test.yml"))


def promtool(*arguments: str | Path, given: str = "") -> None:
    program = shutil.which("promtool")
    if program is None:
        missing("no promtool: apt-get install prometheus")
    done = subprocess.run([program, *arguments], input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> str:
    with serving(app_over(filled(tmp_path_factory.mktemp("index")))) as client:
        client.post("/v1/answer", json={"question": "ماذا أرسلت كوريا الشمالية؟"}).raise_for_status()
        return _text(client)


def _text(client: httpx.Client) -> str:
    return client.get("/metrics").raise_for_status().text


def expressions() -> list[str]:
    rules = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"][0]["rules"]
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    guide = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    return [
        *(rule["expr"] for rule in rules),
        *(target["expr"] for panel in panels for target in panel["targets"]),
        *re.findall(r"```promql\n(.*?)```", guide, re.DOTALL),
    ]


def test_each_alert_fires_where_it_should_and_nowhere_else(tmp_path: Path) -> None:
    for file in (RULES, *ALERTS_TESTS):
        shutil.copy(file, tmp_path)
    promtool("check", "rules", tmp_path / RULES.name)
    assert ALERTS_TESTS
    promtool("test", "rules", *(tmp_path / file.name for file in ALERTS_TESTS))


def test_prometheus_reads_the_metrics_without_complaint(metrics: str) -> None:
    promtool("check", "metrics", given=metrics)


def test_every_expression_asks_for_metrics_that_a_server_has(metrics: str) -> None:
    known = set(re.findall(r"^# TYPE (\S+)", metrics, re.MULTILINE))
    asked = {name for expression in expressions() for name in re.findall(r"\bdalil_\w+", expression)}
    assert len(asked) > 10
    assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked} <= known


def test_prometheus_understands_every_expression(tmp_path: Path) -> None:
    rules = [
        {"record": f"dalil:{place}", "expr": line.replace("$instance", ".*")}
        for place, expression in enumerate(expressions())
        for line in (expression.splitlines() if expression.startswith("#") else [expression])
        if not line.startswith("#")
    ]
    file = tmp_path / "all.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": rules}]}), encoding="utf-8")
    promtool("check", "rules", file)
