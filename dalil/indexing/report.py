"""The report of one run of the indexer."""

from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class Rejected:
    """A file, a line of a file (`file:line`) or a folder that cannot be indexed, with the reason in one line.

    `article_id` is the id that its article would have; None if that is unknown. `may_hold` are the ids of all articles
    that it may hold, empty for a link to nothing; None if it may hold any. `file_mark` is the mark of a file in the
    versions of the articles that were read from it, all of which it may still hold, or that of an archive of such
    files; None without a file.
    """

    name: str
    reason: str
    article_id: str | None = None
    may_hold: tuple[str, ...] | None = None
    file_mark: str | None = None

    def __post_init__(self) -> None:
        if self.may_hold is None and self.article_id is not None:
            object.__setattr__(self, "may_hold", (self.article_id,))


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file of a format that Dalil does not read. Not an error."""

    name: str


@dataclass(frozen=True, slots=True)
class Superseded:
    """An article of which another file, or another part of the file, has a newer revision. Not an error.

    `by` is the origin of the newer one; empty if it was indexed by an earlier run and not read again.
    """

    name: str
    by: str
    reason: str


@dataclass(slots=True)
class Report:
    """The counts of one run. Not frozen: the run updates it, and displays of progress read it.

    `added` and `replaced` count stored articles. `embedded` counts the passages that the model has read, written or
    not yet.
    """

    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    pruned: int = 0
    passages: int = 0
    embedded: int = 0
    seconds: float = 0.0
    rejected: list[Rejected] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    superseded: list[Superseded] = field(default_factory=list)
    not_pruned_because: str | None = None
    error: str | None = None

    @property
    def indexed(self) -> int:
        """Articles written."""
        return self.added + self.replaced

    @property
    def found(self) -> int:
        """Articles read: indexed, unchanged, rejected or superseded; without those of a batch not written yet.

        A revision that was written before a newer one was read counts twice.
        """
        return self.indexed + self.unchanged + len(self.rejected) + len(self.superseded)

    @property
    def passages_per_second(self) -> float:
        """Passages written per second of the whole run."""
        return self.passages / self.seconds if self.seconds else 0.0

    def as_json(self) -> dict[str, object]:
        """All fields, for `json.dumps`; of a rejection its name, reason and id."""
        rejected = [{"name": each.name, "reason": each.reason, "article_id": each.article_id} for each in self.rejected]
        return {**asdict(self), "rejected": rejected}
