"""The OpenSearch node that tests run against."""

import os

from tests.missing import missing


def opensearch_url() -> str:
    """The node's address; without one the test is skipped, but in CI it fails."""
    url = os.environ.get("TEST_OPENSEARCH_URL")
    return url or missing(
        "no OpenSearch node: run `make opensearch` and set TEST_OPENSEARCH_URL to the address it prints"
    )
