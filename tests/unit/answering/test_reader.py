"""A reader orders the evidence, and the confidence is no higher than its probability."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dalil.answering.evidence import MAX_RELATED_DROP, Evidence
from dalil.answering.reader import Reader, rank_by_reader
from dalil.domain import Answer, AnswerStatus, Article, ArticleSummary, RefusalReason, Span
from dalil.engine import Engine
from tests.small_engine import small_engine

QUESTION = "ماذا سلمت كوريا الشمالية لروسيا؟"
SHELLS = "سلمت كوريا الشمالية روسيا ملايين القذائف المدفعية."
PORT = "ووصلت شحنات كوريا الشمالية بحرا إلى الميناء."
ARTICLES = [Article("shells", "صفقة السلاح", f"{SHELLS} {PORT}")]


class WordReader(Reader):
    """Finds a text answerable with the probability of the first of the words that the text has, and else with 0."""

    name = "words"

    def __init__(self, **probabilities: float) -> None:
        self._probabilities = probabilities
        self.texts: list[str] = []

    def _read(self, question: str, texts: list[str]) -> list[float]:  # noqa: ARG002
        self.texts += texts
        return [next((value for word, value in self._probabilities.items() if word in text), 0.0) for text in texts]


class Miscounting(Reader):
    name = "miscounting"

    def _read(self, question: str, texts: list[str]) -> list[float]:  # noqa: ARG002
        return [0.5] * (len(texts) + 1)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with small_engine(tmp_path_factory.mktemp("index"), ARTICLES) as engine:
        yield engine


def read(engine: Engine, reader: Reader | None, *, threshold: float = 0.0) -> Answer:
    answerer = replace(engine.answerer, reader=reader, threshold=threshold, related_threshold=0.0)
    return answerer.answer(QUESTION, explain=True)


@pytest.mark.parametrize(
    ("reader", "first"),
    [
        pytest.param(WordReader(القذائف=0.9, الميناء=0.8), SHELLS, id="the sentence on shells"),
        pytest.param(WordReader(القذائف=0.8, الميناء=0.9), PORT, id="the sentence on the port"),
    ],
)
def test_the_sentence_that_the_reader_finds_most_answerable_comes_first(
    engine: Engine, reader: WordReader, first: str
) -> None:
    answer = read(engine, reader)
    assert answer.sentences[0].text == first
    assert answer.explanation
    assert answer.explanation.reader == "words"
    assert [item.answerable for item in answer.explanation.evidence] == [0.9, 0.8]
    # The logits of .9 and of .8.
    assert [round(item.rank_score, 3) for item in answer.explanation.evidence] == [2.197, 1.386]


def test_the_confidence_is_no_higher_than_the_highest_probability(engine: Engine) -> None:
    without = read(engine, None)
    sure, unsure = (read(engine, WordReader(القذائف=value)) for value in (0.999, 0.01))
    assert 0.01 < without.confidence < 0.999
    assert (sure.confidence, unsure.confidence) == (without.confidence, 0.01)
    assert unsure.explanation
    assert unsure.explanation.confidence
    assert (unsure.explanation.confidence.value, unsure.explanation.confidence.answerable) == (0.01, 0.01)


def test_a_question_that_the_reader_finds_unanswered_gets_related_evidence(engine: Engine) -> None:
    answer = read(engine, WordReader(القذائف=0.01, الميناء=0.001), threshold=0.02)
    assert (answer.status, answer.refusal_reason) == (AnswerStatus.RELATED_EVIDENCE, RefusalReason.LOW_CONFIDENCE)
    assert [citation.quote for citation in answer.related] == [SHELLS, PORT]


def test_a_quote_that_the_reader_puts_far_below_the_best_is_not_related(engine: Engine) -> None:
    # The logits of .9 and .2 differ by 3.58, and the limit is 3.5; those of .9 and .25 by 3.3.
    engine = replace(engine, answerer=replace(engine.answerer, max_related_drop=MAX_RELATED_DROP))
    near, far = (read(engine, WordReader(القذائف=0.9, الميناء=value)) for value in (0.25, 0.2))
    assert [sentence.text for sentence in (*near.sentences, *far.sentences)] == [SHELLS, SHELLS]
    assert [citation.quote for citation in (*near.related, *far.related)] == [PORT]


def test_without_a_reader_an_explanation_has_none_of_its_figures(engine: Engine) -> None:
    explanation = read(engine, None).explanation
    assert explanation
    assert explanation.confidence
    assert (explanation.reader, explanation.confidence.answerable) == (None, None)
    assert {item.answerable for item in explanation.evidence} == {None}


def test_a_sentence_is_read_below_the_title_of_its_article(engine: Engine) -> None:
    reader = WordReader()
    read(engine, reader)
    assert sorted(reader.texts) == sorted([f"صفقة السلاح\n{SHELLS}", f"صفقة السلاح\n{PORT}"])


def test_sentences_of_equal_probability_keep_their_order() -> None:
    evidence = [Evidence(ArticleSummary("a", ""), Span(place, place + 1), str(place)) for place in range(4)]
    # A probability of 1 is ranked as 1 - 10⁻⁶.
    ranked = rank_by_reader(WordReader(**{"0": 0.2, "1": 1.0, "2": 0.2, "3": 1 - 1e-9}), QUESTION, evidence)
    assert [item.text for item in ranked] == ["1", "3", "0", "2"]


def test_nothing_is_read_where_nothing_is_found(tmp_path: Path) -> None:
    with small_engine(tmp_path, []) as empty:
        answer = read(empty, Miscounting())
    assert answer.refusal_reason is RefusalReason.NO_EVIDENCE


def test_a_reader_gives_one_probability_for_each_text(engine: Engine) -> None:
    with pytest.raises(AssertionError, match="Miscounting gave"):
        read(engine, Miscounting())
