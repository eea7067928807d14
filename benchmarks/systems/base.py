"""The seam of the systems under comparison."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager

from benchmarks.corpus import Corpus
from benchmarks.measurements import Search
from benchmarks.records import IndexingResult

HITS = 10
"""Passages that a search returns, with their text."""

CANDIDATES = 50
"""Passages that each of the two retrievers of a hybrid search finds, as Dalil's do."""

BATCH_PASSAGES = 5_000
"""Made-up passages in one write."""

Progress = Callable[[str], None]


class System(ABC):
    """One system over one index of its own. One process indexes, another one searches."""

    @abstractmethod
    def index(self, corpus: Corpus, made_up: int, progress: Progress) -> IndexingResult:
        """Create the index, and write the corpus and then `made_up` passages; the pace is that of the corpus."""

    @abstractmethod
    def open(self) -> AbstractContextManager[Search]:
        """Load the model, open the index, and yield the hybrid search, which threads may share."""

    @abstractmethod
    def node_cpu_seconds(self) -> float:
        """The processor time so far of the processes beside this one; 0 for an embedded index."""

    @abstractmethod
    def delete(self) -> None:
        """Delete what a folder does not hold. Idempotent."""
