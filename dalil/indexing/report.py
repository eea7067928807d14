"""What a run of the indexer says of itself."""

from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class Rejected:
    """Something that cannot be indexed: a file, a line of a file (`file:line`) or a folder, and one line why.

    `article_id` is the id it would have had, None where that cannot be told.
    """

    name: str
    reason: str
    article_id: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file of a kind that is not read; no fault of the run."""

    name: str


@dataclass(slots=True)
class Report:
    """The counts of one run. Not frozen: it is filled as the run goes on, and progress is shown from it.

    `added` and `replaced` count articles once they are stored. `texts` are passages and sentences handed to the
    embedder, of which `cached` cost nothing; `embedding_seconds` is the part of `seconds` spent there.
    """

    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    pruned: int = 0
    passages: int = 0
    texts: int = 0
    cached: int = 0
    seconds: float = 0.0
    embedding_seconds: float = 0.0
    rejected: list[Rejected] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    not_pruned_because: str | None = None
    error: str | None = None

    @property
    def indexed(self) -> int:
        """Articles written."""
        return self.added + self.replaced

    @property
    def found(self) -> int:
        """Articles met, whatever became of them; those of the last, unwritten batch are not counted yet."""
        return self.indexed + self.unchanged + len(self.rejected)

    @property
    def passages_per_second(self) -> float:
        """Passages written, over the whole run."""
        return self.passages / self.seconds if self.seconds else 0.0

    def as_json(self) -> dict[str, object]:
        """Every field, ready for `json.dumps`."""
        return asdict(self)
