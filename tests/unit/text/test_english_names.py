from itertools import pairwise

import pytest

from dalil.text.aliases import AliasEntry
from dalil.text.english_names import EnglishNames, english_names


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("زلزال المغرب.. أكثر من ألفي قتيل", ["Morocco"]),
        ("وزارة الداخلية المغربية", ["Morocco"]),
        ("سلمت كوريا الشمالية روسيا ألف حاوية", ["North Korea", "Russia"]),
        ("وصلت الشحنات من كوريا الشمالية لروسيا، وروسيا تنفي", ["North Korea", "Russia"]),
        ("تقرير مالي عن بنين وبنات في عمان", []),
        ("بلغ محصول القمح 300 ألف طن", []),
        ("", []),
    ],
    ids=["a country", "its people", "two", "behind a proclitic, once", "ambiguous", "none", "nothing"],
)
def test_the_names_of_a_text_are_given_in_english(text: str, english: list[str]) -> None:
    assert [name.english for name in english_names().find(text)] == english


def test_a_name_has_its_place_in_the_text_as_it_is_written() -> None:
    text = "قال وزيرُ السُّودان إن مصر وافقت"
    found = english_names().find(text)
    assert [name.span.of(text) for name in found] == ["السُّودان", "مصر"]
    assert all(first.span.end <= second.span.start for first, second in pairwise(found))


def test_the_longer_of_two_names_and_the_first_of_two_entries_count() -> None:
    sudan, south = AliasEntry(en=("Sudan",), ar=("السودان",)), AliasEntry(en=("South Sudan",), ar=("جنوب السودان",))
    people, nameless = AliasEntry(en=("Sudanese",), ar=("السودان", "سوداني")), AliasEntry(ar=("حزب",))
    names = EnglishNames([sudan, south, people, nameless])
    assert [name.english for name in names.find("جنوب السودان والسودان وسوداني وحزب")] == ["South Sudan", "Sudan"]
