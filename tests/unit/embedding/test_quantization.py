import numpy as np
import pytest

from dalil.domain import Matrix
from dalil.embedding import quantization


def random_rows(count: int, dimension: int, seed: int = 1) -> Matrix:
    rows = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    unit: Matrix = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def test_a_rotation_keeps_every_cosine() -> None:
    rows = random_rows(20, 384)
    np.testing.assert_allclose(quantization.rotate(rows) @ quantization.rotate(rows).T, rows @ rows.T, atol=1e-5)


@pytest.mark.parametrize(("dimension", "width"), [(384, 96), (8, 2), (10, 3)])
def test_a_byte_holds_four_dimensions(dimension: int, width: int) -> None:
    codes = quantization.encode(random_rows(5, dimension))
    assert codes.shape == (5, width)
    assert codes.dtype == np.uint8


def test_two_bits_keep_a_vector_near_to_itself_and_others_as_far_as_they_were() -> None:
    rows, others = random_rows(50, 384), random_rows(30, 384, seed=2)
    kept = quantization.quantized_cosines(quantization.rotate(rows), quantization.encode(rows))
    # The best four levels for a normal variable leave 11.75 % of its variance: a cosine of sqrt(1 - .1175).
    assert np.diag(kept).mean() == pytest.approx(0.9394, abs=0.005)
    np.testing.assert_allclose(
        quantization.quantized_cosines(quantization.rotate(others), quantization.encode(rows)),
        others @ rows.T,
        atol=0.1,
    )


def test_what_one_coordinate_holds_is_spread_before_it_is_rounded() -> None:
    axis = np.eye(384, dtype=np.float32)[:4]
    kept = quantization.quantized_cosines(quantization.rotate(axis), quantization.encode(axis))
    assert np.diag(kept).min() > 0.9


def test_the_same_codes_are_made_on_every_machine() -> None:
    assert quantization.encode(np.eye(8, dtype=np.float32)[:2]).tolist() == EXPECTED


EXPECTED = [[118, 177], [17, 88]]


def test_no_rows_give_no_codes() -> None:
    assert quantization.encode(np.empty((0, 8), dtype=np.float32)).shape == (0, 2)
    assert quantization.quantized_cosines(random_rows(2, 8), np.empty((0, 2), dtype=np.uint8)).shape == (2, 0)
