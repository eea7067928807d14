import logging
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from dalil.embedding.cached import CachedEmbedder
from dalil.embedding.fake import FakeEmbedder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "embeddings.sqlite"


def test_a_document_is_embedded_once(path: Path) -> None:
    first = CachedEmbedder(FakeEmbedder(), path)
    vectors = first.embed_documents(["a b", "c", "a b"])
    assert (first.hits, first.misses) == (1, 2)
    second = CachedEmbedder(FakeEmbedder(), path)
    np.testing.assert_array_equal(
        second.embed_documents(["c", "a b", "d"]), [*vectors[1::-1], FakeEmbedder().embed_query("d")]
    )
    assert (second.hits, second.misses) == (2, 1)


def test_more_documents_than_one_query_takes_are_all_found(path: Path) -> None:
    texts = [f"text {number}" for number in range(1_203)]
    cached = CachedEmbedder(FakeEmbedder(dimension=8), path)
    vectors = cached.embed_documents(texts)
    np.testing.assert_array_equal(cached.embed_documents(texts), vectors)
    assert (cached.hits, cached.misses) == (1_203, 1_203)


def test_a_question_is_not_kept(path: Path) -> None:
    cached = CachedEmbedder(FakeEmbedder(), path)
    cached.embed_query("a")
    cached.embed_documents(["a"])
    assert (cached.hits, cached.misses) == (0, 1)


def test_another_model_finds_none_of_this_ones_vectors(path: Path) -> None:
    CachedEmbedder(FakeEmbedder(dimension=8), path).embed_documents(["a"])
    other = CachedEmbedder(FakeEmbedder(dimension=16), path)
    assert other.embed_documents(["a"]).shape == (1, 16)
    assert other.misses == 1


def test_several_threads_may_share_it(path: Path) -> None:
    cached = CachedEmbedder(FakeEmbedder(), path)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: cached.embed_documents([f"t{number % 10}"])[0], range(80)))
    for number, vector in enumerate(found):
        np.testing.assert_array_equal(vector, FakeEmbedder().embed_query(f"t{number % 10}"))
    assert cached.hits + cached.misses == 80


def test_what_a_killed_process_had_written_is_found(path: Path) -> None:
    program = """
import os, signal, sys
from pathlib import Path
from dalil.embedding.cached import CachedEmbedder
from dalil.embedding.fake import FakeEmbedder
CachedEmbedder(FakeEmbedder(), Path(sys.argv[1])).embed_documents(["a", "b"])
os.kill(os.getpid(), signal.SIGKILL)
"""
    died = subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert died.returncode == -signal.SIGKILL
    cached = CachedEmbedder(FakeEmbedder(), path)
    cached.embed_documents(["a", "b"])
    assert (cached.hits, cached.misses) == (2, 0)


def test_a_damaged_cache_is_set_aside_and_begun_anew(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is not a database, and long enough to be looked at" * 100)
    cached = CachedEmbedder(FakeEmbedder(), path)
    with caplog.at_level(logging.WARNING):
        cached.embed_documents(["a"])
    assert "set aside" in caplog.text
    assert path.with_name("embeddings.sqlite.damaged").read_bytes().startswith(b"this is not")
    cached.embed_documents(["a"])
    assert (cached.hits, cached.misses) == (1, 1)


def test_pages_damaged_in_the_middle_are_no_reason_to_stop(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    texts = [f"text {number}" for number in range(500)]
    CachedEmbedder(FakeEmbedder(), path).embed_documents(texts)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = path.read_bytes()
    path.write_bytes(whole[:8192] + b"\xff" * (len(whole) - 8192))
    with caplog.at_level(logging.WARNING):
        vectors = CachedEmbedder(FakeEmbedder(), path).embed_documents(texts)
    np.testing.assert_array_equal(vectors, FakeEmbedder().embed_documents(texts))
    assert "set aside" in caplog.text
    again = CachedEmbedder(FakeEmbedder(), path)
    again.embed_documents(texts)
    assert again.misses == 0


def test_a_vector_of_the_wrong_length_is_embedded_anew(path: Path) -> None:
    CachedEmbedder(FakeEmbedder(), path).embed_documents(["a"])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE vectors SET vector = ?", [b"\x00" * 8])
    cached = CachedEmbedder(FakeEmbedder(), path)
    np.testing.assert_array_equal(cached.embed_documents(["a"]), FakeEmbedder().embed_documents(["a"]))
    assert cached.misses == 1


def test_a_cache_that_cannot_be_written_is_ignored(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    cached = CachedEmbedder(FakeEmbedder(), tmp_path / "file" / "embeddings.sqlite")
    with caplog.at_level(logging.WARNING):
        assert cached.embed_documents(["a"]).shape == (1, 64)
    assert "is ignored" in caplog.text
