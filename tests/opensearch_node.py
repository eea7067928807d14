"""The OpenSearch node that tests run against."""

import os

import pytest


def opensearch_url() -> str:
    """The node's address; without one the test is skipped, but in CI it fails."""
    url = os.environ.get("TEST_OPENSEARCH_URL")
    if url:
        return url
    reason = "no OpenSearch node: run `make opensearch` and set TEST_OPENSEARCH_URL to the address it prints"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
