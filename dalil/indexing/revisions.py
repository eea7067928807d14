"""Revisions: one article in several files, such as two snapshots of a feed, of which the newest counts.

Decision 0041 has the reasons.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from dalil.domain import Article
from dalil.errors import InvalidArticle
from dalil.indexing.dates import parse_timestamp
from dalil.indexing.formats.base import Loaded
from dalil.indexing.identity import owner_of, revision_mark, superseded_by
from dalil.indexing.report import Report, Superseded

SupersededBecause: TypeAlias = Literal["updated later", "dated later", "read later"]
"""How a revision is newer than another: by its time of update, by its date, by the order of files and lines."""

MAX_AHEAD = timedelta(days=1)
"""How far a time of update may lie ahead: clocks differ, and so do zones that are not named."""

UPDATE_FIELDS = (
    *("updated", "updatedat", "dateupdated", "lastupdated", "datemodified", "datemodify", "modifiedgmt"),
    *("postmodifiedgmt", "modified", "modifiedat", "postmodified", "lastmodified", "lastmod", "modificationdate"),
)
"""Names of an article's time of update in its metadata, without separators; the first that is a date counts."""

OPENING_CHARACTERS = 80
"""The beginning of a text, by which two revisions of one title are known as such."""

_SEPARATORS = re.compile(r"[\s_:-]+")
_GLOBAL_ID = re.compile(r"(?:[a-z][a-z0-9+.-]*://|(?:urn|tag|doi|guid):)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Revision:
    """What is kept of an article that was read: enough to compare it with another of its id.

    `version` is its hash. `traits` are hashes of its title, its url, and the beginning of its text.
    """

    name: str
    version: str
    updated_at: datetime | None
    published_at: datetime | None
    traits: tuple[int, ...]

    @classmethod
    def of(cls, name: str, article: Article, version: str) -> "Revision":
        """The revision that was read from the file, or the part of one, of this name."""
        opening = " ".join(article.text[: 2 * OPENING_CHARACTERS].split())[:OPENING_CHARACTERS]
        traits = tuple(hash(trait) for trait in (article.title, article.url, opening) if trait)
        return cls(name, version, _updated_at(article), article.published_at, traits)

    def is_of_the_article(self, other: "Revision", article_id: str) -> bool:
        """Whether both are one article. Numbers of two exports may be one id of two articles, an address is not."""
        return _GLOBAL_ID.match(article_id) is not None or not set(self.traits).isdisjoint(other.traits)


def newest(first: Revision, second: Revision) -> tuple[Revision, SupersededBecause]:
    """The newer of two revisions, of which `second` was read later, and how it is newer."""
    moments = [one.updated_at or one.published_at for one in (first, second)]
    if moments[0] is None or moments[1] is None or moments[0] == moments[1]:
        return second, "read later"
    reason: SupersededBecause = "updated later" if first.updated_at and second.updated_at else "dated later"
    return (first if moments[0] > moments[1] else second), reason


@dataclass(slots=True)
class Revisions:
    """The newest revision of each article that was read, by id, and what is known of the others.

    `waiting` are those that an earlier run has found superseded by the stored one, until that is read, each with the
    mark of its file. `superseded` are the marks of the older revisions of an article.
    """

    seen: dict[str, Revision] = field(default_factory=dict)
    waiting: dict[str, tuple[Revision, str]] = field(default_factory=dict)
    superseded: dict[str, list[str]] = field(default_factory=dict)

    def is_newest(self, revision: Revision, item: Loaded, stored_version: str, report: Report) -> bool:
        """Whether the revision counts, as far as the items have been read. If not, the report has it already.

        Raises `InvalidArticle` if its id is that of another article.
        """
        article_id, mark = item.article.id, item.identity.mark if item.identity else ""
        previous, (_, waiting_mark) = self.seen.get(article_id), self.waiting.get(article_id, (None, None))
        is_older = _is_known_older(item, revision.version, stored_version)
        if previous is None:
            if is_older:
                self._wait(article_id, revision, mark)
            return not is_older
        if previous.version == revision.version:
            if waiting_mark is not None and mark == owner_of(stored_version) != waiting_mark:
                # The file of the newer revision has the older one again.
                del self.waiting[article_id]
                return True
            # Today's feed has most articles of yesterday's.
            report.unchanged += 1
            return False
        if not revision.is_of_the_article(previous, article_id):
            reason = f"its id {article_id!r} is that of another article, {previous.name}; give each its own"
            raise InvalidArticle(article_id, reason)
        newer, because = newest(previous, revision)
        older = revision if newer is previous else previous
        report.superseded.append(Superseded(older.name, newer.name, because))
        if newer is previous:
            return False
        self.superseded.setdefault(article_id, superseded_by(stored_version)).append(revision_mark(previous.version))
        if waiting_mark is not None and is_older:
            self._wait(article_id, revision, mark)
            return False
        self.waiting.pop(article_id, None)
        return True

    def _wait(self, article_id: str, revision: Revision, mark: str) -> None:
        self.seen[article_id], self.waiting[article_id] = revision, (revision, mark)


def _is_known_older(item: Loaded, version: str, stored_version: str) -> bool:
    """Whether an earlier run has found this revision superseded by the stored one, whose file is read again."""
    return (
        item.identity is not None
        and revision_mark(version) in superseded_by(stored_version)
        and owner_of(stored_version) in item.identity.names.marks
    )


def _updated_at(article: Article) -> datetime | None:
    values = {_SEPARATORS.sub("", name).lower(): value for name, value in article.metadata.items()}
    for name in UPDATE_FIELDS:
        try:
            moment = parse_timestamp(values.get(name))
        except ValueError:
            continue
        # A time to come is a mistake, and no correction would ever be later.
        if moment is not None and moment <= datetime.now(UTC) + MAX_AHEAD:
            return moment
    return None
