import pytest

from dalil.text.aliases import AliasEntry, Aliases, FoundName


@pytest.fixture(scope="module")
def standard() -> Aliases:
    return Aliases.standard()


@pytest.mark.parametrize(
    ("question", "arabic"),
    [
        ("what weapons did DPRK send?", "كوريا الشمالية"),
        ("Did D.P.R.K. troops fight?", "كوريا الشمالية"),
        ("arms from North Korea", "كوريا الشمالية"),
        ("North Korean shells", "كوريا الشمالية"),
        ("what did the United States say", "الولايات المتحدة"),
        ("the floods in Libya", "ليبيا"),
        ("Storm Shadow missiles", "ستورم شادو"),
        ("ماذا قال زيلنسكي", "زيلينسكي"),
        ("زيارة كيم جونج أون", "كيم جونغ أون"),
    ],
)
def test_a_name_brings_its_arabic_names(standard: Aliases, question: str, arabic: str) -> None:
    assert arabic in [alternative for name in standard.names_in(question) for alternative in name.arabic]


def test_a_name_inside_a_longer_one_is_not_looked_at() -> None:
    aliases = Aliases(
        [AliasEntry(en=("Korea",), ar=("كوريا",)), AliasEntry(en=("North Korea",), ar=("كوريا الشمالية",))]
    )
    assert aliases.names_in("North Korea and Korea") == [
        FoundName(("north", "korea"), ("كوريا الشمالية",)),
        FoundName(("korea",), ("كوريا",)),
    ]


def test_a_thing_named_twice_is_found_once() -> None:
    aliases = Aliases([AliasEntry(en=("DPRK", "North Korea"), ar=("كوريا الشمالية",))])
    assert aliases.names_in("DPRK, that is North Korea") == [FoundName(("dprk",), ("كوريا الشمالية",))]


@pytest.mark.parametrize("question", ["What did us think in May", "march on", "which one can it be"])
def test_common_words_are_no_names(standard: Aliases, question: str) -> None:
    assert standard.names_in(question) == []


def test_without_names_nothing_is_found() -> None:
    assert Aliases([]).names_in("DPRK") == []


def test_a_form_without_a_word_is_no_name() -> None:
    (found,) = Aliases([AliasEntry(en=("Foo", "!"), ar=("؟", "فو"))]).names_in("Foo ! ؟")
    assert (found.words, found.arabic) == (("foo",), ("فو",))
