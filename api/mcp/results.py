"""What the tools return; the shapes are a promise, more fields may be added beside them.

Clients read these docstrings and descriptions: they are part of each tool's output schema.
"""

from pydantic import BaseModel, ConfigDict, Field

from api.schemas import CitedSentence
from dalil.domain import AnswerStatus


class _Result(BaseModel):
    model_config = ConfigDict(frozen=True)


class FoundArticle(_Result):
    """An article that matches, by its best passage."""

    id: str = Field(description="what fetch takes")
    title: str
    url: str = Field(description="a page that shows the article with the passage marked")
    text: str = Field(description="the passage, verbatim")


class FoundArticles(_Result):
    """The articles that match, best first."""

    results: list[FoundArticle]


class FetchedArticle(_Result):
    """A whole article."""

    id: str
    title: str
    text: str = Field(description="the whole text, as it was published")
    url: str = Field(description="where the article was published, else a page that shows it")
    metadata: dict[str, str] = Field(description="language, source and date of publication where they are known")


class Quotation(_Result):
    """A verified quotation: the characters `start` to `end` of the article's text are exactly `quote`."""

    number: int = Field(description="what the sentences cite it by")
    quote: str
    title: str
    url: str = Field(description="a page that shows the article with the quote marked")
    article_id: str = Field(description="what fetch takes")
    start: int = Field(description="in Unicode code points of the article's text")
    end: int = Field(description="exclusive")


class CitedAnswer(_Result):
    """An answer every sentence of which cites a quotation, or a refusal without sentences."""

    status: AnswerStatus
    text: str = Field(
        description="Markdown: the sentences with their citation numbers in brackets, and a warning at those that are "
        "not wholly supported; or that there is no answer"
    )
    sentences: list[CitedSentence]
    citations: list[Quotation]
    generator: str = Field(description="who wrote the sentences: `extractive`, or `chat:` and a language model's name")
    notes: list[str] = Field(description="what else a reader should know, such as that the language model failed")
