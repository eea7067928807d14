import pytest

from dalil.answering.naming import naming
from dalil.text.aliases import Aliases, Name

ALIASES = Aliases([Name(en=("Russia", "Russian"), ar=("روسيا", "روسي")), Name(en=("Iran",), ar=("إيران",))])
SAID = "قال الرئيس الروسي فلاديمير بوتين في موسكو إن الصاروخ أصاب هدفه."


def unheard(sentence: str) -> list[str]:
    return [span.of(sentence) for span in naming(sentence, SAID, ALIASES).unheard]


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
    assert naming(sentence, SAID, ALIASES).missing == missing


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Vladimir Putin spoke in Moscow", []),
        ("Cristiano Ronaldo spoke in Moscow", ["Cristiano", "Ronaldo"]),
        ("Nothing was said on Tuesday or in March", []),
        ("The man was Lee", []),
        ("قال بوتين إن Oreshnik أصاب هدفه", ["Oreshnik"]),
    ],
    ids=["heard", "not heard", "common words and dates", "too short to tell", "in an Arabic sentence"],
)
def test_a_name_in_latin_letters_is_heard_in_arabic_ones_or_not(sentence: str, expected: list[str]) -> None:
    assert unheard(sentence) == expected


def test_what_both_name_is_found_in_both() -> None:
    shared = naming("Putin said in Moscow that Russia fired", SAID, ALIASES).shared
    putin, moscow, russia = (0,), (3,), (5,)
    assert dict(shared) == {putin: (4,), moscow: (6,), russia: (1, 2)}  # الرئيس sounds so too
