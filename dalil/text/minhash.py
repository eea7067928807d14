"""MinHash signatures of texts, by which near-duplicates are found.

The sets that are compared are those of word n-grams, the shingles of Broder, "On the resemblance and containment of
documents", 1997. A signature keeps 16 bits of each minimum: Li and König, "b-Bit Minwise Hashing", 2010.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dalil.domain import Signature

SHINGLE_WORDS = 3

MIN_WORDS = 8
"""A shorter text has no signature: "watch the video" alone makes no two articles the same story."""

PERMUTATIONS = 256
"""The standard error of the estimated similarity is at most 0.5 / √256 = 0.03."""

BAND_ROWS = 2
"""The permutations of a band. Of pairs with a similarity of 0.27, .9999 share one of the 128 bands."""

MAX_BAND_DISTANCE = 64
"""Of more signatures with the same band, such as a daily form's, one is paired with so many before and after it."""

_SEED = 1


def minhash_signature(words: Sequence[str]) -> Signature:
    """The signature of a text's folded words; empty for fewer than `MIN_WORDS`."""
    if len(words) < MIN_WORDS:
        return np.empty(0, dtype=np.uint16)
    # The library imports scipy, which takes a second, and only indexing needs it.
    from datasketch import MinHash  # noqa: PLC0415

    minhash = MinHash(PERMUTATIONS, seed=_SEED, scheme="affine32")
    starts = range(len(words) - SHINGLE_WORDS + 1)
    shingles = {" ".join(words[start : start + SHINGLE_WORDS]) for start in starts}
    minhash.update_batch([shingle.encode("utf-8", "surrogatepass") for shingle in shingles])
    signature: Signature = (minhash.hashvalues & 0xFFFF).astype(np.uint16)
    return signature


def similarities(signature: Signature, others: Sequence[Signature]) -> NDArray[np.float64]:
    """The estimated Jaccard similarity with each other signature, in [0, 1]; 0 where either is empty."""
    found = np.zeros(len(others))
    signed = [place for place, other in enumerate(others) if len(other)]
    if len(signature) and signed:
        found[signed] = (np.stack([others[place] for place in signed]) == signature).mean(axis=1)
    return found


def candidate_pairs(signatures: Sequence[Signature]) -> NDArray[np.intp]:
    """Pairs of places, the lower first, whose signatures may be similar, as rows in ascending order; none twice.

    Locality-sensitive hashing by banding (Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", 3.4): a pair
    shares a band, two permutations with the same minima, and is at most `MAX_BAND_DISTANCE` places apart among those
    that do.
    """
    signed = np.array([place for place, signature in enumerate(signatures) if len(signature)], dtype=np.intp)
    if len(signed) < 2:
        return np.empty((0, 2), dtype=np.intp)
    minima = np.stack([signatures[place] for place in signed]).astype(np.uint32)
    bands = minima[:, ::BAND_ROWS] << 16 | minima[:, 1::BAND_ROWS]
    codes = np.empty(0, dtype=np.intp)  # first × number + second
    for band in bands.T:
        order = np.argsort(band, kind="stable")
        ordered = band[order]
        of_band = [codes]
        for distance in range(1, min(len(order), MAX_BAND_DISTANCE + 1)):
            same = ordered[distance:] == ordered[:-distance]
            if not same.any():
                break
            of_band.append(order[:-distance][same] * len(order) + order[distance:][same])
        codes = np.unique(np.concatenate(of_band))
    pairs: NDArray[np.intp] = signed[np.stack(np.divmod(codes, len(signed)), axis=1)]
    return pairs
