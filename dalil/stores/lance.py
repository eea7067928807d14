"""The embedded store: a LanceDB table for each generation in a folder, no server."""

import json
import logging
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import and_
from pathlib import Path
from typing import cast

import lancedb
import numpy as np
import pyarrow as pa
from filelock import FileLock
from lancedb.expr import Expr, col, lit
from lancedb.index import FTS, IvfRq
from lancedb.query import ColumnOrdering, LanceQueryBuilder, LanceVectorQueryBuilder, MatchQuery
from typing_extensions import override

from dalil.atomic_file import write_atomically
from dalil.disk_space import disk_full, is_disk_full
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
    IndexUsage,
    Signature,
    SignedArticle,
    StoredPassage,
    Vector,
)
from dalil.errors import ArticleNotFound, IndexMismatch, IndexMissing, StoreUnavailable
from dalil.private_files import make_private_folder
from dalil.stores.base import REBUILD_FROM_FILES, Generation, PassageStore
from dalil.stores.lance_manifests import set_damaged_aside
from dalil.stores.rows import (
    ARTICLE_FIELDS,
    FACET_FIELDS,
    MATCH_FIELDS,
    PASSAGE_FIELDS,
    REQUIRED_FIELDS,
    SIGNATURE_FIELDS,
    SIGNED_FIELDS,
    SUMMARY_FIELDS,
    UNDATED_DAY,
    UNMATCHED_FIELDS,
    WHOLE_ARTICLE_FIELDS,
    Row,
    SummaryRow,
    article_of,
    date_bounds,
    facet_fields_of,
    fingerprint_from_json,
    fingerprint_to_json,
    rows_of,
    signature_of,
    signed_article_of,
    stored_passage_of,
    summary_of,
    whole_article_of,
)
from dalil.stores.top_k import top_k_stable

FIRST_TABLE = "passages"
"""The live table of an index that was never rebuilt, which has no `GENERATIONS_FILE`."""

GENERATIONS_FILE = "generations.json"
"""Generation → table. Replacing this file makes another generation live."""

MARK = b"dalil.fingerprint"
OLD_VERSIONS_KEPT = timedelta(minutes=15)
"""Readers in other processes may still use an old version."""

VECTOR_INDEX_PASSAGES = 20_000
"""From this many passages on a vector index finds the candidates; below it an exact scan takes few milliseconds."""

PARTITIONS = 64
"""The partitions of the vector index. A search reads all of them, so none can hide a passage."""

INDEXED_BITS = 4
"""Bits a dimension in the vector index. With one bit, a search of random vectors misses two fifths; with four, .001."""

REFINE_FACTOR = 4
"""The vectors that are compared exactly for each one that a search returns."""

WRITER_WAIT_SECONDS = 300
"""The longest wait of a writer for the commit or `optimise` of another."""

logger = logging.getLogger(__name__)

_FIRST = col("ordinal") == lit(0)
_FAILURES = (RuntimeError, OSError, ValueError, TypeError, pa.ArrowException)
"""The exceptions of lancedb and pyarrow, which have no common class of their own."""


class LanceStore(PassageStore):
    """A generation of the index under `path`: a LanceDB table.

    Every write is one commit, which readers see completely or not at all. Writers take turns, also between processes.
    Rows written since the last `optimise` are found too, but more slowly. From `vector_index_passages` on, `optimise`
    keeps a vector index: rounded vectors find the candidates (RaBitQ, Gao and Long, 2024), whose own vectors are then
    compared exactly. Smaller tables are scanned.
    """

    def __init__(self, path: Path, *, vector_index_passages: int = VECTOR_INDEX_PASSAGES) -> None:
        self._path = path
        self._vector_index_passages = vector_index_passages
        self._generation = Generation.LIVE
        # Lance gives up a commit after ten others came first. The system unlocks the file of a killed process.
        self._turn = FileLock(path / "writer.lock", timeout=WRITER_WAIT_SECONDS, poll_interval=0.01)
        self._opened: lancedb.table.Table | None = None
        self._checked_table = ""

    @override
    def generation(self, generation: Generation) -> "LanceStore":
        other = LanceStore(self._path, vector_index_passages=self._vector_index_passages)
        other._generation = generation
        # The same object, which this thread may lock again while it swaps.
        other._turn = self._turn
        return other

    @override
    def generations(self) -> frozenset[Generation]:
        return frozenset(generation for generation, name in self._tables().items() if self._has_commit(name))

    @override
    def swap(self, generation: Generation, catch_up: Callable[[], object]) -> None:
        with suppress(StoreUnavailable):  # A damaged one can be replaced, but not that of another program.
            self._mark()
        with self._translate_errors(), self._turn:
            catch_up()
            tables = self._tables()
            live, chosen = tables[Generation.LIVE], tables.get(generation)
            if chosen is None or not self._has_commit(chosen):
                raise self.generation(generation).index_missing()
            dropped = tables.pop(Generation.PREVIOUS, None)
            if generation is Generation.NEXT:
                del tables[generation]
            tables[Generation.LIVE] = chosen
            if self._has_commit(live):
                tables[Generation.PREVIOUS] = live
            self._write_tables(tables)
            if dropped not in {None, chosen}:
                shutil.rmtree(self._folder(str(dropped)))

    @override
    def collect(self) -> None:
        with self._translate_errors(), self._turn:
            tables = self._tables()
            live = tables.pop(Generation.LIVE)
            for name in tables.values():
                shutil.rmtree(self._folder(name), ignore_errors=True)
            self._write_tables({Generation.LIVE: live})

    @override
    def fingerprint(self) -> IndexFingerprint | None:
        mark = self._mark()
        return None if mark is None else fingerprint_from_json(mark)

    @override
    def create(self, fingerprint: IndexFingerprint) -> None:
        schema = _schema(fingerprint)
        with self._translate_errors(creating=True):
            make_private_folder(self._path)
        with self._translate_errors(creating=True), self._turn:
            mode = "overwrite" if self._is_readable() else "create"
            tables = self._tables()
            if self._generation not in tables:
                tables[self._generation] = f"{FIRST_TABLE}-{uuid.uuid4().hex[:8]}"
                self._write_tables(tables)
            self._opened = self._connect().create_table(tables[self._generation], schema=schema, mode=mode)
            _index_terms(self._opened)
        self._opened_as = fingerprint

    @property
    @override
    def location(self) -> str:
        place = str(self._path.resolve())
        return place if self._generation is Generation.LIVE else f"{place} ({self._generation} generation)"

    @override
    def optimise(self) -> None:
        self._table()
        with self._translate_errors(), self._turn:
            table = self._table()
            fresh = self._connect().open_table(table.name)  # the opened one may have an index in memory
            if not _text_index_works(fresh):
                logger.warning("the keyword index in %s is missing or damaged; it is built anew", self.location)
                _index_terms(table)
            if _is_indexed(fresh, "vector") and not _vector_index_works(fresh):
                logger.warning("the vector index in %s is damaged; it is built anew", self.location)
                _index_vectors(table)
            elif table.count_rows() >= self._vector_index_passages and not _is_indexed(fresh, "vector"):
                _index_vectors(table)
            table.optimize(cleanup_older_than=OLD_VERSIONS_KEPT)
        # A connection keeps every file of a text index open that it has read, also of those that are replaced: 26 after
        # 500 writes. The next call opens the table anew.
        self._opened = None

    @override
    def versions(self, article_ids: Sequence[str] | None = None) -> Mapping[str, str]:
        if article_ids is not None and not article_ids:
            return {}
        where = _FIRST if article_ids is None else _FIRST & col("article_id").isin(list(article_ids))
        return {row["article_id"]: row["version"] for row in self._rows(where, ("article_id", "version"))}

    @override
    def all_versions(self) -> Mapping[str, str]:
        if not {*REQUIRED_FIELDS, "ordinal"} <= set(self._table().schema.names):
            raise self.without_articles()
        return self.versions()

    @override
    def counts(self) -> IndexCounts:
        table = self._table()
        with self._translate_errors():
            return IndexCounts(articles=table.count_rows("ordinal = 0"), passages=table.count_rows())

    @override
    def revision(self) -> str:
        table = self._table()
        with self._translate_errors():
            return f"{table.name}@{table.version}"

    @override
    def usage(self) -> IndexUsage:
        folder = self._folder(self._table().name)
        size, written = 0, 0.0
        for path in folder.rglob("*"):
            with suppress(FileNotFoundError):  # a version that another process has just deleted
                state = path.stat()
                size += state.st_size
                if path.suffix == ".manifest":
                    written = max(written, state.st_mtime)
        return IndexUsage(size, datetime.fromtimestamp(written, UTC))

    @override
    def article(self, article_id: str) -> Article:
        rows = self._rows(_FIRST & (col("article_id") == lit(article_id)), ARTICLE_FIELDS)
        if not rows:
            raise ArticleNotFound(article_id)
        return article_of(rows[0])

    @override
    def articles(self, limit: int, after: str | None = None) -> list[ArticleSummary]:
        if limit < 1:
            return []
        where = _FIRST if after is None else _FIRST & (col("article_id") > lit(after))
        table = self._table()
        with self._translate_errors():
            query = table.search().where(where).select(list(SUMMARY_FIELDS))
            rows: list[SummaryRow] = (
                query.order_by([ColumnOrdering(column_name="article_id")]).limit(limit).to_arrow().to_pylist()
            )
        return [summary_of(row) for row in rows]

    @override
    def search_text(self, terms: Sequence[str], limit: int, filters: Filters = NO_FILTERS) -> list[Candidate]:
        table = self._table()

        def search(depth: int) -> list[Candidate]:
            query = table.search(MatchQuery(" ".join(terms), "terms"), query_type="fts")
            return _candidates(query, "_score", filters, depth, table.name)

        with self._translate_errors():
            return top_k_stable(search, limit) if terms else []

    @override
    def search_vector(self, vector: Vector, limit: int, filters: Filters = NO_FILTERS) -> list[Candidate]:
        table = self._table()

        def search(depth: int) -> list[Candidate]:
            found = _candidates(_search_vectors(table, vector), "_distance", filters, depth, table.name)
            return [replace(own, score=max(-1.0, min(1.0, 1.0 - own.score))) for own in found]

        with self._translate_errors():
            return top_k_stable(search, limit)

    @override
    def article_passages(self, article_id: str) -> list[StoredPassage]:
        rows = self._rows(col("article_id") == lit(article_id), PASSAGE_FIELDS)
        return [stored_passage_of(row) for row in sorted(rows, key=lambda row: row["start"])]

    @override
    def close(self) -> None:
        self._opened = None

    @override
    def _without_cache(self) -> "LanceStore":
        return self.generation(self._generation)

    @override
    def _write(self, articles: Sequence[IndexedArticle]) -> None:
        self._table()
        rows = [row for article in articles for row in rows_of(article)]
        stale = col("article_id").isin([article.article.id for article in articles])
        with self._translate_errors(), self._turn:
            table = self._table()  # Another process may have swapped generations while this one waited.
            if not _is_indexed(table, "terms"):  # create() was killed between its two commits.
                _index_terms(table)
            merge = table.merge_insert("id").when_matched_update_all().when_not_matched_insert_all()
            merge.when_not_matched_by_source_delete(stale).use_index(False).execute(
                pa.Table.from_pylist(rows, schema=table.schema)
            )

    @override
    def _delete(self, article_ids: Sequence[str]) -> int:
        chosen = col("article_id").isin(list(article_ids))
        self._table()
        with self._translate_errors(), self._turn:
            count = len(self._rows(_FIRST & chosen, ("article_id",)))
            if count:
                self._table().delete(chosen)
        return count

    @override
    def _whole_articles(self, article_ids: Sequence[str]) -> list[tuple[Article, str]]:
        fields = [field for field in WHOLE_ARTICLE_FIELDS if field in self._table().schema.names]
        rows = self._rows(_FIRST & col("article_id").isin(list(article_ids)), fields)
        return [whole_article_of(row) for row in rows]

    @override
    def _passages(self, matches: Sequence[Candidate]) -> Mapping[str, StoredPassage]:
        vectors = {match.passage_id: match.vector for match in matches}
        rows = self._fetch_rows(matches, UNMATCHED_FIELDS)
        return {passage_id: stored_passage_of(row, vectors[passage_id]) for passage_id, row in rows.items()}

    @override
    def _signed_articles(self, matches: Sequence[Candidate]) -> Mapping[str, SignedArticle]:
        rows = self._fetch_rows(matches, SIGNED_FIELDS)
        return {passage_id: signed_article_of(row) for passage_id, row in rows.items()}

    @override
    def _signatures(self, article_ids: Sequence[str]) -> Mapping[str, Signature]:
        rows = self._rows(_FIRST & col("article_id").isin(list(article_ids)), SIGNATURE_FIELDS)
        return {row["article_id"]: signature_of(row) for row in rows}

    @override
    def _facet_fields(self, matches: Sequence[Candidate]) -> Mapping[str, FacetFields]:
        return {passage_id: facet_fields_of(row) for passage_id, row in self._fetch_rows(matches, FACET_FIELDS).items()}

    def _fetch_rows(self, matches: Sequence[Candidate], fields: Sequence[str]) -> dict[str, Row]:
        """Passage id → row of the matches, from the tables that were searched. The fields must include `id`."""
        rows: list[Row] = []
        for name in {match.generation for match in matches}:
            rows += self._fetch_rows_from(name, [match for match in matches if match.generation == name], fields)
        return {row["id"]: row for row in rows}

    def _fetch_rows_from(self, name: str, matches: Sequence[Candidate], fields: Sequence[str]) -> list[Row]:
        # Fetching by row number takes a third of the time. Rows that compaction has moved are fetched by id.
        if name and not self._has_commit(name):  # It was deleted since the search, with its passages.
            return []
        table = self._table(name)
        with self._translate_errors():
            taken = table.take_row_ids([match.row for match in matches]).select(list(fields)).to_arrow()
            rows = cast("list[Row]", taken.to_pylist())
        wanted = {match.passage_id for match in matches}
        if moved := wanted - {row["id"] for row in rows}:
            rows += self._rows(col("id").isin(sorted(moved)), fields, name)
        return [row for row in rows if row["id"] in wanted]

    def _rows(self, where: Expr, fields: Sequence[str], name: str = "") -> list[Row]:
        table = self._table(name)
        with self._translate_errors():
            found = table.search().where(where).select(list(fields)).to_arrow()
            if "vector" not in fields:
                return cast("list[Row]", found.to_pylist())
            rows = found.drop_columns(["vector"]).to_pylist()
            return cast("list[Row]", [{**row, "vector": own} for row, own in zip(rows, _vectors(found), strict=True)])

    def _tables(self) -> dict[Generation, str]:
        """Generation → name of its table, which may not exist yet."""
        file = self._path / GENERATIONS_FILE
        try:
            return {Generation(generation): str(name) for generation, name in json.loads(file.read_bytes()).items()}
        except (FileNotFoundError, NotADirectoryError):
            return {Generation.LIVE: FIRST_TABLE}
        except (OSError, ValueError, AttributeError) as error:
            raise StoreUnavailable(
                f'{str(file)!r} cannot be read ({error}); it holds {{"live": NAME}}, where NAME is that of a folder '
                "NAME.lance beside it: restore it, or write it with the name of the newest folder"
            ) from error

    def _write_tables(self, tables: Mapping[Generation, str]) -> None:
        make_private_folder(self._path)
        with write_atomically(self._path / GENERATIONS_FILE) as file:
            file.write(json.dumps(tables).encode())

    def _table(self, name: str = "") -> lancedb.table.Table:
        """The table of this generation, or the one of this name; raises `IndexMismatch` for one of another model."""
        table = self._open_table(name or self._table_name())
        if not name and self._opened_as is not None and table.name != self._checked_table:
            with self._translate_errors():
                mark = (table.schema.metadata or {})[MARK]
            self._check_opened(fingerprint_from_json(mark.decode()))
            self._checked_table = table.name
        return table

    def _table_name(self) -> str:
        name = self._tables().get(self._generation)
        if name is None:
            raise self.index_missing()
        return name

    def _open_table(self, name: str) -> lancedb.table.Table:
        opened = self._opened
        if opened is None or opened.name != name:
            with self._translate_errors():
                # Looked up before the table is opened: another writer's first commit may come between the two.
                if not self._has_commit(name):
                    raise self.index_missing()
                # Lance fails at a manifest that is cut, and takes one of zeros for a table without columns.
                self._set_damaged_aside(name)
                opened = self._opened = self._connect().open_table(name)
        return opened

    def _set_damaged_aside(self, name: str) -> bool:
        try:
            aside = set_damaged_aside(self._folder(name))
        except OSError as error:
            logger.warning("a damaged commit of the index in %s cannot be set aside: %s", self.location, error)
            return False
        if aside:
            logger.warning(
                "the newest commit of the index in %s is damaged, so the one before it is used; index your articles "
                "again to bring back the last change (the damaged part is kept as %s)",
                self.location,
                ", ".join(path.name for path in aside),
            )
        return bool(aside)

    def _is_readable(self) -> bool:
        """True if there is a table of Dalil. Deletes a damaged table; one of another program raises `IndexMismatch`."""
        try:
            return self._mark() is not None
        except StoreUnavailable:
            shutil.rmtree(self._folder(self._table_name()))
            return False

    def _mark(self) -> str | None:
        try:
            table = self._open_table(self._table_name())
            with self._translate_errors():
                metadata = table.schema.metadata or {}
        except IndexMissing:
            return None
        if MARK not in metadata:
            self._opened = None
            raise IndexMismatch(
                f"{str(self._folder(table.name))!r} is a table that Dalil did not make: "
                "set DALIL_STORE__PATH to another folder"
            )
        return str(metadata[MARK].decode())

    def _has_commit(self, name: str) -> bool:
        """False for a missing folder, or one without any commit: a missing index, and not a damaged one.

        A killed writer may leave the file of an unfinished commit, whose name ends differently (`….manifest#1`).
        """
        return any(self._folder(name).glob("_versions/*.manifest"))

    def _connect(self) -> lancedb.DBConnection:
        # Zero seconds: every read uses the newest commit, also of other processes.
        return lancedb.connect(self._path, read_consistency_interval=timedelta(0))

    def _folder(self, name: str) -> Path:
        return self._path / f"{name}.lance"

    @contextmanager
    def _translate_errors(self, *, creating: bool = False) -> Iterator[None]:
        try:
            yield
        except _FAILURES as error:
            self._opened = None
            if is_disk_full(error):
                raise disk_full(self._path, "the index is as it was before this change") from error
            if not creating and not self._has_commit(self._table_name()):
                raise self.index_missing() from error
            if not creating and self._set_damaged_aside(self._table_name()):
                raise StoreUnavailable(
                    f"the newest commit of the index in {str(self._path)!r} is damaged; the next request is served "
                    "from the one before it"
                ) from error
            raise StoreUnavailable(
                f"the index in {str(self._path)!r} cannot be used: {error}; if it is damaged, `{REBUILD_FROM_FILES}` "
                "makes it anew"
            ) from error


def _schema(fingerprint: IndexFingerprint) -> pa.Schema:
    text, whole = pa.string(), pa.int64()
    fields = {
        "id": text,
        "article_id": text,
        "ordinal": whole,
        "passage_count": whole,
        "version": text,
        "start": whole,
        "end": whole,
        "text": text,
        "sentences": pa.list_(whole),
        "terms": text,
        "vector": pa.list_(pa.float32(), fingerprint.dimension),
        "tokens": pa.binary(),
        "title": text,
        "source": text,
        "published_at": text,
        "published_us": whole,
        "published_day": whole,
        "url": text,
        "signature": pa.binary(),
        "article_text": text,
        "language": text,
        "metadata": text,
    }
    return pa.schema(fields, metadata={MARK: fingerprint_to_json(fingerprint).encode()})


def _index_terms(table: lancedb.table.Table) -> None:
    """BM25 over the terms without further analysis. Lance's k1 and b are fixed at 1.2 and 0.75."""
    unanalyzed = FTS(
        base_tokenizer="whitespace",
        max_token_length=None,
        lower_case=False,
        stem=False,
        remove_stop_words=False,
        ascii_folding=False,
    )
    table.create_index("terms", config=unanalyzed)


def _index_vectors(table: lancedb.table.Table) -> None:
    table.create_index("vector", config=IvfRq(distance_type="cosine", num_partitions=PARTITIONS, num_bits=INDEXED_BITS))


def _vector_index_works(table: lancedb.table.Table) -> bool:
    (direction,) = np.eye(1, table.schema.field("vector").type.list_size, dtype=np.float32)
    try:
        return bool(_search_vectors(table, direction).select(["id", "_distance"]).limit(1).to_arrow().num_rows)
    except _FAILURES:
        return False


def _search_vectors(table: lancedb.table.Table, vector: Vector) -> LanceVectorQueryBuilder:
    # Partitions and factor are without effect on a table without an index.
    query = table.search(vector, vector_column_name="vector").distance_type("cosine")
    return query.nprobes(PARTITIONS).refine_factor(REFINE_FACTOR)


def _is_indexed(table: lancedb.table.Table, column: str) -> bool:
    return any(index.columns == [column] for index in table.list_indices())


def _text_index_works(table: lancedb.table.Table) -> bool:
    """True if a search by a term of a stored passage finds one, or if no passage is stored."""
    try:
        if not _is_indexed(table, "terms"):
            return False
        rows = table.search().where("terms != ''").select(["terms"]).limit(1).to_arrow().to_pylist()
        if not rows:
            return True
        query = MatchQuery(rows[0]["terms"].split()[0], "terms")
        return bool(table.search(query, query_type="fts").select(["id", "_score"]).limit(1).to_arrow().num_rows)
    except _FAILURES:
        return False


def _candidates(query: LanceQueryBuilder, score: str, filters: Filters, depth: int, generation: str) -> list[Candidate]:
    """The best matches of a table, with the score of the column `score`."""
    query = _apply_filters(query.with_row_id(True).select([*MATCH_FIELDS, score]), filters)
    found = query.limit(depth).to_arrow()
    columns = (found[name].to_pylist() for name in ("id", score, "_rowid"))
    return [
        Candidate(passage_id, own, vector, row, generation)
        for passage_id, own, row, vector in zip(*columns, _vectors(found), strict=True)
    ]


def _vectors(rows: pa.Table) -> Sequence[Vector]:
    """The vectors of a table's rows, without a Python number for each of their values."""
    if not len(rows):
        return []
    return list(rows["vector"].combine_chunks().flatten().to_numpy().reshape(len(rows), -1))


def _apply_filters(query: LanceQueryBuilder, filters: Filters) -> LanceQueryBuilder:
    conditions: list[Expr] = []
    if filters.article_ids:
        conditions.append(col("article_id").isin(filters.article_ids))
    if filters.sources:
        conditions.append(col("source").isin(filters.sources))
    if bounds := date_bounds(filters):
        dated = reduce(
            and_, (col(b.field) >= lit(b.value) if b.is_lowest else col(b.field) <= lit(b.value) for b in bounds)
        )
        undated = col("published_day") == lit(UNDATED_DAY)
        conditions.append(dated | undated if filters.include_undated else dated)
    return query.where(reduce(and_, conditions), prefilter=True) if conditions else query
