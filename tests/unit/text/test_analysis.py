import pytest

from dalil.text.analysis import STOP_WORDS, key_term_forms, key_terms, located_words, terms, word_terms, words


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
    assert words("٣٫٥") == ["3.5"]


@pytest.mark.parametrize(
    "spellings",
    [
        ("مسؤول", "مسئول", "مَسْئُول", "مسـئول"),
        ("شؤون", "شئون"),
        ("رؤوس", "رءوس"),
        ("أبناؤه", "أبنائه", "أبناءه"),
        ("قائد", "قايد"),
        ("مؤتمر", "موتمر"),
        ("سماء", "سما"),
    ],
)
def test_the_seats_of_one_hamza_meet(spellings: tuple[str, ...]) -> None:
    assert len({terms(spelling)[0] for spelling in spellings}) == 1
    assert {span.of(text) for text in spellings for span, _ in located_words(text)} == set(spellings)


@pytest.mark.parametrize("word", ["لمصر", "وبمصر", "كمصر", "فلمصر"])
def test_a_short_name_behind_a_proclitic_has_the_terms_of_the_name(word: str) -> None:
    assert set(word_terms("مصر")[1:]) <= set(terms(word))
    assert set(key_terms("مصر")) <= key_term_forms(word)


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
