"""A client of the service that `python -m api` runs: it returns the engine's records and raises its exceptions.

```python
from dalil.client import DalilClient

with DalilClient("http://127.0.0.1:8000") as client:
    print(client.answer("what weapons did DPRK send?").text)
```
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Self, TypeVar
from urllib.parse import quote, urlencode

import httpx

from dalil.domain import (
    DEFAULT_TIME,
    NO_FILTERS,
    Answer,
    Article,
    ArticleSummary,
    Facets,
    Filters,
    Hit,
    Mode,
    Timeline,
    TimeOptions,
)
from dalil.errors import (
    ArticleNotFound,
    DalilError,
    DiskFull,
    IndexMismatch,
    IndexMissing,
    InvalidQuery,
    Misconfigured,
    ModelUnavailable,
    NotFound,
    ServiceUnavailable,
    StoreUnavailable,
)
from dalil.wire import answers, articles, fields, problems, search, timeline
from dalil.wire.base import RequestModel

ARTICLES_PER_PAGE = fields.MAX_LIMIT

EXCEPTIONS: Mapping[str, type[DalilError]] = {
    "/problems/invalid-query": InvalidQuery,
    "/problems/invalid-request": InvalidQuery,
    "/problems/malformed-request": InvalidQuery,
    "/problems/body-too-large": InvalidQuery,
    "/problems/article-not-found": NotFound,
    "/problems/index-missing": IndexMissing,
    "/problems/index-mismatch": IndexMismatch,
    "/problems/store-unavailable": StoreUnavailable,
    "/problems/disk-full": DiskFull,
    "/problems/foreign-host": Misconfigured,
    "/problems/model-unavailable": ModelUnavailable,
    "/problems/misconfigured": Misconfigured,
}
"""The exception for each `type` of a problem document; for any other type it is `ServiceUnavailable`."""

Record = TypeVar("Record")


class DalilClient:
    """A running Dalil service.

    Its methods return the same records as the engine in process, field for field, and raise the same exceptions. Each
    method also raises `ServiceUnavailable` if `base_url` sends nothing for `timeout` seconds, if something other than
    Dalil answers, or if the service fails. No request is repeated. The constructor sends no request; it raises
    `Misconfigured` if `base_url` is not the address of a service.

    Several threads may share one client. The client connects to `base_url` only: it ignores a proxy or a login that
    the environment names, so that questions go nowhere else.
    """

    def __init__(self, base_url: str = "http://127.0.0.1:8000", *, timeout: float = 30.0) -> None:
        try:
            url = httpx.URL(base_url)
        except httpx.InvalidURL as error:
            raise Misconfigured(f"{base_url!r} is not the address of a service: {error}") from None
        if url.scheme not in {"http", "https"} or not url.host or url.query or url.fragment:
            shown = str(url.copy_with(userinfo=b""))
            raise Misconfigured(f"{shown!r} is not the address of a service, such as http://127.0.0.1:8000")
        # Messages and links show the url, so it must not hold a password.
        self.base_url = str(url.copy_with(userinfo=b"")).rstrip("/")
        headers = {"Content-Type": "application/json"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout, trust_env=False)

    def search(
        self,
        query: str,
        *,
        limit: int = 10,
        mode: Mode = Mode.HYBRID,
        filters: Filters = NO_FILTERS,
        collapse: bool = True,
        time: TimeOptions = DEFAULT_TIME,
    ) -> tuple[Hit, ...]:
        """The passages that best answer the question, best first, as `Retriever.search` ranks them.

        Raises `InvalidQuery` for a question out of bounds, a `limit` outside 1 to 100, or reversed dates.
        """
        return self._request(
            _parse_hits,
            "POST",
            "/v1/search",
            _search_request(query, limit, mode, filters, time, facets=False, collapse=collapse),
        )

    def search_with_facets(
        self,
        query: str,
        *,
        limit: int = 10,
        mode: Mode = Mode.HYBRID,
        filters: Filters = NO_FILTERS,
        collapse: bool = True,
        time: TimeOptions = DEFAULT_TIME,
    ) -> tuple[tuple[Hit, ...], Facets]:
        """The hits as `search` returns them, and the articles that were considered, counted by source and by year.

        Raises what `search` raises.
        """
        return self._request(
            _parse_hits_and_facets,
            "POST",
            "/v1/search",
            _search_request(query, limit, mode, filters, time, facets=True, collapse=collapse),
        )

    def answer(
        self,
        question: str,
        *,
        filters: Filters = NO_FILTERS,
        max_citations: int = 5,
        explain: bool = False,
        collapse: bool = True,
        time: TimeOptions = DEFAULT_TIME,
    ) -> Answer:
        """An answer with 1 to `max_citations` verified quotes, or `insufficient_evidence` without any.

        `explain` adds the explanation. Of `time` a service reads `read` and `reference_date`. Raises `InvalidQuery` as
        `search` does, and for `max_citations` outside 1 to 10.
        """
        body = answers.AnswerRequest.model_construct(
            question=question,
            filters=fields.Filters.from_domain(filters),
            max_citations=max_citations,
            explain=explain,
            collapse=collapse,
            read_times=time.read,
            reference_date=time.reference_date,
        )
        return self._request(_parse_answer, "POST", "/v1/answer", body)

    def timeline(
        self, query: str, *, limit: int = 20, filters: Filters = NO_FILTERS, time: TimeOptions = DEFAULT_TIME
    ) -> Timeline:
        """The articles that are most about a subject by day, each with its lead sentence.

        Of `time` a service reads `read` and `reference_date`. Raises `InvalidQuery` as `search` does.
        """
        parameters: list[tuple[str, str]] = [
            ("q", query),
            ("limit", str(limit)),
            ("read_times", str(time.read).lower()),
        ]
        parameters += [("article_id", id_) for id_ in filters.article_ids]
        parameters += [("source", source) for source in filters.sources]
        dates = {
            "published_from": filters.published_from,
            "published_to": filters.published_to,
            "reference_date": time.reference_date,
        }
        parameters += [(name, day.isoformat()) for name, day in dates.items() if day is not None]
        # A query that is no Unicode is the service's to refuse, as in the body of a search.
        path = f"/v1/timeline?{urlencode(parameters, encoding='utf-8', errors='surrogatepass')}"
        return self._request(_parse_timeline, "GET", path)

    def article(self, article_id: str) -> Article:
        """The article with its text, which all offsets refer to; raises `ArticleNotFound`."""
        # An id of dots alone would be read as a step up in the path.
        path = f"/v1/articles/{quote(article_id, safe='', errors='surrogatepass').replace('.', '%2E')}"
        try:
            return self._request(_parse_article, "GET", path)
        except NotFound:
            raise ArticleNotFound(article_id) from None

    def articles(self) -> Iterator[ArticleSummary]:
        """Every article in ascending order of id; requests the next page when the caller has read the one before."""
        after: str | None = None
        while True:
            parameters = {"limit": str(ARTICLES_PER_PAGE)} | ({} if after is None else {"after": after})
            page = self._request(
                articles.ArticlePage.model_validate_json, "GET", f"/v1/articles?{urlencode(parameters)}"
            )
            yield from (article.to_domain() for article in page.articles)
            after = page.next
            if after is None:
                return

    def close(self) -> None:
        """Close the connections. Idempotent."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _request(
        self, parse: Callable[[bytes], Record], method: str, path: str, body: RequestModel | None = None
    ) -> Record:
        """The response as `parse` reads it; `parse` raises ValueError for a body that it cannot read."""
        content = None if body is None else body.to_json()
        try:
            response = self._http.request(method, path, content=content)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServiceUnavailable(
                f"{self.base_url} does not answer ({type(error).__name__}: {error}); `make run` starts a service"
            ) from error
        try:
            if response.status_code == httpx.codes.OK:
                return parse(response.content)
            problem = problems.Problem.model_validate_json(response.content)
        except ValueError as error:
            raise ServiceUnavailable(
                f"{self.base_url} answers with status {response.status_code} and what this client cannot read:"
                " check that the address is that of a Dalil, and that it is as new as the client"
            ) from error
        if problem.type in EXCEPTIONS:
            raise EXCEPTIONS[problem.type](problem.detail)
        raise ServiceUnavailable(f"{self.base_url} answers with status {response.status_code}: {problem.detail}")


def _search_request(
    query: str, limit: int, mode: Mode, filters: Filters, time: TimeOptions, *, facets: bool, collapse: bool
) -> search.SearchRequest:
    """The body of a search, not validated: the service validates it."""
    return search.SearchRequest.model_construct(
        query=query,
        limit=limit,
        mode=mode,
        filters=fields.Filters.from_domain(filters),
        explain=True,  # a hit's explanation holds a part of its record
        facets=facets,
        collapse=collapse,
        read_times=time.read,
        reference_date=time.reference_date,
        recency=time.recency,
        sort=time.sort,
    )


def _parse_hits(body: bytes) -> tuple[Hit, ...]:
    return tuple(hit.to_domain() for hit in search.SearchResponse.model_validate_json(body).hits)


def _parse_hits_and_facets(body: bytes) -> tuple[tuple[Hit, ...], Facets]:
    response = search.SearchResponse.model_validate_json(body)
    if response.facets is None:
        raise ValueError("the response has no facets")
    return tuple(hit.to_domain() for hit in response.hits), response.facets.to_domain()


def _parse_answer(body: bytes) -> Answer:
    return answers.AnswerResponse.model_validate_json(body).to_domain()


def _parse_timeline(body: bytes) -> Timeline:
    return timeline.TimelineResponse.model_validate_json(body).to_domain()


def _parse_article(body: bytes) -> Article:
    return articles.Article.model_validate_json(body).to_article()
