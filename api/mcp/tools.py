"""The tools that MCP clients call, over the same engine as the routes.

`search` and `fetch` have the names, parameters and results that ChatGPT's apps, deep research and company knowledge
require (https://developers.openai.com/api/docs/mcp): one string in; ids, titles and urls out, none of them empty.

A client shows people the urls. The url of quoted text is Dalil's own page with the quote marked: the published page may
have changed or be gone, and a reader would have to search it for the words. `fetch` returns a whole article, so its url
is the address of the published article, which also opens for people who cannot reach this service. An article without
such an address gets Dalil's page.
"""

import inspect
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from starlette.exceptions import HTTPException
from starlette.requests import Request

from api.http.errors import problem_type_of
from api.http.redaction import hide_folders
from api.http.worker_pool import WorkerPool, WorkerPools
from api.index_check import IndexCheck
from api.mcp.schemas import CitedAnswer, CitedQuote, FetchedArticle, FoundArticle, FoundArticles
from api.presentation.display_title import display_title
from api.presentation.markdown import to_markdown
from api.presentation.unanswered import unanswered_markdown
from dalil import __version__
from dalil.citation_urls import article_path, citation_url
from dalil.domain import AnswerStatus, ArticleSummary, Citation, Hit
from dalil.engine import Engine
from dalil.errors import ArticleNotFound, DalilError
from dalil.stores.base import PassageStore
from dalil.wire.answers import AnswerSentence, Disagreement, DroppedSentence, MissingDetail, ShortAnswer
from dalil.wire.fields import Name, Question
from dalil.wire.times import TimeExpression

MAX_ARTICLES = 10
"""The most articles that one search returns."""

MAX_PASSAGES = 30
"""How many passages a search considers for its articles: several may belong to one article."""

MAX_FETCHED_CHARACTERS = 200_000
"""The longest text that `fetch` returns. News is shorter; a response has the text twice, as JSON and as its text."""

LOCAL_URL = "http://127.0.0.1:8000"
"""The default address of `python -m api`."""

INSTRUCTIONS = """\
Arabic news articles. Ask in English or Arabic. Quotes are verbatim and in Arabic; each has a link to a page that marks
it. Prefer `answer` for a question; use `search` and `fetch` to read the articles yourself.

The result of `answer` has a status. `answered`: give the sentences with their citations. `related_evidence`: the quotes
in `related` are about the question and may not answer it. Do not present them as the answer: say that no sure answer
was found, name what is `missing`, and offer the quotes as the closest passages. `insufficient_evidence`: nothing in the
articles is about the question; say so rather than guess."""

_READ_ONLY = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)

_Result = TypeVar("_Result")

_log = logging.getLogger(__name__)


def create_server(index_check: IndexCheck, pools: WorkerPools, public_url: str | None) -> MCPServer:
    """The server for any transport; `public_url` is the address of the pages that it links to.

    Without one, it is the address that the request was sent to, and over stdio the default of `python -m api`.
    """
    tools = Tools(index_check, pools, public_url)
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
    """One method for each tool; clients read the docstrings."""

    index_check: IndexCheck
    pools: WorkerPools
    public_url: str | None

    async def search(self, query: Question, context: Context) -> FoundArticles:
        """Search Arabic news articles with a question or keywords in English or Arabic.

        Returns the articles that match, best first. Each has its best passage, verbatim, and its id for `fetch`.
        """
        base = self._base_url(context)

        def search(engine: Engine) -> FoundArticles:
            best: dict[str, Hit] = {}
            for hit in engine.retriever.search(query, limit=MAX_PASSAGES).hits:
                best.setdefault(hit.article.id, hit)
            results = [
                FoundArticle(
                    id=hit.article.id,
                    title=title,
                    url=citation_url(base, hit.article.id, hit.passage.start, hit.passage.end),
                    text=hit.passage.text,
                )
                for hit in list(best.values())[:MAX_ARTICLES]
                if (title := display_title(hit.article, engine.store)) is not None
            ]
            return FoundArticles(results=results)

        return await self._run(self.pools.searches, search, context)

    async def fetch(self, id: Name, context: Context) -> FetchedArticle:  # noqa: A002
        """Get the whole text of an article. The id comes from `search` or `answer`.

        Of a very long article it is the beginning, and `truncated` is true.
        """

        def fetch(engine: Engine) -> FetchedArticle:
            article = engine.store.article(id)
            published = article.published_at
            known = {"source": article.source, "published_at": published.isoformat() if published else None}
            return FetchedArticle(
                id=article.id,
                title=display_title(article.summary, engine.store) or article.id,
                text=article.text[:MAX_FETCHED_CHARACTERS],
                truncated=len(article.text) > MAX_FETCHED_CHARACTERS,
                url=_published_url(article.summary) or self._base_url(context) + article_path(article.id),
                metadata={
                    **article.metadata,
                    "language": article.language,
                    **{name: value for name, value in known.items() if value is not None},
                },
            )

        return await self._run(self.pools.searches, fetch, context)

    async def answer(self, question: Question, context: Context) -> CitedAnswer:
        """Answer a question in English or Arabic from Arabic news articles, or give the closest passages.

        With the status `answered` each sentence cites verbatim quotes, which are in Arabic. The sentences are quotes
        themselves. If the service has a language model, the model writes them in the language of the question, and the
        service checks each against its quotes. `short_answer` is the part of a quote that answers.

        With the status `related_evidence` no answer is sure: `related` has the closest quotes, which may not answer. Do
        not present them as the answer. With the status `insufficient_evidence` nothing in the articles is about the
        question, or there was no search: the `refusal_reason` is then `not_a_question` or `too_vague`, and `text` a
        reply. `missing` names what was looked for and not found. Notes report anything else that a reader should know.
        """
        base = self._base_url(context)
        return await self._run(self.pools.answers, lambda engine: _cited_answer(engine, question, base), context)

    def _base_url(self, context: Context) -> str:
        request = context.request_context.request
        default = str(request.base_url) if isinstance(request, Request) else LOCAL_URL
        return (self.public_url or default).rstrip("/")

    async def _run(self, pool: WorkerPool, work: Callable[[Engine], _Result], context: Context) -> _Result:
        """Run one call; the client gets the message of a failure, and failures of the server are logged."""

        def run() -> _Result:
            with self.index_check.serve() as engine:
                return work(engine)

        request = context.request_context.request
        try:
            return await pool.run(run, request if isinstance(request, Request) else None)
        except ArticleNotFound as error:
            raise ToolError(f"no article has the id {error.article_id!r}; search gives the ids of articles") from error
        except HTTPException as error:
            raise ToolError(error.detail) from error
        except DalilError as error:
            if problem_type_of(error).status < 500:
                raise ToolError(str(error)) from error
            _log.warning("a tool failed: %s", error)
            raise ToolError(hide_folders(str(error))) from error


def _cited_answer(engine: Engine, question: str, base_url: str) -> CitedAnswer:
    made = engine.answerer.answer(question)
    is_answered = made.status is AnswerStatus.ANSWERED
    sentences = " ".join(to_markdown(sentence, made.language) for sentence in made.sentences)
    return CitedAnswer(
        status=made.status,
        strength=made.strength,
        short_answer=ShortAnswer.from_domain(made.short_answer) if made.short_answer else None,
        text=sentences if is_answered else unanswered_markdown(made),
        sentences=[AnswerSentence.from_domain(sentence) for sentence in made.sentences],
        citations=[_cited_quote(citation, base_url, engine.store) for citation in made.citations],
        related=[_cited_quote(citation, base_url, engine.store) for citation in made.related],
        missing=[MissingDetail.from_domain(detail) for detail in made.missing],
        times=[TimeExpression.from_domain(time) for time in made.times],
        disagreements=[Disagreement.from_domain(one) for one in made.disagreements],
        generator=made.generator,
        notes=list(made.notes),
        refusal_reason=made.refusal_reason,
        dropped=[DroppedSentence.from_domain(sentence) for sentence in made.dropped],
    )


def _cited_quote(citation: Citation, base_url: str, store: PassageStore) -> CitedQuote:
    return CitedQuote(
        number=citation.number,
        quote=citation.quote,
        title=display_title(citation.article, store) or citation.article.id,
        url=citation_url(base_url, citation.article.id, citation.start, citation.end),
        article_id=citation.article.id,
        start=citation.start,
        end=citation.end,
    )


def _published_url(article: ArticleSummary) -> str | None:
    return article.url if article.url and article.url.lower().startswith(("http://", "https://")) else None
