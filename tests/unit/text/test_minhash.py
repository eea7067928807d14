import pytest

from dalil.text.minhash import (
    MAX_BAND_DISTANCE,
    MIN_WORDS,
    PERMUTATIONS,
    candidate_pairs,
    minhash_signature,
    similarities,
)

WORDS = [f"word{number}" for number in range(200)]


def test_the_similarity_is_that_of_the_sets_of_shingles() -> None:
    # 198 shingles each; the second text has 100 other words at its end, so 98 are shared: 98 / (198 + 198 - 98) = 0.33.
    edited = WORDS[:100] + [f"other{number}" for number in range(100)]
    (same, near, none) = similarities(
        minhash_signature(WORDS), [minhash_signature(WORDS), minhash_signature(edited), minhash_signature(WORDS[::-1])]
    )
    assert same == 1
    assert near == pytest.approx(98 / 298, abs=0.09)
    assert none < 0.02


def test_a_short_text_has_no_signature_and_is_near_to_nothing() -> None:
    none = minhash_signature(WORDS[: MIN_WORDS - 1])
    assert len(none) == 0
    assert similarities(none, [none, minhash_signature(WORDS)]).tolist() == [0, 0]
    assert similarities(minhash_signature(WORDS), [none]).tolist() == [0]
    assert len(minhash_signature(WORDS[:MIN_WORDS])) == PERMUTATIONS


def test_pairs_that_share_a_band_are_found_once_and_short_texts_in_none() -> None:
    edited = minhash_signature(WORDS[:140] + [f"other{number}" for number in range(60)])
    none, other = minhash_signature([]), minhash_signature(WORDS[::-1])
    signatures = [minhash_signature(WORDS), none, other, edited, minhash_signature(WORDS), other]
    assert candidate_pairs(signatures).tolist() == [[0, 3], [0, 4], [2, 5], [3, 4]]
    assert candidate_pairs([none, none]).tolist() == []
    assert candidate_pairs([]).tolist() == []


def test_of_many_copies_each_is_paired_with_its_neighbours() -> None:
    copies = candidate_pairs([minhash_signature(WORDS)] * 100)
    assert {second - first for first, second in copies.tolist()} == set(range(1, MAX_BAND_DISTANCE + 1))
