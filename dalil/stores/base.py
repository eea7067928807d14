"""The store seam. A store writes, deletes, fetches, and searches by text or by vector; it never embeds or fuses."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Self, final

import numpy as np

from dalil.domain import (
    NO_FILTERS,
    Article,
    ArticleSummary,
    Candidate,
    ClusterHealth,
    FacetFields,
    Filters,
    IndexCounts,
    IndexedArticle,
    IndexFingerprint,
    IndexUsage,
    Signature,
    SignedArticle,
    StoredPassage,
    Vector,
)
from dalil.errors import IndexMismatch, IndexMissing, StoreUnavailable
from dalil.text.analysis import terms

SCHEMA_VERSION = 5
"""Raised with every change to the layout of a store's records; part of every index's fingerprint."""

REPAIR = "python -m indexer index PATH…"
"""Builds a text index anew that does not work, whether or not an article has changed."""

REBUILD = "python -m indexer rebuild"
"""Makes an index anew from the articles that are stored in it."""

REBUILD_FROM_FILES = "python -m indexer rebuild PATH…"
"""The same from files, where the index cannot be read."""


class TransientStoreFailure(StoreUnavailable):
    """No node of the store answers, or each is too busy: the same call may succeed in a moment."""


class Generation(StrEnum):
    """The generations that an index may have, of which the live one is searched and written.

    The next one is filled beside it; the previous one was live before.
    """

    LIVE = "live"
    NEXT = "next"
    PREVIOUS = "previous"


class PassageStore(ABC):
    """One generation of an index of articles and their passages.

    A caller may rely on four properties. `write` replaces each article in one step: no reader sees half of it. After
    `write` or `delete` returns, every new search and fetch sees the change, in this process and in others. All calls
    are idempotent. An interrupted call is completed by making it again.

    Every method raises `StoreUnavailable` if the store does not answer, `TransientStoreFailure` if it may do so in a
    moment, and `IndexMissing` if there is no index yet. After `open`, another process may make an index of another
    model live: every call then raises `IndexMismatch` (a search on OpenSearch only if it finds something).
    """

    _opened_as: IndexFingerprint | None = None

    @property
    @abstractmethod
    def location(self) -> str:
        """Where the index is, for people: a folder, or a name at an address."""

    @final
    def index_missing(self) -> IndexMissing:
        """The error that says where there is no index, and what makes one."""
        return IndexMissing(
            f"there is no index yet at {self.location}: run `python -m indexer index PATH…`, or call `Engine.index`"
        )

    @final
    def without_articles(self) -> IndexMismatch:
        """The error for an index from which no article can be taken."""
        return IndexMismatch(f"the index at {self.location} does not hold whole articles as Dalil stores them")

    @final
    def open(self, fingerprint: IndexFingerprint) -> None:
        """Check that the index has this fingerprint; raises `IndexMissing` or `IndexMismatch`."""
        found = self.fingerprint()
        if found is None:
            raise self.index_missing()
        _check_fingerprint(found, fingerprint)
        self._opened_as = fingerprint

    @final
    def open_or_create(self, fingerprint: IndexFingerprint) -> None:
        """As `open`, but create an empty index if there is none."""
        if self.fingerprint() is None:
            self.create(fingerprint)
        self.open(fingerprint)

    def _check_opened(self, found: IndexFingerprint) -> None:
        """Raise `IndexMismatch` if a generation is not of the fingerprint for which this store was opened."""
        if self._opened_as is not None:
            _check_fingerprint(found, self._opened_as)

    @abstractmethod
    def generation(self, generation: Generation) -> "PassageStore":
        """A store on another generation of this index, which may not exist yet. It shares the connection."""

    @abstractmethod
    def generations(self) -> frozenset[Generation]:
        """The generations that exist."""

    @abstractmethod
    def swap(self, generation: Generation, catch_up: Callable[[], object]) -> None:
        """Make a generation live, after `catch_up()`, during which no one can write to the live one.

        Readers see the old generation or the new one, never none, and no search sees both. Writers wait and go on in
        the new one. The live generation becomes the previous one; the one before that is deleted. If `catch_up` or the
        call raises, or the process is killed, the live generation stays, and writers go on within a minute.
        """

    @abstractmethod
    def collect(self) -> None:
        """Delete all generations but the live one."""

    @abstractmethod
    def fingerprint(self) -> IndexFingerprint | None:
        """The index's fingerprint; None if there is no index. An index of another program raises `IndexMismatch`."""

    @abstractmethod
    def create(self, fingerprint: IndexFingerprint) -> None:
        """Create an empty index in place of any other. Readers see the old one or the new one, never none."""

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
        """Delete articles with their passages, and return how many there were. Unknown ids are ignored."""
        return self._delete(sorted(set(article_ids))) if article_ids else 0

    @abstractmethod
    def optimise(self) -> None:
        """Merge segments and update the text index, after a run of writes; build a text index anew if it is damaged."""

    @final
    def probe(self, fingerprint: IndexFingerprint) -> None:
        """Search by a vector, then by a term of the passage that it finds; an empty index has nothing to find.

        Raises `StoreUnavailable` if a search fails, or does not find what is stored.
        """
        store = self._without_cache()
        direction: Vector = np.eye(1, fingerprint.dimension, dtype=np.float32)[0]
        for passage in store.passages(store.search_vector(direction, 1)).values():
            words = terms(passage.passage.text)
            if words and not store.search_text(words[:1], 1):
                raise StoreUnavailable(
                    f"the keyword index of {self.location} does not find what is stored; `{REPAIR}` builds it anew"
                )

    @abstractmethod
    def versions(self, article_ids: Sequence[str] | None = None) -> Mapping[str, str]:
        """Article id → `IndexedArticle.version` of every completely stored article, or of those among `article_ids`."""

    @abstractmethod
    def all_versions(self) -> Mapping[str, str]:
        """Article id → version of every article that can be taken from the index, "" if it is not completely stored.

        The index may be of another model or release. Raises `IndexMismatch` for one that does not hold whole articles.
        """

    @abstractmethod
    def counts(self) -> IndexCounts:
        """The numbers of articles and passages."""

    @abstractmethod
    def revision(self) -> str:
        """The state of the index: another text after each write, deletion and swap, in this process or another.

        As cheap as `counts`. It may change without a visible change, for example by `optimise`.
        """

    @abstractmethod
    def usage(self) -> IndexUsage:
        """The bytes of this generation, replicas and kept old versions included, and the time of the last write.

        OpenSearch measures the bytes every ten seconds.

        The time is that of the last `write`, `delete` or `optimise` (LanceDB, where an `optimise` without effect does
        not count), or of the last `optimise` (OpenSearch): one follows each run, and shortly each write of a server.
        """

    def cluster_health(self) -> ClusterHealth | None:
        """The health of the cluster that holds all generations of the index; None for a store without a cluster."""
        return None

    @abstractmethod
    def article(self, article_id: str) -> Article:
        """The article with its text; raises `ArticleNotFound`."""

    @final
    def whole_articles(self, article_ids: Sequence[str]) -> list[tuple[Article, str]]:
        """The articles with their texts, and their versions, in ascending order of id; unknown ids are left out.

        The index may be of another model or release, as with `all_versions`.
        """
        return sorted(self._whole_articles(article_ids), key=lambda found: found[0].id) if article_ids else []

    @abstractmethod
    def articles(self, limit: int, after: str | None = None) -> list[ArticleSummary]:
        """The first `limit` articles whose ids are greater than `after`, in ascending order of id (code points)."""

    @abstractmethod
    def search_text(self, terms: Sequence[str], limit: int, filters: Filters = NO_FILTERS) -> list[Candidate]:
        """The best passages by BM25 (k1 = 1.2, b = 0.75) of their terms, best first, at most `limit`.

        A passage matches if it has at least one of `terms`, which are distinct terms of `dalil.text.analysis`. Without
        terms nothing matches. Ties are in order of passage id.
        """

    @abstractmethod
    def search_vector(self, vector: Vector, limit: int, filters: Filters = NO_FILTERS) -> list[Candidate]:
        """The passages nearest to `vector`, best first, at most `limit`. The score is the cosine, in [-1, 1]."""

    def search_both(
        self, terms: Sequence[str], vector: Vector, limit: int, filters: Filters = NO_FILTERS
    ) -> tuple[list[Candidate], list[Candidate]]:
        """The results of `search_text` and of `search_vector`; a store that is asked over a network asks once."""
        return self.search_text(terms, limit, filters), self.search_vector(vector, limit, filters)

    @final
    def passages(self, matches: Sequence[Candidate]) -> Mapping[str, StoredPassage]:
        """Passage id → the passage of a search result; passages that are deleted meanwhile are left out.

        A search fetches only vectors, because most of its results are never shown.
        """
        return self._passages(matches) if matches else {}

    @final
    def facet_fields(self, matches: Sequence[Candidate]) -> Mapping[str, FacetFields]:
        """Passage id → the facet fields of a search result; passages that are deleted meanwhile are left out.

        Cheap enough to count all results of a search: seventy take 2 ms, and with `passages` 5 (LanceDB) or 23
        (OpenSearch). A source that is too long for a filter may be None.
        """
        return self._facet_fields(matches) if matches else {}

    @final
    def signed_articles(self, matches: Sequence[Candidate]) -> Mapping[str, SignedArticle]:
        """Passage id → the article of a search result with its signature; deleted passages are left out.

        As cheap as `facet_fields`.
        """
        return self._signed_articles(matches) if matches else {}

    @final
    def signatures(self, article_ids: Sequence[str]) -> Mapping[str, Signature]:
        """Article id → the signature of its text, by which near-duplicates are found; unknown ids are left out."""
        return self._signatures(article_ids) if article_ids else {}

    @abstractmethod
    def article_passages(self, article_id: str) -> list[StoredPassage]:
        """All passages of one article in order of `start`; empty if there is no such article."""

    @abstractmethod
    def close(self) -> None:
        """Close files and connections. Idempotent."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _without_cache(self) -> "PassageStore":
        """Hook: a store of the same index that has none of it in memory; by default this one, which keeps nothing."""
        return self

    @abstractmethod
    def _write(self, articles: Sequence[IndexedArticle]) -> None:
        """Hook: at least one article, ids distinct."""

    @abstractmethod
    def _delete(self, article_ids: Sequence[str]) -> int:
        """Hook: at least one id, distinct."""

    @abstractmethod
    def _whole_articles(self, article_ids: Sequence[str]) -> list[tuple[Article, str]]:
        """Hook: at least one id; in any order."""

    @abstractmethod
    def _passages(self, matches: Sequence[Candidate]) -> Mapping[str, StoredPassage]:
        """Hook: at least one match."""

    @abstractmethod
    def _signed_articles(self, matches: Sequence[Candidate]) -> Mapping[str, SignedArticle]:
        """Hook: at least one match."""

    @abstractmethod
    def _signatures(self, article_ids: Sequence[str]) -> Mapping[str, Signature]:
        """Hook: at least one id, distinct."""

    @abstractmethod
    def _facet_fields(self, matches: Sequence[Candidate]) -> Mapping[str, FacetFields]:
        """Hook: at least one match."""


def _check_fingerprint(found: IndexFingerprint, wanted: IndexFingerprint) -> None:
    if found != wanted:
        differences = "; ".join(found.differences(wanted))
        raise IndexMismatch(f"the index was made by something else ({differences}); rebuild it: `{REBUILD}`")
