"""The store for corpora that exceed one machine: one OpenSearch index behind a read alias and a write alias."""

import hashlib
import json
import random
import ssl
import time
import uuid
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypedDict, cast

import numpy as np
import urllib3
from opensearchpy import OpenSearch
from opensearchpy.exceptions import ConnectionError as NodeConnectionError
from opensearchpy.exceptions import NotFoundError, OpenSearchException, TransportError
from typing_extensions import override

from dalil.domain import (
    NO_FILTERS,
    Article,
    ArticleSummary,
    Candidate,
    FacetFields,
    Filters,
    IndexCounts,
    IndexedArticle,
    IndexFingerprint,
    SignedArticle,
    StoredPassage,
    Vector,
)
from dalil.errors import ArticleNotFound, IndexMismatch, Misconfigured, StoreUnavailable
from dalil.stores.base import PassageStore, TransientStoreFailure
from dalil.stores.opensearch import queries
from dalil.stores.opensearch.schema import DOC_VALUES, BinaryField, Json, JsonObject, index_body, write_alias
from dalil.stores.rows import (
    UNDATED_DAY,
    FacetRow,
    Row,
    article_of,
    facet_fields_of,
    fingerprint_from_json,
    rows_of,
    signed_article_of,
    stored_passage_of,
    summary_of,
)
from dalil.stores.top_k import top_k_stable

WRITE_TIMEOUT_FACTOR = 20
"""The time limit of a write, as a multiple of that of a read."""

MERGE_SECONDS = 3600
BULK_BYTES = 8_000_000
BULK_TRIES = 6
"""Between tries there are waits of 0.5 s, doubled each time."""

WRITE_TRIES = 12
"""Between tries there are random waits, longer each time, so that two writers of one article do not collide again."""


_AWAY_STATUSES = frozenset({502, 503, 504})
"""A node without a cluster, or a proxy without a node."""


class _Busy(TransientStoreFailure):
    """Status 429."""


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
    """An index `<index>-<time>-<random>` behind the aliases `<index>` and `<index>-write`.

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
        return f"{self._url} ({self._alias})"

    @override
    def fingerprint(self) -> IndexFingerprint | None:
        marks = self._marks(self._alias)
        if not marks:
            return None
        mark = next(iter(marks.values()))
        if len(marks) > 1 or self._alias in marks or mark is None:
            raise self._foreign(self._alias)
        return fingerprint_from_json(mark)

    @override
    def create(self, fingerprint: IndexFingerprint) -> None:
        reader, writer = self._alias, write_alias(self._alias)
        for alias in (reader, writer):
            marks = self._marks(alias)
            if alias in marks or None in marks.values():
                raise self._foreign(alias)
        name = f"{self._alias}-{datetime.now(UTC):%Y%m%d%H%M%S}-{uuid.uuid4().hex[:8]}"
        body = index_body(fingerprint, self._alias, engine=self._engine, shards=self._shards, replicas=self._replicas)
        own = f"{self._alias}-*"
        swap: list[Json] = [
            {"remove": {"index": own, "aliases": [reader, writer], "must_exist": False}},
            {"add": {"index": name, "aliases": [reader, writer]}},
        ]
        with self._translate_errors():
            self._client.indices.create(index=name, body=body, request_timeout=self._write_seconds)
            self._client.indices.update_aliases(body={"actions": swap}, request_timeout=self._write_seconds)
        old = [index for index, mark in self._marks(own).items() if mark is not None and index != name]
        with self._translate_errors():
            for index in old:
                self._client.indices.delete(index=index, ignore=404, request_timeout=self._write_seconds)

    @override
    def optimise(self) -> None:
        self._refresh()
        with self._translate_errors():
            self._client.indices.forcemerge(
                index=write_alias(self._alias), max_num_segments=1, request_timeout=MERGE_SECONDS
            )
        self._refresh()

    @override
    def versions(self, article_ids: Sequence[str] | None = None) -> Mapping[str, str]:
        if article_ids is not None and not article_ids:
            return {}
        return {article_id: state.version for article_id, state in self._states(article_ids).items() if state.version}

    @override
    def counts(self) -> IndexCounts:
        found = self._search(queries.counts())
        return IndexCounts(
            articles=found["aggregations"]["articles"]["doc_count"], passages=found["hits"]["total"]["value"]
        )

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
        hits = self._hits(queries.by_text(terms, limit, filters))
        return [_candidate(hit, hit["_score"]) for hit in hits]

    @override
    def search_vector(self, vector: Vector, limit: int, filters: Filters = NO_FILTERS) -> list[Candidate]:
        def search(depth: int) -> list[Candidate]:
            hits = self._hits(queries.by_vector(vector, depth, filters))
            # Both engines score (1 + cosine) / 2.
            return [_candidate(hit, max(-1.0, min(1.0, 2 * hit["_score"] - 1))) for hit in hits]

        return top_k_stable(search, limit)

    @override
    def article_passages(self, article_id: str) -> list[StoredPassage]:
        return [stored_passage_of(row) for row in self._rows(queries.passages_of_article(article_id))]

    @override
    def close(self) -> None:
        self._client.close()

    @override
    def _write(self, articles: Sequence[IndexedArticle]) -> None:
        versions = {article.article.id: article.version for article in articles}
        for attempt in range(WRITE_TRIES):
            time.sleep(random.uniform(0, 0.05 * attempt))  # noqa: S311
            self._refresh()
            states = self._states(list(versions))
            self._bulk(_replacement(article, states.get(article.article.id)) for article in articles)
            self._refresh()
            stored = self._states(list(versions))
            if all(article_id in stored and stored[article_id].version for article_id in versions):
                return
        raise StoreUnavailable(f"another writer keeps replacing the same articles in {self._alias!r}: try again later")

    @override
    def _delete(self, article_ids: Sequence[str]) -> int:
        self._refresh()
        states = self._states(article_ids)
        self._bulk(_deletions(article_id, 0, state) for article_id, state in states.items())
        self._refresh()
        return len(states)

    @override
    def _passages(self, matches: Sequence[Candidate]) -> Mapping[str, StoredPassage]:
        vectors = {match.passage_id: match.vector for match in matches}
        rows = self._rows(queries.passages(list(vectors)))
        return {row["id"]: stored_passage_of(row, vectors[row["id"]]) for row in rows}

    @override
    def _signed_articles(self, matches: Sequence[Candidate]) -> Mapping[str, SignedArticle]:
        rows = self._rows(queries.signed_articles(sorted({match.passage_id for match in matches})))
        return {row["id"]: signed_article_of(row) for row in rows}

    @override
    def _facet_fields(self, matches: Sequence[Candidate]) -> Mapping[str, FacetFields]:
        hits = self._hits(queries.facet_fields(sorted({match.passage_id for match in matches})))
        return {row["id"]: facet_fields_of(row) for row in map(_facet_row, hits)}

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

    def _bulk(self, articles: Iterable[list[str]]) -> None:
        """Send the lines of each article in one request, and small articles together."""
        lines: list[str] = []
        size = 0
        for article in articles:
            length = sum(len(line.encode()) + 1 for line in article)
            if lines and size + length > BULK_BYTES:
                self._send(lines)
                lines, size = [], 0
            lines, size = lines + article, size + length
        if lines:
            self._send(lines)

    def _send(self, lines: list[str]) -> None:
        """Send one bulk request, again while the node is too busy: rows have fixed ids, so nothing is doubled."""
        body = "\n".join(lines) + "\n"
        for attempt in range(BULK_TRIES):
            if attempt:
                time.sleep(0.25 * 2**attempt)
            try:
                with self._translate_errors():
                    answer = self._client.bulk(
                        body=body,
                        index=write_alias(self._alias),
                        params={"require_alias": "true"},
                        request_timeout=self._write_seconds,
                    )
                    failures = [item for entry in answer["items"] for item in entry.values() if "error" in item]
            except _Busy:
                continue
            if not failures:
                return
            if not any(failure["status"] == 429 for failure in failures):
                raise StoreUnavailable(f"OpenSearch at {self._url} refused a passage: {failures[0]['error']}")
        raise TransientStoreFailure(f"OpenSearch at {self._url} is too busy to write to: try again later")

    def _refresh(self) -> None:
        with self._translate_errors():
            self._client.indices.refresh(index=write_alias(self._alias), request_timeout=self._write_seconds)

    def _search(self, body: JsonObject, seconds: float | None = None) -> _Response:
        # dfs: every shard scores with the term counts of all shards. No partial results: a failed shard is an error.
        params = {"search_type": "dfs_query_then_fetch", "allow_partial_search_results": "false"}
        limit = {} if seconds is None else {"request_timeout": seconds}
        with self._translate_errors():
            answer = cast("_Response", self._client.search(index=self._alias, body=body, params=params, **limit))
            answer["hits"]["hits"]  # A KeyError if another service answers.
            return answer

    def _hits(self, body: JsonObject) -> list[_Hit]:
        return self._search(body)["hits"]["hits"]

    def _rows(self, body: JsonObject) -> list[Row]:
        return [_row(hit) for hit in self._hits(body)]

    def _marks(self, pattern: str) -> dict[str, str | None]:
        """Index → mark of all indexes that match a name, alias or pattern; None for an index of another program."""
        with self._translate_errors():
            response = self._client.indices.get_mapping(index=pattern, params={"ignore_unavailable": "true"})
            mappings = {index: body["mappings"] for index, body in response.items()}
        marks = {}
        for index, mapping in mappings.items():
            mark = mapping.get("_meta", {}).get("dalil", {})
            marks[index] = mark["fingerprint"] if mark.get("alias") == self._alias else None
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


def _candidate(hit: _Hit, score: float) -> Candidate:
    return Candidate(hit["fields"]["id"][0], score, _vector(hit))


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
