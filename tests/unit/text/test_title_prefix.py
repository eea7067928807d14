import pytest

from dalil.text.title_prefix import MAX_TITLE_PREFIX_CHARACTERS, title_prefix

TEXT = "ضرب زلزال قوي جنوب المغرب ليلا."


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        pytest.param("كارثة في الأطلس", "كارثة في الأطلس\n", id="a title"),
        pytest.param("  كارثة في الأطلس\t", "كارثة في الأطلس\n", id="white space around it"),
        pytest.param("زلزال قوي", "زلزال قوي\n", id="words of the text that do not begin it"),
        pytest.param("ضرب زلزال قوي", "", id="the beginning of the text"),
        pytest.param(" ضرب زلزال قوي ", "", id="the beginning of the text, white space around it"),
        pytest.param(TEXT, "", id="the whole text"),
        pytest.param(f"{TEXT} عاجل", f"{TEXT} عاجل\n", id="the text and more"),
        pytest.param("", "", id="none"),
        pytest.param(" \n", "", id="white space alone"),
    ],
)
def test_a_passage_stands_behind_its_title_unless_it_begins_with_it(title: str, expected: str) -> None:
    assert title_prefix(title, TEXT) == expected


def test_a_long_title_is_cut() -> None:
    assert title_prefix("م" * (MAX_TITLE_PREFIX_CHARACTERS + 1), TEXT) == "م" * MAX_TITLE_PREFIX_CHARACTERS + "\n"
    assert title_prefix("م" * MAX_TITLE_PREFIX_CHARACTERS, TEXT) == "م" * MAX_TITLE_PREFIX_CHARACTERS + "\n"


def test_a_title_that_is_cut_behind_a_word_ends_with_the_word() -> None:
    assert (
        title_prefix("م" * (MAX_TITLE_PREFIX_CHARACTERS - 1) + " عاجل", TEXT)
        == "م" * (MAX_TITLE_PREFIX_CHARACTERS - 1) + "\n"
    )


def test_a_text_that_begins_with_a_long_title_is_not_headed_by_its_beginning() -> None:
    title = "م" * (MAX_TITLE_PREFIX_CHARACTERS + 1)
    assert title_prefix(title, f"{title}\n{TEXT}") == ""
