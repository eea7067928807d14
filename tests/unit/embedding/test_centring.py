from pathlib import Path

import numpy as np
import pytest

from dalil.embedding.centring import Centres, measure_centres, subtract_mean
from dalil.embedding.fake import FakeEmbedder
from dalil.errors import ModelUnavailable
from dalil.text.language import LANGUAGES


def test_what_rows_share_is_taken_off_and_their_length_put_right() -> None:
    rows = np.array([[0.6, 0.8], [0.8, 0.6]], dtype=np.float32)
    found = subtract_mean(rows, np.array([0.6, 0.6], dtype=np.float32))
    np.testing.assert_allclose(found, [[0, 1], [1, 0]], atol=1e-6)


def test_a_row_that_is_the_centre_does_not_divide_by_nothing() -> None:
    row = np.array([[1, 0]], dtype=np.float32)
    assert subtract_mean(row, row[0]).tolist() == [[0, 0]]


def test_no_centres_change_nothing() -> None:
    rows = np.array([[0.6, 0.8]], dtype=np.float32)
    centres = Centres.none(2)
    for language in LANGUAGES:
        np.testing.assert_array_equal(subtract_mean(rows, centres.question[language]), rows)
    np.testing.assert_array_equal(subtract_mean(rows, centres.passage_token), rows)


def test_centres_are_measured_once_for_each_model(tmp_path: Path) -> None:
    said: list[str] = []
    first = measure_centres(FakeEmbedder(), tmp_path, said.append)
    again = measure_centres(FakeEmbedder(), tmp_path, said.append)
    other = measure_centres(FakeEmbedder(32), tmp_path, said.append)
    assert len(said) == 2
    np.testing.assert_array_equal(first.question["en"], again.question["en"])
    assert first.passage.shape == (64,)
    assert other.passage.shape == (32,)
    # A mean of unit vectors that point different ways is shorter than they are.
    assert 0 < np.linalg.norm(first.passage) < 1
    assert first.question["ar"] is first.question["und"]


@pytest.mark.parametrize("length", [0, 60, 1_000])
def test_damaged_centres_name_the_folder_to_delete(tmp_path: Path, length: int) -> None:
    measure_centres(FakeEmbedder(), tmp_path, lambda _line: None)
    (file,) = tmp_path.rglob("centres.npy")
    file.write_bytes(file.read_bytes()[:length])
    with pytest.raises(ModelUnavailable, match="delete that folder to measure them again"):
        measure_centres(FakeEmbedder(), tmp_path, lambda _line: None)


def test_questions_of_each_language_have_a_centre_of_their_own(tmp_path: Path) -> None:
    centres = measure_centres(FakeEmbedder(), tmp_path, lambda _line: None)
    assert not np.allclose(centres.question["ar"], centres.question["en"])
    assert not np.allclose(centres.question_token["ar"], centres.question_token["en"])
