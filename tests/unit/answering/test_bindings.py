import pytest

from dalil.answering.bindings import misplaced, tokens


@pytest.mark.parametrize(
    ("sentence", "said", "expected"),
    [
        pytest.param("The engine ran for 127 minutes", "عمل المحرك 127 ثانية", 1, id="another unit of time"),
        pytest.param("The engine ran for 127 seconds", "عمل المحرك ١٢٧ ثانية", 0, id="the same unit"),
        pytest.param("عمل المحرك 127 دقيقة", "عمل المحرك 127 ثانية", 1, id="another unit in Arabic"),
        pytest.param("41 aircraft, 34 of them bombers", "41 طائرة، أي 34 في المئة", 1, id="a share taken for a count"),
        pytest.param("34 per cent of the carriers", "34 % من الحاملات", 0, id="a share in another way"),
        pytest.param("34% of the carriers", "34 طائرة", 1, id="a count taken for a share"),
        pytest.param("It weighs 18 tonnes", "عددها 18", 0, id="a unit on one side alone"),
        pytest.param("18 dollars", "18 كيلومترا", 0, id="units of other kinds, which no rule compares"),
        pytest.param("for the second time", "للمرة الثالثة", 1, id="another rank"),
        pytest.param("for the third time", "للمرة الثالثة في تاريخها", 0, id="the same rank"),
        pytest.param("its first title", "فازت باللقب", 0, id="a rank where nothing is ranked"),
        pytest.param("in the first round", "من الجولة الأولى فلم تعقد جولة ثانية", 0, id="one of two ranks"),
        pytest.param("the first of them", "في تشرين الثاني", 0, id="a month is no rank"),
        pytest.param("the third one", "عمل 84 ثانية", 0, id="seconds are no rank"),
    ],
)
def test_a_number_has_to_be_of_the_same_thing(sentence: str, said: str, expected: int) -> None:
    assert misplaced(sentence, said, []) == expected


def test_numbers_of_one_another_are_told_by_whom_they_stand_next_to() -> None:
    said = "ونالت بوسان 29 صوتا وروما 17 صوتا"
    theirs = tokens(said)
    there = {name: [theirs.index(name)] for name in ("بوسان", "وروما")}

    def of(sentence: str) -> int:
        own = tokens(sentence)
        owners = [([own.index("busan")], there["بوسان"]), ([own.index("rome")], there["وروما"])]
        return misplaced(sentence, said, owners)

    assert of("Rome received 29 votes and Busan 17") == 1
    assert of("Busan received 29 votes and Rome 17") == 0
    assert of("Rome received 17 votes and Busan 29") == 0
