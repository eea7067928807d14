"""The store for corpora that exceed one machine: an OpenSearch index for each generation, behind aliases."""

import hashlib
import json
import random
import ssl
import time
import uuid
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypedDict, TypeVar, cast

import numpy as np
import urllib3
from opensearchpy import OpenSearch
from opensearchpy.exceptions import HTTP_EXCEPTIONS, NotFoundError, OpenSearchException, TransportError
from opensearchpy.exceptions import ConnectionError as NodeConnectionError
from typing_extensions import override

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
from dalil.errors import ArticleNotFound, IndexMismatch, IndexMissing, Misconfigured, StoreUnavailable
from dalil.stores.base import Generation, PassageStore, TransientStoreFailure
from dalil.stores.opensearch import queries
from dalil.stores.opensearch.schema import (
    DOC_VALUES,
    BinaryField,
    Json,
    JsonObject,
    index_body,
    read_alias,
    swap_alias,
    write_alias,
)
from dalil.stores.rows import (
    REQUIRED_FIELDS,
    UNDATED_DAY,
    FacetRow,
    Row,
    article_of,
    facet_fields_of,
    fingerprint_from_json,
    rows_of,
    signature_of,
    signed_article_of,
    stored_passage_of,
    summary_of,
    whole_article_of,
)
from dalil.stores.top_k import top_k_stable

WRITE_TIMEOUT_FACTOR = 20
"""The time limit of a write, as a multiple of that of a read."""

SEARCH_OPTIONS: Mapping[str, str] = MappingProxyType(
    {"search_type": "dfs_query_then_fetch", "allow_partial_search_results": "false"}
)
"""Every shard scores with the term counts of all shards, and a shard that failed is an error, not a partial result."""

MERGE_SECONDS = 3600
BULK_BYTES = 8_000_000
BULK_TRIES = 6
"""Between tries there are waits of 0.5 s, doubled each time."""

WRITE_TRIES = 12
"""Between tries there are random waits, longer each time, so that two writers of one article do not collide again."""


MAX_SWAP_SECONDS = 60
"""How long a writer waits for a swap; then the process that swaps was killed, and the writer opens the index again."""

SWAP_POLL_SECONDS = 0.1

_Result = TypeVar("_Result")

_AWAY_STATUSES = frozenset({502, 503, 504})
"""A node without a cluster, or a proxy without a node."""


class _Busy(TransientStoreFailure):
    """Status 429."""


class _AliasMissing(StoreUnavailable):
    """An alias that a request removes is not there, so that nothing of the request is done."""


class _WriteBlocked(Exception):
    """The index takes no writes: it is being swapped, or is a previous one."""


class _Values(TypedDict, total=False):
    """Fields from doc values; a field without a value is missing."""

    id: list[str]
    article_id: list[str]
    source: list[str]
    published_day: list[int]
    vector_float16: list[str]
    tokens: list[str]
    signature: list[str]


class _Hit(TypedDict):
    _index: str
    _score: float
    _source: Row
    fields: _Values


class _Total(TypedDict):
    value: int


class _Hits(TypedDict):
    total: _Total
    hits: list[_Hit]


class _Value(TypedDict):
    value: float


class _Bucket(TypedDict):
    key: dict[str, str]
    doc_count: int
    highest: _Value
    wanted: _Value


class _Page(TypedDict):
    buckets: list[_Bucket]
    after_key: JsonObject


class _Count(TypedDict):
    doc_count: int


class _Aggregations(TypedDict):
    articles: _Count
    states: _Page


class _Response(TypedDict):
    """The response to a search; it has `aggregations` only if the request has."""

    hits: _Hits
    aggregations: _Aggregations


@dataclass(frozen=True, slots=True)
class _State:
    """One article in the index. `version` is None unless all passages are stored and have one version."""

    version: str | None
    highest_ordinal: int


class OpenSearchStore(PassageStore):
    """An index `<index>-<time>-<random>` behind aliases.

    The live generation has `<index>` and `<index>-write`, the others have `<index>-next` and `<index>-previous`: one
    request that moves aliases makes another generation live. Before it, the live index is blocked for writes, which
    ends those that are under way; it has `<index>-swap` until then. A previous index stays blocked.

    All passages of an article are on one shard. One request writes them and deletes the old ones, and nothing is
    visible before an explicit refresh: so a reader sees an article's old passages or its new ones. Two writers that
    replace the same article at the same time can mix their passages, until the slower one detects it and writes again.
    A writer also replaces the remains of a killed one.

    A search never finds a replaced passage, but BM25 counts it until OpenSearch merges its segment, at the earliest
    after half a minute.
    """

    def __init__(
        self,
        *,
        urls: Sequence[str],
        index: str,
        username: str | None = None,
        password: str | None = None,
        verify_certificates: bool = True,
        ca_file: Path | None = None,
        client_certificate: Path | None = None,
        client_key: Path | None = None,
        timeout_seconds: float = 2.5,
        engine: Literal["lucene", "faiss"] = "lucene",
        shards: int = 1,
        replicas: int = 0,
    ) -> None:
        self._url = ", ".join(urls)
        self._alias = index
        self._generation = Generation.LIVE
        self._checked_indexes: frozenset[str] = frozenset()
        self._write_seconds = timeout_seconds * WRITE_TIMEOUT_FACTOR
        self._engine = engine
        self._shards = shards
        self._replicas = replicas
        self._client = OpenSearch(
            # Only these nodes are used: the addresses that nodes tell of each other may not be reachable from here.
            hosts=list(urls),
            http_auth=(username, password) if username else None,
            ssl_context=_ssl_context(
                verify=verify_certificates, ca_file=ca_file, certificate=client_certificate, key=client_key
            ),
            # Every node once, and one more time: a restarted node has closed the pooled connections.
            max_retries=len(urls),
            # A node that hangs is tried once and then left out for a minute, if there is another.
            retry_on_timeout=len(urls) > 1,
            timeout=urllib3.Timeout(connect=timeout_seconds / 2, read=timeout_seconds),
            pool_maxsize=32,
        )

    @property
    @override
    def location(self) -> str:
        return f"{self._url} ({self._reader})"

    @property
    def _reader(self) -> str:
        return read_alias(self._alias, self._generation)

    @property
    def _writer(self) -> str:
        return write_alias(self._alias, self._generation)

    @override
    def generation(self, generation: Generation) -> "OpenSearchStore":
        other: OpenSearchStore = copy(self)
        other._generation = generation
        other._opened_as, other._checked_indexes = None, frozenset()
        return other

    @override
    def generations(self) -> frozenset[Generation]:
        return frozenset(each for each in Generation if self._marks(read_alias(self._alias, each)))

    @override
    def swap(self, generation: Generation, catch_up: Callable[[], object]) -> None:
        other: OpenSearchStore = self.generation(generation)
        reader, writer, marker = self._reader, self._writer, swap_alias(self._alias)
        previous = read_alias(self._alias, Generation.PREVIOUS)
        own = f"{self._alias}-*"
        live = next(iter(self._own_marks(reader)), None)
        actions: list[Json] = [
            {"remove": {"index": own, "aliases": [reader, writer, other._reader, previous], "must_exist": False}}
        ]
        if live is not None:
            # This fails, and with it all of the request, once a writer has ended the swap: see `_end_abandoned_swap`.
            actions.insert(0, {"remove": {"index": live, "alias": marker, "must_exist": True}})
            actions.append({"add": {"index": live, "alias": previous}})
            self._update_aliases([{"add": {"index": live, "alias": marker}}])
        try:
            if live is not None:
                with self._translate_errors():
                    self._client.indices.add_block(index=live, block="write", request_timeout=self._write_seconds)
                self._refresh(live)
            catch_up()
            chosen = other._index()
            self._lift_block(chosen)  # A previous index has one.
            self._update_aliases([*actions, {"add": {"index": chosen, "aliases": [reader, writer]}}])
        except BaseException:
            if live is not None:
                # If this fails too, the first writer that has waited long enough does it.
                with suppress(StoreUnavailable):
                    self._update_aliases([{"remove": {"index": live, "alias": marker, "must_exist": False}}])
                    self._lift_block(live)
            raise
        self._delete_indexes_without_alias()

    @override
    def collect(self) -> None:
        others: list[Json] = [read_alias(self._alias, each) for each in Generation if each is not Generation.LIVE]
        self._update_aliases([{"remove": {"index": f"{self._alias}-*", "aliases": others, "must_exist": False}}])
        self._delete_indexes_without_alias()

    @override
    def fingerprint(self) -> IndexFingerprint | None:
        marks = self._marks(self._reader)
        if not marks:
            return None
        mark = next(iter(marks.values()))
        if len(marks) > 1 or self._reader in marks or mark is None:
            raise self._foreign(self._reader)
        return fingerprint_from_json(mark)

    @override
    def create(self, fingerprint: IndexFingerprint) -> None:
        reader, writer = self._reader, self._writer
        for alias in (reader, writer):
            self._own_marks(alias)
        name = f"{self._alias}-{datetime.now(UTC):%Y%m%d%H%M%S}-{uuid.uuid4().hex[:8]}"
        body = index_body(fingerprint, self._alias, engine=self._engine, shards=self._shards, replicas=self._replicas)
        with self._translate_errors():
            self._client.indices.create(index=name, body=body, request_timeout=self._write_seconds)
        self._update_aliases(
            [
                {"remove": {"index": f"{self._alias}-*", "aliases": [reader, writer], "must_exist": False}},
                {"add": {"index": name, "aliases": [reader, writer]}},
            ]
        )
        self._delete_indexes_without_alias()
        self._opened_as = fingerprint

    def _update_aliases(self, actions: Sequence[Json]) -> None:
        with self._translate_errors():
            self._client.indices.update_aliases(body={"actions": actions}, request_timeout=self._write_seconds)

    def _delete_indexes_without_alias(self) -> None:
        """Delete the indexes of Dalil that are no generation any more, or that a killed process left."""
        marks = self._marks(f"{self._alias}-*")
        with self._translate_errors():
            response = self._client.indices.get_alias(index=f"{self._alias}-*", ignore=404)
            for index, mark in marks.items():
                if mark is not None and index in response and not response[index]["aliases"]:
                    self._client.indices.delete(index=index, ignore=404, request_timeout=self._write_seconds)

    @override
    def optimise(self) -> None:
        self._refresh()
        with self._translate_errors():
            self._client.indices.forcemerge(index=self._writer, max_num_segments=1, request_timeout=MERGE_SECONDS)
        self._refresh()
        written_at = datetime.now(UTC).isoformat(timespec="seconds")
        for index, mark in self._metadata(self._writer).items():
            body = {"_meta": {"dalil": {**mark, "written_at": written_at}}}
            with self._translate_errors():
                self._client.indices.put_mapping(index=index, body=body, request_timeout=self._write_seconds)

    @override
    def versions(self, article_ids: Sequence[str] | None = None) -> Mapping[str, str]:
        if article_ids is not None and not article_ids:
            return {}
        return {article_id: state.version for article_id, state in self._states(article_ids).items() if state.version}

    @override
    def all_versions(self) -> Mapping[str, str]:
        with self._translate_errors():
            response = self._client.indices.get_mapping(index=self._reader)
            fields = [body["mappings"].get("properties", {}) for body in response.values()]
        if not all({*REQUIRED_FIELDS, "ordinal"} <= own.keys() for own in fields):
            raise self.without_articles()
        return {article_id: state.version or "" for article_id, state in self._states(None).items()}

    @override
    def counts(self) -> IndexCounts:
        found = self._search(queries.counts())
        return IndexCounts(
            articles=found["aggregations"]["articles"]["doc_count"], passages=found["hits"]["total"]["value"]
        )

    @override
    def revision(self) -> str:
        with self._translate_errors():
            statistics = self._client.indices.stats(index=self._reader, metric="docs", level="shards")
        # A primary shard numbers its operations.
        operations = {
            f"{name}/{shard}": max(copy["seq_no"]["max_seq_no"] for copy in copies)
            for name, index in statistics["indices"].items()
            for shard, copies in index["shards"].items()
        }
        return " ".join(f"{shard}@{operations[shard]}" for shard in sorted(operations))

    @override
    def cluster_health(self) -> ClusterHealth:
        with self._translate_errors():
            health = self._client.cluster.health(index=f"{self._alias}-*")
            return ClusterHealth(health["status"], health["number_of_nodes"], health["unassigned_shards"])

    @override
    def usage(self) -> IndexUsage:
        # OpenSearch knows no time of a write.
        written = [mark["written_at"] for mark in self._metadata(self._reader).values() if "written_at" in mark]
        with self._translate_errors():
            stats = self._client.indices.stats(index=self._reader, metric="store")
            size = stats["_all"]["total"]["store"]["size_in_bytes"]
        return IndexUsage(size, datetime.fromisoformat(max(written)) if written else None)

    @override
    def article(self, article_id: str) -> Article:
        rows = self._rows(queries.article(article_id))
        if not rows:
            raise ArticleNotFound(article_id)
        return article_of(rows[0])

    @override
    def articles(self, limit: int, after: str | None = None) -> list[ArticleSummary]:
        return [summary_of(row) for row in self._rows(queries.articles(limit, after))]

    @override
    def search_text(self, terms: Sequence[str], limit: int, filters: Filters = NO_FILTERS) -> list[Candidate]:
        if not terms or limit < 1:
            return []
        return _found_by_text(self._hits(queries.by_text(terms, limit, filters)))

    @override
    def search_vector(self, vector: Vector, limit: int, filters: Filters = NO_FILTERS) -> list[Candidate]:
        return top_k_stable(
            lambda depth: _found_by_vector(self._hits(queries.by_vector(vector, depth, filters))), limit
        )

    @override
    def search_both(
        self, terms: Sequence[str], vector: Vector, limit: int, filters: Filters = NO_FILTERS
    ) -> tuple[list[Candidate], list[Candidate]]:
        if not terms or limit < 1:
            return super().search_both(terms, vector, limit, filters)
        by_text: list[Candidate] = []

        def search(depth: int) -> list[Candidate]:
            nearest = queries.by_vector(vector, depth, filters)
            if by_text:  # A tie at the cut: only the vectors are searched again.
                return _found_by_vector(self._hits(nearest))
            texts, vectors = self._search_all([queries.by_text(terms, limit, filters), nearest])
            by_text.extend(_found_by_text(texts["hits"]["hits"]))
            return _found_by_vector(vectors["hits"]["hits"])

        by_vector = top_k_stable(search, limit)
        return by_text, by_vector

    @override
    def article_passages(self, article_id: str) -> list[StoredPassage]:
        return [stored_passage_of(row) for row in self._rows(queries.passages_of_article(article_id))]

    @override
    def close(self) -> None:
        self._client.close()

    @override
    def _write(self, articles: Sequence[IndexedArticle]) -> None:
        ids = [article.article.id for article in articles]

        def replace(index: str) -> bool:
            """Whether all articles are wholly stored then."""
            self._refresh(index)
            states = self._states(ids)
            self._bulk(index, (_replacement(article, states.get(article.article.id)) for article in articles))
            self._refresh(index)
            stored = self._states(ids)
            return all(article_id in stored and stored[article_id].version for article_id in ids)

        for attempt in range(WRITE_TRIES):
            time.sleep(random.uniform(0, 0.05 * attempt))  # noqa: S311
            if self._while_open_for_writes(replace):
                return
        raise StoreUnavailable(f"another writer keeps replacing the same articles in {self._alias!r}: try again later")

    @override
    def _delete(self, article_ids: Sequence[str]) -> int:
        def delete(index: str) -> int:
            self._refresh(index)
            states = self._states(article_ids)
            self._bulk(index, (_deletions(article_id, 0, state) for article_id, state in states.items()))
            self._refresh(index)
            return len(states)

        return self._while_open_for_writes(delete)

    def _while_open_for_writes(self, change: Callable[[str], _Result]) -> _Result:
        """Call `change`, which is idempotent, with the index to write to; again after a swap that came between.

        Rows go to the index by its own name: by the alias they could reach one of another model.
        """
        end = time.monotonic() + MAX_SWAP_SECONDS
        while True:
            index = self._index()
            try:
                return change(index)
            except _WriteBlocked:
                if self._generation is not Generation.LIVE:
                    self._lift_block(index)
                elif time.monotonic() > end:
                    self._end_abandoned_swap(index)
                else:
                    time.sleep(SWAP_POLL_SECONDS)

    def _index(self) -> str:
        """The name of the index to write to; raises `IndexMismatch` if it is of another model."""
        marks = self._marks(self._writer)
        if not marks:
            raise self.index_missing()
        ((index, mark),) = marks.items()
        if mark is None:
            raise self._foreign(self._writer)
        if self._opened_as is not None:
            self._check_opened(fingerprint_from_json(mark))
        return index

    def _end_abandoned_swap(self, index: str) -> None:
        """Lift the block of the live index, first making sure that the swap can no longer succeed.

        Raises `StoreUnavailable` if no swap has blocked it.
        """
        try:
            self._update_aliases([{"remove": {"index": index, "alias": swap_alias(self._alias), "must_exist": True}}])
        except _AliasMissing as error:
            if self._index() != index:  # The swap has succeeded just now.
                return
            raise StoreUnavailable(
                f"{index!r} at {self._url} is blocked for writes, and not by Dalil: set its index.blocks.write to false"
            ) from error
        self._lift_block(index)

    def _lift_block(self, index: str) -> None:
        with self._translate_errors():
            body = {"index.blocks.write": None}
            self._client.indices.put_settings(index=index, body=body, request_timeout=self._write_seconds)

    @override
    def _whole_articles(self, article_ids: Sequence[str]) -> list[tuple[Article, str]]:
        return [whole_article_of(row) for row in self._rows(queries.whole_articles(article_ids))]

    @override
    def _passages(self, matches: Sequence[Candidate]) -> Mapping[str, StoredPassage]:
        vectors = {match.passage_id: match.vector for match in matches}
        rows = [_row(hit) for hit in self._hits_of(matches, queries.passages)]
        return {row["id"]: stored_passage_of(row, vectors[row["id"]]) for row in rows}

    @override
    def _signed_articles(self, matches: Sequence[Candidate]) -> Mapping[str, SignedArticle]:
        rows = [_row(hit) for hit in self._hits_of(matches, queries.signed_articles)]
        return {row["id"]: signed_article_of(row) for row in rows}

    @override
    def _signatures(self, article_ids: Sequence[str]) -> Mapping[str, Signature]:
        rows = self._rows(queries.signatures(article_ids))
        return {row["article_id"]: signature_of(row) for row in rows}

    @override
    def _facet_fields(self, matches: Sequence[Candidate]) -> Mapping[str, FacetFields]:
        hits = self._hits_of(matches, queries.facet_fields)
        return {row["id"]: facet_fields_of(row) for row in map(_facet_row, hits)}

    def _hits_of(self, matches: Sequence[Candidate], query: Callable[[Sequence[str]], JsonObject]) -> list[_Hit]:
        """The rows of matches from the indexes that were searched."""
        hits: list[_Hit] = []
        for index in {match.generation for match in matches}:
            body = query(sorted({match.passage_id for match in matches if match.generation == index}))
            try:
                hits += self._search(body, index=index)["hits"]["hits"]
            except IndexMissing:
                if not index:
                    raise
                # The index was deleted since the search, with its passages.
        return hits

    def _states(self, article_ids: Sequence[str] | None) -> dict[str, _State]:
        states: dict[str, _State] = {}
        after: Json = None
        while True:
            found = self._search(queries.states(article_ids, after), seconds=self._write_seconds)
            page = found["aggregations"]["states"]
            for bucket in page["buckets"]:
                article_id, version = bucket["key"]["article"], bucket["key"]["version"]
                highest, wanted = int(bucket["highest"]["value"]), int(bucket["wanted"]["value"])
                whole = bucket["doc_count"] == wanted == highest + 1
                if article_id in states:
                    whole, highest = False, max(highest, states[article_id].highest_ordinal)
                states[article_id] = _State(version if whole else None, highest)
            if len(page["buckets"]) < queries.BUCKETS:
                return states
            after = page["after_key"]

    def _bulk(self, index: str, articles: Iterable[list[str]]) -> None:
        """Send the lines of each article in one request, and small articles together."""
        lines: list[str] = []
        size = 0
        for article in articles:
            length = sum(len(line.encode()) + 1 for line in article)
            if lines and size + length > BULK_BYTES:
                self._send(index, lines)
                lines, size = [], 0
            lines, size = lines + article, size + length
        if lines:
            self._send(index, lines)

    def _send(self, index: str, lines: list[str]) -> None:
        """Send one bulk request, again while the node is too busy: rows have fixed ids, so nothing is doubled."""
        body = "\n".join(lines) + "\n"
        for attempt in range(BULK_TRIES):
            if attempt:
                time.sleep(0.25 * 2**attempt)
            try:
                with self._translate_errors():
                    answer = self._client.bulk(body=body, index=index, request_timeout=self._write_seconds)
                    failures = [item for entry in answer["items"] for item in entry.values() if "error" in item]
            except _Busy:
                continue
            if not failures:
                return
            if any(failure["error"]["type"] == "cluster_block_exception" for failure in failures):
                raise _WriteBlocked
            if not any(failure["status"] == 429 for failure in failures):
                raise StoreUnavailable(f"OpenSearch at {self._url} refused a passage: {failures[0]['error']}")
        raise TransientStoreFailure(f"OpenSearch at {self._url} is too busy to write to: try again later")

    def _refresh(self, index: str | None = None) -> None:
        with self._translate_errors():
            self._client.indices.refresh(index=index or self._writer, request_timeout=self._write_seconds)

    def _search(self, body: JsonObject, seconds: float | None = None, index: str = "") -> _Response:
        limit = {} if seconds is None else {"request_timeout": seconds}
        with self._translate_errors():
            found = self._client.search(index=index or self._reader, body=body, params=SEARCH_OPTIONS, **limit)
            answer = cast("_Response", found)
            searched = _searched(answer)
        self._check_searched(searched)
        return answer

    def _search_all(self, bodies: Iterable[JsonObject]) -> list[_Response]:
        """Several searches in one request, which the node does at the same time."""
        lines = [line for body in bodies for line in (dict(SEARCH_OPTIONS), body)]
        with self._translate_errors():
            answers = self._client.msearch(index=self._reader, body=lines)["responses"]
            for answer in answers:
                if error := answer.get("error"):
                    status = answer["status"]
                    raise HTTP_EXCEPTIONS.get(status, TransportError)(status, error["type"], answer)
            searched = frozenset().union(*map(_searched, answers))
        self._check_searched(searched)
        return cast("list[_Response]", answers)

    def _check_searched(self, searched: frozenset[str]) -> None:
        """Raise `IndexMismatch` if an index that was searched, and was not before, is of another model."""
        if self._opened_as is not None and not searched <= self._checked_indexes:
            found = self.fingerprint()
            if found is not None:
                self._check_opened(found)
            self._checked_indexes |= searched

    def _hits(self, body: JsonObject) -> list[_Hit]:
        return self._search(body)["hits"]["hits"]

    def _rows(self, body: JsonObject) -> list[Row]:
        return [_row(hit) for hit in self._hits(body)]

    def _marks(self, pattern: str) -> dict[str, str | None]:
        """Index → mark of all indexes that match a name, alias or pattern; None for an index of another program."""
        return {
            index: mark["fingerprint"] if mark.get("alias") == self._alias else None
            for index, mark in self._metadata(pattern).items()
        }

    def _metadata(self, pattern: str) -> dict[str, dict[str, str]]:
        """Index → what Dalil has written about it into its mapping; empty for an index of another program."""
        with self._translate_errors():
            response = self._client.indices.get_mapping(index=pattern, params={"ignore_unavailable": "true"})
            return {index: body["mappings"].get("_meta", {}).get("dalil", {}) for index, body in response.items()}

    def _own_marks(self, alias: str) -> dict[str, str | None]:
        """The marks of the indexes of an alias; raises `IndexMismatch` if one is not Dalil's."""
        marks = self._marks(alias)
        if alias in marks or None in marks.values():
            raise self._foreign(alias)
        return marks

    def _foreign(self, alias: str) -> IndexMismatch:
        return IndexMismatch(
            f"{alias!r} at {self._url} is an index that Dalil did not make: set DALIL_OPENSEARCH__INDEX to another name"
        )

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        try:
            yield
        except NotFoundError as error:
            if error.error == "aliases_not_found_exception":
                raise _AliasMissing(
                    f"the swap at {self._url} took so long that a writer has ended it: do the same again"
                ) from error
            raise self.index_missing() from error
        except TransportError as error:
            if error.status_code == 429:
                raise _Busy(f"OpenSearch at {self._url} is too busy: {error}") from error
            if error.status_code == 401 or error.error == "security_exception":
                raise Misconfigured(
                    f"OpenSearch at {self._url} refuses the login ({error.status_code}): check "
                    "DALIL_OPENSEARCH__USERNAME and DALIL_OPENSEARCH__PASSWORD"
                ) from error
            is_away = isinstance(error, NodeConnectionError) or error.status_code in _AWAY_STATUSES
            failure = TransientStoreFailure if is_away else StoreUnavailable
            raise failure(f"OpenSearch at {self._url} does not answer as it should: {error}") from error
        except (OpenSearchException, KeyError, TypeError) as error:  # The last two: another service answers.
            raise StoreUnavailable(f"OpenSearch at {self._url} does not answer as it should: {error!r}") from error


def _ssl_context(*, verify: bool, ca_file: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    """The context for `https` addresses; raises `Misconfigured` for a file that is no certificate or no key of it."""
    try:
        context = ssl.create_default_context(cafile=ca_file)
        if certificate:
            context.load_cert_chain(certificate, key)
    except OSError as error:  # SSLError is one.
        files = ", ".join(str(path) for path in (ca_file, certificate, key) if path)
        raise Misconfigured(
            f"the certificates for OpenSearch cannot be used ({error}): check {files} (DALIL_OPENSEARCH__CA_FILE, "
            "DALIL_OPENSEARCH__CLIENT_CERTIFICATE, DALIL_OPENSEARCH__CLIENT_KEY)"
        ) from error
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        # The operator has decided; a line of log for each request would not change that.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    return context


def _searched(answer: _Response) -> frozenset[str]:
    """The indexes that the hits are from; a `KeyError` if another service answers."""
    return frozenset(hit["_index"] for hit in answer["hits"]["hits"])


def _found_by_text(hits: Iterable[_Hit]) -> list[Candidate]:
    return [_candidate(hit, hit["_score"]) for hit in hits]


def _found_by_vector(hits: Iterable[_Hit]) -> list[Candidate]:
    # Both engines score (1 + cosine) / 2.
    return [_candidate(hit, max(-1.0, min(1.0, 2 * hit["_score"] - 1))) for hit in hits]


def _candidate(hit: _Hit, score: float) -> Candidate:
    return Candidate(hit["fields"]["id"][0], score, _vector(hit), generation=hit["_index"])


def _row(hit: _Hit) -> Row:
    row, fields = hit["_source"], hit.get("fields", ())
    if "tokens" in fields:
        row["tokens"] = _binary(hit, "tokens")
    if "signature" in fields:
        row["signature"] = _binary(hit, "signature")
    if DOC_VALUES["vector"] in fields:
        row["vector"] = _vector(hit)
    return row


def _vector(hit: _Hit) -> Vector:
    return np.frombuffer(_binary(hit, "vector_float16"), "<f2").astype(np.float32)


def _facet_row(hit: _Hit) -> FacetRow:
    values = hit["fields"]
    return FacetRow(
        id=values["id"][0],
        article_id=values["article_id"][0],
        source=next(iter(values.get("source", ())), None),
        published_day=next(iter(values.get("published_day", ())), UNDATED_DAY),
    )


def _binary(hit: _Hit, field: BinaryField) -> bytes:
    # Doc values have no padding, which b64decode requires; it ignores superfluous padding.
    return b64decode(hit["fields"][field][0] + "==")


def _replacement(indexed: IndexedArticle, stored: _State | None) -> list[str]:
    """The lines of a bulk request that replace the stored version of an article."""
    article_id = indexed.article.id
    lines: list[str] = []
    for row in rows_of(indexed):
        document: dict[str, object] = {**row}
        document["vector"] = [round(value, 8) for value in row["vector"].tolist()]
        document["vector_float16"] = b64encode(row["vector"].astype("<f2").tobytes()).decode()
        document["tokens"] = b64encode(row["tokens"]).decode()
        document["signature"] = b64encode(row["signature"]).decode()
        lines += [_json({"index": _address(article_id, row["ordinal"])}), _json(document)]
    return lines + _deletions(article_id, len(indexed.passages), stored)


def _deletions(article_id: str, first: int, stored: _State | None) -> list[str]:
    """The lines that delete an article's passages from ordinal `first` on."""
    last = stored.highest_ordinal if stored else -1
    return [_json({"delete": _address(article_id, ordinal)}) for ordinal in range(first, last + 1)]


def _address(article_id: str, ordinal: int) -> dict[str, str]:
    """The id and shard of a row: by position, so that a new version overwrites the old one.

    The article id is hashed because a row's id has at most 512 bytes.
    """
    return {"_id": f"{hashlib.sha256(article_id.encode()).hexdigest()[:32]}-{ordinal}", "routing": article_id}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
