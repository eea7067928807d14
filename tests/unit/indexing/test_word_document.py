"""Word documents, written by hand as Word writes them."""

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dalil.domain import Article
from dalil.indexing.loaders import Corpus, Item, Loaded
from dalil.indexing.report import Rejected
from tests.without import run_without

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)


def run(text: str, tag: str = "t") -> str:
    return f'<w:r><w:rPr><w:rtl/></w:rPr><w:{tag} xml:space="preserve">{text}</w:{tag}></w:r>'


def paragraph(*runs: str) -> str:
    return f"<w:p><w:pPr><w:bidi/></w:pPr>{''.join(runs)}</w:p>"


def document(*parts: str, declaration: str = "") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_rels/.rels", RELATIONS)
        body = f'<w:document xmlns:w="{WORD}"><w:body>{"".join(parts)}</w:body></w:document>'
        archive.writestr("word/document.xml", declaration + body)
    return file.getvalue()


def read(folder: Path, content: bytes, limit: int = 10_000) -> Item:
    (folder / "bridge.docx").write_bytes(content)
    (item,) = Corpus([folder], limit)
    return item


def test_a_document_is_read_in_logical_order_with_all_that_its_reader_sees(tmp_path: Path) -> None:
    corrected = paragraph(
        run("كلف «الجسر» "),
        f'<w:del w:id="1">{run("480", "delText")}</w:del>',
        f'<w:ins w:id="2">{run("510")}</w:ins>',
        f"<w:hyperlink>{run(' ملايين')}</w:hyperlink>",
        run(" دينار (12%)."),
    )
    control = f"<w:sdt><w:sdtContent>{paragraph(run('لا إغلاق للأسواق.'))}</w:sdtContent></w:sdt>"
    cells = "".join(f"<w:tc>{paragraph(run(cell))}</w:tc>" for cell in ("الأولى", "46 دينارا"))
    content = document(
        paragraph(run("افتتاح الجسر")),
        paragraph(run("11 أكتوبر 2024")),
        corrected,
        control,
        f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>",
    )
    item = read(tmp_path, content)
    assert isinstance(item, Loaded), item
    assert item.article == Article(
        "bridge",
        "افتتاح الجسر",
        "افتتاح الجسر\n\n11 أكتوبر 2024\n\nكلف «الجسر» 510 ملايين دينار (12%).\n\n"
        "لا إغلاق للأسواق.\n\nالأولى\n\n46 دينارا",
        published_at=datetime(2024, 10, 11, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("content", "limit", "reason"),
    [
        pytest.param(b"\xd0\xcf\x11\xe0 an old document", 10_000, "is no .docx: an old Word document", id="no archive"),
        pytest.param(document(paragraph(run("نص" * 50))), 50, "longer than 50 bytes", id="long"),
        pytest.param(document(paragraph(run("x" * 50_000_000))), 10_000, "once it is unpacked", id="a bomb"),
        pytest.param(
            document(paragraph(run("&x;")), declaration='<!DOCTYPE d [<!ENTITY x "y">]>'),
            10_000,
            "declares entities of its own",
            id="entities",
        ),
    ],
)
def test_a_document_that_cannot_be_read_is_named_with_the_reason(
    tmp_path: Path, content: bytes, limit: int, reason: str
) -> None:
    item = read(tmp_path, content, limit)
    assert isinstance(item, Rejected)
    assert reason in item.reason


def test_without_the_library_a_document_is_rejected_with_the_command_that_installs_it() -> None:
    ended = run_without(("mammoth",), "from dalil.indexing.word_document import read_word; read_word('')")
    assert 'run `pip install "dalil[documents]"`' in ended.stderr.splitlines()[-1]
