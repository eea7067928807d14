"""The tools that MCP clients call, over the engine that the routes use.

`search` and `fetch` are named and shaped as ChatGPT's apps, deep research and company knowledge ask for
(https://developers.openai.com/api/docs/mcp): one string in; ids, titles and urls out, none of them empty.

A client shows people the urls. Where text is quoted, the url is Dalil's own page with the quotation marked: what was
published elsewhere may have changed or be gone, and would have to be searched for the words. `fetch` gives a whole
article, so its url is where that was published, which opens for people who do not reach this service too; only an
article that names no such place gets Dalil's page.
"""

import inspect
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from starlette.requests import Request

from api.display_title import title_of
from api.engine import EngineGuard
from api.errors import kind_of
from api.markdown import marked
from api.mcp.results import CitedAnswer, FetchedArticle, FoundArticle, FoundArticles, Quotation
from api.refusals import REFUSALS
from api.schemas import CitedSentence, Name, Question
from dalil import __version__
from dalil.citation_urls import article_path, citation_url
from dalil.domain import ArticleSummary, Hit
from dalil.engine import Engine
from dalil.errors import ArticleNotFound, DalilError

MAX_ARTICLES = 10
"""The most articles one search returns."""

PASSAGES = 30
"""How many passages a search looks through for its articles: many may be of the same one."""

LOCAL_URL = "http://127.0.0.1:8000"
"""Where `python -m api` serves when it is told nothing else."""

INSTRUCTIONS = """\
Arabic news articles, to be asked in English or Arabic. Quotes are verbatim and in Arabic; each comes with a link to the
page that marks it. Prefer `answer` for a question; use `search` and `fetch` to read for yourself. Where `answer` says
`insufficient_evidence`, the articles do not hold the answer: say so rather than guess."""

_READ_ONLY = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)

_log = logging.getLogger(__name__)


def create_server(guard: EngineGuard, public_url: str | None) -> MCPServer:
    """The server for any transport; `public_url` is where people reach the pages that it links to.

    Without one, that is where the request was sent to, and for stdio where `python -m api` serves by default.
    """
    tools = Tools(guard, public_url)
    server = MCPServer("dalil", title="Dalil", version=__version__, instructions=INSTRUCTIONS, subscriptions=False)
    for title, tool in (
        ("Search the articles", tools.search),
        ("Get an article", tools.fetch),
        ("Answer a question", tools.answer),
    ):
        server.add_tool(tool, title=title, description=inspect.getdoc(tool), annotations=_READ_ONLY)
    return server


@dataclass(frozen=True, slots=True)
class Tools:
    """One method a tool; clients read the docstrings. The methods block, and the server runs each in a thread."""

    guard: EngineGuard
    public_url: str | None

    def search(self, query: Question, context: Context) -> FoundArticles:
        """Search Arabic news articles with a question or keywords in English or Arabic.

        Returns the articles that match, best first, each with the passage that matches best, verbatim, and the id that
        `fetch` takes.
        """
        base = self._base_url(context)
        with self._engine() as engine:
            best: dict[str, Hit] = {}
            for hit in engine.retriever.search(query, limit=PASSAGES).hits:
                best.setdefault(hit.article.id, hit)
            results = [
                FoundArticle(
                    id=hit.article.id,
                    title=title,
                    url=citation_url(base, hit.article.id, hit.passage.start, hit.passage.end),
                    text=hit.passage.text,
                )
                for hit in list(best.values())[:MAX_ARTICLES]
                if (title := title_of(hit.article, engine.store)) is not None
            ]
        return FoundArticles(results=results)

    def fetch(self, id: Name, context: Context) -> FetchedArticle:  # noqa: A002
        """Get the whole text of an article by the id that `search` or `answer` gave."""
        with self._engine() as engine:
            article = engine.store.article(id)
            title = title_of(article.summary, engine.store) or article.id
        published = article.published_at
        known = {"source": article.source, "published_at": published.isoformat() if published else None}
        return FetchedArticle(
            id=article.id,
            title=title,
            text=article.text,
            url=_own_url(article.summary) or self._base_url(context) + article_path(article.id),
            metadata={
                **article.metadata,
                "language": article.language,
                **{name: value for name, value in known.items() if value is not None},
            },
        )

    def answer(self, question: Question, context: Context) -> CitedAnswer:
        """Answer a question, asked in English or Arabic, from Arabic news articles, or refuse.

        Each sentence cites verbatim quotes, which are in Arabic. The sentences are such quotes themselves, or where a
        language model wrote them, in the language of the question, and then checked against their quotes. The status
        `insufficient_evidence` says that the articles do not hold the answer; notes say what else there is to know.
        """
        base = self._base_url(context)
        with self._engine() as engine:
            found = engine.answerer.answer(question)
            citations = [
                Quotation(
                    number=citation.number,
                    quote=citation.quote,
                    title=title_of(citation.article, engine.store) or citation.article.id,
                    url=citation_url(base, citation.article.id, citation.start, citation.end),
                    article_id=citation.article.id,
                    start=citation.start,
                    end=citation.end,
                )
                for citation in found.citations
            ]
        return CitedAnswer(
            status=found.status,
            text=" ".join(marked(sentence, found.language) for sentence in found.sentences) or REFUSALS[found.language],
            sentences=[CitedSentence.from_domain(sentence) for sentence in found.sentences],
            citations=citations,
            generator=found.generator,
            notes=list(found.notes),
        )

    def _base_url(self, context: Context) -> str:
        request = context.request_context.request
        reached = str(request.base_url) if isinstance(request, Request) else LOCAL_URL
        return (self.public_url or reached).rstrip("/")

    @contextmanager
    def _engine(self) -> Iterator[Engine]:
        """The engine for one call; what it raises is told to the client, and to the operator where that can help."""
        try:
            with self.guard.serving() as engine:
                yield engine
        except ArticleNotFound as error:
            raise ToolError(f"no article has the id {error.article_id!r}; search gives the ids of articles") from error
        except DalilError as error:
            if kind_of(error).status >= 500:
                _log.warning("a tool failed: %s", error)
            raise ToolError(str(error)) from error


def _own_url(article: ArticleSummary) -> str | None:
    return article.url if article.url and article.url.lower().startswith(("http://", "https://")) else None
