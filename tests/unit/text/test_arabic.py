import pytest

from dalil.text.arabic import (
    ARTICLES,
    CONJUNCTIONS,
    PROCLITICS,
    ends_like_a_sentence,
    is_arabic_letter,
    is_arabic_word,
    stem,
    strip_prefixes,
    strip_proclitic,
)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        pytest.param("والصواريخ", "صواريخ", id="conjunction and article"),
        pytest.param("بالمدينه", "مدين", id="preposition, article and ending"),
        pytest.param("للجنود", "جنود", id="li and article"),
        pytest.param("روسيه", "روس", id="adjective"),
        pytest.param("مقاتلات", "مقاتل", id="plural"),
        pytest.param("ال", "ال", id="too short to strip"),
        pytest.param("وقت", "وقت", id="a root that begins with waw"),
    ],
)
def test_stems_are_light10s(word: str, expected: str) -> None:
    assert stem(word) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        pytest.param("والمدينه", "مدينه", id="and the"),
        pytest.param("ومدينه", "مدينه", id="and"),
        pytest.param("بمدينه", "بمدينه", id="a preposition without an article may be part of the root"),
        pytest.param("وبالمدينه", "مدينه", id="and in the"),
        pytest.param("الد", "الد", id="one letter would remain"),
    ],
)
def test_light10_strips_conjunction_and_article_and_no_suffix(word: str, expected: str) -> None:
    assert strip_prefixes(word) == expected


@pytest.mark.parametrize(
    ("word", "proclitics", "min_letters", "expected"),
    [
        pytest.param("وبوتين", CONJUNCTIONS, 3, "بوتين", id="a conjunction"),
        pytest.param("فبوتين", CONJUNCTIONS, 3, "بوتين", id="so"),
        pytest.param("ببوتين", CONJUNCTIONS, 3, "ببوتين", id="a proclitic that was not asked for"),
        pytest.param("وبوتين", PROCLITICS, 3, "بوتين", id="only the first of several"),
        pytest.param("وطن", CONJUNCTIONS, 3, "وطن", id="too few letters would remain"),
        pytest.param("وطن", CONJUNCTIONS, 2, "طن", id="just enough letters remain"),
        pytest.param("و", CONJUNCTIONS, 0, "", id="nothing remains where that is allowed"),
        pytest.param("للروس", ARTICLES, 2, "روس", id="li and article, which share their lams"),
        pytest.param("putin", PROCLITICS, 2, "putin", id="another script"),
        pytest.param("", PROCLITICS, 2, "", id="an empty word"),
    ],
)
def test_a_proclitic_is_stripped_where_enough_letters_remain(
    word: str, proclitics: tuple[str, ...], min_letters: int, expected: str
) -> None:
    assert strip_proclitic(word, proclitics, min_letters=min_letters) == expected


def test_no_article_begins_with_another() -> None:
    assert not [(one, other) for one in ARTICLES for other in ARTICLES if one != other and one.startswith(other)]


@pytest.mark.parametrize("word", ["كوريا", "سووم", "و"])
def test_a_word_of_arabic_letters_is_arabic(word: str) -> None:
    assert is_arabic_word(word)


@pytest.mark.parametrize("word", ["kn", "23", "كn", "پاریس", "كوريا الشمالية", ""])
def test_a_word_with_anything_else_is_not_arabic(word: str) -> None:
    assert not is_arabic_word(word)


@pytest.mark.parametrize(
    ("character", "arabic"),
    [
        pytest.param("ب", True, id="a letter"),
        pytest.param("پ", True, id="a Persian letter"),
        pytest.param("ﻻ", True, id="a presentation form"),
        pytest.param("٣", True, id="a digit of the script"),
        pytest.param("b", False, id="a Latin letter"),
        pytest.param("3", False, id="a European digit"),
        pytest.param("ב", False, id="a Hebrew letter"),
    ],
)
def test_the_script_of_a_character_is_known(character: str, arabic: bool) -> None:
    assert is_arabic_letter(character) is arabic


@pytest.mark.parametrize(
    "text", ["قال.", "من؟", "He said so!", "وأضاف…", "«نعم.»", "he said “no”", "(رويترز)", "وأضاف:"]
)
def test_a_stop_a_closing_mark_or_a_colon_ends_like_a_sentence(text: str) -> None:
    assert ends_like_a_sentence(text)


@pytest.mark.parametrize("text", ["عنوان", "موسكو،", "Moscow;", "«", "1 -", ""])
def test_other_endings_do_not_end_like_a_sentence(text: str) -> None:
    assert not ends_like_a_sentence(text)
