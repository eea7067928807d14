from pathlib import Path

import pytest

from dalil.answering.evidence import Evidence, coverage, select_evidence, widen_quotes
from dalil.domain import Article, ArticleSummary, Span
from dalil.retrieval.query import analyze_query
from dalil.text.aliases import AliasEntry, Aliases
from tests.small_engine import small_engine

ALIASES = Aliases([AliasEntry(en=("DPRK",), ar=("كوريا الشمالية", "بيونغ يانغ"))])


@pytest.mark.parametrize(
    ("question", "text", "share"),
    [
        pytest.param("كم حاوية أرسلت روسيا", "أرسلت روسيا السفن", 2 / 3, id="words of an Arabic question"),
        pytest.param("what did DPRK send", "قالت بيونغ يانغ", 1.0, id="another name of the same thing"),
        pytest.param("what did DPRK send", "قالت كوريا الجنوبية", 0.0, id="half a name is none"),
        pytest.param("what was sent", "أي شيء", None, id="nothing that keywords can tell"),
    ],
)
def test_coverage_is_the_share_of_names_and_words_found(question: str, text: str, share: float | None) -> None:
    assert coverage(analyze_query(question, ALIASES), text).share == (None if share is None else pytest.approx(share))


def test_what_is_missing_is_counted_by_kind() -> None:
    missing = coverage(analyze_query("what did DPRK send in 2019 and 2020", ALIASES), "قالت روسيا عام 2020")
    assert (missing.missing_names, missing.missing_words) == (1, 1)


WARNING = "حذر الوزير من انهيار السد."
FIGURES = "وأضاف أن المياه بلغت خمسة أمتار."
PLEDGE = "وأكد أن الفرق تعمل ليلا ونهارا."
TEXT = f"{WARNING} {FIGURES} {PLEDGE}"


def sentence(text: str, *, after: str = "", article: str = "dam") -> Evidence:
    start = TEXT.index(text)
    antecedent = TEXT[TEXT.index(after) : start] if after else ""
    return Evidence(ArticleSummary(article, ""), Span(start, start + len(text)), text, antecedent=antecedent)


@pytest.mark.parametrize(
    ("ranked", "quoted"),
    [
        pytest.param([sentence(WARNING)], [WARNING], id="a sentence that refers to nothing"),
        pytest.param(
            [sentence(FIGURES, after=WARNING), sentence(WARNING)], [f"{WARNING} {FIGURES}"], id="with the one before it"
        ),
        pytest.param(
            [sentence(WARNING), sentence(FIGURES, after=WARNING)], [WARNING, FIGURES], id="the other is quoted already"
        ),
        pytest.param(
            [sentence(FIGURES, after=WARNING), sentence(PLEDGE, after=FIGURES)],
            [f"{WARNING} {FIGURES}", PLEDGE],
            id="the other is in a wide quote already",
        ),
        pytest.param(
            [sentence(PLEDGE, after=FIGURES), sentence(FIGURES, after=WARNING), sentence(WARNING)],
            [f"{FIGURES} {PLEDGE}", WARNING],
            id="one sentence before it, not two",
        ),
        pytest.param(
            [sentence(FIGURES, after=WARNING), sentence(WARNING, article="copy")],
            [f"{WARNING} {FIGURES}", WARNING],
            id="another article",
        ),
    ],
)
def test_a_sentence_that_refers_back_is_quoted_with_the_one_before_it(
    ranked: list[Evidence], quoted: list[str]
) -> None:
    quotes = widen_quotes(ranked)
    assert [quote.text for quote in quotes] == quoted
    assert [quote.span.of(TEXT) for quote in quotes] == quoted


def test_another_event_is_marked_by_its_names_and_its_years(tmp_path: Path) -> None:
    articles = [
        Article("morocco", "زلزال المغرب", "قتل الزلزال ألفي شخص. ولم يقتل زلزال مثل هذا العدد منذ عام 1960."),
        Article("turkey", "زلزال تركيا", "قتل الزلزال خمسة آلاف شخص في تركيا."),
    ]
    with small_engine(tmp_path, articles) as engine:
        evidence = select_evidence(engine.answerer.retriever.search("كم قتل زلزال المغرب عام 2023؟"))
    marks = {item.text.split()[0]: (item.missing_names, item.other_year) for item in evidence}
    assert {item.article.id: item.missing_names for item in evidence} == {"morocco": 0.0, "turkey": 1.0}
    assert marks["ولم"] == (0.0, True)
    assert [item.other_year for item in evidence].count(True) == 1
