"""The client against real servers: records and exceptions are the engine's own, whichever way they came."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from api.app import create_app
from api.http.errors import TYPE_OF_EXCEPTION
from dalil.client import ARTICLES_PER_PAGE, DalilClient
from dalil.domain import (
    Answer,
    AnswerExplanation,
    AnswerSentence,
    AnswerStatus,
    Article,
    Citation,
    Confidence,
    Contribution,
    DetailKind,
    Disagreement,
    DroppedSentence,
    DropReason,
    EvidenceExplanation,
    FeatureExplanation,
    Filters,
    Finding,
    HitExplanation,
    MissingDetail,
    Mode,
    QueryExplanation,
    RefusalReason,
    ShortAnswer,
    SortOrder,
    Span,
    StatedValue,
    Strength,
    TimeEffect,
    TimeExpression,
    TimeOptions,
    Verdict,
)
from dalil.embedding.fake import FakeEmbedder
from dalil.engine import Engine
from dalil.errors import (
    ArticleNotFound,
    DalilError,
    IndexMissing,
    InvalidArticle,
    InvalidQuery,
    Misconfigured,
    ServiceUnavailable,
)
from dalil.settings import ApiSettings
from dalil.stores.lance import LanceStore
from dalil.wire.answers import AnswerResponse
from tests.integration.api_service import ARTICLES, HARVEST, WEAPONS, FailingEmbedder, build, fill, filled, serving
from tests.small_engine import small_engine

QUESTION = "ماذا أرسلت كوريا الشمالية إلى روسيا؟"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with build(LanceStore(filled(tmp_path_factory.mktemp("index"))), FakeEmbedder()) as engine:
        yield engine


@pytest.fixture(scope="module")
def client(engine: Engine) -> Iterator[DalilClient]:
    app = create_app(ApiSettings(), lambda: build(engine.store, engine.embedder))
    with serving(app) as server, DalilClient(str(server.base_url)) as client:
        yield client


@pytest.mark.parametrize("mode", Mode)
def test_hits_are_the_engines_own(client: DalilClient, engine: Engine, mode: Mode) -> None:
    hits = client.search(QUESTION, mode=mode)
    assert hits
    assert hits == engine.retriever.search(QUESTION, mode=mode).hits


def test_a_search_is_limited_and_filtered_as_the_engines(client: DalilClient, engine: Engine) -> None:
    assert len(client.search(QUESTION, mode=Mode.SEMANTIC, limit=2)) == 2
    for filters in (
        Filters(article_ids=(HARVEST.id,)),
        Filters(sources=("وكالة الاختبار",)),
        Filters(published_from=datetime(2024, 3, 2, tzinfo=UTC), published_to=datetime(2024, 3, 3, tzinfo=UTC)),
    ):
        hits = client.search(QUESTION, mode=Mode.SEMANTIC, filters=filters)
        assert [hit.article.id for hit in hits] in ([HARVEST.id], [WEAPONS.id])
        assert hits == engine.retriever.search(QUESTION, mode=Mode.SEMANTIC, filters=filters).hits


@pytest.mark.parametrize("filters", [Filters(), Filters(sources=("nobody",))], ids=["all", "none"])
def test_facets_are_the_engines_own(client: DalilClient, engine: Engine, filters: Filters) -> None:
    hits, facets = client.search_with_facets(QUESTION, limit=1, mode=Mode.SEMANTIC, filters=filters)
    expected = engine.retriever.search(QUESTION, limit=1, mode=Mode.SEMANTIC, filters=filters, facets=True)
    assert facets.sources
    assert (hits, facets) == (expected.hits, expected.facets)


def test_options_of_time_are_the_engines_own(client: DalilClient, engine: Engine) -> None:
    time = TimeOptions(reference_date=date(2030, 3, 4), recency=0.4, sort=SortOrder.DATE)
    question = f"{QUESTION} خلال الأسبوع الماضي"
    assert client.search(question, time=time) == engine.search(question, time=time)
    assert client.search(question, time=replace(time, read=False)) != client.search(question, time=time)
    answer = client.answer(question, time=time)
    assert answer.times
    assert answer == engine.answer(question, time=time)


def test_a_timeline_is_the_engines_own(client: DalilClient, engine: Engine) -> None:
    timeline = client.timeline(QUESTION, limit=2)
    assert timeline.days
    assert timeline == engine.timeline(QUESTION, limit=2)
    filters, time = Filters(article_ids=(HARVEST.id,), published_to=date(2024, 12, 31)), TimeOptions(read=False)
    assert client.timeline(QUESTION, filters=filters, time=time) == engine.timeline(
        QUESTION, filters=filters, time=time
    )
    with pytest.raises(InvalidQuery):
        client.timeline("\ud800")


def test_an_answer_is_the_engines_own(client: DalilClient, engine: Engine) -> None:
    answer = client.answer(QUESTION, max_citations=1)
    assert answer.status is AnswerStatus.ANSWERED
    assert len(answer.citations) == 1
    assert answer == engine.answerer.answer(QUESTION, max_citations=1)


def test_a_refusal_is_the_engines_own(client: DalilClient, engine: Engine) -> None:
    filters = Filters(sources=("nobody",))
    answer = client.answer(QUESTION, filters=filters)
    assert answer.status is AnswerStatus.INSUFFICIENT_EVIDENCE
    assert answer == engine.answerer.answer(QUESTION, filters=filters)


def test_related_evidence_is_the_engines_own(tmp_path: Path) -> None:
    engine = small_engine(tmp_path, ARTICLES, threshold=1.0)
    with serving(create_app(ApiSettings(), lambda: engine)) as server, DalilClient(str(server.base_url)) as client:
        answer = client.answer(QUESTION)
        assert answer.status is AnswerStatus.RELATED_EVIDENCE
        assert answer.related
        assert answer == engine.answerer.answer(QUESTION)


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.id)
def test_an_article_is_the_one_that_was_indexed(client: DalilClient, article: Article) -> None:
    assert client.article(article.id) == article


@pytest.mark.parametrize(
    "missing", ["nowhere", "", ".", "..", "a/../b", "\x00", "?", "#", "\ud800", "a" * 512], ids=ascii
)
def test_an_article_that_is_not_there_is_not_found(client: DalilClient, missing: str) -> None:
    with pytest.raises(ArticleNotFound) as caught:
        client.article(missing)
    assert caught.value.article_id == missing


def test_articles_come_a_page_at_a_time_with_any_id(tmp_path: Path) -> None:
    numbered = [
        Article(f"{number:03}", "عنوان", f"خبر رقم {number} من العاصمة.") for number in range(ARTICLES_PER_PAGE)
    ]
    dotted = [Article(name, "عنوان", "خبر من العاصمة.") for name in ("...", ".a", "x+y&after=000", "نص")]
    engine = small_engine(tmp_path, [*numbered, *dotted])
    ids = sorted(article.id for article in (*numbered, *dotted))
    with serving(create_app(ApiSettings(), lambda: engine)) as server, DalilClient(str(server.base_url)) as client:
        assert [article.id for article in client.articles()] == ids
        for article in dotted:
            assert client.article(article.id) == article
        listing = client.articles()
        assert next(listing).id == ids[0]
        engine.store.delete(ids[ARTICLES_PER_PAGE:])
        assert [article.id for article in listing] == ids[1:ARTICLES_PER_PAGE]


@pytest.mark.parametrize("text", ["", "كوريا\x00", "كوريا\ud800", "س" * 1001], ids=ascii)
def test_a_question_out_of_bounds_is_refused_as_in_process(client: DalilClient, engine: Engine, text: str) -> None:
    with pytest.raises(InvalidQuery):
        engine.retriever.search(text)
    with pytest.raises(InvalidQuery):
        client.search(text)
    with pytest.raises(InvalidQuery):
        client.answer(text)


def test_a_message_without_letters_finds_nothing_to_search_for_and_gets_a_reply(client: DalilClient) -> None:
    with pytest.raises(InvalidQuery):
        client.search("؟!")
    answer = client.answer("؟!")
    assert (answer.status, answer.citations) == (AnswerStatus.INSUFFICIENT_EVIDENCE, ())
    assert answer.reply


def test_what_else_is_out_of_bounds_is_refused_with_what_is_wrong(client: DalilClient) -> None:
    with pytest.raises(InvalidQuery, match="/limit: Input should be less than or equal to 100"):
        client.search(QUESTION, limit=101)
    with pytest.raises(InvalidQuery, match="/max_citations: Input should be greater than or equal to 1"):
        client.answer(QUESTION, max_citations=0)
    with pytest.raises(InvalidQuery, match="/filters/article_ids/0: String should have at least 1 character"):
        client.search(QUESTION, filters=Filters(article_ids=("",)))
    reversed_dates = Filters(
        published_from=datetime(2024, 3, 2, tzinfo=UTC), published_to=datetime(2024, 3, 1, tzinfo=UTC)
    )
    with pytest.raises(InvalidQuery, match="exchange them"):
        client.search(QUESTION, filters=reversed_dates)
    with pytest.raises(InvalidQuery, match="at most 512 characters"):
        client.article("a" * 513)


FAILURES = [
    kind("what helps") for kind in TYPE_OF_EXCEPTION if issubclass(kind, DalilError) and kind is not InvalidArticle
]


def test_every_failure_of_the_service_is_the_engines_exception_with_its_message(tmp_path: Path) -> None:
    embedder = FailingEmbedder()
    with LanceStore(tmp_path) as store:
        fill(store, embedder)
    app = create_app(ApiSettings(max_body_bytes=1024), lambda: build(LanceStore(tmp_path), embedder))
    with serving(app) as server, DalilClient(str(server.base_url)) as client:
        for failure in FAILURES:
            embedder.failure = failure
            with pytest.raises(DalilError, match="what helps") as caught:
                client.search(QUESTION)
            assert isinstance(failure, type(caught.value))
            assert type(caught.value) is not DalilError
        embedder.failure = KeyError("a secret")
        with pytest.raises(ServiceUnavailable, match="its log says why"):
            client.search(QUESTION)
        with pytest.raises(InvalidQuery, match="more than 1,024 bytes"):
            client.search("x" * 1024)


def test_a_service_without_an_index_says_so_on_every_call(tmp_path: Path) -> None:
    app = create_app(ApiSettings(), lambda: build(LanceStore(tmp_path), FakeEmbedder()))
    with serving(app) as server, DalilClient(str(server.base_url)) as client:
        for call in (
            lambda: client.search(QUESTION),
            lambda: client.answer(QUESTION),
            lambda: client.article(WEAPONS.id),
            lambda: list(client.articles()),
        ):
            with pytest.raises(IndexMissing, match="python -m indexer index"):
                call()


def test_a_service_that_does_not_answer_is_unavailable(dead_url: str) -> None:
    with DalilClient(dead_url, timeout=0.2) as client, pytest.raises(ServiceUnavailable, match="make run"):
        client.search(QUESTION)


class _SomethingElse(BaseHTTPRequestHandler):
    status = 200
    body = b""

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@contextmanager
def answering_with(status: int, body: bytes) -> Iterator[str]:
    handler = type("_Answering", (_SomethingElse,), {"status": status, "body": body})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def test_every_field_of_an_answer_comes_through() -> None:
    finding = Finding("quantities", Verdict.UNSUPPORTED, "the quotes do not state 7", Span(2, 3))
    answer = Answer(
        question="سؤال",
        language="ar",
        status=AnswerStatus.ANSWERED,
        confidence=0.9,
        sentences=(AnswerSentence("جملة.", (1,), 0.8, Verdict.PARTIAL),),
        citations=(Citation(1, WEAPONS.summary, "جملة.", 3, 8),),
        generator="a model",
        dropped=(DroppedSentence("جملة أخرى.", DropReason.UNSUPPORTED, (finding,)),),
        invalid_citations=3,
        notes=("a note",),
        refusal_reason=RefusalReason.LOW_CONFIDENCE,
        strength=Strength.WELL_SUPPORTED,
        short_answer=ShortAnswer("جملة", 1, 3, 7, WEAPONS.published_at),
        related=(Citation(2, WEAPONS.summary, "جملة.", 9, 14),),
        missing=(MissingDetail(DetailKind.DATE, "عام 1975"),),
        times=(TimeExpression("عام 1975", date(1975, 1, 1), date(1975, 12, 31), TimeEffect.PREFER),),
        disagreements=(Disagreement("حاوية", (StatedValue("7 حاويات", 7.0, 1, WEAPONS.published_at),)),),
        explanation=AnswerExplanation(
            query=QueryExplanation("سؤال", "ar", "سؤال", ("#سوال",), (("dprk", "كوريا الشمالية"),)),
            hits=(HitExplanation(1, 0.9, "p", "weapons", 3, 8, (Contribution("lexical", 1, 2.5, 1.0, 0.22),)),),
            evidence=(
                EvidenceExplanation("weapons", 3, 8, "جملة.", 19.0, 0.8, 0.7, 0.3, 0.6, 0.5, True, False, 0.4, True),
            ),
            confidence=Confidence(
                0.7, 0.9, 0.95, -7.0, 0.94, -5.0, 1.0, (FeatureExplanation("coverage", 0.5, 1.5, 2.5),)
            ),
            threshold=0.2,
        ),
    )
    # Only an answer without sentences has a reply.
    assert all(getattr(answer, field.name) != field.default for field in fields(Answer) if field.name != "reply")
    served = AnswerResponse.from_domain(answer, took_ms=1.5, base_url="http://127.0.0.1:8000/").model_dump_json()
    with answering_with(200, served.encode()) as address, DalilClient(f"http://{address}") as client:
        assert client.answer("سؤال") == answer


@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(200, b"<html>It works!</html>", id="a page"),
        pytest.param(200, b'{"hits": 1, "articles": "none"}', id="another's JSON"),
        pytest.param(
            200,
            b'{"number": 1, "question": "x", "language": "en", "status": "answered", "confidence": 1, "citations": [],'
            b' "generator": "g", "sentences": "x", "hits": [{}]}',
            id="a shape of another time",
        ),
        pytest.param(302, b"", id="a redirection"),
        pytest.param(404, b"not here", id="a path that is not there"),
        pytest.param(404, b'{"type": "about:blank", "detail": "not here"}', id="another's problem"),
        pytest.param(502, b"<html>Bad Gateway</html>", id="a gateway"),
        pytest.param(503, b"", id="nothing"),
    ],
)
def test_something_else_than_dalil_is_unavailable_with_its_address_and_status(status: int, body: bytes) -> None:
    with answering_with(status, body) as address, DalilClient(f"http://user:secret@{address}/") as client:
        assert client.base_url == f"http://{address}"
        for call in (
            lambda: client.search(QUESTION),
            lambda: client.answer(QUESTION),
            lambda: client.article(WEAPONS.id),
            lambda: list(client.articles()),
        ):
            with pytest.raises(ServiceUnavailable, match=f"{client.base_url} answers with status {status}") as caught:
                call()
            assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "address", ["", "127.0.0.1:8000", "localhost:8000", "ftp://host", "http://", "http://x:port", "http://x/?a=b"]
)
def test_what_is_no_address_is_refused_at_once(address: str) -> None:
    with pytest.raises(Misconfigured, match="is not the address of a service"):
        DalilClient(address)


def test_a_proxy_of_the_environment_never_sees_a_question(
    client: DalilClient, monkeypatch: pytest.MonkeyPatch, dead_url: str
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, dead_url)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with DalilClient(client.base_url, timeout=5) as own:
        assert own.search(QUESTION)


def test_after_its_block_a_client_asks_nothing_more(client: DalilClient) -> None:
    with DalilClient(client.base_url) as own:
        assert own.article(WEAPONS.id).title == WEAPONS.title
    own.close()
    with pytest.raises(RuntimeError, match="closed"):
        own.article(WEAPONS.id)
