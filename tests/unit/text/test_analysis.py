import pytest

from dalil.text.analysis import STOP_WORDS, key_terms, located_words, terms, word_terms, words


def test_an_arabic_word_gives_its_stem_and_its_runs_of_four() -> None:
    assert word_terms("الكوريه") == ("#كور", "الكو", "لكور", "كوري", "وريه")
    assert word_terms("دم") == ("#دم", "دم")


def test_words_of_other_scripts_and_numbers_stay_whole() -> None:
    assert terms("KN-23 أطلقت") == ["kn", "23", "#اطلقت", "اطلق", "طلقت", "~tlkt"]


def test_stop_words_have_no_terms() -> None:
    assert "الذي" in STOP_WORDS
    assert terms("ماذا عن التي") == []


@pytest.mark.parametrize("number", ["16,000", "١٦٬٠٠٠", "16٬000", "16000"])
def test_thousands_separators_make_no_other_number(number: str) -> None:
    assert words(number) == ["16000"]


def test_a_decimal_stays_a_decimal() -> None:
    assert words("3.5 و1,5") == ["3.5", "و", "1,5"]


def test_key_terms_are_one_a_word() -> None:
    assert key_terms("كم حاوية أرسلت كوريا في 2024") == ["#حاو", "#ارسلت", "#كوريا", "2024"]


def test_located_words_point_into_the_text_as_it_was() -> None:
    text = "«بيونغ يانغ» أطلقتْ ١٦٬٠٠٠ قذيفة"
    found = [(span.of(text), word) for span, word in located_words(text)]
    assert found == [
        ("بيونغ", "بيونغ"),
        ("يانغ", "يانغ"),
        ("أطلقتْ", "اطلقت"),
        ("١٦٬٠٠٠", "16000"),
        ("قذيفة", "قذيفه"),
    ]
