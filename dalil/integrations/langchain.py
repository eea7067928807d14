"""A LangChain retriever over an engine in this process or over a service."""

from datetime import UTC
from typing import Protocol, runtime_checkable

from pydantic import ConfigDict, InstanceOf
from typing_extensions import override

from dalil.citation_urls import citation_path
from dalil.client import DalilClient
from dalil.domain import NO_FILTERS, Filters, Hit, Mode
from dalil.extras import require_extra

with require_extra("langchain"):
    from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever
    from langchain_core.runnables.config import run_in_executor


@runtime_checkable
class Searcher(Protocol):
    """An `Engine` in this process, or a `DalilClient`."""

    def search(self, query: str, *, limit: int, mode: Mode, filters: Filters) -> tuple[Hit, ...]:
        """The passages that best answer the question, best first."""
        ...


class DalilRetriever(BaseRetriever):
    """Finds passages with their exact place in an article.

    `source` is an engine or a client of a service; the caller closes it. Both give the same documents. `k` is the most
    documents of a call, unless the call sets its own (`invoke(question, k=3)`): 1 to 1,000 with an engine, 1 to 100
    with a service.

    A document's `page_content` is the passage, and its `id` the passage's id. Its metadata has `article_id`, `title`,
    `source`, `published_at` (ISO 8601, in UTC) and `url` of the article, the last three None if the article has none.
    `start` and `end` are the place of `page_content` in the article's text, in code points. `rank` counts from 1;
    `score` is the hit's. `best_sentence` is the sentence most similar to the question, as `text`, `start` and `end`.
    `link` is the page of the article with that sentence marked: its url with a service, its path with an engine, which
    has no address.

    Raises what `Retriever.search` raises, and `IndexMissing` or `IndexMismatch` if the index does not belong to the
    engine; with a service, what `DalilClient.search` raises.

    ```python
    retriever = DalilRetriever(source=DalilClient("http://127.0.0.1:8000"), k=3)
    documents = retriever.invoke("what weapons did DPRK send?")
    ```
    """

    # LangChain's own classes ignore unknown fields, and a misspelt filter would restrict nothing.
    model_config = ConfigDict(extra="forbid")

    source: InstanceOf[Searcher]
    k: int = 10
    mode: Mode = Mode.HYBRID
    filters: Filters = NO_FILTERS

    @override
    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        limit = self.k if k is None else k
        base_url = self.source.base_url if isinstance(self.source, DalilClient) else ""
        hits = self.source.search(query, limit=limit, mode=self.mode, filters=self.filters)
        return [_document(hit, base_url) for hit in hits]

    @override
    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        return await run_in_executor(None, self._get_relevant_documents, query, run_manager=run_manager.get_sync(), k=k)


def _document(hit: Hit, base_url: str) -> Document:
    passage, article, best = hit.passage, hit.article, hit.best_sentence
    return Document(
        page_content=passage.text,
        id=passage.id,
        metadata={
            "article_id": article.id,
            "title": article.title,
            "source": article.source,
            "published_at": article.published_at.astimezone(UTC).isoformat() if article.published_at else None,
            "url": article.url,
            "start": passage.start,
            "end": passage.end,
            "rank": hit.rank,
            "score": hit.score,
            "best_sentence": {"text": best.text, "start": best.span.start, "end": best.span.end},
            "link": base_url + citation_path(article.id, best.span.start, best.span.end),
        },
    )
