import errno
import sqlite3
from pathlib import Path

import pytest

from dalil.disk_space import disk_full, is_disk_full


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "x"), True),
        (OSError(errno.EDQUOT, "x"), True),
        (RuntimeError("lance error: LanceError(IO): No space left on device (os error 28)"), True),
        (sqlite3.OperationalError("database or disk is full"), True),
        (OSError(errno.EACCES, "Permission denied"), False),
        (ValueError("cannot reshape array"), False),
    ],
    ids=repr,
)
def test_a_full_disk_is_known_by_its_number_or_its_words(error: Exception, expected: bool) -> None:
    assert is_disk_full(error) is expected
    wrapped = ValueError("could not save")
    wrapped.__cause__ = error
    assert is_disk_full(wrapped) is expected


def test_the_error_names_the_place_and_says_that_nothing_is_wrong() -> None:
    text = str(disk_full(Path("cache"), "nothing of it remains"))
    assert "'cache'" in text
    assert "nothing is damaged, and nothing of it remains" in text
