import bz2
import gzip
import io
import json
import tracemalloc
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import zstandard

from dalil.domain import Article
from dalil.indexing.loaders import Corpus, Item, Loaded
from dalil.indexing.records import RecordReading
from dalil.indexing.report import Rejected, Skipped

LIMIT = 10_000
TEXT = "افتتح وزير النقل جسر النخيل."
HTML = "<p>افتتح وزير النقل <b>جسر</b> النخيل.</p><script>x()</script>"
DAY = datetime(2024, 10, 11, tzinfo=UTC)
EVENING = datetime(2024, 10, 11, 18, 30, tzinfo=timezone(timedelta(hours=3)))
FEED = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>قناة الجسور</title><language>ar-SA</language>
{}</channel></rss>
"""
RSS_ITEM = (
    "<item><title>جسر &amp;amp; نهر</title><link>https://example.org/1</link><guid>tag:1</guid>"
    "<pubDate>Fri, 11 Oct 2024 18:30:00 +0300</pubDate><description>ملخص</description>"
    f"<content:encoded><![CDATA[{HTML}]]></content:encoded></item>"
)


def read(folder: Path, name: str, content: str | bytes, **options: RecordReading) -> list[Item]:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(Corpus([path], LIMIT, **options))


def articles(items: list[Item]) -> list[Article]:
    assert all(isinstance(item, Loaded) for item in items), items
    return [item.article for item in items if isinstance(item, Loaded)]


def rejected(items: list[Item]) -> Rejected:
    (item,) = items
    assert isinstance(item, Rejected), item
    return item


@pytest.mark.parametrize(
    ("record", "article"),
    [
        pytest.param(
            {
                "title": "جسر",
                "title_page": None,
                "maintext": TEXT,
                "date_publish": "2024-10-11 00:00:00",
                "source_domain": "example.org",
                "url": "https://example.org/1",
                "description": "ملخص",
            },
            Article("a-1", "جسر", TEXT, "example.org", DAY, "https://example.org/1", metadata={"description": "ملخص"}),
            id="news-please",
        ),
        pytest.param(
            {
                "title": "جسر",
                "text": TEXT,
                "article_html": HTML,
                "publish_date": "2024-10-11",
                "source_url": "https://example.org",
                "meta_lang": "ar",
                "authors": ["س"],
            },
            Article("a-1", "جسر", TEXT, "example.org", DAY, metadata={"authors": "س"}),
            id="newspaper4k",
        ),
        pytest.param(
            {
                "id": None,
                "title": "جسر",
                "raw_text": TEXT,
                "text": TEXT,
                "source": "https://example.org/1",
                "source-hostname": "صحيفة",
                "hostname": "example.org",
                "date": "2024-10-11",
            },
            Article("a-1", "جسر", TEXT, "صحيفة", DAY, "https://example.org/1", metadata={"hostname": "example.org"}),
            id="trafilatura",
        ),
        pytest.param(
            {
                "id": 7,
                "title": {"rendered": "جسر &#8220;النخيل&#8221;"},
                "content": {"rendered": HTML, "protected": False},
                "date": "2024-10-11T18:30:00",
                "date_gmt": "2024-10-11T15:30:00",
                "link": "https://example.org/1",
            },
            Article("7", "جسر “النخيل”", TEXT, None, EVENING, "https://example.org/1"),
            id="WordPress",
        ),
        pytest.param(
            {
                "source": {"id": None, "name": "صحيفة"},
                "title": "جسر",
                "content": TEXT,
                "publishedAt": "2024-10-11T00:00:00Z",
            },
            Article("a-1", "جسر", TEXT, "صحيفة", DAY),
            id="NewsAPI",
        ),
        pytest.param(
            {"headline": "جسر", "articleBody": TEXT, "datePublished": "2024-10-11", "publisher": {"name": "صحيفة"}},
            Article("a-1", "جسر", TEXT, "صحيفة", DAY),
            id="schema.org",
        ),
        pytest.param(
            {"title": " ", "headline": "جسر", "text": None, "content": TEXT, "published_at": "", "date": "2024-10-11"},
            Article("a-1", "جسر", TEXT, None, DAY),
            id="blank fields",
        ),
        pytest.param(
            {"title": "جسر", "text": TEXT, "date": "قبل ساعتين", "publish_date": "2024-10-11"},
            Article("a-1", "جسر", TEXT, None, DAY, metadata={"publish_date": "2024-10-11", "date": "قبل ساعتين"}),
            id="two dates, of which one can be read",
        ),
        pytest.param(
            {"title": "جسر", "paragraphs": 2, "body": ["فقرة.", "أخرى."]},
            Article("a-1", "جسر", "فقرة.\n\nأخرى.", metadata={"paragraphs": "2"}),
            id="a list of paragraphs",
        ),
        pytest.param(
            {"title": "جسر", "text": "كلفته&nbsp;480 &amp; أكثر."},
            Article("a-1", "جسر", "كلفته 480 & أكثر."),
            id="entities without tags",
        ),
    ],
)
def test_the_fields_of_other_programs_are_known(tmp_path: Path, record: dict[str, object], article: Article) -> None:
    assert articles(read(tmp_path, "a.jsonl", json.dumps(record))) == [article]


def test_own_names_of_fields_come_first(tmp_path: Path) -> None:
    records = RecordReading(field_names={"title": "عنوان", "text": "Story"})
    content = json.dumps({"title": "رقم 5", "عنوان": "جسر", "story": TEXT, "text": "ملخص"})
    (article,) = articles(read(tmp_path, "a.json", content, records=records))
    assert (article.title, article.text) == ("جسر", TEXT)


def test_html_keeps_its_paragraphs_cells_and_breaks_as_lines(tmp_path: Path) -> None:
    markup = (
        "مقدمة<br/>سطر<div>أ <i>ب</i>  ج</div><ul><li>واحد<li>اثنان</ul><!-- x --><table><tr><td>خلية</td><td>أخرى</td>"
        "</tr></table><style>p {}</style><p>خاتمة &lt;5</p>ذيل"
    )
    (article,) = articles(read(tmp_path, "a.json", json.dumps({"text": markup})))
    assert article.text == "مقدمة\nسطر\nأ ب ج\n\nواحد\n\nاثنان\n\nخلية\n\nأخرى\n\nخاتمة <5\n\nذيل"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        pytest.param("فقرة <b>أولى</b>.\n\nفقرة\nثانية.", "فقرة أولى.\n\nفقرة\nثانية.", id="no element ends a line"),
        pytest.param("<h2>رأس</h2>\n\nفقرة\nأولى.\n\nثانية.", "رأس\n\nفقرة أولى.\n\nثانية.", id="some do"),
        pytest.param("<p>فقرة\n  أولى.</p>\n\n\n<p>ثانية.</p>", "فقرة أولى.\n\nثانية.", id="all do"),
    ],
)
def test_line_ends_within_html_end_paragraphs_as_wordpress_stores_them(tmp_path: Path, markup: str, text: str) -> None:
    (article,) = articles(read(tmp_path, "a.json", json.dumps({"text": markup})))
    assert article.text == text


@pytest.mark.parametrize(
    ("content", "ids"),
    [
        pytest.param('{"text": "نص."}', ["a"], id="one object"),
        pytest.param('[{"text": "نص."}, {"id": "b", "text": "نص."}]', ["a-1", "b"], id="an array"),
        pytest.param('{\n"text": "نص."\n}\n{"text": "نص."}\n', ["a-1", "a-2"], id="objects in a row"),
        pytest.param('{"status": "ok", "articles": [{"text": "نص."}, {"text": "نص."}]}', ["a-1", "a-2"], id="wrapped"),
        pytest.param("[]", [], id="an empty array"),
        pytest.param('[{"text": "نص."}]'.encode("utf-16"), ["a-1"], id="UTF-16"),
        pytest.param('\ufeff[{"text": "نص."}]', ["a-1"], id="a byte order mark"),
    ],
)
def test_json_is_one_article_or_several(tmp_path: Path, content: str | bytes, ids: list[str]) -> None:
    assert [article.id for article in articles(read(tmp_path, "a.json", content))] == ids


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param('{"name": "package"}', "has no field 'text' (nor 'content' or 'body'), only 'name'", id="no text"),
        pytest.param("[" * 100_000, "bad JSON: nested too deeply", id="deep"),
        pytest.param('[{"text": "' + "x" * 200_000 + '"}]', "longer than 10,000 characters", id="a long value"),
        pytest.param('{"text": "' + "x" * 20_000 + '"}', "longer than 10,000 bytes", id="a long article"),
        pytest.param('[{"text": "x"', "bad JSON", id="cut off"),
        pytest.param(b'{"text": "\xff"}', "not UTF-8", id="not UTF-8"),
        pytest.param("5", "expected named fields, found int", id="a number"),
    ],
)
def test_json_that_is_no_article_is_refused(tmp_path: Path, content: str | bytes, reason: str) -> None:
    assert reason in rejected(read(tmp_path, "a.json", content)).reason


def test_an_array_is_not_held_in_memory(tmp_path: Path) -> None:
    content = "[" + ",\n".join([json.dumps({"text": "نص طويل. " * 100})] * 3_000) + "]"
    (tmp_path / "a.json").write_text(content, encoding="utf-8")
    corpus = Corpus([tmp_path], LIMIT)
    tracemalloc.start()
    assert sum(isinstance(item, Loaded) for item in corpus) == 3_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < len(content) / 4


def test_a_json_feed_gives_its_title_as_the_source(tmp_path: Path) -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "قناة الجسور",
        "items": [
            {
                "id": "https://example.org/1",
                "url": "https://example.org/1",
                "title": "جسر",
                "content_html": HTML,
                "date_published": "2024-10-11T18:30:00+03:00",
            }
        ],
    }
    assert articles(read(tmp_path, "feed.json", json.dumps(feed))) == [
        Article("https://example.org/1", "جسر", TEXT, "قناة الجسور", EVENING, "https://example.org/1")
    ]


def test_rss_gives_its_whole_texts(tmp_path: Path) -> None:
    assert articles(read(tmp_path, "feed.xml", FEED.format(RSS_ITEM))) == [
        Article("tag:1", "جسر & نهر", TEXT, "قناة الجسور", EVENING, "https://example.org/1", "ar-SA")
    ]


def test_an_item_without_an_id_keeps_the_one_that_is_made_when_items_come_before_it(tmp_path: Path) -> None:
    item = f"<item><title>جسر</title><description>{TEXT}</description></item>"
    (alone,) = articles(read(tmp_path, "feed.rss", FEED.format(item)))
    _, second = articles(read(tmp_path, "feed.rss", FEED.format(RSS_ITEM + item)))
    assert alone.id == second.id
    assert alone.id.startswith("feed-")


def test_comments_may_follow_a_feed(tmp_path: Path) -> None:
    assert len(articles(read(tmp_path, "a.xml", FEED.format(RSS_ITEM) + "<!-- cached -->\n<!-- 1 -->\n"))) == 1


def test_atom_is_read(tmp_path: Path) -> None:
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>قناة</title><entry><title>جسر</title><id>urn:1</id>'
        '<link href="https://example.org/1"/><published>2024-10-11T18:30:00+03:00</published>'
        f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>{TEXT}</p></div></content></entry></feed>'
    )
    assert articles(read(tmp_path, "feed.atom", feed)) == [
        Article("urn:1", "جسر", TEXT, "قناة", EVENING, "https://example.org/1")
    ]


def test_a_wordpress_export_gives_published_posts_by_the_clock_of_the_site(tmp_path: Path) -> None:
    def item(number: int, status: str, kind: str) -> str:
        return (
            f"<item><title>جسر</title><guid>{number}</guid><content:encoded><![CDATA[{HTML}]]></content:encoded>"
            "<pubDate>Fri, 11 Oct 2024 15:30:00 +0000</pubDate>"
            "<wp:post_date>2024-10-11 18:30:00</wp:post_date><wp:post_date_gmt>2024-10-11 15:30:00</wp:post_date_gmt>"
            f"<wp:status>{status}</wp:status><wp:post_type>{kind}</wp:post_type></item>"
        )

    items = item(1, "publish", "post") + item(2, "draft", "post") + item(3, "inherit", "attachment")
    (article,) = articles(read(tmp_path, "export.xml", FEED.format(items)))
    assert (article.id, article.text) == ("1", TEXT)
    assert article.published_at is not None
    assert article.published_at.isoformat() == "2024-10-11T18:30:00+03:00"


def test_a_feed_in_another_encoding_is_read(tmp_path: Path) -> None:
    content = FEED.replace("UTF-8", "windows-1256").format(RSS_ITEM).encode("cp1256")
    (article,) = articles(read(tmp_path, "feed.xml", content))
    assert article.text == TEXT


@pytest.mark.parametrize(
    ("content", "reason", "may_hold"),
    [
        pytest.param("<urlset></urlset>", "is no RSS or Atom feed", (), id="a site map"),
        pytest.param(
            '<!DOCTYPE rss [<!ENTITY a "ههه"><!ENTITY b "&a;&a;&a;&a;">]>' + FEED.format(RSS_ITEM)[39:],
            "declares entities of its own",
            None,
            id="entities",
        ),
        pytest.param(FEED.format(RSS_ITEM)[:-30], "ends in the middle", None, id="cut off"),
        pytest.param("", "empty", None, id="empty"),
    ],
)
def test_xml_that_is_no_whole_feed_is_refused(
    tmp_path: Path, content: str, reason: str, may_hold: tuple[str, ...] | None
) -> None:
    item = rejected(read(tmp_path, "feed.xml", content))
    assert reason in item.reason
    assert item.may_hold == may_hold


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("a.csv", f'id,title,text,date\r\n1,جسر,"{TEXT}",2024-10-11\r\n', id="commas"),
        pytest.param(
            "a.csv", f'\ufeffID; Title ;Maintext;Date\n1;جسر;"{TEXT}";2024-10-11\n', id="semicolons, capitals"
        ),
        pytest.param("a.tsv", f"id\ttitle\ttext\tdate\n1\tجسر\t{TEXT}\t2024-10-11", id="tabs"),
        pytest.param("a.csv", f"id\ttitle\ttext\tdate\n1\tجسر\t{TEXT}\t2024-10-11".encode("utf-16"), id="Excel"),
    ],
)
def test_a_table_has_an_article_a_row(tmp_path: Path, name: str, content: str | bytes) -> None:
    assert articles(read(tmp_path, name, content)) == [Article("1", "جسر", TEXT, None, DAY)]


def test_a_bad_row_is_rejected_alone(tmp_path: Path) -> None:
    content = b'title,text\na,"' + TEXT.encode() + b'\nb."\nx,y,z\nc,\xff\n\n,\nd,' + TEXT.encode() + b"\n"
    good, wide, undecodable, last = read(tmp_path, "a.csv", content)
    assert isinstance(good, Loaded)
    assert good.article.text == f"{TEXT}\nb."
    assert isinstance(wide, Rejected)
    assert (wide.reason, wide.article_id) == ("has 3 cells, and the header has 2; quote the text", "a-2")
    assert isinstance(undecodable, Rejected)
    assert undecodable.reason.startswith("not UTF-8")
    assert isinstance(last, Loaded)
    assert last.article.id == "a-6"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param("id,headline,date\n1,x,y\n", "names no column 'text'", id="no column of text"),
        pytest.param("", "names no column 'text'", id="empty"),
        pytest.param('title,text\na,"' + "x\n" * 50_000, "quotation mark without end", id="an open quotation mark"),
        pytest.param("text\n" + "x" * 50_000 + "\n", "longer than 10,000 bytes", id="a long row"),
        pytest.param("x" * 50_000, "its first line is not a header", id="a long header"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    assert reason in rejected(read(tmp_path, "a.csv", content)).reason


LINES = (json.dumps({"text": TEXT}) + "\n").encode() * 2


@pytest.mark.parametrize(
    ("extension", "content"),
    [
        pytest.param("gz", gzip.compress(LINES), id="gzip"),
        pytest.param("gz", gzip.compress(LINES[: len(LINES) // 2]) * 2, id="gzip in two pieces"),
        pytest.param("zst", zstandard.compress(LINES), id="zstd"),
        pytest.param("zst", zstandard.compress(LINES[: len(LINES) // 2]) * 2, id="zstd in two frames"),
        pytest.param("bz2", bz2.compress(LINES), id="bzip2"),
    ],
)
def test_a_compressed_file_is_read_as_what_is_in_it(tmp_path: Path, extension: str, content: bytes) -> None:
    ids = [article.id for article in articles(read(tmp_path, f"news.jsonl.{extension}", content))]
    assert ids == ["news-1", "news-2"]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        pytest.param("a.jsonl.gz", gzip.compress(LINES)[:-20], "cannot be decompressed", id="cut off"),
        pytest.param("a.jsonl.gz", b"no gzip", "cannot be decompressed", id="no gzip"),
        pytest.param("a.jsonl.zst", b"no zstd", "cannot be decompressed", id="no zstd"),
        pytest.param("a.zip", b"no zip", "cannot be read as a zip archive", id="no zip"),
    ],
)
def test_a_broken_compressed_file_is_named(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    *_, last = read(tmp_path, name, content)
    assert isinstance(last, Rejected)
    assert reason in last.reason


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.jsonl.zst", "a.txt.gz", "a.csv.gz", "a.zip"])
def test_a_decompression_bomb_is_refused_and_takes_no_memory(tmp_path: Path, name: str) -> None:
    content = b"text\n" + b"0" * 100_000_000
    if name.endswith("zip"):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.jsonl", content)
        bomb = file.getvalue()
    else:
        bomb = zstandard.compress(content) if name.endswith("zst") else gzip.compress(content, 1)
    (tmp_path / name).write_bytes(bomb)
    del content
    tracemalloc.start()
    items = list(Corpus([tmp_path], LIMIT))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert items
    assert all(isinstance(item, Rejected) for item in items), items
    assert peak < 5_000_000


def test_an_archive_with_a_huge_list_of_files_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", "نص.")
    content = bytearray((tmp_path / "a.zip").read_bytes())
    content[-10:-6] = (500_000_000).to_bytes(4, "little")
    assert "too large for an archive" in rejected(read(tmp_path, "b.zip", bytes(content))).reason
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        for number in range(65_536):  # One more than fits without the records of zip64.
            archive.writestr(f"{number}.bin", b"")
    assert "too large for an archive" in rejected(list(Corpus([tmp_path / "c.zip"], LIMIT))).reason


def test_a_zip_archive_is_read_as_a_folder(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "news.zip", "w") as archive:
        archive.writestr("a/index.md", "---\ntitle: جسر\n---\nنص.")
        archive.writestr("b/index.md", "نص.")
        archive.writestr("c.jsonl.gz", gzip.compress(LINES))
        archive.writestr("inner.zip", b"x")
        archive.writestr("README.md", "x")
        archive.writestr("__MACOSX/a/index.md", "x")
        archive.writestr(".hidden/a.txt", "x")
    (tmp_path / "c.txt").write_text("نص.", encoding="utf-8")
    items = list(Corpus([tmp_path], LIMIT))
    assert [item.article.id for item in items if isinstance(item, Loaded)] == [
        "c",
        "news/a/index",
        "news/b/index",
        # The stem is that of a file beside the archive too.
        "news/c-1",
        "news/c-2",
    ]
    assert [item for item in items if not isinstance(item, Loaded)] == [Skipped(f"{tmp_path}/news.zip/inner.zip")]


def test_a_member_of_an_archive_stays_below_it_whatever_its_name_says(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "news.zip", "w") as archive:
        for name in ("../../up.txt", "/etc/root.txt", "a\\windows.txt", "./here.txt"):
            archive.writestr(name, "نص.")
    items = list(Corpus([tmp_path], LIMIT))
    paths = [str(item.identity.path) for item in items if isinstance(item, Loaded) and item.identity]
    assert paths == ["news/up.txt", "news/etc/root.txt", "news/a/windows.txt", "news/here.txt"]
    assert [article.id for article in articles(items)] == ["up", "root", "windows", "here"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("a.txt", TEXT.encode("utf-16"), id="UTF-16 with its mark"),
        pytest.param("a.md", f"---\ntitle: جسر\n---\n{TEXT}".encode("utf-16"), id="Markdown in UTF-16"),
        pytest.param("a.txt", TEXT.encode("utf-32"), id="UTF-32 with its mark"),
        pytest.param("a.jsonl", LINES[: len(LINES) // 2].decode().encode("utf-16"), id="lines in UTF-16"),
    ],
)
def test_a_byte_order_mark_names_the_encoding(tmp_path: Path, name: str, content: bytes) -> None:
    (article,) = articles(read(tmp_path, name, content))
    assert article.text == TEXT


PAGE = f"<html><head>{{}}<title>جسر</title></head><body><article><p>{TEXT * 9}</p></article></body></html>"


@pytest.mark.parametrize(
    ("declaration", "encoding"),
    [
        pytest.param('<meta charset="windows-1256">', "cp1256", id="windows-1256"),
        pytest.param('<META http-equiv="Content-Type" content="text/html; charset=x-cp1256">', "cp1256", id="a label"),
        pytest.param("<meta charset=iso-8859-6>", "iso8859-6", id="ISO-8859-6"),
        pytest.param('<meta charset="windows-1256">', "utf-8", id="UTF-8 that declares windows-1256"),
    ],
)
def test_a_page_declares_its_encoding(tmp_path: Path, declaration: str, encoding: str) -> None:
    (article,) = articles(read(tmp_path, "a.html", PAGE.format(declaration).encode(encoding)))
    assert TEXT in article.text


@pytest.mark.parametrize(
    ("declaration", "encoding", "reason"),
    [
        pytest.param("", "cp1256", "not UTF-8", id="none"),
        pytest.param('<meta charset="utf-8">', "cp1256", "declares utf-8, and is not", id="UTF-8 that is not"),
        pytest.param(
            '<meta charset="iso-8859-1">', "cp1256", "declares iso8859-1, in which it is unreadable", id="Latin"
        ),
        pytest.param('<meta charset="big5">', "cp1256", "declares the encoding 'big5'", id="Chinese"),
        pytest.param('<meta charset="zlib">', "cp1256", "declares the encoding 'zlib'", id="no encoding of text"),
    ],
)
def test_a_page_that_is_not_what_it_declares_is_refused(
    tmp_path: Path, declaration: str, encoding: str, reason: str
) -> None:
    assert reason in rejected(read(tmp_path, "a.html", PAGE.format(declaration).encode(encoding))).reason


def test_the_date_of_a_text_is_read_and_stays_in_it(tmp_path: Path) -> None:
    (article,) = articles(read(tmp_path, "a.txt", f"عنوان\nالجمعة 11 أكتوبر 2024\n\n{TEXT}"))
    assert article.published_at == DAY
    assert "11 أكتوبر 2024" in article.text


def test_front_matter_of_a_page_is_no_text(tmp_path: Path) -> None:
    (article,) = articles(read(tmp_path, "a.html", f"---\ntitle: عنوان\nid: b\n---\n{PAGE.format('')}"))
    assert (article.id, article.title) == ("b", "عنوان")
    assert "---" not in article.text


@pytest.mark.parametrize(
    ("top", "date"),
    [
        pytest.param(
            '<h1>جسر</h1><span class="post-date">الجمعة ١١ أكتوبر ٢٠٢٤ - ١٨:٣٠</span>',
            "2024-10-11T18:30:00+00:00",
            id="Arabic",
        ),
        pytest.param(
            '<meta name="date" content="11 تشرين الأول 2024"><h1>جسر</h1>', "2024-10-11T00:00:00+00:00", id="meta"
        ),
        pytest.param(
            '<meta property="article:published_time" content="2024-10-11T01:30:00+03:00"><h1>جسر</h1>',
            "2024-10-11T01:30:00+03:00",
            id="its zone",
        ),
        pytest.param(
            '<script type="application/ld+json">{"datePublished": "2024-10-11T18:30:00+03:00"}</script><h1>جسر</h1>',
            "2024-10-11T18:30:00+03:00",
            id="JSON-LD",
        ),
        pytest.param('<div class="date">السبت ١٢ أكتوبر ٢٠٢٤</div><h1>جسر</h1>', None, id="the day of the visit"),
        pytest.param("<h1>جسر</h1><aside><time>11 أكتوبر 2024</time></aside>", None, id="another article"),
    ],
)
def test_the_date_of_a_page_is_read_as_it_is_written_there(tmp_path: Path, top: str, date: str | None) -> None:
    page = f"<html><head><title>جسر</title></head><body><article>{top}<p>{TEXT * 9}</p></article></body></html>"
    (article,) = articles(read(tmp_path, "a.html", page))
    assert (article.published_at.isoformat() if article.published_at else None) == date


@pytest.mark.parametrize(
    "missing", ["NaN", '"nan"', '"None"', '"NaT"', '"N/A"', '"0000-00-00 00:00:00"', '"0001-01-01T00:00:00Z"']
)
def test_what_libraries_write_for_a_missing_value_is_none(tmp_path: Path, missing: str) -> None:
    fields = ", ".join(f'"{name}": {missing}' for name in ("id", "title", "source", "published_at", "url", "content"))
    (article,) = articles(read(tmp_path, "a.jsonl", f'{{{fields}, "text": "{TEXT}", "date": "2024-10-11"}}'))
    assert article == Article("a-1", TEXT, TEXT, published_at=DAY)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"url": "www.example.org/1"}, {"url": "http://www.example.org/1"}, id="an address without scheme"),
        pytest.param({"url": "//example.org/a b"}, {"url": "https://example.org/a%20b"}, id="a space in an address"),
        pytest.param({"url": "HTTPS://example.org"}, {"url": "https://example.org"}, id="a scheme in capitals"),
        pytest.param({"url": "/news/1"}, {"metadata": {"url": "/news/1"}}, id="a path"),
        pytest.param({"language": "العربية"}, {"metadata": {"language": "العربية"}}, id="the name of a language"),
        pytest.param({"title": ["جسر"], "language": ["ar"]}, {}, id="lists of one"),
        pytest.param({"source": "<b>قناة</b> &amp; نهر"}, {"source": "قناة & نهر"}, id="markup in a source"),
    ],
)
def test_a_field_that_is_not_quite_right_costs_no_article(
    tmp_path: Path, fields: dict[str, object], expected: dict[str, str]
) -> None:
    (article,) = articles(read(tmp_path, "a.json", json.dumps({"title": "جسر", "text": TEXT, **fields})))
    assert article == replace(Article("a", "جسر", TEXT), **expected)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("a.csv", f'sep=;\r\nid;title;text\r\n1;جسر;"{TEXT}"\r\n', id="a delimiter named as Excel does"),
        pytest.param(
            "a.json",
            json.dumps({"hits": {"hits": [{"_id": 1, "_source": {"title": "جسر", "text": TEXT}}]}}),
            id="a search of Elasticsearch",
        ),
        pytest.param(
            "a.json",
            json.dumps({"response": {"docs": [{"id": 1, "title": "جسر", "text": TEXT}]}}),
            id="a response in a response",
        ),
        pytest.param("a.txt", f"Title: جسر\nID: 1\n\n{TEXT}", id="lines of a header"),
        pytest.param("a.md", f"---\ntitle:\tجسر\nid: 1\n---\n{TEXT}", id="tabs in front matter"),
        pytest.param(
            "a.xml",
            FEED.format(
                f"<item><title>جسر\x11</title><guid>1</guid><description>{TEXT}\0</description></item>"
            ).replace("<title>قناة الجسور</title><language>ar-SA</language>", ""),
            id="control characters in a feed",
        ),
    ],
)
def test_files_as_other_programs_write_them(tmp_path: Path, name: str, content: str) -> None:
    assert articles(read(tmp_path, name, content)) == [Article("1", "جسر", TEXT)]
