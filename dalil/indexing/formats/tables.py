"""CSV and TSV with a header, one article a row."""

import csv
import re
from collections.abc import Iterator, Sequence
from typing import IO

from dalil.indexing.encodings import utf_8_stream
from dalil.indexing.formats.base import Loaded, Source, too_long
from dalil.indexing.identity import decompressed
from dalil.indexing.records import collect_fields
from dalil.indexing.report import Rejected
from dalil.indexing.unreadable import Unreadable

DELIMITERS = (",", ";", "\t", "|")
"""The delimiters of a `.csv` file: Excel writes semicolons where numbers have a decimal comma."""


_NAMED_DELIMITER = re.compile(r"\"?sep=(.)\"?[\r\n]*")
"""The first line that Excel writes and reads, and shows to no one."""


class _TooLong(Exception):
    """A row is longer than an article may be."""


def load_table(file: IO[bytes], source: Source) -> Iterator[Loaded | Rejected]:
    """The articles of a table whose first line names the columns. A row that cannot be read is rejected alone."""
    limit = source.options.max_article_bytes
    # The library's limit of a field is one for the whole process; rows have a limit here.
    csv.field_size_limit(max(csv.field_size_limit(), limit))
    lines = _Lines(utf_8_stream(file), limit)
    try:
        header_line = next(lines, "").strip("\ufeff")
        named = _NAMED_DELIMITER.fullmatch(header_line)
        header_line = next(lines, "") if named else header_line
        delimiter = named[1] if named else _delimiter(header_line, source)
        header = next(csv.reader([header_line], delimiter=delimiter), [])
    except (csv.Error, ValueError, _TooLong) as invalid:
        yield source.reject(Unreadable(f"its first line is not a header: {invalid}"))
        return
    header = [name.strip() for name in header]
    if "text" not in collect_fields(dict.fromkeys(header, "x"), source.options.records).fields:
        yield source.reject(
            Unreadable(
                f"its first line names no column 'text' (nor 'content' or 'body'): {header_line[:200]!r}; "
                "name the column with --field text=COLUMN",
                "",
            )
        )
        return
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        lines.start_row()
        part = source.part(number, "#")
        try:
            row = next(rows, None)
        except csv.Error as invalid:
            # The end of the row is unknown, and so are the rows after it.
            yield part.reject(Unreadable(f"bad CSV: {invalid}; the rows after it are not read"))
            return
        except _TooLong:
            yield part.reject(
                Unreadable(f"{too_long(limit)}, or has a quotation mark without end; the rows after it are not read")
            )
            return
        if row is None:
            return
        if any(cell.strip() for cell in row):
            yield _load_row(header, row, part)


def _load_row(header: Sequence[str], row: Sequence[str], source: Source) -> Loaded | Rejected:
    if len(row) > len(header) and any(cell.strip() for cell in row[len(header) :]):
        return source.reject(Unreadable(f"has {len(row)} cells, and the header has {len(header)}; quote the text", ""))
    fields = {name: cell for name, cell in zip(header, row, strict=False) if name and cell.strip()}
    if any("\udc80" <= character <= "\udcff" for cell in row for character in cell):
        return source.reject(Unreadable("not UTF-8; convert the file with iconv", fields.get("id", "")))
    return source.load_fields(fields)


def _delimiter(header: str, source: Source) -> str:
    """The delimiter that cuts the header into most fields of an article; that of a `.tsv` file is a tab."""
    if decompressed(source.identity.path).suffix.lower() == ".tsv":
        return "\t"

    def known_fields(delimiter: str) -> int:
        names = next(csv.reader([header], delimiter=delimiter), [])
        return len(collect_fields(dict.fromkeys(names, "x"), source.options.records).fields)

    return max(DELIMITERS, key=lambda delimiter: (known_fields(delimiter), header.count(delimiter)))


class _Lines(Iterator[str]):
    """The lines of a table. Bytes that are not UTF-8 become lone surrogates. Raises `_TooLong` within a long row."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self._stream = stream
        self._limit = self._left = limit

    def start_row(self) -> None:
        """Count the bytes of the next row from here."""
        self._left = self._limit

    def __next__(self) -> str:
        line = self._stream.readline(self._left + 1)
        self._left -= len(line)
        if self._left < 0:
            raise _TooLong
        if not line:
            raise StopIteration
        return line.decode("utf-8", "surrogateescape")
