"""The encoding of a file: UTF-8, or what its byte order mark, its `<meta>` or its XML declaration says.

A file that is not UTF-8 and says nothing is refused, because every byte means something in every old encoding.
"""

import codecs
import io
import re
from typing import IO

from typing_extensions import Buffer

from dalil.indexing.unreadable import Unreadable

MAX_DECLARATION_BYTES = 4_096
"""The start of a file, in which it declares its encoding. HTML demands it within 1,024 bytes; old pages are later."""

_MARKS = (
    # UTF-32 first: its mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARATION = re.compile(
    rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})|<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})",
    re.IGNORECASE,
)
_OTHER_LABELS = {"x-cp1256": "cp1256", "iso-8859-6-e": "iso8859-6", "iso-8859-6-i": "iso8859-6", "dos-720": "cp720"}
"""Names of encodings by the Encoding Standard of the WHATWG that Python does not know."""

ENCODINGS = frozenset(
    {"utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "ascii"}
    | {"cp1256", "iso8859-6", "mac-arabic", "cp720", "cp864"}  # Arabic
    | {"cp1252", "iso8859-1", "iso8859-15"}  # English
)
"""The encodings, by Python's names, that a file may declare."""

_WESTERN = frozenset({"cp1252", "iso8859-1", "iso8859-15"})
MAX_ACCENTED_SHARE = 0.3
"""Of the letters of a text in a Western encoding. In more, it is Arabic in another encoding."""


def encoding_of_mark(start: bytes) -> str | None:
    """The encoding that the byte order mark at the start of a file names; None without one."""
    return next((encoding for mark, encoding in _MARKS if start.startswith(mark)), None)


def declared_encoding(start: bytes) -> str | None:
    """The encoding that the `<meta>` or the XML declaration in the start of a page names, by Python's name.

    Raises `Unreadable` for one that is not in `ENCODINGS`.
    """
    found = _DECLARATION.search(start[:MAX_DECLARATION_BYTES])
    if found is None:
        return None
    label = (found[1] or found[2]).decode("ascii").lower()
    try:
        encoding = codecs.lookup(_OTHER_LABELS.get(label, label)).name
    except LookupError:
        encoding = ""
    if encoding not in ENCODINGS:
        raise Unreadable(f"declares the encoding {label!r}, which is not read; convert it to UTF-8 with iconv")
    return encoding


def decode(content: bytes, *, is_page: bool = False) -> str:
    """The text of a file, without its byte order mark. Raises `Unreadable`.

    `is_page`: it may declare its encoding, as HTML and XML do. Text that is valid UTF-8 is UTF-8 even if it declares
    something else, because converters leave the declaration as it was.
    """
    if (marked := encoding_of_mark(content)) is not None:
        try:
            return content.decode(marked)
        except UnicodeDecodeError as invalid:
            raise Unreadable(f"begins with the byte order mark of {marked}, and is not: {invalid.reason}") from None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        invalid_at = error.start
    declared = declared_encoding(content) if is_page else None
    if declared is not None:
        return _decode_declared(content, declared)
    if b"\0" in content:
        raise Unreadable("looks like a binary file or UTF-16, not UTF-8 text")
    raise Unreadable(f"not UTF-8: byte 0x{content[invalid_at]:02x} at offset {invalid_at}; convert it with iconv")


def _decode_declared(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as invalid:
        raise Unreadable(
            f"declares {encoding}, and is not: byte 0x{content[invalid.start]:02x} at offset {invalid.start}; "
            "correct the declaration, or convert the file to UTF-8 with iconv"
        ) from None
    letters = sum(map(str.isalpha, text))
    if encoding in _WESTERN and sum("\xc0" <= c <= "\xff" for c in text) > MAX_ACCENTED_SHARE * letters:
        raise Unreadable(f"declares {encoding}, in which it is unreadable; convert it to UTF-8 with iconv")
    return text


def utf_8_stream(file: IO[bytes]) -> IO[bytes]:
    """The file as a stream of UTF-8: itself, or recoded if it begins with the mark of UTF-16 or UTF-32.

    The byte order mark is dropped. Reading raises `UnicodeDecodeError` for invalid UTF-16 or UTF-32; UTF-8 is not
    checked.
    """
    if isinstance(file, io.BufferedReader):
        start = file.peek(4)[:4]
    else:
        start = file.read(4)
        file.seek(-len(start), io.SEEK_CUR)
    encoding = encoding_of_mark(start)
    if encoding is None:
        return file
    if encoding == "utf-8-sig":
        file.read(3)
        return file
    return io.BufferedReader(_Recoder(file, encoding))


class _Recoder(io.RawIOBase):
    """A stream of another encoding as UTF-8."""

    def __init__(self, file: IO[bytes], encoding: str) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer).cast("B")
        while not self._rest:
            content = self._file.read(io.DEFAULT_BUFFER_SIZE)
            self._rest = self._decoder.decode(content, final=not content).encode("utf-8", "surrogatepass")
            if not content:
                break
        count = min(len(view), len(self._rest))
        view[:count], self._rest = self._rest[:count], self._rest[count:]
        return count
