import pytest

from dalil.text.back_references import refers_back


@pytest.mark.parametrize(
    "sentence",
    [
        pytest.param("وهو أول رئيس يزور المدينة منذ الحرب.", id="a pronoun behind and"),
        pytest.param("هي ثاني كارثة من نوعها.", id="a pronoun"),
        pytest.param("وقال إن القذائف وصلت إلى الميناء.", id="a verb and that"),
        pytest.param("فأكد أنّ الشحنة وصلت.", id="so, with marks of vowels"),
        pytest.param("كما أشارت إلى تضرر ألف منزل.", id="also"),
        pytest.param("وتابع: «لم يبق شيء».", id="a colon"),
        pytest.param('أضاف "لم يبق شيء".', id="a quotation mark"),
        pytest.param("وحذر من انهيار السد.", id="a preposition"),
    ],
)
def test_a_pronoun_or_a_verb_without_a_subject_refers_back(sentence: str) -> None:
    assert refers_back(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        pytest.param("وقال الوزير إن القذائف وصلت.", id="a subject behind the verb"),
        pytest.param("قالت وكالة الأنباء إن الزلزال وقع فجرا.", id="an agency"),
        pytest.param("الوزير قال إن القذائف وصلت.", id="a subject before the verb"),
        pytest.param("وصلت القذائف إلى الميناء.", id="another verb, whose first letter is no and"),
        pytest.param("وقال", id="the verb alone"),
        pytest.param("كما", id="no verb"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_sentence_that_names_who_it_speaks_of_does_not(sentence: str) -> None:
    assert not refers_back(sentence)
