"""The JSON of the write side: an article as it is sent, and what became of it or of a file of them."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, RootModel, StrictStr

from api.errors import cut
from api.problems import Problem
from api.schemas import ISO_8601_OR_NULL, MAX_NAME, Summary
from dalil.domain import Article
from dalil.indexing.loaders import infer_title, none_if_blank, parse_timestamp
from dalil.indexing.pipeline import MAX_TITLE_CHARACTERS
from dalil.indexing.report import Rejected

BYTE_ORDER_MARK = "\ufeff"


def _published(value: object) -> object:
    if value is None or isinstance(value, str):
        return parse_timestamp(value)
    raise ValueError("Input should be a date or a date and time in ISO 8601")


Given = Annotated[StrictStr | None, BeforeValidator(none_if_blank)]


class ArticleBody(BaseModel):
    """An article; its id is in the path. White space alone is as good as nothing where a field may be left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: StrictStr = Field(
        description="kept to the character, but for a byte order mark, which is dropped, and CRLF, which becomes LF",
        examples=["أرسلت كوريا الشمالية صواريخ إلى روسيا."],
    )
    title: Given = Field(
        None,
        description="unset: the text's first line that is not boilerplate",
        json_schema_extra={"maxLength": MAX_TITLE_CHARACTERS},
    )
    source: Given = Field(None, description="who published it", examples=["وكالة الأنباء"])
    published_at: Annotated[
        datetime | None,
        BeforeValidator(_published),
        ISO_8601_OR_NULL,
    ] = Field(None, description="a date is its midnight; without a zone it is UTC", examples=["2024-10-11"])
    url: Given = Field(None, description="where it was published, http or https")
    language: Given = Field("ar", description="a tag such as `ar` or `en-GB`")
    metadata: dict[StrictStr, StrictStr] = Field({}, description="anything else, kept as it is")

    def to_domain(self, article_id: str) -> Article:
        """The article as a file of the same content would give it."""
        text = self.text.removeprefix(BYTE_ORDER_MARK).replace("\r\n", "\n")
        return Article(
            id=article_id,
            title=self.title or infer_title(text),
            text=text,
            source=self.source,
            published_at=self.published_at,
            url=self.url,
            language=self.language or "ar",
            metadata=self.metadata,
        )


class StoredArticle(BaseModel):
    """What became of an article that was sent."""

    article: Summary
    outcome: Literal["added", "replaced", "unchanged"]
    passages: int = Field(description="how many passages of it the index holds")


class ImportParameters(BaseModel):
    """What the file is called; nothing is opened by that name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(
        "articles.jsonl",
        max_length=MAX_NAME,
        description="says by its end what the file holds: .txt, .md, .html or .htm one article, .jsonl one a line; "
        "without that end it is the id of an article that names none, of a line with the line's number behind it",
        examples=["news.jsonl", "2024-10-11.txt"],
    )


class _Counts(BaseModel):
    """How far an import has come; articles count once they are stored."""

    event: Literal["progress", "done"]
    added: int
    replaced: int
    unchanged: int
    rejected: int
    passages: int = Field(description="passages written")
    texts: int = Field(description="passages and sentences that the model has read")
    bytes_read: int
    bytes: int = Field(description="of the file")


class ImportProgress(_Counts):
    """A sign of progress, the first before any."""

    event: Literal["progress"] = "progress"


class ImportRejected(BaseModel):
    """One article cannot be indexed; the others can."""

    event: Literal["rejected"] = "rejected"
    name: str = Field(description="of the file, with the line's number where it holds one article a line")
    reason: str
    article_id: str | None = Field(description="null where it cannot be told")

    @classmethod
    def from_rejected(cls, rejected: Rejected) -> Self:
        """The rejected, with what is too long cut and what is not text replaced."""
        article_id = None if rejected.article_id is None else cut(rejected.article_id)
        return cls(name=cut(rejected.name), reason=cut(rejected.reason), article_id=article_id)


class ImportDone(_Counts):
    """The last event of an import that came to its end."""

    event: Literal["done"] = "done"
    article_ids: list[str] = Field(description="the first 20 that the index now holds")
    seconds: float


class ImportFailed(BaseModel):
    """The last event of an import that did not; what is stored stays, and the same file once more completes it.

    Type and title are those of a problem document.
    """

    event: Literal["error"] = "error"
    type: str
    title: str
    detail: str

    @classmethod
    def from_problem(cls, problem: Problem) -> Self:
        """The problem in mid-stream."""
        return cls(type=problem.type, title=problem.title, detail=problem.detail)


class ImportEvent(
    RootModel[Annotated[ImportProgress | ImportRejected | ImportDone | ImportFailed, Discriminator("event")]]
):
    """A line of the response to an import."""
