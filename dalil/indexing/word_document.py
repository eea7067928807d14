"""Word documents (.docx) as plain text, by mammoth.

mammoth keeps what tracked changes insert, content controls, links and tables, and leaves out what they delete.
python-docx has none of the first four in the text of a paragraph: decision 0042.
"""

import base64
import io
import zipfile
from typing import IO

from dalil.errors import Misconfigured
from dalil.extras import require_extra
from dalil.indexing.html_text import html_to_text
from dalil.indexing.unreadable import Unreadable

MAX_UNPACKED_BYTES = 50_000_000
"""Of the document's XML. A book of a thousand pages has some ten million."""


def read_word(encoded: str) -> str:
    """The text of a document in base64; raises `Unreadable`."""
    try:
        with require_extra("documents"):
            # Only a corpus with Word documents needs the library.
            import mammoth  # noqa: PLC0415
    except Misconfigured as missing:
        raise Unreadable(str(missing)) from None
    # An image would become a line of base64.
    without_images = mammoth.images.img_element(lambda _image: {})
    file = io.BytesIO(base64.b64decode(encoded))
    try:
        _check(file)
        page = mammoth.convert_to_html(file, convert_image=without_images)
    except (zipfile.BadZipFile, KeyError):
        raise Unreadable(
            "is no .docx: an old Word document (.doc), one with a password, or damaged; save it as .docx"
        ) from None
    return html_to_text(page.value) if page.value else ""


def _check(file: IO[bytes]) -> None:
    """Raise `Unreadable` for a document that expands without bound."""
    with zipfile.ZipFile(file) as archive:
        parts = [part for part in archive.infolist() if part.filename.endswith((".xml", ".rels"))]
        if sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
            raise Unreadable(f"its text takes more than {MAX_UNPACKED_BYTES:,} bytes once it is unpacked")
        # Word writes none. Of what such a declaration defines, a part of the text may be lost in silence.
        if any(b"<!DOCTYPE" in archive.read(part) for part in parts):
            raise Unreadable("declares entities of its own, which can expand without bound")
