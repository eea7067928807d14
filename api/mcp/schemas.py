"""The results of the tools. New fields may be added; a field keeps its name and its meaning.

Clients read these docstrings and descriptions: they are part of each tool's output schema.
"""

from pydantic import BaseModel, ConfigDict, Field

from dalil.domain import AnswerStatus, RefusalReason, Strength
from dalil.wire.answers import AnswerSentence, Disagreement, DroppedSentence, MissingDetail, ShortAnswer
from dalil.wire.times import TimeExpression


class _Result(BaseModel):
    model_config = ConfigDict(frozen=True)


class FoundArticle(_Result):
    """An article that matches, with its best passage."""

    id: str = Field(description="the id for `fetch`")
    title: str
    url: str = Field(description="a page that shows the article with the passage marked")
    text: str = Field(description="the passage, verbatim")


class FoundArticles(_Result):
    """The articles that match, best first."""

    results: list[FoundArticle]


class FetchedArticle(_Result):
    """A whole article, or the beginning of a very long one."""

    id: str
    title: str
    text: str = Field(description="the text as it was published")
    truncated: bool = Field(description="whether the text is longer than what is returned of it")
    url: str = Field(description="the address of the published article, or else of a page that shows it")
    metadata: dict[str, str] = Field(
        description="the language, and if they are known the source and the date of publication"
    )


class CitedQuote(_Result):
    """A verified quote: the characters `start` to `end` of the article's text are exactly `quote`."""

    number: int = Field(description="the number that sentences cite")
    quote: str
    title: str
    url: str = Field(description="a page that shows the article with the quote marked")
    article_id: str = Field(description="the id for `fetch`")
    start: int = Field(description="offset in the article's text, in Unicode code points")
    end: int = Field(description="offset of the end, exclusive")


class CitedAnswer(_Result):
    """An answer in which every sentence cites a quote, or the closest quotes, which may not answer, or nothing."""

    status: AnswerStatus = Field(
        description="`answered`: the sentences answer the question. `related_evidence`: no sentence is sure to answer;"
        " the quotes in `related` are about the question, and must not be presented as its answer."
        " `insufficient_evidence`: nothing in the articles is about the question"
    )
    strength: Strength = Field(description="how well the articles support the answer")
    short_answer: ShortAnswer | None = Field(
        description="the part of a quote that answers, such as a number or a date; null where none is sure"
    )
    text: str = Field(
        description="Markdown: the sentences with their citation numbers in brackets, and a warning after each"
        " sentence that is not fully supported; without an answer, a message with the best of the related quotes, or"
        " a sentence that there are none"
    )
    sentences: list[AnswerSentence]
    citations: list[CitedQuote]
    related: list[CitedQuote] = Field(
        description="quotes about the question that are not part of the answer; numbered after `citations`"
    )
    missing: list[MissingDetail] = Field(
        description="details of the question that were looked for and not found; empty in an answer"
    )
    times: list[TimeExpression] = Field(
        description="the times of the question that narrowed or ordered what was found, as they were read"
    )
    disagreements: list[Disagreement] = Field(
        description="numbers in which the quotes of an answer, related ones included, differ: tell the reader"
    )
    generator: str = Field(description="who wrote the sentences: `extractive`, or `chat:` and a language model's name")
    notes: list[str] = Field(description="what else a reader should know, such as that the language model failed")
    refusal_reason: RefusalReason | None = Field(description="why there is no answer; null where there is one")
    dropped: list[DroppedSentence] = Field(description="every sentence that was left out, with its reason")
