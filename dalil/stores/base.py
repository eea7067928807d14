"""The store seam: it writes, deletes, fetches, and searches by text or by vector; it never embeds and never fuses."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Self, final

from dalil.domain import (
    Article,
    ArticleSummary,
    Candidate,
    FacetFields,
    Filters,
    IndexCounts,
    IndexedArticle,
    IndexFingerprint,
    StoredPassage,
    Vector,
)
from dalil.errors import IndexMismatch, IndexMissing

SCHEMA_VERSION = 3
"""Raised whenever a store lays its records out differently; part of every index's fingerprint."""

REBUILD = "python -m indexer index --recreate PATH…"

NO_FILTERS = Filters()


class PassageStore(ABC):
    """One index of articles and their passages.

    A caller may rely on: `write` replacing each article in one step as any reader sees it; what was written or
    deleted being seen by every search and fetch that starts after the call returned, in this process and in others;
    the same call twice leaving the same index; an interrupted call being mended by making it again. Every method
    raises `StoreUnavailable` when the store does not answer, `IndexMissing` when there is no index yet.
    """

    @final
    def open(self, fingerprint: IndexFingerprint) -> None:
        """Check that the index was made with `fingerprint`; raises `IndexMissing` or `IndexMismatch`."""
        found = self.fingerprint()
        if found is None:
            raise IndexMissing("there is no index yet: run `python -m indexer index PATH…`")
        if found != fingerprint:
            differences = "; ".join(found.differences(fingerprint))
            raise IndexMismatch(f"the index was made by something else ({differences}); rebuild it: `{REBUILD}`")

    @final
    def open_or_create(self, fingerprint: IndexFingerprint) -> None:
        """As `open`, but make an empty index where there is none."""
        if self.fingerprint() is None:
            self.create(fingerprint)
        self.open(fingerprint)

    @abstractmethod
    def fingerprint(self) -> IndexFingerprint | None:
        """What made the index; None where there is none. An index that is not Dalil's raises `IndexMismatch`."""

    @abstractmethod
    def create(self, fingerprint: IndexFingerprint) -> None:
        """Make an empty index in place of whatever is there. Readers see the old one or the new one, never none."""

    @final
    def write(self, articles: Sequence[IndexedArticle]) -> None:
        """Add the articles, each replacing the stored article of the same id, its passages included.

        Ids must be distinct within one call.
        """
        ids = [article.article.id for article in articles]
        if len(set(ids)) != len(ids):
            raise ValueError(f"write() got an article twice: {sorted(i for i in set(ids) if ids.count(i) > 1)!r}")
        if articles:
            self._write(articles)

    @final
    def delete(self, article_ids: Sequence[str]) -> int:
        """Remove articles with their passages; ids that are not there are passed over. Returns how many went."""
        return self._delete(sorted(set(article_ids))) if article_ids else 0

    @abstractmethod
    def optimise(self) -> None:
        """Tidy up after a run of writes: merge segments, bring the text index up to date."""

    @abstractmethod
    def versions(self, article_ids: Sequence[str] | None = None) -> Mapping[str, str]:
        """Article id → `IndexedArticle.version`, for every article wholly stored, or for those of `article_ids`."""

    @abstractmethod
    def counts(self) -> IndexCounts:
        """How many articles and passages there are."""

    @abstractmethod
    def article(self, article_id: str) -> Article:
        """The article with its text; raises `ArticleNotFound`."""

    @abstractmethod
    def articles(self, limit: int, after: str | None = None) -> list[ArticleSummary]:
        """Up to `limit` articles in ascending order of id (code points), from the first id greater than `after` on."""

    @abstractmethod
    def search_text(self, terms: Sequence[str], limit: int, filters: Filters = NO_FILTERS) -> list[Candidate]:
        """The best passages by BM25 (k1 = 1.2, b = 0.75) of their terms, best first, at most `limit`.

        A passage matches when it has at least one of `terms` (distinct, as `dalil.text.analysis.terms` makes them);
        no terms find nothing. Ties are broken by passage id.
        """

    @abstractmethod
    def search_vector(self, vector: Vector, limit: int, filters: Filters = NO_FILTERS) -> list[Candidate]:
        """The passages nearest to `vector`, best first, at most `limit`; the score is the cosine, in [-1, 1]."""

    @final
    def passages(self, matches: Sequence[Candidate]) -> Mapping[str, StoredPassage]:
        """Passage id → the passage that a search found; those no longer there are left out.

        A search gives vectors alone, for most of what it finds is never shown.
        """
        return self._passages(matches) if matches else {}

    @final
    def facet_fields(self, matches: Sequence[Candidate]) -> Mapping[str, FacetFields]:
        """Passage id → where a passage that a search found comes from; those no longer there are left out.

        For counting a whole search: of seventy matches it takes 2 ms, where `passages` takes 5 (LanceDB) or 23
        (OpenSearch). A source that is too long for a filter to find may be None.
        """
        return self._facet_fields(matches) if matches else {}

    @abstractmethod
    def article_passages(self, article_id: str) -> list[StoredPassage]:
        """All passages of one article in order of `start`; empty where there is no such article."""

    @abstractmethod
    def close(self) -> None:
        """Let go of files and connections; safe to call twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @abstractmethod
    def _write(self, articles: Sequence[IndexedArticle]) -> None:
        """Hook: at least one article, ids distinct."""

    @abstractmethod
    def _delete(self, article_ids: Sequence[str]) -> int:
        """Hook: at least one id, distinct."""

    @abstractmethod
    def _passages(self, matches: Sequence[Candidate]) -> Mapping[str, StoredPassage]:
        """Hook: at least one match."""

    @abstractmethod
    def _facet_fields(self, matches: Sequence[Candidate]) -> Mapping[str, FacetFields]:
        """Hook: at least one match."""
