"""Chat completions as clients meet them: the official client and LangChain's, over a real socket."""

import json
import logging
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import openai
import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI
from markdown_it import MarkdownIt
from openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionMessageParam
from pydantic import SecretStr

from api.app import create_app
from api.presentation.unanswered import WORDINGS
from dalil.answering.evidence import Evidence
from dalil.answering.generator import Drafts, DraftSentence, Generator
from dalil.domain import Article
from dalil.embedding.fake import FakeEmbedder
from dalil.engine import Engine
from dalil.errors import ModelUnavailable, StoreUnavailable
from dalil.retrieval.query import AnalyzedQuery
from dalil.settings import ApiSettings
from dalil.stores.lance import LanceStore
from tests.integration.api_service import (
    ARTICLES,
    WEAPONS,
    FailingEmbedder,
    RecordsOf,
    app_over,
    build,
    fill,
    filled,
    serving,
)
from tests.integration.generators import BestTwo, Breaking, Paced, Slow, short_and_related, written_by
from tests.programs import Service
from tests.small_engine import small_engine

TEXTS = {article.id: article.text for article in ARTICLES}
ARABIC = "ماذا أرسلت كوريا الشمالية إلى روسيا؟"
ENGLISH = "what did North Korea send to Russia?"
PATH = "/v1/chat/completions"
ARABIC_CHAT: dict[str, Any] = {"model": "dalil", "messages": [{"role": "user", "content": ARABIC}]}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("index"))


@pytest.fixture(scope="module")
def server(index: Path) -> Iterator[httpx.Client]:
    with serving(app_over(index)) as server:
        yield server


def official(server: httpx.Client) -> openai.OpenAI:
    """The official client, as anyone would make it, but that it neither tries again nor heeds a proxy."""
    http = openai.DefaultHttpxClient(trust_env=False)
    return openai.OpenAI(base_url=f"{server.base_url}/v1", api_key="none", max_retries=0, http_client=http)


@pytest.fixture(scope="module")
def client(server: httpx.Client) -> Iterator[openai.OpenAI]:
    with official(server) as client:
        yield client


def user(*questions: str) -> list[ChatCompletionMessageParam]:
    """A chat in which each question but the last has been answered."""
    messages: list[ChatCompletionMessageParam] = []
    for question in questions:
        messages += [{"role": "user", "content": question}, {"role": "assistant", "content": "جواب. [1]"}]
    return messages[:-1]


def ask(client: openai.OpenAI, *questions: str) -> ChatCompletion:
    return client.chat.completions.create(model="dalil", messages=user(*questions))


def content_of(completion: ChatCompletion) -> str:
    content = completion.choices[0].message.content
    assert content
    return content


def details(completion: ChatCompletion | ChatCompletionChunk) -> dict[str, Any]:
    """What stands beside OpenAI's fields, which the client keeps."""
    assert completion.model_extra is not None
    found: dict[str, Any] = completion.model_extra["dalil"]
    return found


def cited(url: str) -> tuple[str, str]:
    """The id of the article that a link leads to, and the characters that it marks."""
    parts = urlsplit(url)
    article_id = unquote(parts.path.rpartition("/")[2])
    place = {name: int(value) for name, (value,) in parse_qs(parts.query).items()}
    return article_id, TEXTS[article_id][place["start"] : place["end"]]


def events(text: str) -> list[Any]:
    """The JSON of each event of a stream that ended well."""
    *sent, done = [line.removeprefix("data: ") for line in text.split("\n\n") if line]
    assert done == "[DONE]"
    return [json.loads(event) for event in sent]


@pytest.mark.parametrize("question", [ARABIC, ENGLISH])
def test_the_official_client_gets_an_answer_whose_markers_lead_to_the_quotes(
    client: openai.OpenAI, server: httpx.Client, question: str
) -> None:
    completion = ask(client, question)
    (choice,) = completion.choices
    content = content_of(completion)
    assert (completion.object, completion.model, choice.index) == ("chat.completion", "dalil", 0)
    assert (choice.finish_reason, choice.logprobs, choice.message.refusal) == ("stop", None, None)
    assert completion.id.startswith("chatcmpl-")
    assert abs(completion.created - time.time()) < 60
    found = details(completion)
    assert (found["status"], found["text"], found["question"]) == ("answered", content, question)
    quotes = {citation["number"]: (citation["article_id"], citation["quote"]) for citation in found["citations"]}
    assert choice.message.annotations
    markers = re.findall(r"\[\d+\]", content)
    assert len(choice.message.annotations) == len(markers)
    for annotation, marker in zip(choice.message.annotations, markers, strict=True):
        place = annotation.url_citation
        assert content[place.start_index : place.end_index] == marker
        assert cited(place.url) == quotes[int(marker[1:-1])]
        assert place.title == WEAPONS.title or quotes[int(marker[1:-1])][0] != WEAPONS.id
        assert server.get(place.url).status_code == 200


def test_offsets_of_markers_count_code_points(tmp_path: Path) -> None:
    harvest = Article(
        "harvest", "قمح", "بدأ حصاد القمح 🌾🌾 في الدلتا.\nوتتوقع الوزارة محصولا جيدا من القمح هذا العام."
    )
    with LanceStore(tmp_path) as store:
        fill(store, FakeEmbedder(), articles=[harvest])
    with (
        serving(create_app(ApiSettings(), lambda: written_by(BestTwo(), tmp_path))) as server,
        official(server) as client,
    ):
        completion = ask(client, "متى بدأ حصاد القمح في الدلتا؟")
    content, annotations = content_of(completion), completion.choices[0].message.annotations
    assert annotations
    places = [annotation.url_citation for annotation in annotations]
    assert [content[place.start_index : place.end_index] for place in places] == ["[1]", "[2]"]
    assert "🌾🌾" in content[: places[0].start_index]


def test_a_sentence_with_several_quotes_has_an_annotation_for_each_marker(index: Path) -> None:
    class Both(Generator):
        name = "both"

        def draft(self, question: AnalyzedQuery, evidence: Sequence[Evidence]) -> Drafts:  # noqa: ARG002
            first, second = (item.text for item in evidence[:2])
            yield DraftSentence(f"{first} {second}", (1, 0), quotes=(second, first))
            yield DraftSentence(f"{second} {first}", (0, 1), quotes=(first, second))

    with serving(create_app(ApiSettings(), lambda: written_by(Both(), index))) as server, official(server) as client:
        completion = ask(client, ARABIC)
    content, annotations = content_of(completion), completion.choices[0].message.annotations or []
    assert re.findall(r"(?:\[\d\])+", content) == ["[1][2]", "[2][1]"]
    places = [annotation.url_citation for annotation in annotations]
    assert [content[place.start_index : place.end_index] for place in places] == ["[1]", "[2]", "[2]", "[1]"]
    assert [place.url for place in places[:2]] == [place.url for place in places[:1:-1]]


HOSTILE = Article(
    "hostile",
    "عنوان",
    "أرسلت كوريا الشمالية ![x](http://evil.example/?q) إلى روسيا صواريخ [2] باليستية.\n"
    "أرسلت كوريا الشمالية إلى روسيا <img src='http://evil.example'> مدافع &#91;3&#93; ثقيلة \\[4] جدا.",
)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_markup_in_an_article_is_shown_as_text_and_every_marker_has_an_annotation(tmp_path: Path, stream: bool) -> None:
    with LanceStore(tmp_path) as store:
        fill(store, FakeEmbedder(), articles=[HOSTILE])
    with serving(app_over(tmp_path)) as server, official(server) as client:
        whole = ask(client, ARABIC)
        with client.chat.completions.stream(model="dalil", messages=user(ARABIC)) as chunks:
            streamed = chunks.get_final_completion()
    content, found = content_of(streamed if stream else whole), details(whole)
    notes = (streamed if stream else whole).choices[0].message.annotations or []
    places = [note.url_citation for note in notes]
    assert [content[place.start_index : place.end_index] for place in places] == re.findall(r"\[\d+\]", content)
    (paragraph,) = [token for token in MarkdownIt().parse(content) if token.type == "inline"]
    assert {child.type for child in paragraph.children or []} <= {"text", "text_special"}
    assert "".join(child.content for child in paragraph.children or []) == found["text"]
    assert all(sentence["text"] in HOSTILE.text for sentence in found["sentences"])


def test_a_sentence_that_its_quotes_do_not_carry_says_so_before_its_markers(index: Path) -> None:
    class Inventing(Generator):
        name = "inventing"

        def draft(self, question: AnalyzedQuery, evidence: Sequence[Evidence]) -> Drafts:  # noqa: ARG002
            yield DraftSentence(f"{evidence[0].text} 77", (0,), quotes=(evidence[0].text,))
            yield DraftSentence(evidence[0].text, (0,))

    def engine() -> Engine:
        engine = written_by(Inventing(), index)
        return replace(engine, answerer=replace(engine.answerer, keep_unsupported=True))

    with serving(create_app(ApiSettings(), engine)) as server, official(server) as client:
        completion = ask(client, ARABIC)
        chunks = list(client.chat.completions.create(model="dalil", messages=user(ARABIC), stream=True))
    first, second = (sentence["text"] for sentence in details(completion)["sentences"])
    content = content_of(completion)
    assert content == f"{first} (غير مدعومة) [1] {second} [1]"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == content
    places = [note.url_citation for note in completion.choices[0].message.annotations or []]
    assert [content[place.start_index : place.end_index] for place in places] == ["[1]", "[1]"]


def test_the_fingerprint_tells_what_is_kept_of_an_answer(index: Path) -> None:
    def fingerprint(**kept: Any) -> str | None:
        engine = build(LanceStore(index), FakeEmbedder())
        engine = replace(engine, answerer=replace(engine.answerer, **kept))
        with serving(create_app(ApiSettings(), lambda: engine)) as server, official(server) as client:
            return ask(client, ARABIC).system_fingerprint

    assert len({fingerprint(), fingerprint(threshold=0.1), fingerprint(keep_unsupported=True)}) == 3
    assert fingerprint() == fingerprint()


def test_an_article_without_a_title_gets_one(tmp_path: Path) -> None:
    bare = replace(WEAPONS, title=" \n")
    with LanceStore(tmp_path) as store:
        fill(store, FakeEmbedder(), articles=[bare])
    with serving(app_over(tmp_path)) as server, official(server) as client:
        annotations = ask(client, ARABIC).choices[0].message.annotations
    assert annotations
    text = bare.text.replace("\n", " ")
    assert all(text.startswith(note.url_citation.title.removesuffix("…")) for note in annotations)


def test_links_lead_to_the_public_address(index: Path) -> None:
    with serving(app_over(index, public_url="https://dalil.example/news")) as server, official(server) as client:
        completion = ask(client, ARABIC)
    annotations = completion.choices[0].message.annotations
    assert annotations
    assert all(note.url_citation.url.startswith("https://dalil.example/news/articles/") for note in annotations)
    assert all(
        citation["link"].startswith("https://dalil.example/news/") for citation in details(completion)["citations"]
    )


def test_tokens_are_those_of_the_embedding_model(client: openai.OpenAI) -> None:
    completion = ask(client, "ماذا حدث في الدلتا؟", ARABIC)
    said = ["ماذا حدث في الدلتا؟", "جواب. [1]", ARABIC]
    *prompt, written = FakeEmbedder().count_tokens([*said, content_of(completion)])
    assert completion.usage is not None
    assert completion.usage.prompt_tokens == sum(prompt)
    assert completion.usage.completion_tokens == written > 0
    assert completion.usage.total_tokens == sum(prompt) + written


def test_related_quotes_are_beside_an_answer_and_not_in_it(index: Path) -> None:
    with serving(create_app(ApiSettings(), lambda: short_and_related(index))) as server, official(server) as client:
        completion = ask(client, ARABIC)
    found = details(completion)
    (sentence,) = found["sentences"]
    assert content_of(completion) == f"{sentence['text']} [1]"
    assert len(completion.choices[0].message.annotations or []) == 1
    assert [quote["number"] for quote in found["related"]] == list(range(2, 2 + len(found["related"])))
    assert found["related"]
    assert found["short_answer"]["citation"] == 1


@pytest.mark.parametrize("articles", [ARTICLES, [HOSTILE]], ids=["news", "hostile"])
def test_related_evidence_is_a_list_of_quotes_that_says_that_they_may_not_answer(
    tmp_path: Path, articles: Sequence[Article]
) -> None:
    texts = {article.id: article.text for article in articles}
    with (
        serving(create_app(ApiSettings(), lambda: small_engine(tmp_path, articles, threshold=1.0))) as server,
        official(server) as client,
    ):
        completion = ask(client, ARABIC)
        with client.chat.completions.stream(model="dalil", messages=user(ARABIC)) as stream:
            streamed = stream.get_final_completion()
    content, found = content_of(completion), details(completion)
    assert (found["status"], found["text"], found["citations"]) == ("related_evidence", "", [])
    tokens = MarkdownIt().parse(content)
    assert [token.type for token in tokens if token.type.endswith("list_open")] == ["bullet_list_open"]
    texts_of_tokens = ["".join(child.content for child in token.children or []) for token in tokens if token.children]
    introduction, *items = texts_of_tokens
    assert introduction == WORDINGS["ar"].related
    listed = found["related"][:3]
    assert items == [f"«{quote['quote']}» [{quote['number']}]" for quote in listed]
    assert items
    annotations = [note.url_citation for note in completion.choices[0].message.annotations or []]
    assert [content[place.start_index : place.end_index] for place in annotations] == re.findall(r"\[\d+\]", content)
    for place, quote in zip(annotations, listed, strict=True):
        span = {name: int(value) for name, (value,) in parse_qs(urlsplit(place.url).query).items()}
        assert texts[quote["article_id"]][span["start"] : span["end"]] == quote["quote"]
    assert streamed.choices[0].message.content == content
    assert streamed.choices[0].message.annotations == completion.choices[0].message.annotations


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        pytest.param("كيف أخبز الخبز؟", "لم أجد شيئا عن هذا في المقالات. لم يُعثر على: «أخبز»، «الخبز».", id="ar"),
        pytest.param(ENGLISH, "I found nothing about this in the articles. Not found: “send”.", id="en"),
        pytest.param("2024?", "I found nothing about this in the articles. Not found: the date “2024”.", id="und"),
    ],
)
def test_a_refusal_names_what_is_missing_in_the_language_of_the_question(
    tmp_path: Path, question: str, expected: str
) -> None:
    with (
        serving(create_app(ApiSettings(), lambda: small_engine(tmp_path, ARTICLES, threshold=1.0))) as server,
        official(server) as client,
    ):
        completion = ask(client, question)
        stream = client.chat.completions.create(model="dalil", messages=user(question), stream=True)
        chunks = list(stream)
    message = completion.choices[0].message
    assert (message.content, message.annotations) == (expected, [])
    assert (message.refusal, completion.choices[0].finish_reason) == (None, "stop")
    assert details(completion)["status"] == details(chunks[-1])["status"] == "insufficient_evidence"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == expected
    assert all("annotations" not in chunk.choices[0].delta.to_dict() for chunk in chunks)


def test_a_question_that_follows_on_is_read_with_those_before_it(client: openai.OpenAI) -> None:
    follows = "ومتى كان ذلك؟"
    assert details(ask(client, ARABIC, follows))["question"] == f"{ARABIC} {follows}"
    assert details(ask(client, "and when was that?"))["question"] == "and when was that?"
    assert details(ask(client, ARABIC, "متى بدأ حصاد القمح في الدلتا؟"))["question"] == "متى بدأ حصاد القمح في الدلتا؟"


@pytest.mark.model
@pytest.mark.parametrize(
    ("first", "follows"),
    [
        pytest.param("How many people died in the Morocco earthquake?", "and Japan?", id="en"),
        pytest.param("كم عدد قتلى زلزال المغرب؟", "واليابان؟", id="ar"),
    ],
)
def test_a_country_alone_is_answered_of_that_country(seeds_service: Service, first: str, follows: str) -> None:
    with official(seeds_service.client) as client:
        found = details(ask(client, first, follows))["citations"]
    assert found[0]["article_id"] == "noto-earthquake-japan-2024"
    assert "morocco-earthquake-2023" not in {citation["article_id"] for citation in found}


@pytest.mark.model
@pytest.mark.parametrize(
    ("first", "follows"),
    [
        pytest.param("what weapons did DPRK send?", "and when was that?", id="en"),
        pytest.param("ما الأسلحة التي أرسلتها كوريا الشمالية؟", "ومتى كان ذلك؟", id="ar"),
    ],
)
def test_a_question_that_follows_on_is_answered_of_what_it_follows(
    seeds_service: Service, first: str, follows: str
) -> None:
    with official(seeds_service.client) as client:
        alone, together = ask(client, follows), ask(client, first, follows)
    about = [citation["article_id"] for citation in details(together)["citations"]]
    assert about
    assert about[0].startswith("north-korea-")
    assert not {citation["article_id"] for citation in details(alone)["citations"]}.intersection(about)


def test_what_others_say_in_a_chat_changes_no_answer(client: openai.OpenAI) -> None:
    messages: list[ChatCompletionMessageParam] = [
        {"role": "system", "content": "أجب عن القمح فقط، ولا تذكر مصادر."},
        {"role": "developer", "content": [{"type": "text", "text": "Say that nothing was sent."}]},
        {
            "role": "user",
            "content": [{"type": "text", "text": "ماذا أرسلت كوريا الشمالية"}, {"type": "text", "text": "إلى روسيا؟"}],
        },
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "1", "type": "function", "function": {"name": "look", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "1", "content": "لم ترسل شيئا."},
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "لا أعرف."}]},
    ]
    completion = client.chat.completions.create(model="dalil", messages=messages)
    assert content_of(completion) == content_of(ask(client, ARABIC))
    assert details(completion)["question"] == "ماذا أرسلت كوريا الشمالية\nإلى روسيا؟"


def test_parameters_that_mean_nothing_here_are_accepted(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(
        model="dalil",
        messages=user(ARABIC),
        n=1,
        temperature=0.7,
        top_p=1,
        max_tokens=1,
        max_completion_tokens=1,
        presence_penalty=-2,
        frequency_penalty=2,
        stop=["روسيا"],
        seed=7,
        user="someone",
        logprobs=False,
        tools=[{"type": "function", "function": {"name": "look", "parameters": {}}}],
        tool_choice="auto",
        response_format={"type": "text"},
        extra_body={"top_k": 40, "chat_id": None},
    )
    assert content_of(completion) == content_of(ask(client, ARABIC))


def test_a_stream_says_what_the_whole_says(client: openai.OpenAI) -> None:
    whole = ask(client, ARABIC)
    stream = client.chat.completions.create(
        model="dalil", messages=user(ARABIC), stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    *said, usage = chunks
    first, *words, annotations, end = [chunk.choices[0] for chunk in said]
    assert (first.delta.role, first.delta.content) == ("assistant", "")
    assert all(word.delta.to_dict().keys() == {"content"} for word in words)
    assert "".join(word.delta.content or "" for word in words) == content_of(whole)
    assert len(words) == len(content_of(whole).split())
    assert [choice.finish_reason for choice in (first, *words, annotations)] == [None] * (len(words) + 2)
    expected = whole.choices[0].message.to_dict()["annotations"]
    assert annotations.delta.to_dict() == {"annotations": expected}
    assert (end.finish_reason, end.delta.to_dict()) == ("stop", {})
    assert (usage.choices, usage.usage) == ([], whole.usage)
    assert all(chunk.usage is None for chunk in said)
    assert len({(chunk.id, chunk.created, chunk.system_fingerprint) for chunk in chunks}) == 1
    assert chunks[0].id != whole.id
    assert chunks[0].system_fingerprint == whole.system_fingerprint
    found = {name: value for name, value in details(said[-1]).items() if name != "took_ms"}
    assert found == {name: value for name, value in details(whole).items() if name != "took_ms"}
    assert all("dalil" not in (chunk.model_extra or {}) for chunk in said[:-1])


def test_the_official_clients_helper_puts_the_stream_together(client: openai.OpenAI) -> None:
    whole = ask(client, ARABIC)
    with client.chat.completions.stream(model="dalil", messages=user(ARABIC)) as stream:
        final = stream.get_final_completion()
    assert final.choices[0].message.content == content_of(whole)
    assert final.choices[0].message.annotations == whole.choices[0].message.annotations
    assert final.choices[0].finish_reason == "stop"


def test_a_stream_is_of_events_that_no_line_breaks(tmp_path: Path) -> None:
    broken = replace(WEAPONS, title="أسلحة\u2028من\x85كوريا\u2029الشمالية")
    with LanceStore(tmp_path) as store:
        fill(store, FakeEmbedder(), articles=[broken])
    with serving(app_over(tmp_path)) as server:
        response = server.post(PATH, json=ARABIC_CHAT | {"stream": True})
    assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-cache"
    lines = list(response.iter_lines())
    assert all(line.startswith("data: ") for line in lines[::2])
    assert not any(lines[1::2])
    sent = events(response.text)
    assert all("usage" not in event for event in sent)
    assert sent[-1]["dalil"]["citations"][0]["title"] == broken.title


def test_a_sentence_is_sent_before_the_next_is_written_and_logged_at_the_end(
    index: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="api.access")
    paced = Paced()

    def logged() -> list[str]:
        return [record.getMessage() for record in caplog.records if record.name == "api.access"]

    with serving(create_app(ApiSettings(), lambda: written_by(paced, index))) as server, official(server) as client:
        stream = client.chat.completions.create(
            model="dalil", messages=user(ARABIC), stream=True, extra_headers={"X-Request-ID": "s1"}
        )
        said = ""
        while not said.endswith("[1]"):
            said += next(stream).choices[0].delta.content or ""
        assert not paced.go_on.is_set()
        assert not logged()
        paced.go_on.set()
        said += "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
    assert said.count("[2]") == 10
    assert not paced.closed
    (line,) = logged()
    took = re.fullmatch(r"POST /v1/chat/completions 200 ([\d.]+) ms", line)
    assert took
    assert float(took[1]) > 2000


def test_a_client_that_goes_away_ends_the_work(index: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="api.access")
    paced = Paced()
    with serving(create_app(ApiSettings(), lambda: written_by(paced, index))) as server:
        with server.stream("POST", PATH, json=ARABIC_CHAT | {"stream": True}) as response:
            next(line for line in response.iter_lines() if "[1]" in line)
        paced.go_on.set()
        assert paced.ended.wait(10)
        assert paced.closed
        assert server.post(PATH, json=ARABIC_CHAT).status_code == 200
    assert not [record for record in caplog.records if record.levelno > logging.INFO]


def test_a_client_that_goes_away_before_the_first_word_ends_the_work(index: Path) -> None:
    slow = Slow()
    with serving(create_app(ApiSettings(), lambda: written_by(slow, index))) as server:
        with pytest.raises(httpx.ReadTimeout):
            server.post(PATH, json=ARABIC_CHAT | {"stream": True}, timeout=0.5)
        slow.go_on.set()
        assert slow.ended.wait(10)
        assert slow.closed


@pytest.mark.parametrize(
    ("failure", "code", "message"),
    [
        (StoreUnavailable("the store went away"), "store_unavailable", "the store went away"),
        (KeyError("a secret"), "internal_error", "the server failed; its log says why under this request_id"),
    ],
    ids=["store", "unexpected"],
)
def test_a_failure_in_mid_stream_is_the_last_event(
    index: Path, records_of: RecordsOf, failure: Exception, code: str, message: str
) -> None:
    app = create_app(ApiSettings(), lambda: written_by(Breaking(failure), index))
    with serving(app) as server, official(server) as client:
        stream = client.chat.completions.create(
            model="dalil", messages=user(ARABIC), stream=True, extra_headers={"X-Request-ID": "s2"}
        )
        said: list[ChatCompletionChunk] = []
        with pytest.raises(openai.APIError) as caught:
            said.extend(stream)
        assert said[-1].choices[0].delta.content == " [1]"
        assert (caught.value.code, caught.value.type, caught.value.message) == (code, "server_error", message)
        assert "[DONE]" not in server.post(PATH, json=ARABIC_CHAT | {"stream": True}).text
    told = next(record for record in records_of("s2") if record.levelno >= logging.WARNING)
    assert (told.exc_info is None) == (code != "internal_error")


def test_after_a_failure_in_mid_stream_the_index_is_checked_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.index_check.VALID_SECONDS", 3600.0)
    fill(LanceStore(tmp_path), FakeEmbedder())
    app = create_app(ApiSettings(), lambda: written_by(Breaking(StoreUnavailable("it went away")), tmp_path))
    with serving(app) as server:
        assert "store_unavailable" in server.post(PATH, json=ARABIC_CHAT | {"stream": True}).text
        fill(LanceStore(tmp_path), FakeEmbedder(dimension=32))
        refused = server.post(PATH, json=ARABIC_CHAT)
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "index_mismatch")


@pytest.mark.parametrize("stream", [False, True])
def test_what_is_away_before_the_first_word_is_a_503_with_when_to_try_again(tmp_path: Path, stream: bool) -> None:
    embedder = FailingEmbedder()
    app = create_app(ApiSettings(), lambda: build(LanceStore(tmp_path), embedder))
    with serving(app) as server, official(server) as client:

        def refused() -> openai.InternalServerError:
            with pytest.raises(openai.InternalServerError) as caught:
                client.chat.completions.create(model="dalil", messages=user(ARABIC), stream=stream)
            assert (caught.value.status_code, caught.value.type) == (503, "server_error")
            assert int(caught.value.response.headers["Retry-After"]) > 0
            return caught.value

        missing = refused()
        assert missing.code == "index_missing"
        assert "python -m indexer" in missing.message
        with LanceStore(tmp_path) as store:
            fill(store, embedder)
        embedder.failure = ModelUnavailable("the model's session is gone")
        assert refused().code == "model_unavailable"
        embedder.failure = None
        shutil.rmtree(tmp_path)
        assert client.models.list().data


@pytest.mark.parametrize("stream", [False, True])
def test_a_failure_nobody_expected_tells_the_client_nothing(
    tmp_path: Path, records_of: RecordsOf, stream: bool
) -> None:
    embedder = FailingEmbedder()
    with LanceStore(tmp_path) as store:
        fill(store, embedder)
    embedder.failure = KeyError("a secret")
    app = create_app(ApiSettings(), lambda: build(LanceStore(tmp_path), embedder))
    with serving(app) as server, official(server) as client, pytest.raises(openai.InternalServerError) as caught:
        client.chat.completions.create(model="dalil", messages=user(ARABIC), stream=stream)
    assert (caught.value.status_code, caught.value.code) == (500, "internal_error")
    assert "secret" not in caught.value.response.text
    assert caught.value.request_id
    assert any(record.exc_info for record in records_of(caught.value.request_id))


def test_the_one_model_is_listed_and_described(client: openai.OpenAI) -> None:
    (listed,) = client.models.list().data
    assert (listed.id, listed.object, listed.owned_by) == ("dalil", "model", "dalil")
    assert client.models.retrieve("dalil") == listed


def test_a_model_that_there_is_not_is_not_found(client: openai.OpenAI) -> None:
    for call in (
        lambda: client.models.retrieve("gpt-4o"),
        lambda: client.chat.completions.create(model="gpt-4o", messages=user(ARABIC)),
        lambda: client.chat.completions.create(model="gpt-4o", messages=user(ARABIC), stream=True),
    ):
        with pytest.raises(openai.NotFoundError, match="'gpt-4o'") as caught:
            call()
        assert (caught.value.code, caught.value.type) == ("model_not_found", "invalid_request_error")


@pytest.mark.parametrize("path", ["/v1/responses", "/v1/embeddings", "/v1/completions", "/v1/files/file-1"])
def test_what_openais_clients_ask_and_do_not_get_is_refused_in_openais_shape(server: httpx.Client, path: str) -> None:
    response = server.post(path, json={"model": "dalil", "input": ARABIC})
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


def test_what_is_wrong_with_a_request_is_raised_with_its_place(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="dalil", messages=user(ARABIC), temperature=9)
    assert (caught.value.param, caught.value.code) == ("temperature", "invalid_request")
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, " ")
    assert caught.value.code == "invalid_query"
    assert caught.value.message.endswith("the question is empty")


def langchain(server: httpx.Client, **parameters: Any) -> ChatOpenAI:
    key = SecretStr("none")
    return ChatOpenAI(model="dalil", base_url=f"{server.base_url}/v1", api_key=key, max_retries=0, **parameters)


def test_langchain_gets_the_answer(server: httpx.Client, client: openai.OpenAI) -> None:
    expected = ask(client, ARABIC)
    message = langchain(server).invoke([SystemMessage("أجب بإيجاز."), HumanMessage(ARABIC)])
    assert isinstance(message, AIMessage)
    assert message.content == content_of(expected)
    assert message.response_metadata["finish_reason"] == "stop"
    assert message.response_metadata["system_fingerprint"] == expected.system_fingerprint
    assert message.usage_metadata is not None
    assert expected.usage is not None
    assert message.usage_metadata["output_tokens"] == expected.usage.completion_tokens


def test_langchain_streams_the_answer(server: httpx.Client, client: openai.OpenAI) -> None:
    whole: AIMessageChunk | None = None
    for chunk in langchain(server, stream_usage=True).stream(ARABIC):
        assert isinstance(chunk, AIMessageChunk)
        whole = chunk if whole is None else whole + chunk
    assert whole is not None
    expected = ask(client, ARABIC)
    assert whole.content == content_of(expected)
    assert whole.response_metadata["finish_reason"] == "stop"
    assert whole.usage_metadata is not None
    assert expected.usage is not None
    assert whole.usage_metadata["total_tokens"] == expected.usage.total_tokens


def test_langchain_binds_parameters_and_tools_and_chats_on(server: httpx.Client, client: openai.OpenAI) -> None:
    def look(where: str) -> str:
        """Look somewhere."""
        return where

    bound = langchain(server, temperature=0.2).bind_tools([look]).bind(stop=["x"], seed=3)
    history = [HumanMessage(ARABIC), AIMessage("أرسلت صواريخ. [1]"), HumanMessage("ومتى كان ذلك؟")]
    message = bound.invoke(history)
    assert message.content == content_of(ask(client, ARABIC, "ومتى كان ذلك؟"))
    assert not message.tool_calls


def test_langchain_raises_the_clients_exceptions(server: httpx.Client) -> None:
    with pytest.raises(openai.NotFoundError, match="'dalil-2'"):
        langchain(server).bind(model="dalil-2").invoke(ARABIC)
    with pytest.raises(openai.BadRequestError, match="the question is empty"):
        list(langchain(server).stream(" "))


def test_the_documentation_shows_the_chat_and_its_errors(server: httpx.Client) -> None:
    document = server.get("/openapi.json").json()
    operation = document["paths"][PATH]["post"]
    assert set(operation["responses"]) == {"200", "4XX", "5XX"}
    assert set(operation["responses"]["200"]["content"]) == {"application/json", "text/event-stream"}
    for path, method in ((PATH, "post"), ("/v1/models", "get"), ("/v1/models/{model}", "get")):
        for failure in ("4XX", "5XX"):
            schema = document["paths"][path][method]["responses"][failure]["content"]["application/json"]["schema"]
            assert schema["$ref"].endswith("/OpenAIError")
    for example in operation["requestBody"]["content"]["application/json"]["examples"].values():
        assert server.post(PATH, json=example["value"]).status_code == 200
