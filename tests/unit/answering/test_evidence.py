import pytest

from dalil.answering.evidence import coverage
from dalil.retrieval.query import analyze_query
from dalil.text.aliases import AliasEntry, Aliases

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
