"""The service from Python: what `python -m api` serves over HTTP, as the engine's own records and exceptions."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Self, TypeVar
from urllib.parse import quote, urlencode

import httpx
from pydantic import BaseModel, TypeAdapter

from dalil.domain import (
    NO_FILTERS,
    Answer,
    AnswerSentence,
    AnswerStatus,
    Article,
    ArticleSummary,
    Citation,
    Contribution,
    Facets,
    Filters,
    Hit,
    Mode,
    Passage,
    ScoredSentence,
    Span,
)
from dalil.errors import (
    ArticleNotFound,
    DalilError,
    IndexMismatch,
    IndexMissing,
    InvalidQuery,
    Misconfigured,
    ModelUnavailable,
    NotFound,
    ServiceUnavailable,
    StoreUnavailable,
)

PAGE = 100
"""Articles asked for at a time: the most that the service gives."""

EXCEPTIONS: Mapping[str, type[DalilError]] = {
    "/problems/invalid-query": InvalidQuery,
    "/problems/invalid-request": InvalidQuery,
    "/problems/malformed-request": InvalidQuery,
    "/problems/body-too-large": InvalidQuery,
    "/problems/article-not-found": NotFound,
    "/problems/index-missing": IndexMissing,
    "/problems/index-mismatch": IndexMismatch,
    "/problems/store-unavailable": StoreUnavailable,
    "/problems/model-unavailable": ModelUnavailable,
    "/problems/misconfigured": Misconfigured,
}
"""What is raised for a problem document, by its `type`; for any other, `ServiceUnavailable`."""

Record = TypeVar("Record")


class DalilClient:
    """A running Dalil service.

    Its methods give what the engine gives in process, field for field, and raise what the engine raises. Beyond that,
    each raises `ServiceUnavailable` where nothing comes from `base_url` for `timeout` seconds, where something else
    than Dalil answers, and where the service failed; nothing is tried twice. The constructor asks nothing yet; it
    raises `Misconfigured` for what is no address.

    Several threads may share one. Only `base_url` is ever connected to: a proxy or a login that the environment names
    is not used, so that questions go nowhere else.
    """

    def __init__(self, base_url: str = "http://127.0.0.1:8000", *, timeout: float = 30.0) -> None:
        try:
            url = httpx.URL(base_url)
        except httpx.InvalidURL as error:
            raise Misconfigured(f"{base_url!r} is not the address of a service: {error}") from None
        if url.scheme not in {"http", "https"} or not url.host or url.query or url.fragment:
            shown = str(url.copy_with(userinfo=b""))
            raise Misconfigured(f"{shown!r} is not the address of a service, such as http://127.0.0.1:8000")
        # It is shown in messages and in links, where a password has no place.
        self.base_url = str(url.copy_with(userinfo=b"")).rstrip("/")
        headers = {"Content-Type": "application/json"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout, trust_env=False)

    def search(
        self, query: str, *, limit: int = 10, mode: Mode = Mode.HYBRID, filters: Filters = NO_FILTERS
    ) -> tuple[Hit, ...]:
        """The passages that best answer the question, best first, as `Retriever.search` ranks them.

        Raises `InvalidQuery` for a question out of bounds, a `limit` that is not from 1 to 100, or reversed dates.
        """
        body = _search(query, limit, mode, filters)
        return self._ask(lambda found: _Hits.model_validate_json(found).to_domain(), "POST", "/v1/search", body)

    def search_with_facets(
        self, query: str, *, limit: int = 10, mode: Mode = Mode.HYBRID, filters: Filters = NO_FILTERS
    ) -> tuple[tuple[Hit, ...], Facets]:
        """What `search` gives, and the articles that were considered by source and by year.

        Raises what `search` raises.
        """
        body = _search(query, limit, mode, filters) | {"facets": True}
        return self._ask(lambda found: _Faceted.model_validate_json(found).to_domain(), "POST", "/v1/search", body)

    def answer(self, question: str, *, filters: Filters = NO_FILTERS, max_citations: int = 5) -> Answer:
        """An answer with 1 to `max_citations` verified quotes, or `insufficient_evidence` without any.

        Raises `InvalidQuery` as `search` does, and for `max_citations` outside 1 to 10.
        """
        body = {"question": question, "filters": _fields(filters), "max_citations": max_citations}
        return self._ask(lambda found: _Answer.model_validate_json(found).to_domain(), "POST", "/v1/answer", body)

    def article(self, article_id: str) -> Article:
        """The article with its text, in which all offsets count; raises `ArticleNotFound`."""
        # An id of dots alone would be read as a step up in the path.
        path = f"/v1/articles/{quote(article_id, safe='', errors='surrogatepass').replace('.', '%2E')}"
        try:
            return self._ask(TypeAdapter(Article).validate_json, "GET", path)
        except NotFound:
            raise ArticleNotFound(article_id) from None

    def articles(self) -> Iterator[ArticleSummary]:
        """Every article in ascending order of id; each page is asked for when the one before has been gone through."""
        after: str | None = None
        while True:
            parameters = {"limit": str(PAGE)} if after is None else {"limit": str(PAGE), "after": after}
            page = self._ask(_Page.model_validate_json, "GET", f"/v1/articles?{urlencode(parameters)}")
            yield from page.articles
            after = page.next
            if after is None:
                return

    def close(self) -> None:
        """Let go of the connections; safe to call twice."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _ask(
        self, read: Callable[[bytes], Record], method: str, path: str, body: Mapping[str, object] | None = None
    ) -> Record:
        """What `read` makes of the response; it raises ValueError for a body that it cannot read."""
        # ASCII, so that text that is not Unicode reaches the service, which says what is wrong with it.
        content = None if body is None else json.dumps(body).encode("ascii")
        try:
            response = self._http.request(method, path, content=content)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServiceUnavailable(
                f"{self.base_url} does not answer ({type(error).__name__}: {error}); `make run` starts a service"
            ) from error
        try:
            if response.status_code == httpx.codes.OK:
                return read(response.content)
            problem = _Problem.model_validate_json(response.content)
        except ValueError as error:
            raise ServiceUnavailable(
                f"{self.base_url} answers with status {response.status_code} and what this client cannot read:"
                " check that the address is that of a Dalil, and that it is as new as the client"
            ) from error
        if problem.type in EXCEPTIONS:
            raise EXCEPTIONS[problem.type](problem.detail)
        raise ServiceUnavailable(f"{self.base_url} answers with status {response.status_code}: {problem.detail}")


def _search(query: str, limit: int, mode: Mode, filters: Filters) -> dict[str, object]:
    """The body of a search; the explanations are what hits are made whole with."""
    return {"query": query, "limit": limit, "mode": mode, "filters": _fields(filters), "explain": True}


def _fields(filters: Filters) -> dict[str, object]:
    """The filters as the service reads them."""
    return {
        "article_ids": filters.article_ids,
        "sources": filters.sources,
        "published_from": filters.published_from and filters.published_from.isoformat(),
        "published_to": filters.published_to and filters.published_to.isoformat(),
    }


class _Problem(BaseModel):
    type: str
    detail: str


class _Page(BaseModel):
    articles: tuple[ArticleSummary, ...]
    next: str | None


class _Sentence(BaseModel):
    start: int
    end: int
    cosine: float
    late_interaction: float

    def to_domain(self, passage: "_Hit") -> ScoredSentence:
        text = passage.text[self.start - passage.start : self.end - passage.start]
        return ScoredSentence(
            span=Span(self.start, self.end), text=text, cosine=self.cosine, late_interaction=self.late_interaction
        )


class _Explanation(BaseModel):
    contributions: tuple[Contribution, ...]
    cosine: float
    best_sentence: _Sentence
    sentences: tuple[_Sentence, ...]


class _Hit(BaseModel):
    rank: int
    score: float
    passage_id: str
    article: ArticleSummary
    text: str
    start: int
    end: int
    explain: _Explanation

    def to_domain(self) -> Hit:
        sentences = tuple(sentence.to_domain(self) for sentence in self.explain.sentences)
        passage = Passage(
            id=self.passage_id,
            article_id=self.article.id,
            start=self.start,
            end=self.end,
            text=self.text,
            sentences=tuple(sentence.span for sentence in sentences),
        )
        return Hit(
            rank=self.rank,
            score=self.score,
            passage=passage,
            article=self.article,
            cosine=self.explain.cosine,
            best_sentence=self.explain.best_sentence.to_domain(self),
            sentences=sentences,
            contributions=self.explain.contributions,
        )


class _Hits(BaseModel):
    hits: tuple[_Hit, ...]

    def to_domain(self) -> tuple[Hit, ...]:
        return tuple(hit.to_domain() for hit in self.hits)


class _Faceted(BaseModel):
    hits: tuple[_Hit, ...]
    facets: Facets

    def to_domain(self) -> tuple[tuple[Hit, ...], Facets]:
        return tuple(hit.to_domain() for hit in self.hits), self.facets


class _Citation(BaseModel):
    number: int
    article_id: str
    title: str
    source: str | None
    published_at: datetime | None
    url: str | None
    quote: str
    start: int
    end: int

    def to_domain(self) -> Citation:
        article = ArticleSummary(
            id=self.article_id,
            title=self.title,
            source=self.source,
            published_at=self.published_at,
            url=self.url,
        )
        return Citation(number=self.number, article=article, quote=self.quote, start=self.start, end=self.end)


class _Answer(BaseModel):
    question: str
    language: str
    status: AnswerStatus
    confidence: float
    sentences: tuple[AnswerSentence, ...]
    citations: tuple[_Citation, ...]
    generator: str
    dropped_sentences: int
    invalid_citations: int
    notes: tuple[str, ...]

    def to_domain(self) -> Answer:
        return Answer(
            question=self.question,
            language=self.language,
            status=self.status,
            confidence=self.confidence,
            sentences=self.sentences,
            citations=tuple(citation.to_domain() for citation in self.citations),
            generator=self.generator,
            dropped_sentences=self.dropped_sentences,
            invalid_citations=self.invalid_citations,
            notes=self.notes,
        )
