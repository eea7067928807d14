import pytest

from dalil.answering.answer_type import expected_answer
from dalil.text.units import PERCENT, known_units

CURRENCY = known_units().of_kind("currency")
TIME = known_units().of_kind("time")


@pytest.mark.parametrize(
    ("question", "units"),
    [
        pytest.param("How many ships left Basra?", frozenset(), id="how many"),
        pytest.param("كم سفينة غادرت البصرة؟", frozenset(), id="the same in Arabic"),
        pytest.param("سفن البصرة، كم واحدة غادرت؟", frozenset(), id="behind the subject"),
        pytest.param("Of the sailors who signed up, how many left?", frozenset(), id="behind another question word"),
        pytest.param("شحال من سفينة خرجات؟", frozenset(), id="Moroccan"),
        pytest.param("What was the death toll in the flood?", frozenset(), id="a noun behind what"),
        pytest.param("ما هو عدد السفن؟", frozenset(), id="an Arabic noun behind what"),
        pytest.param("حصيلة فيضانات الوادي", frozenset(), id="keywords"),
        pytest.param("كم", frozenset(), id="a question word alone"),
        pytest.param("What percentage of voters stayed at home?", {PERCENT}, id="a percentage"),
        pytest.param("كم كانت نسبة المشاركة؟", {PERCENT}, id="a percentage behind a copula"),
        pytest.param("How many minutes did the blackout last?", {"minute"}, id="a unit of the question"),
        pytest.param("كم دولارا دفع النادي؟", {"dollar"}, id="a unit of an Arabic question"),
        pytest.param("What is the price of the ticket?", CURRENCY, id="money"),
        pytest.param("ما السعر الذي دفعه المتحف؟", CURRENCY, id="money, with the Arabic article"),
        pytest.param("How old is the goalkeeper?", TIME, id="an age"),
        pytest.param("كم عمر الحارس؟", TIME, id="an age in Arabic"),
        pytest.param("How high is the new dam?", known_units().of_kind("length"), id="a height"),
    ],
)
def test_a_number_is_expected_in_the_units_that_the_question_shows(question: str, units: frozenset[str]) -> None:
    expected = expected_answer(question)
    assert expected is not None
    assert (expected.kind, expected.units) == ("number", units)


@pytest.mark.parametrize(
    ("question", "is_year"),
    [
        pytest.param("When did the dam break?", False, id="when"),
        pytest.param("متى انهار السد؟", False, id="the same in Arabic"),
        pytest.param("السد انهار إمتى؟", False, id="Egyptian"),
        pytest.param("On what day did the dam break?", False, id="a day"),
        pytest.param("dam reopening date", False, id="keywords"),
        pytest.param("موعد افتتاح السد", False, id="Arabic keywords"),
        pytest.param("In which year was the dam built?", True, id="a year"),
        pytest.param("في أي عام بني السد؟", True, id="a year in Arabic"),
        pytest.param("ما هي السنة التي بني فيها السد؟", True, id="a year with the Arabic article"),
    ],
)
def test_a_date_is_expected(question: str, *, is_year: bool) -> None:
    expected = expected_answer(question)
    assert expected is not None
    assert (expected.kind, expected.is_year) == ("date", is_year)


@pytest.mark.parametrize(
    "question",
    [
        pytest.param("Who was minister when the dam broke?", id="when as a conjunction"),
        pytest.param("من كان وزيرا عام 2019؟", id="who"),
        pytest.param("Why did the number of ships fall?", id="why"),
        pytest.param("لماذا انخفض عدد السفن؟", id="the same in Arabic"),
        pytest.param("What is the name of the largest port by number of ships?", id="a noun behind another"),
        pytest.param("هل افتتح السد في 2019؟", id="yes or no"),
        pytest.param("سد الوادي", id="a subject alone"),
    ],
)
def test_no_number_and_no_date_is_expected(question: str) -> None:
    assert expected_answer(question) is None


def test_the_asking_words_are_located() -> None:
    question = "Basra port: how many ships left?"
    expected = expected_answer(question)
    assert expected is not None
    assert expected.asking.of(question) == "how many"
