import pytest

from dalil.answering.list_question import asks_for_list


@pytest.mark.parametrize(
    "question",
    [
        pytest.param("Which countries sent aid to Morocco?", id="which and a plural"),
        pytest.param("which European countries sent aid?", id="an adjective between"),
        pytest.param("what weapons did DPRK send?", id="what and a plural"),
        pytest.param("What are the conditions of the deal?", id="what are the"),
        pytest.param("Who were the winners of the prize?", id="who were"),
        pytest.param("List the villages that were destroyed", id="list"),
        pytest.param("Could you please list the reasons", id="a polite list"),
        pytest.param("ما هي الدول التي أرسلت مساعدات؟", id="ما هي"),
        pytest.param("ما أبرز بنود الاتفاق؟", id="a superlative between"),
        pytest.param("أي المدن تضررت من الزلزال؟", id="أي"),
        pytest.param("من هم الوزراء الذين استقالوا؟", id="من هم"),
        pytest.param("اذكر أسباب الانهيار", id="اذكر"),
        pytest.param("من فضلك اذكر أسباب الانهيار", id="a polite اذكر"),
    ],
)
def test_a_question_asks_for_a_list(question: str) -> None:
    assert asks_for_list(question)


@pytest.mark.parametrize(
    "question",
    [
        pytest.param("Which country sent aid to Morocco?", id="which and a singular"),
        pytest.param("How many countries sent aid?", id="a number of countries"),
        pytest.param("When did the price list of the countries appear?", id="list as a noun"),
        pytest.param("who won the prize?", id="who"),
        pytest.param("كم عدد الدول التي أرسلت مساعدات؟", id="عدد"),
        pytest.param("ما اسم الدولة التي أرسلت مساعدات؟", id="a singular"),
        pytest.param("من فاز بالجائزة؟", id="من"),
        pytest.param("", id="nothing"),
    ],
)
def test_another_question_does_not(question: str) -> None:
    assert not asks_for_list(question)
