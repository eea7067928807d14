import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalil.domain import Span
from dalil.text.normalisation import normalise, normalise_with_origins

ARABIC = st.text(
    alphabet=st.characters(min_codepoint=0x0600, max_codepoint=0x06FF) | st.sampled_from(" \n.،A1ﷲﻻ\u200f")
)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        pytest.param("أإآٱ", "اااا", id="seats of hamza"),
        pytest.param("مدرسة", "مدرسه", id="ta marbuta"),
        pytest.param("مصطفى", "مصطفي", id="alif maqsura"),
        pytest.param("مسؤول شئون", "مسوول شيون", id="hamza on waw and ya"),
        pytest.param("الــحــرب", "الحرب", id="tatweel"),
        pytest.param("مُحَمَّدٌ", "محمد", id="harakat"),
        pytest.param("ایران کریم", "ايران كريم", id="Persian letters"),
        pytest.param("١٢٣ ۴۵۶", "123 456", id="digits"),
        pytest.param("ﻻ ﷲ", "لا الله", id="presentation forms"),
        pytest.param("\u200fروسيا\u202c\u200b", "روسيا", id="bidi and zero-width marks"),
        pytest.param("DPRK Café", "dprk cafe", id="case and accents"),
        pytest.param("", "", id="empty"),
    ],
)
def test_spellings_of_one_word_are_folded_together(written: str, folded: str) -> None:
    assert normalise(written) == folded


@given(st.text() | ARABIC)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text() | ARABIC)
def test_the_map_back_gives_the_same_text_and_ordered_origins(text: str) -> None:
    folded = normalise_with_origins(text)
    assert folded.text == normalise(text)
    assert list(folded.origins) == sorted(folded.origins)
    assert all(folded.text[i] in normalise(text[origin]) for i, origin in enumerate(folded.origins))


@given(ARABIC, st.data())
def test_every_stretch_of_folded_text_comes_from_a_stretch_that_folds_to_it(text: str, data: st.DataObject) -> None:
    folded = normalise_with_origins(text)
    start = data.draw(st.integers(0, len(folded.text)))
    end = data.draw(st.integers(start, len(folded.text)))
    assert folded.text[start:end] in normalise(folded.original(start, end).of(text))


def test_the_original_of_a_word_includes_its_marks() -> None:
    text = "قال مُحَمَّدٌ أمس"
    folded = normalise_with_origins(text)
    start = folded.text.index("محمد")
    span = folded.original(start, start + 4)
    assert unicodedata.normalize("NFC", span.of(text)).startswith("مُحَمَّدٌ")


def test_an_empty_stretch_has_an_empty_original() -> None:
    folded = normalise_with_origins("ab")
    assert folded.original(1, 1) == Span(1, 1)
    assert folded.original(2, 2) == Span(2, 2)
