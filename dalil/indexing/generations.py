"""Fills another generation of an index with the articles of the live one, keeps up with it, and swaps the two.

The live generation is only read until the swap, so that a rebuild can be killed at any moment: the next one finds what
is done in the new generation. What others write meanwhile is taken along in rounds, of which the last, a small one, is
done while no one can write.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from dalil.batches import batches
from dalil.domain import IndexFingerprint
from dalil.errors import DalilError
from dalil.indexing.backup import ARTICLES_PER_CALL
from dalil.indexing.identity import owner_of
from dalil.indexing.loaders import Item, Loaded
from dalil.indexing.report import Rejected, Report
from dalil.stores.base import Generation, PassageStore

MAX_LAST_ROUND_ARTICLES = 16
"""A round of so few is left to the swap, while writers wait: a second or two for most articles."""

MAX_ROUNDS = 20
"""Those who write faster than the model reads have to wait for the swap."""


class IndexItems(Protocol):
    """Indexes articles into one generation, as `pipeline.index` does."""

    def __call__(
        self, items: Iterable[Item], store: PassageStore, *, prune: bool = False, optimise: bool = True
    ) -> Report:
        """Index the items; an article that `store` has in the same version costs a hash."""


class NoPreviousGeneration(DalilError):
    """There is nothing to go back to."""


@dataclass
class Follower:
    """Brings the articles of `source` into `target`, again and again, each time those that have changed.

    `position` counts the articles of the running round that are read, of `size()`. `rejected` are the articles of the
    source, by id, that the target cannot have.
    """

    source: PassageStore
    target: PassageStore
    index: IndexItems
    rejected: dict[str, Rejected] = field(default_factory=dict)
    position: int = 0
    _copied: dict[str, str] = field(default_factory=dict)
    _changed: Sequence[str] = ()

    def size(self) -> int:
        """Articles of the running round."""
        return len(self._changed)

    def skip_all(self) -> None:
        """Take the articles of the source as they are now for copied."""
        self._copied = dict(self.source.all_versions())

    def skip_equal(self) -> None:
        """Take the articles that are the same in both for copied, however each cuts them into passages."""
        versions = self.source.all_versions()
        for ids in batches(sorted(versions.keys() & self.target.all_versions().keys()), ARTICLES_PER_CALL):
            hashes = {article.id: article.content_hash for article, _ in self.target.whole_articles(ids)}
            for article, version in self.source.whole_articles(ids):
                if hashes.get(article.id) == article.content_hash:
                    self._copied[article.id] = versions[article.id] and version

    def catch_up(self, *, optimise: bool = False) -> int:
        """One round: copy what is new or has changed, delete what has gone, and return how many articles that were."""
        versions = self.source.all_versions()
        gone = [each for each in self._copied if each not in versions]
        self._changed = sorted(each for each, version in versions.items() if self._copied.get(each) != version)
        self.position = 0
        if self._changed or optimise:
            report = self.index(self._read(versions), self.target, optimise=optimise)
            self.rejected |= {each.article_id: each for each in report.rejected if each.article_id is not None}
        for ids in batches(gone, ARTICLES_PER_CALL):
            self.target.delete(ids)
        for each in gone:
            del self._copied[each]
            self.rejected.pop(each, None)
        return len(self._changed) + len(gone)

    def delete_strangers(self) -> None:
        """Delete what an earlier attempt has left in the target, and the source no longer has."""
        strangers = self.target.all_versions().keys() - self.source.all_versions().keys()
        for ids in batches(sorted(strangers), ARTICLES_PER_CALL):
            self.target.delete(ids)

    def catch_up_until_few(self) -> None:
        """Rounds until one has so few articles that the next is as good as nothing."""
        for _ in range(MAX_ROUNDS):
            if self.catch_up() <= MAX_LAST_ROUND_ARTICLES:
                return

    def swap(self, generation: Generation) -> None:
        """Make the target live, which is this generation of the source's index."""
        self.catch_up_until_few()
        self.source.swap(generation, self.catch_up)

    def _read(self, versions: Mapping[str, str]) -> Iterator[Loaded]:
        for ids in batches(self._changed, ARTICLES_PER_CALL):
            # An article of which passages are missing has the version "", whatever its first passage says. If that one
            # is missing, nothing can be read of it.
            self._copied |= {each: "" for each in ids if not versions[each]}
            for article, version in self.source.whole_articles(ids):
                self.rejected.pop(article.id, None)
                yield Loaded(article.id, article, owner=owner_of(version))
                # The article may have been replaced since the versions were read.
                self._copied[article.id] = versions[article.id] and version
                self.position += 1


def open_next(live: PassageStore, fingerprint: IndexFingerprint) -> PassageStore:
    """The next generation, with what a killed rebuild has left in it if it is of this fingerprint, else empty."""
    target = live.generation(Generation.NEXT)
    try:
        found = target.fingerprint()
    except DalilError:  # of another release, or damaged
        found = None
    if found != fingerprint:
        target.create(fingerprint)
    target.open(fingerprint)
    return target


def open_previous(live: PassageStore, fingerprint: IndexFingerprint) -> PassageStore:
    """The previous generation; raises `NoPreviousGeneration`, and `IndexMismatch` if another model made it."""
    check_previous(live)
    target = live.generation(Generation.PREVIOUS)
    target.open(fingerprint)
    return target


def check_previous(live: PassageStore) -> None:
    """Raise `NoPreviousGeneration` if there is none."""
    if Generation.PREVIOUS not in live.generations():
        raise NoPreviousGeneration(f"the index at {live.location} has no previous generation to go back to")
