"""Token vectors in two bits a dimension, and the way back.

A vector is rotated at random, so that its dimensions are alike and near to normal whatever the model made of them, and
each is rounded to one of the four levels that suit a normal distribution best (Max, "Quantizing for minimum
distortion", 1960). Rotations leave cosines as they are, so a question's tokens are rotated and compared with the
rounded ones directly. On XQuAD this costs nothing that can be measured; docs/decisions/0010 has the figures.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from dalil.domain import CodeMatrix, Matrix

BITS = 2
A_BYTE = 8 // BITS
"""Dimensions in one byte."""

_THRESHOLD, _INNER, _OUTER = 0.9816, 0.4528, 1.5104
"""Of the best four levels for a standard normal variable: ±inner below the threshold, ±outer above it."""

_LEVELS = np.array([-_OUTER, -_INNER, _INNER, _OUTER], dtype=np.float32)
_SHIFTS = BITS * np.arange(A_BYTE, dtype=np.uint8)
_DECODED: Matrix = _LEVELS[(np.arange(256, dtype=np.uint8)[:, None] >> _SHIFTS) & (2**BITS - 1)]
"""Shape (256, 4): the levels that each byte stands for."""

_SQUARES: NDArray[np.float32] = (_DECODED**2).sum(axis=1)
"""Shape (256,): the sum of their squares."""

_SEED = 0


def rotate(vectors: Matrix) -> Matrix:
    """Rows of unit length, shape (t, d), in the axes of the codes: (t, d) with d rounded up to a multiple of four."""
    padded: Matrix = np.pad(vectors @ _rotation(vectors.shape[1]), ((0, 0), (0, -vectors.shape[1] % A_BYTE)))
    return padded


def encode(vectors: Matrix) -> CodeMatrix:
    """Rows of unit length, shape (t, d), as codes of shape (t, ⌈d / 4⌉)."""
    turned = rotate(vectors)
    scaled = turned * np.sqrt(np.float32(vectors.shape[1]))
    levels = (np.digitize(scaled, [-_THRESHOLD, 0.0, _THRESHOLD])).astype(np.uint8)
    codes: CodeMatrix = np.bitwise_or.reduce(
        levels.reshape(len(levels), levels.shape[1] // A_BYTE, A_BYTE) << _SHIFTS, axis=2
    )
    return codes


def cosines(question: Matrix, codes: CodeMatrix) -> NDArray[np.float32]:
    """The cosine of each row of `question`, shape (q, d) as `rotate` gives them, with each coded row: (q, t)."""
    products: NDArray[np.float32] = (
        question @ _DECODED.take(codes, axis=0).reshape(len(codes), A_BYTE * codes.shape[1]).T
    )
    # Lengths are put right in the small result, not in the large matrix of what was decoded.
    products /= np.sqrt(_SQUARES.take(codes).sum(axis=1))
    return products


@cache
def _rotation(dimension: int) -> Matrix:
    random = np.random.default_rng(_SEED).standard_normal((dimension, dimension))
    orthogonal, triangular = np.linalg.qr(random)
    # QR leaves the signs of its columns open: fixed here, they are the same on every machine.
    rotation: Matrix = (orthogonal * np.sign(np.diag(triangular))).astype(np.float32)
    return rotation
