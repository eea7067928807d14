import pytest

from dalil.errors import InvalidQuery
from dalil.limits import MAX_QUERY_CHARACTERS
from dalil.retrieval.query import analyze_query
from dalil.text.aliases import AliasEntry, Aliases

ALIASES = Aliases(
    [AliasEntry(en=("DPRK", "North Korea"), ar=("كوريا الشمالية",)), AliasEntry(ar=("زيلينسكي", "زيلنسكي"))]
)


def test_an_arabic_question_is_searched_by_all_its_words() -> None:
    question = analyze_query("كم حاوية أرسلت روسيا؟", ALIASES)
    assert question.language == "ar"
    assert {"#حاو", "#ارسلت", "#روسيا", "روسي"} <= set(question.terms)


def test_an_english_question_is_searched_by_arabic_names_only() -> None:
    question = analyze_query("what weapons did DPRK send?", ALIASES)
    assert question.language == "en"
    assert "#كوريا" in question.terms
    assert not {"weapons", "send", "what"} & set(question.terms)


def test_numbers_and_capitalised_words_of_an_english_question_are_searched() -> None:
    question = analyze_query("Was the KN-23 fired 50 times", ALIASES)
    assert question.terms == ("kn", "23", "50")


def test_names_in_latin_letters_are_searched_by_their_skeletons_too() -> None:
    question = analyze_query("Did Putin meet Chernov before? Who knows", ALIASES)
    assert question.terms == ("putin", "chernov", "~Srnf", "~btn", "~krnf", "~tSrnf")


def test_terms_are_distinct() -> None:
    question = analyze_query("كوريا كوريا كوريا", ALIASES)
    assert len(set(question.terms)) == len(question.terms)


def test_another_spelling_is_an_alternative_not_a_further_word() -> None:
    question = analyze_query("ماذا قال زيلنسكي", ALIASES)
    assert question.names == ((frozenset({"#زيلينسك"}), frozenset({"#زيلنسك"})),)
    assert question.words == ("#قال",)


@pytest.mark.parametrize(
    ("text", "embedded"),
    [
        ("what did dprk send", "what did dprk send كوريا الشمالية"),
        ("what did North Korea send", "what did North Korea send"),
        ("ماذا قال زيلنسكي", "ماذا قال زيلنسكي"),
    ],
)
def test_the_embedder_also_reads_what_an_abbreviation_stands_for(text: str, embedded: str) -> None:
    assert analyze_query(text, ALIASES).embedding_text == embedded


def test_surrounding_white_space_is_dropped() -> None:
    assert analyze_query("  DPRK?\n", ALIASES).text == "DPRK?"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "empty", id="empty"),
        pytest.param(" \n\t", "empty", id="white space"),
        pytest.param("؟!", "no word", id="punctuation"),
        pytest.param("\u064b\u0640", "no word", id="marks alone"),
        pytest.param("ا" * (MAX_QUERY_CHARACTERS + 1), "1,001 characters", id="too long"),
        pytest.param("a\x00b", "U+0000", id="control character"),
        pytest.param("a\ud800b", "U+D800", id="lone surrogate"),
    ],
)
def test_what_is_no_question_is_refused_with_the_reason(text: str, said: str) -> None:
    with pytest.raises(InvalidQuery, match=said.replace("+", r"\+")):
        analyze_query(text, ALIASES)


def test_the_longest_question_is_allowed() -> None:
    assert len(analyze_query("ا" * MAX_QUERY_CHARACTERS, ALIASES).text) == MAX_QUERY_CHARACTERS


def test_a_name_that_the_alias_file_does_not_know_is_spoken() -> None:
    question = analyze_query("Did DPRK or Putin meet Chernov and Xi?", ALIASES)
    assert question.name_phonetic_keys == (frozenset({"~btn"}), frozenset({"~tSrnf", "~Srnf", "~krnf"}))
