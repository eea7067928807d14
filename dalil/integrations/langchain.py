"""A LangChain retriever over an engine in this process or over a service."""

from datetime import UTC
from typing import Protocol, runtime_checkable

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables.config import run_in_executor
from pydantic import ConfigDict, InstanceOf
from typing_extensions import override

from dalil.citation_urls import citation_path
from dalil.client import DalilClient
from dalil.domain import NO_FILTERS, Filters, Hit, Mode


@runtime_checkable
class Searching(Protocol):
    """An `Engine` in this process, or a `DalilClient`."""

    def search(self, query: str, *, limit: int, mode: Mode, filters: Filters) -> tuple[Hit, ...]:
        """The passages that best answer the question, best first."""
        ...


class DalilRetriever(BaseRetriever):
    """Finds passages, and says of each where in its article every character stands.

    `source` is what is asked; it stays the caller's to close, and both kinds give the same documents. `k` is how many
    at most, unless a call says otherwise (`invoke(question, k=3)`): from 1 to 1,000 of an engine, to 100 of a service.

    A document's `page_content` is the passage, its `id` the passage's. Its metadata hold of the article `article_id`,
    `title`, `source`, `published_at` (ISO 8601, in UTC) and `url`, the last three None where the article has none;
    `start` and `end`, where `page_content` stands in the article's text, in code points; `rank`, from 1; `score`;
    `best_sentence`, the sentence nearest to the question, as `text`, `start` and `end`; and `link`, the service's page
    of the article with that sentence marked: its url, or of an engine, which knows no service, its path.

    Raises what `Retriever.search` raises, and `IndexMissing` or `IndexMismatch` for an index that is not the engine's;
    over a service what `DalilClient.search` raises.
    """

    # LangChain's own classes pass over what they do not know, and a mistyped filter would restrict nothing.
    model_config = ConfigDict(extra="forbid")

    source: InstanceOf[Searching]
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
