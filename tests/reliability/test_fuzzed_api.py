"""Two thousand requests that schemathesis makes of the service's own description."""

import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.programs import SEEDS, service

REQUESTS = 2_000
EXAMPLES = 250
"""Of each operation."""


@pytest.mark.soak
@pytest.mark.model
def test_no_request_of_two_thousand_makes_the_server_fail(tmp_path: Path) -> None:
    with service("lancedb", tmp_path, SEEDS) as running:
        command = [
            str(Path(sys.executable).with_name("schemathesis")),
            "run",
            f"{running.client.base_url}/openapi.json",
        ]
        options = f"--checks not_a_server_error --phases fuzzing --max-examples {EXAMPLES} --no-color --seed 1"
        done = subprocess.run([*command, *options.split()], cwd=tmp_path, capture_output=True, text=True, check=False)
        families = text_string_to_metric_families(running.client.get("/metrics").raise_for_status().text)
        requests = {
            tuple(sample.labels.values()): int(sample.value)
            for family in families
            for sample in family.samples
            if sample.name == "dalil_http_requests_total"
        }
        assert running.client.get("/readyz").status_code == 200
    print(f"{sum(requests.values()):,} requests")
    assert done.returncode == 0, done.stdout[-5_000:] + done.stderr
    assert [labels for labels in requests if labels[-1].startswith("5")] == []
    assert sum(requests.values()) >= REQUESTS
