from datetime import UTC, datetime

import pytest

from dalil.answering.disagreements import find_disagreements
from dalil.domain import ArticleSummary, Citation
from dalil.embedding.centring import Centres
from dalil.embedding.encoder import Encoder
from dalil.embedding.fake import FakeEmbedder
from dalil.retrieval.query import analyze_query
from dalil.text.aliases import AliasEntry, Aliases

ENCODER = Encoder(FakeEmbedder(), Centres.none(FakeEmbedder().dimension))
ALIASES = Aliases([AliasEntry(en=("Morocco",), ar=("المغرب",)), AliasEntry(en=("Turkey",), ar=("تركيا",))])
EARLIER = "قالت واشنطن إن كوريا الشمالية أرسلت إلى روسيا 1000 حاوية من الذخيرة."
LATER = "قالت سيول إن كوريا الشمالية أرسلت إلى روسيا 6700 حاوية من الذخيرة."
HOW_MANY, WHAT = "كم حاوية أرسلت كوريا الشمالية إلى روسيا؟", "ماذا أرسلت كوريا الشمالية إلى روسيا؟"


def cite(*quotes: str, articles: str = "abc", year: int = 2023) -> list[Citation]:
    """One quote of each article, published in that year and the years after it."""
    return [
        Citation(number, ArticleSummary(id_, "", None, datetime(year + number, 1, 1, tzinfo=UTC)), quote, 0, len(quote))
        for number, (id_, quote) in enumerate(zip(articles, quotes, strict=False), start=1)
    ]


def values(question: str, citations: list[Citation]) -> list[list[tuple[str, float, int]]]:
    """The values of each disagreement, newest first: words, value, number of the citation."""
    found = find_disagreements(analyze_query(question, ALIASES), citations, ENCODER)
    return [[(value.text, value.value, value.citation) for value in one.values] for one in found]


@pytest.mark.parametrize("question", [HOW_MANY, WHAT, "How many containers did DPRK send?"])
def test_different_numbers_of_one_thing_are_a_disagreement_the_newest_first(question: str) -> None:
    assert values(question, cite(EARLIER, LATER)) == [[("6700 حاوية", 6700.0, 2), ("1000 حاوية", 1000.0, 1)]]


def test_a_disagreement_says_what_is_counted_and_when_each_article_was_published() -> None:
    (found,) = find_disagreements(analyze_query(WHAT, ALIASES), cite(EARLIER, LATER), ENCODER)
    assert found.quantity == "حاوية"
    assert [value.published_at for value in found.values] == [
        datetime(2025, 1, 1, tzinfo=UTC),
        datetime(2024, 1, 1, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("question", "citations"),
    [
        pytest.param(HOW_MANY, cite(EARLIER, EARLIER.replace("1000", "ألف")), id="the same number"),
        pytest.param(HOW_MANY, cite(EARLIER, EARLIER.replace("1000", "1010")), id="one of them is rounded"),
        pytest.param(HOW_MANY, cite(EARLIER, LATER, articles="aa"), id="one article"),
        pytest.param(WHAT, cite(EARLIER, EARLIER.replace("حاوية", "صاروخ")), id="they count different things"),
        pytest.param(WHAT, cite(EARLIER, "وصلت 6700 حاوية إلى ميناء جدة."), id="another subject"),
        pytest.param(
            "ماذا قال المغرب عن الزلزال؟",
            cite("قتل الزلزال القوي في المغرب 3000 شخص.", "قتل الزلزال القوي في تركيا 5000 شخص."),
            id="another earthquake",
        ),
        pytest.param(
            "كم قتل زلزال المغرب؟",
            cite("قتل زلزال المغرب 3000 شخص.", "قتل زلزال المغرب عام 1960 نحو 12000 شخص."),
            id="a look back",
        ),
        pytest.param(HOW_MANY, cite(EARLIER), id="one quote"),
        pytest.param(HOW_MANY, [], id="none"),
    ],
)
def test_other_numbers_do_not_disagree(question: str, citations: list[Citation]) -> None:
    assert values(question, citations) == []
