"""All articles of an index in one file, and back: a line of JSON for each, compressed or not.

The file holds articles, and nothing that a model or a store makes of them: it can be imported into an index of either
store, with any model. The loaders of `index` would read its texts as those of strangers, with HTML in them and names of
fields to guess; here they come back character by character.
"""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path
from typing import IO, Self, cast

import zstandard
from pydantic import BaseModel, ConfigDict, ValidationError
from typing_extensions import Buffer

from dalil.atomic_file import write_atomically
from dalil.batches import batches
from dalil.domain import Article
from dalil.errors import InvalidInput
from dalil.indexing.identity import owner_of
from dalil.indexing.loaders import Loaded
from dalil.indexing.report import Rejected
from dalil.stores.base import PassageStore

EXTENSIONS = (".jsonl.zst", ".jsonl.gz", ".jsonl")

ARTICLES_PER_CALL = 50
"""Articles fetched at a time: a few megabytes, and seldom hundreds."""

MAX_LINE_BYTES = 100_000_000
"""More than any article has; a file that is no backup may have no line end at all."""

_BROKEN = (OSError, EOFError, zlib.error, zstandard.ZstdError)


class _Line(BaseModel):
    """One article. `owner` is the mark of the file that owns its id, empty if none does; see `identity`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: str
    title: str
    text: str
    source: str | None
    published_at: str | None
    url: str | None
    language: str
    metadata: dict[str, str]
    owner: str

    @classmethod
    def of(cls, article: Article, owner: str) -> Self:
        published = article.published_at
        return cls(
            id=article.id,
            title=article.title,
            text=article.text,
            source=article.source,
            published_at=published.isoformat() if published else None,
            url=article.url,
            language=article.language,
            metadata=dict(article.metadata),
            owner=owner,
        )

    def article(self) -> Article:
        """The article; raises `ValueError` for a date that is none."""
        published = datetime.fromisoformat(self.published_at) if self.published_at else None
        return Article(self.id, self.title, self.text, self.source, published, self.url, self.language, self.metadata)


def stored_articles(store: PassageStore) -> Iterator[Loaded]:
    """Every article of the index in ascending order of id; the index may be of another model or release.

    An article that is written or deleted meanwhile comes as it is when its turn comes, or not at all.
    """
    for ids in batches(sorted(store.all_versions()), ARTICLES_PER_CALL):
        for article, version in store.whole_articles(ids):
            yield Loaded(article.id, article, owner=owner_of(version))


def export(store: PassageStore, path: Path, progress: Callable[[int], None] = lambda _articles: None) -> int:
    """Write every article of the index to `path`, and return their number; `progress` gets it after each article.

    The file at `path` is replaced when the new one is complete. Raises `InvalidInput` for a name that ends in none of
    `EXTENSIONS`, and the errors of the store.
    """
    _check_name(path)
    articles = 0
    with ExitStack() as stack:
        file = stack.enter_context(write_atomically(path))
        lines = stack.enter_context(closing(_compressed(file, path)))
        for loaded in stored_articles(store):
            lines.write(_Line.of(loaded.article, loaded.owner).model_dump_json().encode() + b"\n")
            articles += 1
            progress(articles)
    return articles


class Backup:
    """The articles of a file that `export` wrote, read while they are iterated.

    `position` is the number of bytes read so far, of `size()`. Raises `InvalidInput` for a name that ends in none of
    `EXTENSIONS`. What is no article, or cannot be decompressed, is rejected with its line.
    """

    def __init__(self, path: Path) -> None:
        _check_name(path)
        self._path = path
        self.position = 0

    def size(self) -> int:
        """Bytes of the file."""
        return self._path.stat().st_size

    def __iter__(self) -> Iterator[Loaded | Rejected]:
        number = 0
        with self._path.open("rb") as file, closing(_decompressed(file, self._path)) as lines:
            while True:
                number += 1
                name = f"{self._path}:{number}"
                try:
                    line = lines.readline(MAX_LINE_BYTES)
                except _BROKEN as problem:
                    yield Rejected(name, f"cannot be decompressed from here on: {problem}")
                    return
                if not line:
                    return
                self.position = file.tell()
                yield _parse(line, name)
                if not line.endswith(b"\n"):
                    return


def _parse(line: bytes, name: str) -> Loaded | Rejected:
    if not line.endswith(b"\n"):
        return Rejected(name, "the file ends within this line, or it is no backup: copy or export it again")
    try:
        parsed = _Line.model_validate_json(line)
        return Loaded(name, parsed.article(), owner=parsed.owner)
    except ValidationError as invalid:
        error = invalid.errors()[0]
        place = ".".join(map(str, error["loc"])) or "line"
        return Rejected(name, f"{place:.100}: {error['msg']}; `python -m indexer index` reads files of others")
    except ValueError as invalid:
        return Rejected(name, str(invalid))


def _check_name(path: Path) -> None:
    if not path.name.endswith(EXTENSIONS):
        raise InvalidInput(f"the name of a backup ends in one of {', '.join(EXTENSIONS)}, and not as {str(path)!r}")


def _compressed(file: IO[bytes], path: Path) -> IO[bytes]:
    if path.suffix == ".zst":
        return cast("IO[bytes]", zstandard.ZstdCompressor(write_checksum=True).stream_writer(file, closefd=False))
    if path.suffix == ".gz":
        return cast("IO[bytes]", gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0))
    return io.BufferedWriter(cast("io.RawIOBase", io.FileIO(file.fileno(), "wb", closefd=False)))


def _decompressed(file: IO[bytes], path: Path) -> io.BufferedReader:
    if path.suffix == ".zst":
        return io.BufferedReader(_ZstandardReader(file))
    if path.suffix == ".gz":
        return io.BufferedReader(cast("io.RawIOBase", gzip.GzipFile(fileobj=file)))
    return io.BufferedReader(io.FileIO(file.fileno(), closefd=False))


class _ZstandardReader(io.RawIOBase):
    """Decompresses one frame; raises `EOFError` if its end is missing, where the library's own reader just ends."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._content = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        while not self._content and not self._frame.eof:
            if not (compressed := self._file.read(zstandard.DECOMPRESSION_RECOMMENDED_INPUT_SIZE)):
                raise EOFError("the file ends within its compressed content")
            self._content = memoryview(self._frame.decompress(compressed))
        view = memoryview(buffer).cast("B")
        count = min(len(view), len(self._content))
        view[:count], self._content = self._content[:count], self._content[count:]
        return count
