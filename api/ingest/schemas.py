"""The JSON of writing: an article, the result of putting it, and the events of an import."""

from datetime import datetime, tzinfo
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, RootModel, StrictStr

from api.http.problems import shorten
from dalil.domain import Article
from dalil.indexing.dates import parse_iso, with_fixed_offset
from dalil.indexing.identity import COMPRESSIONS
from dalil.indexing.loaders import LOADERS
from dalil.indexing.records import infer_title, none_if_blank
from dalil.indexing.report import Rejected
from dalil.indexing.validation import (
    MAX_METADATA_CHARACTERS,
    MAX_METADATA_FIELD_CHARACTERS,
    MAX_SOURCE_CHARACTERS,
    MAX_TITLE_CHARACTERS,
    MAX_URL_CHARACTERS,
)
from dalil.wire.articles import ArticleSummary
from dalil.wire.fields import ISO_8601_OR_NULL, MAX_NAME_CHARACTERS
from dalil.wire.problems import Problem

BYTE_ORDER_MARK = "\ufeff"


def _parse_published_at(value: object) -> object:
    """A date or time in ISO 8601, which may have no time zone; None for a blank one."""
    if none_if_blank(value) is None:
        return None
    parsed = parse_iso(value) if isinstance(value, str) else None
    if parsed is None:
        raise ValueError("Input should be a date or a date and time in ISO 8601")
    return parsed


OptionalText = Annotated[StrictStr | None, BeforeValidator(none_if_blank)]


class ArticleBody(BaseModel):
    """An article; its id is in the path. An optional field that has only white space counts as left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: StrictStr = Field(
        description="stored character by character, except that a byte order mark is dropped and CRLF becomes LF",
        examples=["أرسلت كوريا الشمالية صواريخ إلى روسيا."],
    )
    title: OptionalText = Field(
        None,
        description="if unset, the first line of the text that is not boilerplate",
        json_schema_extra={"maxLength": MAX_TITLE_CHARACTERS},
    )
    source: OptionalText = Field(
        None,
        description="the publisher",
        examples=["وكالة الأنباء"],
        json_schema_extra={"maxLength": MAX_SOURCE_CHARACTERS},
    )
    published_at: Annotated[
        datetime | None,
        BeforeValidator(_parse_published_at),
        ISO_8601_OR_NULL,
    ] = Field(
        None,
        description="a date means its midnight; without a time zone it is that of `DALIL_TIMEZONE`",
        examples=["2024-10-11"],
    )
    url: OptionalText = Field(
        None,
        description="the address of the published article, http or https",
        json_schema_extra={"maxLength": MAX_URL_CHARACTERS},
    )
    language: OptionalText = Field("ar", description="a tag such as `ar` or `en-GB`")
    metadata: dict[StrictStr, StrictStr] = Field(
        {},
        description="anything else, stored unchanged; names and values have at most "
        f"{MAX_METADATA_FIELD_CHARACTERS:,} characters for each field and {MAX_METADATA_CHARACTERS:,} in all",
    )

    def to_domain(self, article_id: str, zone: tzinfo) -> Article:
        """The article that a file with the same content becomes; `zone` is that of a date without one."""
        text = self.text.removeprefix(BYTE_ORDER_MARK).replace("\r\n", "\n")
        return Article(
            id=article_id,
            title=self.title or infer_title(text),
            text=text,
            source=self.source,
            published_at=with_fixed_offset(self.published_at, zone) if self.published_at else None,
            url=self.url,
            language=self.language or "ar",
            metadata=self.metadata,
        )


class StoredArticle(BaseModel):
    """The result of putting an article."""

    article: ArticleSummary
    outcome: Literal["added", "replaced", "unchanged"]
    passages: int = Field(description="the number of its passages in the index")


class ImportParameters(BaseModel):
    """The name of the file; the service opens no file with this name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(
        "articles.jsonl",
        max_length=MAX_NAME_CHARACTERS,
        description=f"its extension names the format, one of {', '.join(LOADERS)}, which may be followed by one of "
        f"{', '.join(COMPRESSIONS)}, or .zip; the rest is the id of an article without one, followed by the "
        "number of the line, row or place in a file of several",
        examples=["news.jsonl", "2024-10-11.txt"],
    )


class _Counts(BaseModel):
    """The progress of an import; an article counts once it is stored."""

    event: Literal["progress", "done"]
    added: int
    replaced: int
    unchanged: int
    superseded: int = Field(description="articles of which the file has a newer revision")
    rejected: int
    passages: int = Field(description="passages stored")
    embedded: int = Field(description="passages that the model has read, stored or not yet")
    bytes_read: int
    bytes: int = Field(description="size of the file")


class ImportProgress(_Counts):
    """The progress so far; the first event comes before any work."""

    event: Literal["progress"] = "progress"


class ImportRejected(BaseModel):
    """One article cannot be indexed; the others can."""

    event: Literal["rejected"] = "rejected"
    name: str = Field(description="name of the file, with the number of the line, row or place in a file of several")
    reason: str
    article_id: str | None = Field(description="null if it is unknown")

    @classmethod
    def from_rejected(cls, rejected: Rejected) -> Self:
        """The same, with long texts shortened and invalid text replaced."""
        article_id = None if rejected.article_id is None else shorten(rejected.article_id)
        return cls(name=shorten(rejected.name), reason=shorten(rejected.reason), article_id=article_id)


class ImportDone(_Counts):
    """The last event of a complete import."""

    event: Literal["done"] = "done"
    article_ids: list[str] = Field(description="ids of the first 20 articles that the index now holds")
    seconds: float


class ImportFailed(BaseModel):
    """The last event of an import that failed. Stored articles stay; a second import of the same file completes it.

    `type`, `title` and `detail` are those of a problem document.
    """

    event: Literal["error"] = "error"
    type: str
    title: str
    detail: str

    @classmethod
    def from_problem(cls, problem: Problem) -> Self:
        """The event for a problem."""
        return cls(type=problem.type, title=problem.title, detail=problem.detail)


class ImportEvent(
    RootModel[Annotated[ImportProgress | ImportRejected | ImportDone | ImportFailed, Discriminator("event")]]
):
    """One line of the response to an import."""
