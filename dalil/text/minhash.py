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
