"""Answers by a language model, over a real index and a scripted endpoint on a real socket."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dalil.answering.answerer import MAX_DRAFT_SENTENCES, Answerer, SearchCompleted, SentenceReady
from dalil.answering.extractive import ExtractiveGenerator
from dalil.answering.llm.circuit_breaker import FAILURES_TO_OPEN
from dalil.answering.llm.generator import ChatGenerator
from dalil.answering.llm.transport import MAX_ANSWER_CHARACTERS
from dalil.bootstrap import assemble, build_generator, no_progress
from dalil.domain import Answer, AnswerStatus, Article, DropReason, RefusalReason, Verdict
from dalil.embedding.centring import measure_centres
from dalil.embedding.fake import FakeEmbedder
from dalil.embedding.onnx import OnnxEmbedder
from dalil.engine import Engine
from dalil.errors import Misconfigured
from dalil.settings import GeneratorSettings, Settings, load_settings
from dalil.stores.lance import LanceStore
from tests.integration.api_service import fill
from tests.integration.scripted_endpoint import (
    Exchange,
    Request,
    Script,
    ScriptedEndpoint,
    closed_port,
    quote_first,
    refuses,
    replies,
    says,
)
from tests.small_engine import small_engine

SENT = "قالت واشنطن إن كوريا الشمالية أرسلت 16 ألف قذيفة مدفعية إلى روسيا في 5 مارس 2024."
MISSILES = "وأضافت أن الشحنة ضمت صواريخ باليستية قصيرة المدى من صنع كوريا الشمالية."
DENIED = "نفت موسكو أنها تلقت قذائف مدفعية من كوريا الشمالية."
ARTICLES = (
    Article("sent", "قذائف من بيونغ يانغ", f"{SENT} {MISSILES}"),
    Article("denied", "نفي روسي", DENIED),
    Article("wheat", "موسم القمح", "بدأ المزارعون حصاد القمح في الدلتا هذا الأسبوع."),
)
QUESTION = "ماذا أرسلت كوريا الشمالية إلى روسيا؟"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with small_engine(tmp_path_factory.mktemp("index"), ARTICLES) as engine:
        yield engine


@contextmanager
def answering(engine: Engine, url: str, *, flag: bool = False, **options: Any) -> Iterator[Answerer]:
    """The engine's answerer with a model at the endpoint.

    By default it has two seconds' timeout, and neither retries nor checks its own sentences. No quote is related.
    """
    given = {
        "model": "tiny",
        "api_key": None,
        "timeout_seconds": 2.0,
        "retries": 0,
        "entailment_check": False,
        **options,
    }
    model = ChatGenerator(base_url=url, count_tokens=engine.embedder.count_tokens, **given)
    with closing(model):
        yield Answerer(engine.store, engine.retriever, model, 0.0, related_threshold=1.0, keep_unsupported=flag)


def asked(engine: Engine, *scripts: Script, **options: Any) -> tuple[Answer, list[Request]]:
    """The answer to the question, and the requests that the endpoint received."""
    with ScriptedEndpoint(*scripts) as endpoint, answering(engine, endpoint.base_url, **options) as answerer:
        answer = answerer.answer(QUESTION)
    check(engine, answer)
    return answer, endpoint.requests


def check(engine: Engine, answer: Answer) -> None:
    """Every sentence cites, every quote is verbatim, and citations count from one, whatever the model wrote."""
    for citation in answer.citations:
        assert engine.store.article(citation.article.id).text[citation.start : citation.end] == citation.quote
    assert [citation.number for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert {number for sentence in answer.sentences for number in sentence.citations} == {
        citation.number for citation in answer.citations
    }
    assert all(sentence.citations and sentence.text for sentence in answer.sentences)
    assert (answer.status is AnswerStatus.ANSWERED) == bool(answer.sentences)


def marked(request: Request, *sentences: str) -> str:
    """The sentences, each behind itself as the quote."""
    return "\n".join(quote_first(request, sentence) for sentence in sentences)


def quoting(*sentences: str) -> Script:
    return says(lambda request: marked(request, *sentences))


def extractive(engine: Engine) -> Answer:
    return Answerer(engine.store, engine.retriever, ExtractiveGenerator(), 0.0).answer(QUESTION)


def test_a_good_answer_is_cited_and_verified(engine: Engine) -> None:
    answer, requests = asked(engine, quoting(DENIED, SENT))
    assert [sentence.text for sentence in answer.sentences] == [DENIED, SENT]
    assert [sentence.citations for sentence in answer.sentences] == [(1,), (2,)]
    assert [(citation.article.id, citation.quote) for citation in answer.citations] == [
        ("denied", DENIED),
        ("sent", SENT),
    ]
    assert all((sentence.support, sentence.verdict) == (1.0, Verdict.SUPPORTED) for sentence in answer.sentences)
    assert (answer.generator, answer.notes) == ("chat:tiny", ())
    assert (answer.dropped_sentences, answer.invalid_citations, len(requests)) == (0, 0, 1)


def test_the_request_is_what_the_settings_say(engine: Engine) -> None:
    _, (request,) = asked(engine, says("NO_ANSWER"), model="large", answer_tokens=77)
    assert (request.path, request.model, request.max_tokens) == ("/v1/chat/completions", "large", 77)
    assert (request.stream, request.temperature) == (True, 0)
    assert "in Arabic" in request.rules
    assert request.prompt.endswith(f"Question: {QUESTION}\n")


def test_passages_are_given_whole_and_in_reading_order_below_their_titles(engine: Engine) -> None:
    _, (request,) = asked(engine, says("NO_ANSWER"))
    assert {SENT, MISSILES, DENIED} <= set(request.evidence.values())
    number = request.number_of(SENT)
    assert f": قذائف من بيونغ يانغ\n[{number}] {SENT}\n[{number + 1}] {MISSILES}\n" in request.prompt


def test_the_model_is_told_to_answer_in_the_language_of_the_question(engine: Engine) -> None:
    with ScriptedEndpoint(says("NO_ANSWER")) as endpoint, answering(engine, endpoint.base_url) as answerer:
        answerer.answer("What did North Korea send?")
    assert "in English" in endpoint.requests[0].rules


@pytest.mark.parametrize(
    "invented",
    [
        pytest.param(SENT.replace("16 ألف", "60 ألف"), id="a number"),
        pytest.param(SENT.replace("5 مارس", "5 مايو"), id="a month"),
        pytest.param(SENT.replace("2024", "2023"), id="a year"),
        pytest.param(SENT.replace("في 5", "يوم الأحد 5"), id="a weekday"),
        pytest.param(SENT.replace("قالت", "قالت «إننا على يقين تام»"), id="a literal quotation"),
    ],
)
def test_what_a_model_invents_is_dropped_and_counted(engine: Engine, invented: str) -> None:
    assert invented != SENT

    def script(request: Request) -> str:
        return f"{quote_first(request, SENT, invented)}\n{marked(request, DENIED)}"

    answer, _ = asked(engine, says(script))
    assert [sentence.text for sentence in answer.sentences] == [DENIED]
    assert (answer.dropped_sentences, answer.generator) == (1, "chat:tiny")


def test_a_sentence_that_cites_what_does_not_say_it_is_dropped(engine: Engine) -> None:
    answer, _ = asked(engine, says(lambda request: quote_first(request, DENIED, SENT)))
    assert (answer.status, answer.dropped_sentences) == (AnswerStatus.INSUFFICIENT_EVIDENCE, 1)
    assert answer.notes == ("quotes support no sentence that chat:tiny wrote, of 1",)


def test_sentences_without_a_marker_are_dropped(engine: Engine) -> None:
    answer, _ = asked(engine, says(lambda request: f"{MISSILES} {marked(request, SENT)} {DENIED}"))
    assert [sentence.text for sentence in answer.sentences] == [SENT]
    assert answer.dropped_sentences == 2


def test_markers_to_nowhere_are_dropped_and_counted(engine: Engine) -> None:
    answer, _ = asked(engine, says(lambda request: f"{MISSILES} [99] {marked(request, SENT)[:-1]} [0][50]. [98]"))
    assert [(sentence.text, sentence.citations) for sentence in answer.sentences] == [(SENT, (1,))]
    assert (answer.dropped_sentences, answer.invalid_citations) == (1, 4)


def test_where_nothing_is_left_nothing_is_answered(engine: Engine) -> None:
    answer, _ = asked(engine, says("افتتح المتحف أبوابه للزوار. [1] وأرسلت كوريا طائرات [77]."))
    assert (answer.status, answer.sentences, answer.citations) == (AnswerStatus.INSUFFICIENT_EVIDENCE, (), ())
    assert (answer.dropped_sentences, answer.invalid_citations, answer.generator) == (2, 1, "chat:tiny")


@pytest.mark.parametrize("declining", ["NO_ANSWER", "**NO_ANSWER**.", "NO_ANSWER [1]", "[9] \u200fNO_ANSWER\n\nBut…"])
def test_a_model_that_declines_leaves_the_question_unanswered_and_says_so(engine: Engine, declining: str) -> None:
    answer, requests = asked(engine, says(declining))
    assert answer.status is AnswerStatus.INSUFFICIENT_EVIDENCE
    assert answer.notes == ("chat:tiny found no answer in the evidence",)
    assert [sentence.reason for sentence in answer.dropped] == [DropReason.NO_ANSWER]
    assert (answer.dropped_sentences, len(requests)) == (0, 1)


@pytest.mark.parametrize("size", [1, 5, 1_000])
def test_what_a_model_thinks_aloud_is_no_part_of_its_answer(engine: Engine, size: int) -> None:
    def thinking(request: Request) -> str:
        return f"\n<think>\n{marked(request, DENIED)} No.\n</think>\n\n{marked(request, SENT)}"

    answer, _ = asked(engine, says(thinking, size))
    assert [sentence.text for sentence in answer.sentences] == [SENT]


@pytest.mark.parametrize("size", [1, 5, 1_000])
def test_a_thought_of_which_only_the_end_is_told_is_no_part_of_the_answer_either(engine: Engine, size: int) -> None:
    def thinking(request: Request) -> str:
        return f"Should I write NO_ANSWER? {marked(request, DENIED)}\n</think>\n\n{marked(request, SENT)}"

    answer, _ = asked(engine, says(thinking, size))
    assert [sentence.text for sentence in answer.sentences] == [SENT]
    assert (answer.generator, answer.dropped_sentences) == ("chat:tiny", 0)


@pytest.mark.parametrize("written", ["<think> أرسلت كوريا.", "<thinking>أرسلت كوريا. NO_ANSWER", "[THINK]"])
def test_a_model_that_does_not_finish_thinking_has_failed(engine: Engine, written: str) -> None:
    answer, requests = asked(engine, says(written), retries=2)
    assert (answer.generator, answer.sentences) == ("extractive", extractive(engine).sentences)
    assert answer.notes[0].startswith("the language model 'tiny' did not finish thinking; ")
    assert len(requests) == 1


def test_what_was_proved_before_a_thought_without_an_end_is_kept(engine: Engine) -> None:
    answer, _ = asked(engine, says(lambda request: f"{marked(request, SENT)} <think> {marked(request, DENIED)}"))
    assert [sentence.text for sentence in answer.sentences] == [SENT]
    assert answer.notes == ("the language model 'tiny' did not finish thinking; the answer ends where it stopped",)


@pytest.mark.parametrize("tag", ["<thin", "<b>", "<!--"])
def test_another_tag_is_no_thought(engine: Engine, tag: str) -> None:
    answer, _ = asked(engine, says(lambda request: f"{marked(request, SENT)} {tag}"))
    assert ([sentence.text for sentence in answer.sentences], answer.notes) == ([SENT], ())


def test_a_sentence_that_has_been_said_is_not_said_again(engine: Engine) -> None:
    answer, _ = asked(
        engine, says(lambda request: f"{marked(request, SENT, DENIED)} {marked(request, SENT, DENIED)}\n" * 3)
    )
    assert [sentence.text for sentence in answer.sentences] == [SENT, DENIED]
    assert (answer.dropped_sentences, answer.notes) == (0, ())


def test_a_model_that_repeats_itself_is_hung_up_on(engine: Engine) -> None:
    def script(exchange: Exchange) -> None:
        exchange.begin()
        while True:
            exchange.pieces(f"{marked(exchange.request, SENT)} ", 1_000)
            exchange.wait(0.01)

    with ScriptedEndpoint(script) as endpoint, answering(engine, endpoint.base_url) as answerer:
        answer = answerer.answer(QUESTION)
        assert endpoint.hung_up.wait(5)
    assert [sentence.text for sentence in answer.sentences] == [SENT]
    assert answer.notes == ("chat:tiny wrote more than 12 sentences; the rest was not read",)


def test_no_more_than_a_dozen_sentences_are_taken(engine: Engine) -> None:
    def script(request: Request) -> str:
        return "\n".join(quote_first(request, SENT, f"{SENT[:-1]}{'!' * count}.") for count in range(1, 30))

    answer, _ = asked(engine, says(script, 1_000))
    assert len(answer.sentences) == MAX_DRAFT_SENTENCES


def test_a_quote_that_does_not_say_it_is_not_cited_beside_one_that_does(engine: Engine) -> None:
    def padded(request: Request) -> str:
        return f"QUOTE: «{DENIED}»\nQUOTE: «{MISSILES}»\n{marked(request, SENT)}"

    answer, _ = asked(engine, says(padded))
    assert [(sentence.text, sentence.citations) for sentence in answer.sentences] == [(SENT, (1,))]
    assert [citation.quote for citation in answer.citations] == [SENT]


def test_what_was_proved_before_a_model_declines_is_kept(engine: Engine) -> None:
    answer, _ = asked(engine, says(lambda request: f"{marked(request, SENT)} NO_ANSWER. {marked(request, DENIED)}"))
    assert ([sentence.text for sentence in answer.sentences], answer.notes) == ([SENT], ())


def test_sentences_that_are_not_supported_are_kept_with_their_verdict_where_they_are_to_be_flagged(
    engine: Engine,
) -> None:
    invented = SENT.replace("16 ألف", "60 ألف")

    def script(request: Request) -> str:
        return f"{MISSILES}\n{quote_first(request, SENT, invented)}\n{marked(request, DENIED)}"

    answer, _ = asked(engine, says(script), flag=True)
    assert [(sentence.text, sentence.verdict) for sentence in answer.sentences] == [
        (invented, Verdict.UNSUPPORTED),
        (DENIED, Verdict.SUPPORTED),
    ]
    assert answer.dropped_sentences == 1  # the one that cites nothing


def test_copied_words_make_the_citation_and_the_short_answer(engine: Engine) -> None:
    def script(request: Request) -> str:
        # The number is wrong, and the spelling is another: the words are found all the same.
        return f"QUOTE: «16 الف قذيفة مدفعية» [{request.number_of(DENIED)}]\nANSWER: {SENT}"

    answer, _ = asked(engine, says(script))
    assert [citation.quote for citation in answer.citations] == [SENT]
    short = answer.short_answer
    assert short
    assert (short.text, short.citation) == ("16 ألف قذيفة مدفعية", 1)
    assert engine.store.article("sent").text[short.start : short.end] == short.text


@pytest.mark.parametrize(
    "quote",
    [
        pytest.param("16,000 artillery shells", id="translated"),
        pytest.param("6 ألف قذيفة مدفعية", id="a part of a number"),
        pytest.param("أرسلت قذيفة", id="words left out"),
        pytest.param("إلى", id="a stop word"),
        pytest.param("في 5 مارس 2024. نفت موسكو", id="across articles"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_sentence_whose_quote_is_not_in_the_evidence_is_dropped(engine: Engine, quote: str) -> None:
    def script(request: Request) -> str:
        return f"QUOTE: «{quote}» [{request.number_of(SENT)}]\nANSWER: {SENT[5:-1]}، نعم [{request.number_of(SENT)}]."

    answer, _ = asked(engine, says(script))
    assert (answer.sentences, [dropped.reason for dropped in answer.dropped]) == ((), [DropReason.QUOTE_NOT_COPIED])
    assert answer.refusal_reason is RefusalReason.NOTHING_SUPPORTED


def test_a_quote_may_run_over_two_sentences(engine: Engine) -> None:
    def script(request: Request) -> str:
        return f"QUOTE: «في 5 مارس 2024. {MISSILES}» [1]\nANSWER: {MISSILES[:-1]} [1]."

    answer, _ = asked(engine, says(script))
    assert [citation.quote for citation in answer.citations] == [MISSILES]


SENT_16 = "أرسلت كوريا الشمالية 16 ألف قذيفة مدفعية إلى روسيا."


def paraphrase(request: Request) -> str:
    return quote_first(request, SENT, SENT_16)


class TestEntailment:
    def explained(self, engine: Engine, *scripts: Script, **options: Any) -> tuple[Answer, list[Request]]:
        given = {"entailment_check": True, **options}
        with ScriptedEndpoint(*scripts) as endpoint, answering(engine, endpoint.base_url, **given) as answerer:
            answer = answerer.answer(QUESTION, explain=True)
        check(engine, answer)
        return answer, endpoint.requests

    def probabilities(self, answer: Answer) -> list[float]:
        assert answer.explanation
        assert answer.explanation.prompt == "quote-first.v1"
        return [round(own.probability, 3) for own in answer.explanation.entailments]

    def test_a_sentence_that_the_model_finds_in_its_quote_is_kept(self, engine: Engine) -> None:
        logprobs = {"No": -2.0, "Yes": -0.2, "The": -3.0}
        answer, (_, request) = self.explained(engine, says(paraphrase), replies("Yes", logprobs))
        assert [sentence.text for sentence in answer.sentences] == [SENT_16]
        assert self.probabilities(answer) == [0.858]
        assert (request.stream, request.max_tokens, request.logprobs) == (False, 1, True)
        assert request.prompt == f"Quote: {SENT}\n\nSentence: {SENT_16}\n\nDo the quotes say this? Answer yes or no.\n"

    def test_a_sentence_that_it_does_not_find_is_dropped_and_the_refusal_says_so(self, engine: Engine) -> None:
        answer, _ = self.explained(engine, says(paraphrase), replies("No", {"No": -0.2, "Yes": -2.0}))
        assert [dropped.reason for dropped in answer.dropped] == [DropReason.NOT_ENTAILED]
        assert (answer.refusal_reason, answer.dropped_sentences) == (RefusalReason.NOTHING_ENTAILED, 1)
        assert answer.notes == ("chat:tiny finds that quotes say no sentence that it wrote, of 1",)
        assert self.probabilities(answer) == [0.142]

    @pytest.mark.parametrize(("word", "probability"), [("yes", 1.0), ("No.", 0.0), ("نعم", 1.0)])
    def test_an_endpoint_without_probabilities_is_taken_at_its_word(
        self, engine: Engine, word: str, probability: float
    ) -> None:
        answer, requests = self.explained(engine, says(paraphrase), refuses(400), replies(word))
        assert self.probabilities(answer) == [probability]
        assert [request.logprobs for request in requests] == [False, True, False]

    @pytest.mark.parametrize(
        ("script", "told"),
        [
            pytest.param(refuses(500), "status 500", id="an error"),
            pytest.param(lambda exchange: exchange.wait(30), "did not answer in time", id="silence"),
            pytest.param(replies("<think>"), "said neither yes nor no", id="something else"),
            pytest.param(replies(""), "said neither yes nor no", id="nothing"),
        ],
    )
    def test_a_check_that_fails_keeps_the_rules_verdict_and_leaves_a_note(
        self, engine: Engine, script: Script, told: str
    ) -> None:
        def twice(request: Request) -> str:
            return f"{paraphrase(request)}\n{quote_first(request, DENIED, f'{DENIED[:-1]}!.')}"

        answer, requests = self.explained(engine, says(twice), script, timeout_seconds=0.5)
        assert answer.sentences[0].text == SENT_16
        (note,) = answer.notes
        assert told in note
        assert note.endswith("it did not check its sentences, which rules have checked")
        assert (len(requests), self.probabilities(answer)) == (2, [])

    def test_an_articles_own_sentence_is_not_asked_about(self, engine: Engine) -> None:
        answer, requests = self.explained(engine, quoting(SENT))
        assert ([sentence.text for sentence in answer.sentences], len(requests)) == ([SENT], 1)


def test_a_sentence_that_is_partly_supported_is_kept_only_where_it_is_to_be_flagged(engine: Engine) -> None:
    kremlin = "North Korea sent 16,000 shells to Russia, the Kremlin said."
    script = says(lambda request: quote_first(request, SENT, kremlin))
    flagged, _ = asked(engine, script, flag=True)
    dropped, _ = asked(engine, script)
    assert [sentence.verdict for sentence in flagged.sentences] != [Verdict.SUPPORTED]
    assert [sentence.reason for sentence in dropped.dropped] in (
        [DropReason.PARTLY_SUPPORTED],
        [DropReason.UNSUPPORTED],
    )


def begins(exchange: Exchange) -> None:
    exchange.begin()


def closes(exchange: Exchange) -> None:
    exchange.close()


def closes_in_the_stream(exchange: Exchange) -> None:
    exchange.begin()
    exchange.close()


def stalls_before_the_headers(exchange: Exchange) -> None:
    exchange.wait(30)


def stalls_before_the_first_piece(exchange: Exchange) -> None:
    exchange.begin()
    exchange.wait(30)


def keeps_alive(exchange: Exchange) -> None:
    exchange.begin()
    while True:
        exchange.line(": ping\n\n")
        exchange.event({"choices": [{"index": 0, "delta": {"content": ""}}]})
        exchange.wait(0.05)


def sends(*lines: str) -> Script:
    def script(exchange: Exchange) -> None:
        exchange.begin()
        for line in lines:
            exchange.line(line)
        exchange.end()

    return script


def endless_refusal(exchange: Exchange) -> None:
    exchange.begin(500)
    exchange.wait(30)


FAILURES = [
    pytest.param(closes, "cannot be reached", id="closes at once"),
    pytest.param(closes_in_the_stream, "broke off", id="closes before the first piece"),
    pytest.param(stalls_before_the_headers, "did not answer in time", id="stalls before the headers"),
    pytest.param(stalls_before_the_first_piece, "did not answer in time", id="stalls before the first piece"),
    pytest.param(keeps_alive, "did not answer in time", id="keeps the connection alive and writes nothing"),
    pytest.param(endless_refusal, "did not answer in time", id="a refusal that does not end"),
    pytest.param(refuses(500), "status 500", id="500"),
    pytest.param(refuses(401), "status 401", id="401"),
    pytest.param(refuses(404), "status 404", id="404"),
    pytest.param(refuses(429), "status 429", id="429"),
    pytest.param(sends("data: {not JSON}\n\n"), "JSONDecodeError", id="not JSON"),
    pytest.param(sends("data: 7\n\n"), "failed", id="not an object"),
    pytest.param(sends("<html><body>Sign in</body></html>"), "wrote nothing", id="a page"),
    pytest.param(sends('{"choices": [{"message": {"content": "all at once"}}]}'), "wrote nothing", id="not a stream"),
    pytest.param(sends('data: {"choices": []}\n\n'), "wrote nothing", id="no choices"),
    pytest.param(sends('data: {"choices": [{"index": 0}]}\n\n'), "failed", id="no delta"),
    pytest.param(sends('data: {"choices": [{"delta": {"content": ["a"]}}]}\n\n'), "wrote nothing", id="not text"),
    pytest.param(sends('data: {"error": {"message": "out of memory"}}\n\n'), "APIError", id="an error in the stream"),
    pytest.param(says(""), "wrote nothing", id="nothing"),
]


@pytest.mark.parametrize(("script", "told"), FAILURES)
def test_where_the_model_fails_the_answer_is_extractive_and_says_so(engine: Engine, script: Script, told: str) -> None:
    started = time.monotonic()
    answer, requests = asked(engine, script, timeout_seconds=0.3)
    assert time.monotonic() - started < 5  # a bound that readers are promised
    assert (answer.sentences, answer.citations) == (extractive(engine).sentences, extractive(engine).citations)
    assert answer.generator == "extractive"
    (note,) = answer.notes
    assert note.startswith("the language model 'tiny' ")
    assert told in note
    assert note.endswith("the answer is put together from the articles' own sentences")
    assert len(requests) == 1


def test_an_endpoint_that_is_not_there_is_told(engine: Engine) -> None:
    with closed_port() as url, answering(engine, url) as answerer:
        answer = answerer.answer(QUESTION)
    assert (answer.generator, answer.sentences) == ("extractive", extractive(engine).sentences)
    assert "cannot be reached" in answer.notes[0]


def breaks_off(exchange: Exchange) -> None:
    exchange.close()


def stalls(exchange: Exchange) -> None:
    exchange.wait(30)


def reports_an_error(exchange: Exchange) -> None:
    exchange.event({"error": {"message": "out of memory"}})
    exchange.end()


def talks_nonsense(exchange: Exchange) -> None:
    exchange.line("data: }{\n\n")
    exchange.end()


@pytest.mark.parametrize(
    "fails", [breaks_off, stalls, reports_an_error, talks_nonsense], ids=lambda fails: fails.__name__
)
class TestInMidStream:
    def test_what_was_proved_before_is_kept_and_the_reader_is_told(
        self, engine: Engine, fails: Callable[[Exchange], None]
    ) -> None:
        def script(exchange: Exchange) -> None:
            exchange.begin()
            exchange.pieces(f"{marked(exchange.request, SENT)} وأضافت")
            fails(exchange)

        answer, requests = asked(engine, script, timeout_seconds=0.3, retries=2)
        assert [sentence.text for sentence in answer.sentences] == [SENT]
        assert (answer.status, answer.generator) == (AnswerStatus.ANSWERED, "chat:tiny")
        (note,) = answer.notes
        assert note.endswith("the answer ends where it stopped")
        assert len(requests) == 1

    def test_where_nothing_was_proved_before_the_answer_is_extractive(
        self, engine: Engine, fails: Callable[[Exchange], None]
    ) -> None:
        def script(exchange: Exchange) -> None:
            exchange.begin()
            exchange.pieces(f"{MISSILES} [88] {DENIED[:-1]}")
            fails(exchange)

        answer, _ = asked(engine, script, timeout_seconds=0.3)
        assert (answer.generator, answer.sentences) == ("extractive", extractive(engine).sentences)
        assert (answer.invalid_citations, len(answer.notes)) == (0, 1)
        # What the model wrote before it failed is still accounted for.
        assert (answer.dropped[0].text, answer.dropped[0].reason) == (MISSILES, DropReason.NOT_CITED)


@pytest.mark.parametrize(
    "first",
    [refuses(429), refuses(503), closes, closes_in_the_stream],
    ids=["429", "503", "closes", "closes in the stream"],
)
def test_what_passes_is_tried_again(engine: Engine, first: Script) -> None:
    answer, requests = asked(engine, first, quoting(SENT), timeout_seconds=0.5, retries=1)
    assert ([sentence.text for sentence in answer.sentences], answer.notes) == ([SENT], ())
    assert len(requests) == 2
    assert requests[0].prompt == requests[1].prompt


@pytest.mark.parametrize("script", [stalls_before_the_headers, stalls_before_the_first_piece], ids=["headers", "piece"])
def test_after_a_timeout_the_reader_waits_no_longer(engine: Engine, script: Script) -> None:
    answer, requests = asked(engine, script, timeout_seconds=0.3, retries=2)
    assert (answer.generator, len(requests)) == ("extractive", 1)
    assert "did not answer in time" in answer.notes[0]


def test_an_endpoint_that_hangs_is_not_asked_by_every_answer(engine: Engine) -> None:
    with ScriptedEndpoint(stalls) as endpoint, answering(engine, endpoint.base_url, timeout_seconds=0.2) as answerer:
        answers = [answerer.answer(QUESTION) for _ in range(FAILURES_TO_OPEN + 2)]
    assert len(endpoint.requests) == FAILURES_TO_OPEN
    assert {answer.generator for answer in answers} == {"extractive"}
    (note,) = answers[-1].notes
    assert "failed again and again, and is next asked in 30 s; the answer is put together" in note


def test_questions_that_the_model_cannot_answer_do_not_keep_it_from_being_asked(engine: Engine) -> None:
    with ScriptedEndpoint(says("")) as endpoint, answering(engine, endpoint.base_url) as answerer:
        answers = [answerer.answer(QUESTION) for _ in range(FAILURES_TO_OPEN + 2)]
    assert len(endpoint.requests) == len(answers)


def test_pauses_between_tries_grow_and_tries_end(engine: Engine) -> None:
    answer, requests = asked(engine, refuses(500), retries=2)
    assert (answer.generator, "status 500" in answer.notes[0]) == ("extractive", True)
    first, second, third = (request.at for request in requests)
    assert 0.5 <= second - first < third - second


@pytest.mark.parametrize("script", [refuses(400), refuses(401), refuses(404), sends("data: }{\n\n"), says("")])
def test_what_does_not_pass_is_not_tried_again(engine: Engine, script: Script) -> None:
    answer, requests = asked(engine, script, retries=3)
    assert (answer.generator, len(requests)) == ("extractive", 1)


def test_a_pause_that_the_endpoint_names_is_kept_no_longer_than_the_timeout(engine: Engine) -> None:
    started = time.monotonic()
    answer, requests = asked(
        engine,
        refuses(429, Retry_After="100"),
        refuses(429, Retry_After="0"),
        quoting(SENT),
        timeout_seconds=0.3,
        retries=2,
    )
    assert time.monotonic() - started < 5
    assert ([sentence.text for sentence in answer.sentences], len(requests)) == ([SENT], 3)


def test_the_key_is_sent_and_shown_to_nobody(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with (
        ScriptedEndpoint(refuses(500), refuses(401)) as endpoint,
        answering(engine, endpoint.base_url, api_key="hunter2", retries=1) as answerer,
    ):
        answer = answerer.answer(QUESTION)
    assert [request.headers["authorization"] for request in endpoint.requests] == ["Bearer hunter2"] * 2
    assert "status 401" in answer.notes[0]
    assert caplog.records
    assert "hunter2" not in repr(answer) + caplog.text + repr(answerer)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(engine: Engine, status: int) -> None:
    with ScriptedEndpoint(quoting(SENT)) as elsewhere:
        answer, requests = asked(engine, refuses(status, Location=f"{elsewhere.base_url}/chat/completions"))
        assert elsewhere.requests == []
    assert (answer.generator, len(requests)) == ("extractive", 1)
    assert f"status {status}" in answer.notes[0]


def test_the_environment_neither_leads_a_question_elsewhere_nor_adds_to_it(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENAI_ORG_ID", "secret-organisation")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "secret-project")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Extra: secret-extra\nAuthorization: Bearer secret-key")
    monkeypatch.setenv("OPENAI_API_KEY", "secret-key")
    with closed_port() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy)
        answer, (request,) = asked(engine, quoting(SENT))
    assert [sentence.text for sentence in answer.sentences] == [SENT]
    assert "secret" not in repr(request.headers)
    assert request.headers["authorization"] == "Bearer none"


def test_a_sentence_is_given_while_the_model_still_writes(engine: Engine) -> None:
    go_on = threading.Event()

    def script(exchange: Exchange) -> None:
        exchange.begin()
        exchange.pieces(f"{marked(exchange.request, SENT)}\nQ")
        assert go_on.wait(10)
        exchange.pieces(marked(exchange.request, DENIED)[1:])
        exchange.end()

    with (
        ScriptedEndpoint(script) as endpoint,
        answering(engine, endpoint.base_url, timeout_seconds=20.0) as answerer,
    ):
        events = answerer.stream(QUESTION)
        searched, first = next(events), next(events)
        assert isinstance(searched, SearchCompleted)
        assert isinstance(first, SentenceReady)
        assert (first.sentence.text, [citation.quote for citation in first.citations]) == (SENT, [SENT])
        go_on.set()
        second, whole = events
    assert isinstance(second, SentenceReady)
    assert isinstance(whole, Answer)
    assert (whole.language, whole.confidence) == (searched.language, searched.confidence)
    assert whole.sentences == (first.sentence, second.sentence)
    assert whole.citations == first.citations + second.citations


def test_a_reader_who_leaves_ends_the_work_at_the_endpoint(engine: Engine) -> None:
    def script(exchange: Exchange) -> None:
        exchange.begin()
        while True:
            exchange.pieces(f"{marked(exchange.request, SENT)} ثم ")
            exchange.wait(0.01)

    with ScriptedEndpoint(script) as endpoint, answering(engine, endpoint.base_url) as answerer:
        events = answerer.stream(QUESTION)
        assert isinstance(next(events), SearchCompleted)
        assert isinstance(next(events), SentenceReady)
        assert not endpoint.hung_up.is_set()
        events.close()
        assert endpoint.hung_up.wait(5)


def test_a_model_that_does_not_stop_is_cut_off(engine: Engine) -> None:
    written = 0

    def script(exchange: Exchange) -> None:
        nonlocal written
        exchange.begin()
        exchange.pieces(marked(exchange.request, SENT), 100)
        while True:
            exchange.piece(" كلام لا ينتهي" * 10)
            written += 140
            exchange.wait(0.001)

    with ScriptedEndpoint(script) as endpoint, answering(engine, endpoint.base_url) as answerer:
        answer = answerer.answer(QUESTION)
        assert endpoint.hung_up.wait(5)
    assert [sentence.text for sentence in answer.sentences] == [SENT]
    assert (
        MAX_ANSWER_CHARACTERS - 1_000 < written < 10 * MAX_ANSWER_CHARACTERS
    )  # what lies in the sockets' buffers is written too


def test_a_slow_model_is_waited_for_piece_by_piece(engine: Engine) -> None:
    def script(exchange: Exchange) -> None:
        exchange.begin()
        for word in marked(exchange.request, SENT).split(" "):
            exchange.wait(0.1)
            exchange.piece(f"{word} ")
        exchange.end()

    started = time.monotonic()
    answer, _ = asked(engine, script, timeout_seconds=0.8)
    assert time.monotonic() - started > 0.8
    assert ([sentence.text for sentence in answer.sentences], answer.notes) == ([SENT], ())


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_a_model_that_thinks_aloud_is_waited_for(engine: Engine, field: str) -> None:
    def script(exchange: Exchange) -> None:
        exchange.begin()
        for _ in range(8):
            exchange.event({"choices": [{"index": 0, "delta": {"content": None, field: "Hm."}}]})
            exchange.wait(0.1)
        exchange.pieces(marked(exchange.request, SENT))
        exchange.end()

    answer, _ = asked(engine, script, timeout_seconds=0.5)
    assert ([sentence.text for sentence in answer.sentences], answer.notes) == ([SENT], ())


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_a_model_that_thinks_until_its_tokens_are_spent_has_failed(engine: Engine, field: str) -> None:
    def script(exchange: Exchange) -> None:
        exchange.begin()
        exchange.event({"choices": [{"index": 0, "delta": {field: "Hm."}}]})
        exchange.end()

    answer, _ = asked(engine, script)
    assert answer.notes[0].startswith("the language model 'tiny' did not finish thinking; ")


def test_a_model_that_drips_is_not_waited_for_for_ever(engine: Engine) -> None:
    def script(exchange: Exchange) -> None:
        exchange.begin()
        exchange.pieces(f"{marked(exchange.request, SENT)} ثم ", 1_000)
        while True:
            exchange.piece("ا")
            exchange.wait(0.05)

    started = time.monotonic()
    answer, _ = asked(engine, script, timeout_seconds=0.15)
    assert 0.5 < time.monotonic() - started < 10  # a bound that readers are promised
    assert [sentence.text for sentence in answer.sentences] == [SENT]
    assert "did not answer in time; the answer ends where it stopped" in answer.notes[0]


def test_a_slow_reader_does_not_make_the_model_late(engine: Engine) -> None:
    def script(exchange: Exchange) -> None:
        exchange.begin()
        for sentence in (SENT, MISSILES, DENIED):
            exchange.pieces(f"{marked(exchange.request, sentence)} ")
            exchange.wait(0.05)
        exchange.end()

    events = []
    with (
        ScriptedEndpoint(script) as endpoint,
        answering(engine, endpoint.base_url, timeout_seconds=0.3) as answerer,
    ):
        for event in answerer.stream(QUESTION):
            time.sleep(0.4)
            events.append(event)
    whole = events[-1]
    assert isinstance(whole, Answer)
    assert (len(whole.sentences), whole.notes) == (3, ())


def test_many_readers_are_answered_at_once(engine: Engine) -> None:
    together = threading.Barrier(6, timeout=20)

    def script(exchange: Exchange) -> None:
        together.wait()
        quoting(SENT, DENIED)(exchange)

    with (
        ScriptedEndpoint(script) as endpoint,
        answering(engine, endpoint.base_url, timeout_seconds=20.0) as answerer,
        ThreadPoolExecutor(6) as readers,
    ):
        answers = list(readers.map(answerer.answer, [QUESTION] * 6))
    assert [[sentence.text for sentence in answer.sentences] for answer in answers] == [[SENT, DENIED]] * 6


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine with more evidence than fits into a small prompt: pieces of six words, without titles."""
    articles = [
        # They are nearly the same, and too short to count as copies.
        Article(str(number), "", f"أرسلت كوريا الشمالية إلى روسيا شحنة {number}.")
        for number in range(100, 130)
    ]
    with small_engine(tmp_path_factory.mktemp("archive"), articles) as engine:
        yield engine


@pytest.mark.parametrize("budget", [40, 30, 12, 1])
def test_a_prompt_holds_no_more_evidence_than_the_budget(archive: Engine, budget: int) -> None:
    with (
        ScriptedEndpoint(says(lambda request: f"{marked_last(request)} [{len(request.evidence) + 1}].")) as endpoint,
        answering(archive, endpoint.base_url, evidence_tokens=budget) as answerer,
    ):
        answer = answerer.answer(QUESTION)
    check(archive, answer)
    (request,) = endpoint.requests
    passages = request.prompt.split("\n\n")[:-1]
    tokens = [sum(archive.embedder.count_tokens(passage.splitlines())) for passage in passages]
    assert sum(tokens) <= max(budget, tokens[0])
    assert sum(tokens) + max(tokens) > budget  # and not much less
    assert list(request.evidence) == list(range(1, len(passages) + 1))
    # The last number shown leads to what stands behind it, and the next one, to evidence that was left out, nowhere.
    assert [citation.quote for citation in answer.citations] == [list(request.evidence.values())[-1]]
    assert answer.invalid_citations == 1


def marked_last(request: Request) -> str:
    number, line = list(request.evidence.items())[-1]
    return f"{line} [{number}]"


def test_no_more_than_four_passages_are_given(archive: Engine) -> None:
    _, (request,) = asked(archive, says("NO_ANSWER"))
    assert len(request.evidence) == request.prompt.count("Passage ") == 4


def test_of_a_passage_that_is_too_long_the_best_sentence_and_its_neighbours_are_given(engine: Engine) -> None:
    _, (request,) = asked(engine, says("NO_ANSWER"), evidence_tokens=25)
    assert len(request.evidence) == 1


def test_a_title_without_an_end_does_not_fill_the_prompt(tmp_path: Path) -> None:
    articles = [Article(name, "عنوان " * 80, f"{sentence} {name}!") for name, sentence in (("a", SENT), ("b", DENIED))]
    with small_engine(tmp_path, articles) as small:
        _, (request,) = asked(small, says("NO_ANSWER"), evidence_tokens=500)
    assert len(request.prompt) < 1_000
    assert len(request.evidence) >= 2


@pytest.mark.parametrize("articles", [[], ARTICLES], ids=["an empty index", "below the threshold"])
def test_without_evidence_nobody_is_asked(tmp_path: Path, articles: list[Article]) -> None:
    with (
        small_engine(tmp_path, articles) as small,
        ScriptedEndpoint(says("NO_ANSWER")) as endpoint,
        answering(small, endpoint.base_url) as answerer,
    ):
        answer = replace(answerer, threshold=1.0 if articles else 0.0).answer("من فاز بكأس العالم؟")
    reason = RefusalReason.LOW_CONFIDENCE if articles else RefusalReason.NO_EVIDENCE
    assert (answer.refusal_reason, len(answer.notes), endpoint.requests) == (reason, 1, [])


def test_settings_make_the_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, engine: Engine) -> None:
    monkeypatch.chdir(tmp_path)
    with ScriptedEndpoint(refuses(500), quoting(SENT)) as endpoint:
        for name, value in {
            "BASE_URL": endpoint.base_url,
            "MODEL": "from-settings",
            "API_KEY": "hunter2",
            "TIMEOUT_SECONDS": "3",
            "RETRIES": "1",
            "EVIDENCE_TOKENS": "100",
            "ANSWER_TOKENS": "99",
            "PROMPT": "small",
            "ENTAILMENT_CHECK": "false",
        }.items():
            monkeypatch.setenv(f"DALIL_GENERATOR__{name}", value)
        settings = load_settings()
        model = build_generator(settings, engine.embedder)
        assert isinstance(model, ChatGenerator)
        with closing(model):
            answer = Answerer(engine.store, engine.retriever, model, 0.0).answer(QUESTION)
    assert ([sentence.text for sentence in answer.sentences], answer.generator) == ([SENT], "chat:from-settings")
    assert len(endpoint.requests) == 2
    request = endpoint.requests[-1]
    assert (request.model, request.max_tokens) == ("from-settings", 99)
    assert "Example" in request.rules
    assert request.headers["authorization"] == "Bearer hunter2"
    assert "hunter2" not in repr(settings) + settings.model_dump_json()


def test_without_an_endpoint_answers_are_extractive() -> None:
    assert isinstance(build_generator(Settings(generator=GeneratorSettings()), FakeEmbedder()), ExtractiveGenerator)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("BASE_URL", "127.0.0.1:8080", "match pattern"),
        ("BASE_URL", "ftp://127.0.0.1/v1", "match pattern"),
        ("MODEL", "", "at least 1 character"),
        ("TIMEOUT_SECONDS", "0", "greater than 0"),
        ("TIMEOUT_SECONDS", "soon", "valid number"),
        ("RETRIES", "-1", "greater than or equal to 0"),
        ("EVIDENCE_TOKENS", "99", "greater than or equal to 100"),
        ("ANSWER_TOKENS", "0", "greater than or equal to 16"),
        ("PROMPT", "long", "quote-first"),
        ("BASEURL", "http://127.0.0.1:8080/v1", "not permitted"),
    ],
)
def test_a_bad_setting_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(f"DALIL_GENERATOR__{name}", value)
    with pytest.raises(Misconfigured, match=f"DALIL_GENERATOR__{name}: .*{told}"):
        load_settings()


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, embedder: OnnxEmbedder, cache_folder: Path) -> Iterator[Engine]:
    """The same articles with the bundled embedding model, for tests that depend on the meaning of words."""
    centres = measure_centres(embedder, cache_folder, no_progress)
    with LanceStore(tmp_path_factory.mktemp("real")) as store:
        fill(store, embedder, centres, ARTICLES)
        yield assemble(store, embedder, centres=centres, threshold=0.0)


@pytest.mark.model
@pytest.mark.parametrize(
    ("sentence", "kept"),
    [
        pytest.param(
            "Washington said North Korea sent 16,000 artillery shells to Russia on 5 March 2024.", True, id="right"
        ),
        pytest.param("Washington said North Korea sent 60,000 artillery shells to Russia.", False, id="a number"),
        pytest.param("Washington said North Korea sent artillery shells to Russia in May 2024.", False, id="a month"),
        pytest.param(
            "The museum of modern art opened its doors to visitors in the capital.", False, id="something else"
        ),
        pytest.param(
            "افتتح المتحف أبوابه أمام الزوار في العاصمة بعد أعوام من الترميم.", False, id="something else in Arabic"
        ),
    ],
)
def test_a_sentence_in_another_language_is_kept_where_its_quote_says_it(
    real: Engine, sentence: str, *, kept: bool
) -> None:
    script = says(lambda request: quote_first(request, SENT, sentence))
    with ScriptedEndpoint(script) as endpoint, answering(real, endpoint.base_url) as answerer:
        answer = answerer.answer("What did North Korea send to Russia?")
    check(real, answer)
    assert [said.text for said in answer.sentences] == ([sentence] if kept else [])
    assert answer.dropped_sentences == (not kept)
    assert [citation.quote for citation in answer.citations] == ([SENT] if kept else [])
