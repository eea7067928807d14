import pytest

from dalil.answering.attribution.entities import EntityOverlap
from tests.comparisons import comparison_of

QUOTE = "قال الرئيس الروسي فلاديمير بوتين في موسكو إن الصاروخ أصاب هدفه."


def entities(sentence: str) -> EntityOverlap:
    return comparison_of(sentence, QUOTE).entities


@pytest.mark.parametrize(
    ("sentence", "missing"),
    [
        ("Russia hit it", 0),
        ("The Russian missile hit it", 0),
        ("Iran hit it", 1),
        ("أصاب الصاروخ الروسي هدفه", 0),
        ("أصاب صاروخ إيران هدفه", 1),
        ("Nobody is named here", 0),
    ],
)
def test_a_known_name_is_missing_where_no_form_of_it_is_said(sentence: str, missing: int) -> None:
    assert len(entities(sentence).missing) == missing


@pytest.mark.parametrize(
    ("sentence", "quote", "missing"),
    [
        ("Russia bought the drones", "واشترت موسكو الطائرات", 0),
        ("اشترت روسيا الطائرات", "واشترت موسكو الطائرات", 0),
        ("Russia bought the drones", "واشترت طهران الطائرات", 1),
        ("Iran bought the drones", "واشترت طهران الطائرات", 0),
    ],
)
def test_a_quote_that_names_the_capital_names_the_country(sentence: str, quote: str, missing: int) -> None:
    assert len(comparison_of(sentence, quote).entities.missing) == missing


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Vladimir Putin spoke in Moscow", []),
        ("Cristiano Ronaldo spoke in Moscow", ["Cristiano", "Ronaldo"]),
        ("Nothing was said on Tuesday or in March", []),
        ("The man was Lee", []),
        ("قال بوتين إن Oreshnik أصاب هدفه", ["Oreshnik"]),
    ],
    ids=["sounds alike", "sounds like none", "common words and dates", "too short", "in an Arabic sentence"],
)
def test_a_name_in_latin_letters_is_unmatched_where_no_arabic_word_sounds_like_it(
    sentence: str, expected: list[str]
) -> None:
    assert [span.of(sentence) for span in entities(sentence).unmatched] == expected


def test_what_both_name_is_found_in_both() -> None:
    shared = entities("Putin said in Moscow that Russia fired").shared
    putin, moscow, russia = (0,), (3,), (5,)
    places = {entity.hypothesis_places: entity.premise_places for entity in shared}
    assert places == {putin: (4,), moscow: (6,), russia: (1, 2)}  # الرئيس sounds so too


def test_a_name_that_is_missing_in_both_scripts_is_one_and_found_where_it_is_first() -> None:
    sentence = "قال قائد إيران، Iran، إن الصاروخ أصاب هدفه"
    (missing,) = entities(sentence).missing
    assert missing.of(sentence) == "إيران"
