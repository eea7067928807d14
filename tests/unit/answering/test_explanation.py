"""Every answer and every refusal says how it came about."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from dalil.answering.evidence import Evidence
from dalil.answering.generator import Drafts, DraftSentence, Generator
from dalil.domain import Answer, Article, DropReason, RefusalReason
from dalil.engine import Engine
from dalil.retrieval.query import AnalyzedQuery
from tests.small_engine import small_engine

QUESTION = "ماذا سلمت كوريا الشمالية لروسيا؟"
ARTICLES = [
    Article("shells", "قذائف", "سلمت كوريا الشمالية روسيا ملايين القذائف المدفعية. ووصلت الشحنات بحرا إلى الميناء."),
    Article("quake", "زلزال", "ضرب زلزال قوي جنوب تركيا فجرا. وارتفع عدد القتلى في اليوم التالي."),
]


class Writer(Generator):
    """Writes the sentences that it was given, each with the indexes of its evidence, which it quotes whole."""

    name = "writer"

    def __init__(self, *drafts: tuple[str, tuple[int, ...]]) -> None:
        self._drafts = drafts

    def draft(self, question: AnalyzedQuery, evidence: Sequence[Evidence]) -> Drafts:  # noqa: ARG002
        for text, cited in self._drafts:
            quotes = tuple(evidence[index].text for index in cited if index < len(evidence))
            yield DraftSentence(text, cited, quotes=quotes)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with small_engine(tmp_path_factory.mktemp("index"), ARTICLES) as engine:
        yield engine


def written(engine: Engine, *drafts: tuple[str, tuple[int, ...]], max_citations: int = 5) -> Answer:
    return replace(engine.answerer, generator=Writer(*drafts)).answer(QUESTION, max_citations=max_citations)


def test_an_explanation_goes_from_the_query_to_the_confidence(engine: Engine) -> None:
    answer = engine.answerer.answer("What did DPRK send in 2023?", explain=True)
    explained = answer.explanation
    assert explained
    assert (explained.query.language, explained.query.names[0][0]) == ("en", "dprk")
    assert "كوريا الشمالية" in explained.query.names[0]
    assert explained.query.terms
    for hit in explained.hits:
        assert hit.score == pytest.approx(sum(c.weight * c.normalised_score for c in hit.contributions))
    assert [item.rank_score for item in explained.evidence] == sorted(
        (item.rank_score for item in explained.evidence), reverse=True
    )
    for item in explained.evidence:
        assert engine.article(item.article_id).text[item.start : item.end] == item.text
    assert explained.confidence
    assert explained.confidence.value == answer.confidence
    assert explained.threshold == engine.answerer.threshold


def test_no_explanation_is_made_unless_it_is_asked_for(engine: Engine) -> None:
    assert engine.answerer.answer(QUESTION).explanation is None


def test_the_debug_log_says_what_the_explanation_says(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="dalil.answering.answerer"):
        engine.answerer.answer(QUESTION)
    assert "QueryExplanation" in caplog.text
    assert "FeatureExplanation" in caplog.text


def test_without_evidence_the_refusal_says_so(tmp_path: Path) -> None:
    with small_engine(tmp_path, []) as empty:
        answer = empty.answerer.answer(QUESTION, explain=True)
    assert answer.refusal_reason is RefusalReason.NO_EVIDENCE
    assert answer.notes == ("no passage of the articles has a sentence to quote",)
    assert answer.explanation
    assert answer.explanation.confidence is None


def test_below_the_threshold_the_refusal_names_both_numbers(engine: Engine) -> None:
    answer = replace(engine.answerer, threshold=1.0).answer(QUESTION)
    assert answer.refusal_reason is RefusalReason.LOW_CONFIDENCE
    assert answer.notes == (f"the confidence {answer.confidence:.3f} is below the threshold 1.000",)


def test_a_generator_that_declines_is_named(engine: Engine) -> None:
    answer = written(engine)
    assert answer.refusal_reason is RefusalReason.GENERATOR_DECLINED
    assert answer.notes == ("writer found no answer in the evidence",)


def test_an_answer_has_no_refusal_reason(engine: Engine) -> None:
    assert engine.answerer.answer(QUESTION).refusal_reason is None


@pytest.mark.parametrize(
    ("drafts", "reason"),
    [
        pytest.param([("لا دليل.", ())], DropReason.NOT_CITED, id="no citation"),
        pytest.param([("لا دليل.", (99,))], DropReason.NOT_CITED, id="a citation of evidence that does not exist"),
        pytest.param(
            [("سلمت كوريا الشمالية روسيا 700 دبابة.", (0,))], DropReason.UNSUPPORTED, id="a number of its own"
        ),
    ],
)
def test_a_dropped_sentence_has_its_reason(
    engine: Engine, drafts: list[tuple[str, tuple[int, ...]]], reason: DropReason
) -> None:
    answer = written(engine, *drafts)
    assert [(sentence.text, sentence.reason) for sentence in answer.dropped] == [(drafts[0][0], reason)]
    assert answer.refusal_reason is RefusalReason.NOTHING_SUPPORTED
    assert answer.dropped_sentences == 1


def test_an_unsupported_sentence_is_dropped_with_what_the_quotes_lack(engine: Engine) -> None:
    sentence = "سلمت كوريا الشمالية روسيا 700 دبابة."
    (dropped,) = written(engine, (sentence, (0,))).dropped
    finding = next(own for own in dropped.findings if own.rule == "missing_quantities")
    assert finding.message == "the quotes do not state the number 700"
    assert finding.span is not None
    assert finding.span.of(sentence) == "700"


def test_repetitions_and_sentences_beyond_the_citations_are_no_failure_of_the_generator(engine: Engine) -> None:
    evidence = engine.answerer.answer(QUESTION, explain=True).explanation
    assert evidence
    first, second = evidence.evidence[0].text, evidence.evidence[1].text
    answer = written(engine, (first, (0,)), (first, (0,)), (second, (1,)), max_citations=1)
    assert [sentence.reason for sentence in answer.dropped] == [DropReason.REPEATED, DropReason.NO_CITATIONS_LEFT]
    assert answer.dropped_sentences == 0


def test_a_quote_that_the_article_does_not_have_any_more_is_the_reason(tmp_path: Path) -> None:
    with small_engine(tmp_path, ARTICLES) as engine:

        class Replacing(Writer):
            def draft(self, question: AnalyzedQuery, evidence: Sequence[Evidence]) -> Drafts:
                engine.index(
                    [Article(item.article.id, "جديد", "نص آخر لا علاقة له بما سبق أبدا.") for item in evidence[:1]]
                )
                yield from super().draft(question, evidence)

        answer = replace(engine.answerer, generator=Replacing(("سلمت كوريا الشمالية القذائف.", (0,)))).answer(QUESTION)
    assert [sentence.reason for sentence in answer.dropped] == [DropReason.QUOTE_NOT_FOUND]
