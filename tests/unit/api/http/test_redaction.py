import tempfile
from pathlib import Path

import pytest

from api.http.redaction import hide_folders


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no index at /srv/dalil/index: run x", "no index at …/index: run x"),
        ("in '/srv/my/index' cannot", "in '…/index' cannot"),
        ("LanceError(IO): /root/.cargo/registry/src/lance-io/local.rs:123:5", "LanceError(IO): …/local.rs:123:5"),
        ("a file:///srv/dalil/index", "a file:///srv/dalil/index"),
        ("C:\\Users\\me\\index is gone", "…/index is gone"),
        ("GET /v1/articles lists the ids; see /docs", "GET /v1/articles lists the ids; see /docs"),
        (
            "set DALIL_OPENSEARCH__URL (http://127.0.0.1:9200/a/b)",
            "set DALIL_OPENSEARCH__URL (http://127.0.0.1:9200/a/b)",
        ),
        ("the index in '.dalil/index' is gone", "the index in '.dalil/index' is gone"),
        ("3/4/2024 and and/or", "3/4/2024 and and/or"),
        (f"{Path.cwd()}/my index/a", "…/my index/a"),
        (f"cannot write to {tempfile.gettempdir()}", "cannot write to …"),
    ],
)
def test_folders_are_left_out_and_the_rest_stays(text: str, expected: str) -> None:
    assert hide_folders(text) == expected
