import json
import os
import textwrap
import tracemalloc
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from dalil.domain import Article
from dalil.indexing.loaders import Corpus, Loaded
from dalil.indexing.records import infer_title
from dalil.indexing.report import Rejected, Skipped

LIMIT = 10_000


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def article(folder: Path, name: str, content: str | bytes) -> Article:
    (item,) = Corpus([write(folder, name, content)], LIMIT)
    assert isinstance(item, Loaded), item
    return item.article


def rejected(folder: Path, name: str, content: str | bytes) -> Rejected:
    (item,) = Corpus([write(folder, name, content)], LIMIT)
    assert isinstance(item, Rejected), item
    return item


def test_a_text_file_is_an_article_named_by_the_file(tmp_path: Path) -> None:
    text = "عاجل\n\n عنوان  الخبر\nجملة. \n"
    assert article(tmp_path, "003_dc7e.v2.txt", text) == Article("003_dc7e.v2", "عنوان الخبر", text)


def test_a_byte_order_mark_and_the_cr_of_crlf_go_and_nothing_else_does(tmp_path: Path) -> None:
    raw = b"\xef\xbb\xbf" + "\tأ\r\nب\rج\u200f\ufeff \n\n".encode()
    assert article(tmp_path, "a.txt", raw).text == "\tأ\nب\rج\u200f\ufeff \n\n"


def test_front_matter_gives_the_fields_and_the_body_is_what_follows(tmp_path: Path) -> None:
    content = (
        "---\r\nid: 007\ntitle: عنوان\nsource: SPA\ndate: 2024-10-11\nurl: https://example.org/1\nlanguage: ar-SA\n"
        "author: فلان\ntags: [حرب, 5]\nempty:\n---\n\n# رأس\nجملة.\n"
    )
    assert article(tmp_path, "a.md", content) == Article(
        id="007",
        title="عنوان",
        text="\n# رأس\nجملة.\n",
        source="SPA",
        published_at=datetime(2024, 10, 11, tzinfo=UTC),
        url="https://example.org/1",
        language="ar-SA",
        metadata={"author": "فلان", "tags": "حرب, 5", "empty": ""},
    )


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param("# رأس\nجملة.", "# رأس\nجملة.", id="none"),
        pytest.param("---\n---\n# رأس\n", "# رأس\n", id="empty"),
        pytest.param("---\n# رأس\n", "---\n# رأس\n", id="a rule"),
    ],
)
def test_markdown_does_without_front_matter(tmp_path: Path, content: str, text: str) -> None:
    made = article(tmp_path, "a.md", content)
    assert (made.id, made.title, made.text) == ("a", "رأس", text)


@pytest.mark.parametrize(
    ("front_matter", "reason"),
    [
        pytest.param("title: [", "bad YAML in the front matter", id="YAML"),
        pytest.param(
            "\n".join(["k0: &k0 [لا]", *(f"k{n}: &k{n} [{', '.join([f'*k{n - 1}'] * 9)}]" for n in range(1, 9))]),
            "aliases (*name) are not read",
            id="aliases to aliases",
        ),
        pytest.param("title: &t نص\nsource: *t", "aliases (*name) are not read", id="one alias"),
        pytest.param("a: &a [*a]", "aliases (*name) are not read", id="an alias to itself"),
        pytest.param("<<: *nothing", "aliases (*name) are not read", id="an alias to nothing"),
        pytest.param(f"date: {'x' * 9_000}", "is not a date such as", id="a long date"),
        pytest.param("[" * 3000, "bad YAML in the front matter", id="YAML too deep"),
        pytest.param("- a", "expected named fields, found list", id="a list"),
        pytest.param("date: 11 أكتوبر", "date: '11 أكتوبر' is not a date such as", id="a date in words"),
        pytest.param("date: 2024", "date: '2024' is not a date such as", id="a year"),
        pytest.param("date: 0001-01-01T00:00+05:00", "is not a date such as", id="before the calendar"),
        pytest.param("date: 2024-01-01T00:00:00+25:00", "is not a date such as", id="no time zone"),
        pytest.param("title: [a, b]", "title: Input should be a valid string", id="a list for a title"),
    ],
)
def test_bad_front_matter_is_refused_with_the_reason(tmp_path: Path, front_matter: str, reason: str) -> None:
    found = rejected(tmp_path, "a.md", f"---\n{front_matter}\n---\nنص.")
    assert reason in found.reason
    assert "\n" not in found.reason
    assert len(found.reason) < 500
    assert found.name.endswith("a.md")


def test_long_front_matter_is_read_as_short_is(tmp_path: Path) -> None:
    names = [f"field{number}" for number in range(900)]
    content = "\n".join(f"{name}: {number}" for number, name in enumerate(names))
    (item,) = Corpus([write(tmp_path, "a.md", f"---\n{content}\nid: 007\n---\nنص.")], 100_000)
    assert isinstance(item, Loaded)
    assert (item.article.id, item.article.text) == ("007", "نص.")
    assert item.article.metadata == {name: str(number) for number, name in enumerate(names)}
    (item,) = Corpus([write(tmp_path, "a.md", f"---\n{content}\nb: *a\n---\nنص.")], 100_000)
    assert isinstance(item, Rejected)
    assert "aliases (*name) are not read" in item.reason


def test_a_page_that_keeps_the_parser_busy_is_refused_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dalil.indexing.parser_process.CPU_SECONDS", 1)
    attributes = " ".join(f"a{number}=1" for number in range(60_000))
    article = f"<article><p>{'جملة طويلة عن كوريا الشمالية. ' * 9}</p></article>"
    write(tmp_path, "a.html", f"<html><body {attributes}>{article}</html>")
    write(tmp_path, "b.html", f"<html>{article}</html>")
    busy, good = Corpus([tmp_path], 5_000_000)
    assert isinstance(busy, Rejected)
    assert (busy.article_id, busy.reason) == ("a", "parsing it takes more than 1 seconds of CPU time")
    assert isinstance(good, Loaded)


def test_a_page_has_a_limit_of_its_own(tmp_path: Path) -> None:
    (item,) = Corpus([write(tmp_path, "a.html", "x" * 2_000_001)], 5_000_000)
    assert isinstance(item, Rejected)
    assert item.reason == "longer than 2,000,000 bytes (the limit of a .html file)"
    (item,) = Corpus([write(tmp_path, "a.html", "x" * 2_000)], 1_000)
    assert isinstance(item, Rejected)
    assert item.reason == "longer than 1,000 bytes (DALIL_INDEXING__MAX_ARTICLE_BYTES)"


def test_metadata_of_any_shape_is_kept_as_text(tmp_path: Path) -> None:
    made = article(tmp_path, "a.md", "---\na: {b: ج}\nc: [1, 2]\nd: [1, [2]]\n---\nنص.")
    assert made.metadata == {"a": '{"b": "ج"}', "c": "1, 2", "d": '["1", ["2"]]'}
    assert article(tmp_path, "a.jsonl", '{"text": "نص.", "metadata": null}').metadata == {}


def test_the_id_of_refused_markdown_is_known_only_where_its_front_matter_can_be_read(tmp_path: Path) -> None:
    assert rejected(tmp_path, "a.md", "---\nid: b\ndate: x\n---\n").article_id == "b"
    assert rejected(tmp_path, "a.md", "---\ndate: x\n---\n").article_id == "a"
    assert rejected(tmp_path, "a.md", "---\nid: [\n---\n").article_id is None
    assert rejected(tmp_path, "a.txt", b"\xff").article_id == "a"


def test_lines_of_json_are_articles(tmp_path: Path) -> None:
    lines = [
        {
            "id": 5,
            "title": "ع",
            "text": "نص\r\nآخر.",
            "published_at": "2024-10-11T18:30:00+03:00",
            "metadata": {"a": 1},
        },
        {"content": "عنوان\nنص.", "source": " ", "date": "", "author": "فلان", "none": None, "tags": ["أ", 2]},
        {"body": "نص.", "id": ""},
    ]
    path = write(tmp_path, "news.jsonl", "\n\n".join(json.dumps(line) for line in lines))
    items = list(Corpus([path], LIMIT))
    assert [item.name.rpartition("/")[2] for item in items] == ["news.jsonl:1", "news.jsonl:3", "news.jsonl:5"]
    moment = datetime(2024, 10, 11, 18, 30, tzinfo=timezone(timedelta(hours=3)))
    assert [item.article for item in items if isinstance(item, Loaded)] == [
        Article("5", "ع", "نص\nآخر.", published_at=moment, metadata={"a": "1"}),
        Article("news-3", "عنوان", "عنوان\nنص.", metadata={"author": "فلان", "tags": "أ, 2"}),
        Article("news-5", "نص.", "نص."),
    ]


@pytest.mark.parametrize(
    ("line", "reason", "article_id"),
    [
        pytest.param(b"{", "bad JSON", "a-1", id="JSON"),
        pytest.param(b"[" * 5000, "bad JSON", "a-1", id="JSON too deep"),
        pytest.param(b'"text"', "expected named fields, found str", "a-1", id="no object"),
        pytest.param(b'{"id": "b"}', "has no field 'text'", "b", id="no text"),
        pytest.param(b'{"text": 5, "id": "b", "title": []}', "title: Input should be", "b", id="wrong type"),
        pytest.param(b'{"text": "\xff"}', "not UTF-8: byte 0xff at offset 10", "a-1", id="not UTF-8"),
        pytest.param(b'{"id": "b", "text": "x" "y"}', "bad JSON", "b", id="JSON with an id"),
        pytest.param(b'{"id": "\\u0062", "text": "x" "y"}', "bad JSON", None, id="JSON with an id in escapes"),
        pytest.param(b'{"text": "' + b"x" * LIMIT + b'"}', "longer than 10,000 bytes", None, id="too long"),
    ],
)
def test_a_bad_line_is_named_and_the_next_ones_are_read(
    tmp_path: Path, line: bytes, reason: str, article_id: str | None
) -> None:
    found, good = Corpus([write(tmp_path, "a.jsonl", line + b'\n{"text": "x"}\n')], LIMIT)
    assert isinstance(found, Rejected)
    assert found.name.endswith("a.jsonl:1")
    assert reason in found.reason
    assert found.article_id == article_id
    assert isinstance(good, Loaded)
    assert good.article.id == "a-2"


def test_a_long_file_of_json_lines_is_not_held_in_memory(tmp_path: Path) -> None:
    line = json.dumps({"text": "نص طويل. " * 100}) + "\n"
    path = write(tmp_path, "a.jsonl", line * 2_000)
    corpus = Corpus([path], LIMIT)
    tracemalloc.start()
    assert sum(isinstance(item, Loaded) for item in corpus) == 2_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < path.stat().st_size / 4


def test_a_web_page_gives_its_article_without_what_stands_around_it(tmp_path: Path) -> None:
    paragraphs = "".join(
        f"<p>هذه فقرة من نص الخبر رقم {number} وفيها ما يكفي من الكلمات لتكون نصا.</p>" for number in "123456"
    )
    page = (
        '<html lang="ar"><head><title>عنوان الصفحة</title><meta property="og:title" content="عنوان الخبر">'
        '<meta property="og:site_name" content="صحيفة المثال"><link rel="canonical" href="https://example.org/1">'
        '<meta property="article:published_time" content="2024-10-11"></head>'
        f"<body><nav><a href='/'>الرئيسية</a></nav><article><h1>عنوان الخبر</h1>{paragraphs}</article></body></html>"
    )
    made = article(tmp_path, "page.html", page)
    assert (made.id, made.title, made.source, made.url) == (
        "page",
        "عنوان الخبر",
        "صحيفة المثال",
        "https://example.org/1",
    )
    assert made.published_at == datetime(2024, 10, 11, tzinfo=UTC)
    assert "هذه فقرة من نص الخبر رقم 3" in made.text
    assert "الرئيسية" not in made.text
    assert "<p>" not in made.text


def test_a_web_page_without_an_article_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert rejected(tmp_path, "a.html", "<html><body></body></html>").reason == "no article text was found on the page"
    assert rejected(tmp_path, "b.htm", "").reason == "no article text was found on the page"
    assert capsys.readouterr() == ("", "")
    assert caplog.records == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(
            "خبر".encode("windows-1256"), "not UTF-8: byte 0xce at offset 0; convert it with iconv", id="1256"
        ),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0", "looks like a binary file", id="a picture"),
        pytest.param(b"x" * (LIMIT + 1), "longer than 10,000 bytes", id="too long"),
    ],
)
def test_a_broken_file_is_named_with_the_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    found = rejected(tmp_path, "a.txt", content)
    assert found.name == str(tmp_path / "a.txt")
    assert reason in found.reason


def test_a_file_far_too_long_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", "")
    os.truncate(path, 50_000_000)
    tracemalloc.start()
    (rejected,) = Corpus([path], LIMIT)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(rejected, Rejected)
    assert peak < 1_000_000


@pytest.mark.parametrize(
    ("name", "article_id"),
    [
        pytest.param(b"\xce\xc8\xd1.txt", "%CE%C8%D1", id="a code page of old Windows"),
        pytest.param(b"a\nb\tc.txt", "a%0Ab%09c", id="control characters"),
    ],
)
def test_an_id_has_no_byte_of_a_file_name_that_no_id_can_hold(tmp_path: Path, name: bytes, article_id: str) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text("نص.", encoding="utf-8")
    (item,) = Corpus([tmp_path], LIMIT)
    assert isinstance(item, Loaded)
    assert item.article.id == article_id
    assert item.name.isprintable()


def test_folders_are_walked_in_order_and_hidden_files_and_readmes_passed_over(tmp_path: Path) -> None:
    for name in (
        "b.txt",
        "a.txt",
        "deep/er/c.TXT",
        ".hidden.txt",
        "~$open.docx",
        ".git/d.txt",
        "README.md",
        "deep/readme.md",
        "e.pdf",
    ):
        write(tmp_path, name, "نص.")
    items = list(Corpus([tmp_path], LIMIT))
    assert [item.article.id for item in items if isinstance(item, Loaded)] == ["a", "b", "c"]
    assert [item for item in items if not isinstance(item, Loaded)] == [Skipped(str(tmp_path / "e.pdf"))]


def test_a_readme_named_outright_is_read(tmp_path: Path) -> None:
    assert article(tmp_path, "README.md", "نص.").id == "README"


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path, "folder/a.txt", "نص.")
    (tmp_path / "folder" / "loop").symlink_to(tmp_path)
    assert len(list(Corpus([tmp_path], LIMIT))) == 1


def test_what_cannot_be_opened_is_named_and_the_rest_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").symlink_to(tmp_path / "a.txt")
    (tmp_path / "b.txt").symlink_to(tmp_path / "gone")
    os.mkfifo(tmp_path / "c.txt")
    write(tmp_path, "d.txt", "نص.")
    *rejected, good = Corpus([tmp_path], LIMIT)
    assert [item.reason for item in rejected if isinstance(item, Rejected)] == [
        "is a link to nothing: Too many levels of symbolic links",
        "is a link to nothing: No such file or directory",
        "not a regular file",
    ]
    # None of them can hold an article, so they do not keep deleted articles in the index.
    assert [item.may_hold for item in rejected if isinstance(item, Rejected)] == [(), (), ()]
    assert isinstance(good, Loaded)


def test_a_folder_that_can_no_longer_be_read_is_named(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "نص.")
    (tmp_path / "gone").mkdir()
    items = iter(Corpus([tmp_path], LIMIT))
    assert isinstance(next(items), Loaded)
    (tmp_path / "gone").rmdir()
    assert list(items) == [Rejected(str(tmp_path / "gone"), "cannot be read: No such file or directory")]


def test_names_are_shown_without_what_a_terminal_would_obey(tmp_path: Path) -> None:
    (item,) = Corpus([write(tmp_path, "خبر\x1b[2J\n.txt", "نص.")], LIMIT)
    assert item.name.endswith("خبر\\x1b[2J\\n.txt")


def test_progress_reaches_the_size_of_what_is_read(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "نص.")
    write(tmp_path, "b.jsonl", '{"text": "x"}\n' * 3)
    write(tmp_path, "c.pdf", "نص.")
    corpus = Corpus([tmp_path], LIMIT)
    positions = [corpus.position for _ in corpus]
    assert positions == sorted(positions)
    assert corpus.position == corpus.size() == 5 + 3 * 14


@pytest.mark.parametrize(
    ("text", "title"),
    [
        pytest.param("", "", id="nothing"),
        pytest.param("عاجل\n## عنوان  \nنص", "عنوان", id="boilerplate and marks"),
        pytest.param("كلمة " * 50, "كلمة " * 23 + "كلمة…", id="cut at a word"),
        pytest.param(
            textwrap.fill("كلمة من كلمات خبر طويل. " * 20, 60),
            ("كلمة من كلمات خبر طويل. " * 5).strip() + "…",
            id="a hard-wrapped paragraph, cut at a word",
        ),
        pytest.param("ب" * 300, "ب" * 120 + "…", id="one long word"),
    ],
)
def test_a_title_is_the_first_line_that_is_not_boilerplate(text: str, title: str) -> None:
    assert infer_title(text) == title
