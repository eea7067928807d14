import pytest

from dalil.answering.attribution.number_roles import misattributed_numbers, swapped_numbers
from dalil.domain import Finding, Span, Verdict
from tests.comparisons import comparison_of


@pytest.mark.parametrize(
    ("sentence", "quote", "expected"),
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
def test_a_number_has_to_be_of_the_same_thing(sentence: str, quote: str, expected: int) -> None:
    comparison = comparison_of(sentence, quote)
    assert len(list(misattributed_numbers(comparison))) == expected
    assert not list(swapped_numbers(comparison))


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Rome received 29 votes and Busan 17", 1),
        ("Busan received 29 votes and Rome 17", 0),
        ("Rome received 17 votes and Busan 29", 0),
    ],
)
def test_numbers_are_swapped_where_each_is_next_to_the_others_owner(sentence: str, expected: int) -> None:
    comparison = comparison_of(sentence, "ونالت بوسان 29 صوتا وروما 17 صوتا")
    assert [len(entity.premise_places) for entity in comparison.entities.shared] == [1, 1]
    assert len(list(swapped_numbers(comparison))) == expected
    assert not list(misattributed_numbers(comparison))


def test_a_number_in_another_unit_is_named_with_both_units() -> None:
    sentence = "The engine ran for ١٢٧ minutes"
    (finding,) = misattributed_numbers(comparison_of(sentence, "عمل المحرك 127 ثانية"))
    assert finding == Finding(
        "misattributed_numbers",
        Verdict.UNSUPPORTED,
        "the quotes have the number 127 in the unit second, not in the unit minute",
        Span(sentence.index("١٢٧"), sentence.index(" minutes")),
    )


def test_a_share_and_a_count_are_named_apart() -> None:
    (finding,) = misattributed_numbers(comparison_of("34% of the carriers", "34 طائرة"))
    assert finding.message == "the quotes have the number 34 without a unit, not in the unit percent"


def test_another_rank_is_named_with_those_of_the_quotes() -> None:
    sentence = "It won for the second time"
    (finding,) = misattributed_numbers(comparison_of(sentence, "للمرة الثالثة بعد فوزه الأول"))
    assert (finding.rule, finding.verdict) == ("misattributed_numbers", Verdict.UNSUPPORTED)
    assert finding.message == "the quotes have rank 1, 3, not 2"
    assert finding.span is not None
    assert finding.span.of(sentence) == "second"


def test_swapped_numbers_are_named_and_found_in_the_sentence() -> None:
    sentence = "Rome received 29 votes and Busan 17"
    (finding,) = swapped_numbers(comparison_of(sentence, "ونالت بوسان 29 صوتا وروما 17 صوتا"))
    assert (finding.rule, finding.verdict) == ("swapped_numbers", Verdict.UNSUPPORTED)
    assert finding.message == "the quotes have the numbers 17 and 29 the other way round"
    assert finding.span is not None
    assert finding.span.of(sentence) == "29 votes and Busan 17"
