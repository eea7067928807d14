"""Scalar quantization of token vectors to two bits a dimension.

A random rotation makes the dimensions of a vector nearly normal and alike in scale. Each is then rounded to one of four
levels, the best for a normal distribution (Max, "Quantizing for minimum distortion", 1960). Rotations preserve cosines,
so a question's tokens are rotated and compared with the rounded ones directly. There is no measurable loss on XQuAD
(docs/decisions/0010).
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from dalil.domain import CodeMatrix, Matrix

BITS = 2
DIMENSIONS_PER_BYTE = 8 // BITS

_THRESHOLD, _INNER, _OUTER = 0.9816, 0.4528, 1.5104
"""The best four levels for a standard normal variable are ±inner below the threshold and ±outer above it."""

_LEVELS = np.array([-_OUTER, -_INNER, _INNER, _OUTER], dtype=np.float32)
_SHIFTS = BITS * np.arange(DIMENSIONS_PER_BYTE, dtype=np.uint8)
_DECODED: Matrix = _LEVELS[(np.arange(256, dtype=np.uint8)[:, None] >> _SHIFTS) & (2**BITS - 1)]
"""The levels of each byte, shape (256, 4)."""

_SQUARES: NDArray[np.float32] = (_DECODED**2).sum(axis=1)
"""The sum of the squares of each byte's levels, shape (256,)."""

_SEED = 0


def rotate(vectors: Matrix) -> Matrix:
    """Rotate rows of unit length, shape (t, d), into the axes of the codes; zeros fill d up to a multiple of four."""
    dimension = vectors.shape[1]
    padded: Matrix = np.pad(vectors @ _rotation(dimension), ((0, 0), (0, -dimension % DIMENSIONS_PER_BYTE)))
    return padded


def encode(vectors: Matrix) -> CodeMatrix:
    """Quantize rows of unit length, shape (t, d), to codes of shape (t, ⌈d / 4⌉)."""
    rotated = rotate(vectors)
    scaled = rotated * np.sqrt(np.float32(vectors.shape[1]))
    # Three comparisons take a tenth of the time of `np.digitize`, which looks each number up.
    levels = (scaled >= -_THRESHOLD).astype(np.uint8)
    levels += scaled >= 0.0
    levels += scaled >= _THRESHOLD
    codes: CodeMatrix = np.bitwise_or.reduce(
        levels.reshape(len(levels), levels.shape[1] // DIMENSIONS_PER_BYTE, DIMENSIONS_PER_BYTE) << _SHIFTS, axis=2
    )
    return codes


def quantized_cosines(question: Matrix, codes: CodeMatrix) -> NDArray[np.float32]:
    """Return the cosine of each row of `question`, which `rotate` returned, with each row of codes: (q, t)."""
    products: NDArray[np.float32] = (
        question @ _DECODED.take(codes, axis=0).reshape(len(codes), DIMENSIONS_PER_BYTE * codes.shape[1]).T
    )
    # The decoded rows are not of unit length. The division is cheaper in the small result than in that large matrix.
    products /= np.sqrt(_SQUARES.take(codes).sum(axis=1))
    return products


@cache
def _rotation(dimension: int) -> Matrix:
    random = np.random.default_rng(_SEED).standard_normal((dimension, dimension))
    orthogonal, triangular = np.linalg.qr(random)
    # QR does not determine the signs of its columns; this does, so they are the same on every machine.
    rotation: Matrix = (orthogonal * np.sign(np.diag(triangular))).astype(np.float32)
    return rotation
