from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from dalil.answering.answerer import Answerer
from dalil.answering.attribution.quotes import QuoteVerifier
from dalil.answering.evidence import Evidence
from dalil.answering.generator import Drafts, DraftSentence, Generator
from dalil.domain import AnswerStatus, Article, Span
from dalil.engine import Engine
from dalil.errors import InvalidQuery
from dalil.limits import MAX_CITATIONS
from dalil.retrieval.query import AnalyzedQuery
from dalil.stores.lance import LanceStore
from tests.small_engine import small_engine

TEXT = (
    "عاجل\n"
    "قالت واشنطن إن كوريا الشمالية أرسلت قذائف مدفعية إلى روسيا. وأضافت أن الشحنات شملت صواريخ باليستية.\n"
    "اقرأ أيضا: كوريا الشمالية أرسلت قذائف\n"
    "نفت موسكو أنها تلقت قذائف مدفعية من كوريا الشمالية.\n"
    "تم نسخ الرابط"
)
COPY = "قالت واشنطن إن كوريا الشمالية أرسلت قذائف مدفعية إلى روسيا. ولم تعلق بيونغ يانغ على ذلك حتى الآن."


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    articles = [Article("a", "قذائف", TEXT), Article("b", "نسخة", COPY)]
    with small_engine(tmp_path_factory.mktemp("index"), articles) as engine:
        yield engine


def test_every_sentence_is_verbatim_and_cited_to_the_character(engine: Engine) -> None:
    answer = engine.answerer.answer("ماذا أرسلت كوريا الشمالية إلى روسيا؟")
    assert answer.status is AnswerStatus.ANSWERED
    assert answer.citations
    for citation in answer.citations:
        assert engine.store.article(citation.article.id).text[citation.start : citation.end] == citation.quote
    assert [citation.number for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
    for sentence in answer.sentences:
        assert sentence.citations
        assert sentence.text in [citation.quote for citation in answer.citations]


def test_boilerplate_and_repetitions_are_never_quoted(engine: Engine) -> None:
    quotes = [c.quote for c in engine.answerer.answer("ماذا أرسلت كوريا الشمالية إلى روسيا؟").citations]
    assert len(set(quotes)) == len(quotes)
    assert not any("اقرأ أيضا" in quote or "عاجل" in quote or "تم نسخ" in quote for quote in quotes)


def test_the_text_carries_a_marker_after_each_sentence(engine: Engine) -> None:
    answer = engine.answerer.answer("ماذا أرسلت كوريا الشمالية إلى روسيا؟", max_citations=2)
    assert answer.text == " ".join(f"{s.text} [{n}]" for n, s in enumerate(answer.sentences, start=1))
    assert len(answer.citations) + len(answer.related) == 2


def test_below_both_thresholds_nothing_is_answered(engine: Engine) -> None:
    answer = replace(engine.answerer, threshold=1.0, related_threshold=1.0).answer("من فاز بكأس العالم؟")
    assert answer.status is AnswerStatus.INSUFFICIENT_EVIDENCE
    assert (answer.sentences, answer.citations, answer.text) == ((), (), "")


def test_an_empty_index_refuses(tmp_path: Path) -> None:
    with small_engine(tmp_path, []) as engine:
        answer = engine.answerer.answer("ماذا حدث في درنة؟")
    assert answer.status is AnswerStatus.INSUFFICIENT_EVIDENCE
    assert answer.confidence == 0.0


@pytest.mark.parametrize("count", [0, -1, MAX_CITATIONS + 1])
def test_a_number_of_citations_out_of_bounds_is_refused(engine: Engine, count: int) -> None:
    with pytest.raises(InvalidQuery, match="max_citations"):
        engine.answerer.answer("روسيا", max_citations=count)


def test_a_headline_is_no_evidence(tmp_path: Path) -> None:
    headline = "كوريا الشمالية ترسل قذائف مدفعية إلى روسيا في صفقة سرية!"
    article = Article("a", headline, f"{headline}\nقالت واشنطن إن كوريا الشمالية أرسلت قذائف مدفعية إلى روسيا.")
    with small_engine(tmp_path, [article]) as engine:
        quotes = [c.quote for c in engine.answerer.answer("ماذا أرسلت كوريا الشمالية إلى روسيا؟").citations]
    assert quotes == ["قالت واشنطن إن كوريا الشمالية أرسلت قذائف مدفعية إلى روسيا."]


def test_passages_that_name_nothing_of_what_is_asked_give_no_evidence(tmp_path: Path) -> None:
    articles = [
        Article("tanks", "دبابات", "وافقت برلين على إرسال أسلحة ثقيلة إلى كييف هذا الأسبوع."),
        Article("shells", "قذائف", "وافقت كوريا الشمالية على إرسال قذائف كثيرة إلى موسكو."),
    ]
    with small_engine(tmp_path, articles) as engine:
        answer = engine.answerer.answer("what weapons did DPRK send?")
    assert [citation.article.id for citation in answer.citations] == ["shells"]


def test_a_quote_of_what_he_added_names_who_added_it(tmp_path: Path) -> None:
    lede, added = "زار وزير الدفاع كيم كانغ المصنع.", "وأضاف أن القذائف المدفعية وصلت إلى روسيا بحرا."
    article = Article("a", "زيارة", f"سافر الوفد أمس إلى العاصمة.\n{lede} {added}\nوغادر الوفد مساء إلى بلاده.")
    with small_engine(tmp_path, [article]) as engine:
        answer = engine.answerer.answer("كيف وصلت القذائف المدفعية إلى روسيا؟")
    (citation,) = [citation for citation in answer.citations if added in citation.quote]
    assert citation.quote == article.text[citation.start : citation.end] == f"{lede} {added}"
    assert f"{lede} {added}" in [sentence.text for sentence in answer.sentences]


class Liar(Generator):
    """Points at evidence that is not there, and at none."""

    name = "liar"

    def draft(self, question: AnalyzedQuery, evidence: Sequence[Evidence]) -> Drafts:  # noqa: ARG002
        yield DraftSentence("لا دليل.", ())
        yield DraftSentence("دليل غير موجود.", (99, -1))
        yield DraftSentence(evidence[1].text, (1, 99, 0))


def test_a_generators_sentences_without_real_evidence_are_dropped(engine: Engine) -> None:
    liar = Answerer(engine.store, engine.retriever, Liar(), 0.0)
    answer = liar.answer("ماذا أرسلت كوريا الشمالية؟")
    assert [s.citations for s in answer.sentences] == [(1,)]
    assert answer.dropped_sentences == 2
    assert answer.generator == "liar"


def test_no_article_is_fetched_for_what_there_is_no_room_to_cite(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []
    article = LanceStore.article

    def noted(store: LanceStore, article_id: str) -> Article:
        fetched.append(article_id)
        return article(store, article_id)

    monkeypatch.setattr(LanceStore, "article", noted)
    for count in (1, 5):
        fetched.clear()
        answer = engine.answerer.answer("ماذا أرسلت كوريا الشمالية إلى روسيا؟", max_citations=count)
        assert set(fetched) == {citation.article.id for citation in (*answer.citations, *answer.related)}
        assert len(fetched) == len(set(fetched))
    assert len(set(fetched)) == 2


def test_a_quote_is_verified_against_the_stored_article(engine: Engine) -> None:
    verifier = QuoteVerifier(engine.store)
    summary = engine.store.article("a").summary
    quoted = Evidence(summary, Span(5, 10), TEXT[5:10], late_interaction=0.9)
    assert verifier.verify(quoted) == quoted
    assert not verifier.verify(replace(quoted, span=Span(6, 11)))
    assert not verifier.verify(replace(quoted, text="قالب"))
    assert not verifier.verify(replace(quoted, span=Span(0, 0), text=""))
    assert not verifier.verify(replace(quoted, article=replace(summary, id="gone")))
