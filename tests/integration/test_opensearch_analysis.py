"""The Arabic analyzers of the index, through `_analyze`, beside the analysis made in Python."""

from collections.abc import Iterator

import pytest

from dalil.stores.opensearch.store import OpenSearchStore
from dalil.text.analysis import words
from tests.contracts.samples import FINGERPRINT, indexed
from tests.integration.opensearch_place import OpenSearchPlace, opensearch_place
from tests.opensearch_node import opensearch_url

pytestmark = pytest.mark.opensearch

GOLDEN = {
    "hamza seats": ("أحمد إلى آسيا ٱلبيت مسؤول رئيس", ["احمد", "الي", "اسيا", "البيت", "مسوول", "رييس"]),
    "harakat and tatweel": ("مُحَمَّدٌ العـــربية", ["محمد", "العربيه"]),
    "taa marbuta and alif maqsura": ("مدرسة مستشفى", ["مدرسه", "مستشفي"]),
    "Persian letters": ("کیف", ["كيف"]),
    "presentation forms": ("ﻻ ﺳﻼح ﷲ", ["لا", "سلاح", "الله"]),
    "zero-width and bidi marks": ("سل\u200cاح \u202bكوريا\u202c \u200fالشمالية", ["سلاح", "كوريا", "الشماليه"]),
    "digits": ("١٦٠٠٠ صاروخ ۱۲", ["16000", "صاروخ", "12"]),
    "case": ("HIMARS صواريخ", ["himars", "صواريخ"]),
}


@pytest.fixture(scope="module")
def place() -> Iterator[OpenSearchPlace]:
    with opensearch_place(opensearch_url()) as place, place.store() as store:
        store.create(FINGERPRINT)
        yield place


def analysed(place: OpenSearchPlace, text: str, **by: str) -> list[str]:
    answer = place.node.post(f"/{place.index}/_analyze", json={"text": text, **by}).raise_for_status().json()
    return [token["token"] for token in answer["tokens"]]


@pytest.mark.parametrize(("text", "expected"), GOLDEN.values(), ids=GOLDEN.keys())
def test_text_is_folded_as_in_python(place: OpenSearchPlace, text: str, expected: list[str]) -> None:
    assert analysed(place, text, field="text") == expected
    assert words(text) == expected


def test_the_arabic_subfield_stems(place: OpenSearchPlace) -> None:
    assert analysed(place, "الصواريخ الكورية", field="text.arabic") == ["صواريخ", "كور"]


def test_the_exact_subfield_keeps_the_spelling(place: OpenSearchPlace) -> None:
    assert analysed(place, "أحمد مدرسة HIMARS", field="text.exact") == ["أحمد", "مدرسة", "himars"]


def test_terms_are_taken_as_they_are(place: OpenSearchPlace) -> None:
    terms = ["#كوري", "أحمد", "Case", "don't", "ك" * 300, "a-b"]
    assert analysed(place, " ".join(terms), field="terms") == terms


def test_people_can_ask_in_arabic_what_they_like(place: OpenSearchPlace, store_with_article: OpenSearchStore) -> None:
    for field, asked in (("text", "الاسلحه"), ("text.arabic", "أسلحة"), ("text.exact", "الأسلحة")):
        body = {"query": {"match": {field: asked}}, "_source": False}
        assert place.node.post(f"/{place.index}/_search", json=body).json()["hits"]["total"]["value"] == 1, field


@pytest.fixture
def store_with_article(place: OpenSearchPlace) -> Iterator[OpenSearchStore]:
    with place.store() as store:
        store.write([indexed(terms=["الأسلحة"])])
        yield store
