"""The files of tests/cases as the loaders read them: ids, titles, dates, sources and texts."""

import base64
from pathlib import Path

import pytest

from dalil.domain import Article
from dalil.indexing.loaders import Corpus, Loaded
from dalil.indexing.validation import find_problem
from tests.programs import ROOT

CASES = ROOT / "tests" / "cases"
BRIDGE = """افتتح وزير النقل سالم الحداد، الأحد، جسر «النخيل» المعلق في مدينة واحة الرمال بعد ست سنوات من الأعمال. \
وبلغت كلفة الجسر 480 مليون دينار، ويصل طوله إلى 1,850 مترا.

وقال الحداد إن الجسر سيخدم نحو 35 ألف مركبة يوميا، وإنه يختصر زمن العبور من ساعة إلى تسع دقائق. \
وأضاف أن المرحلة الثانية تبدأ مطلع العام المقبل."""
TITLE = "افتتاح جسر النخيل"
DAY = "2024-10-11T00:00:00+00:00"
EVENING_IN_RIYADH = "2024-10-11T18:30:00+03:00"
EVENING = "2024-10-11T18:30:00+00:00"
AFTERNOON = "2024-10-11T15:30:00+00:00"


def read(*paths: Path) -> dict[str, Article]:
    """The articles of files by id, none of which is rejected."""
    items = list(Corpus(paths, 1_000_000))
    loaded = [item for item in items if isinstance(item, Loaded)]
    assert len(loaded) == len(items), items
    assert [find_problem(item.article) for item in loaded] == [None] * len(loaded)
    return {item.article.id: item.article for item in loaded}


def when(article: Article) -> str | None:
    return article.published_at.isoformat() if article.published_at else None


def test_files_of_one_name_in_several_folders_are_several_articles() -> None:
    articles = read(CASES / "08-same-file-name-in-folders")
    assert {article_id: (article.title, when(article)) for article_id, article in articles.items()} == {
        "2024/10/11/bridge/index": (TITLE, DAY),
        "2024/10/12/port/index": ("افتتاح ميناء الصفاء", "2024-10-12T00:00:00+00:00"),
        "2024/10/13/rail/index": ("افتتاح قطار الشرق", "2024-10-13T00:00:00+00:00"),
    }


def test_front_matter_of_each_kind_is_read_and_no_text() -> None:
    articles = read(CASES / "10-front-matter-taken-for-text")
    museum = articles.pop("toml-summary")
    assert (museum.title, museum.source, when(museum)) == (
        "متحف الفخار في تل الورد",
        "مجلة التراث",
        "2024-06-01T09:00:00+03:00",
    )
    assert museum.text.startswith("افتتحت بلدية تل الورد")
    assert {article.title for article in articles.values()} == {TITLE}
    assert {article.text.strip() for article in articles.values()} == {BRIDGE}
    assert {article_id: when(article) for article_id, article in articles.items()} == {
        "hugo-toml": EVENING_IN_RIYADH,
        "json-fm": DAY,
        "leading-blank": DAY,
        "pandoc-dots": DAY,
    }


def test_dates_of_each_kind_are_read() -> None:
    articles = read(CASES / "11-dates-that-are-refused")
    assert {article_id: when(article) for article_id, article in articles.items()} == {
        "arabic-date": DAY,
        "jekyll-date": EVENING_IN_RIYADH,
        "rss-date": EVENING_IN_RIYADH,
        "slash-date": DAY,
    }


def test_html_in_a_field_is_read_as_html() -> None:
    (article,) = read(CASES / "12-html-in-text-fields").values()
    assert article.text == (
        "افتتح وزير النقل سالم الحداد جسر النخيل في واحة الرمال.\n\n"
        "وبلغت كلفة الجسر 480 مليون دينار، بحسب بيان الوزارة."
    )


def test_encodings_that_files_declare_are_read(tmp_path: Path) -> None:
    for file in (CASES / "13-declared-encodings").glob("*.b64"):
        (tmp_path / file.stem).write_bytes(base64.b64decode(file.read_bytes()))
    articles = read(tmp_path)
    assert articles["notepad-utf16"].text.strip() == BRIDGE
    page = articles["page1256"]
    assert page.title == TITLE
    assert all(line in page.text for line in BRIDGE.split("\n\n"))
    assert not any(word in page.text for word in ("رياضة", "الحقوق", "<"))


@pytest.mark.parametrize(
    ("article_id", "title", "date", "source"),
    [
        ("dump-1", "news-please", EVENING, "example.org"),
        ("dump-2", "newspaper3k", EVENING, "example.org"),
        ("https://example.org/j/1", "jsonfeed", EVENING, None),
        ("blank-alias", "blank alias", DAY, None),
        ("null-alias", "null alias", DAY, None),
        ("epoch-s", "epoch s", AFTERNOON, None),
        ("epoch-ms", "epoch ms", AFTERNOON, None),
        ("epoch-ms-unlucky", "epoch ms unlucky", "2023-11-26T15:05:23.045000+00:00", None),
        ("pydt", "pydatetime", EVENING, None),
        ("go", "go", "2024-10-11T18:30:00.123456+00:00", None),
        ("traf", "trafilatura json", DAY, "صحيفة"),
    ],
)
def test_the_fields_of_crawlers_are_known(article_id: str, title: str, date: str, source: str | None) -> None:
    article = read(CASES / "17-news-dumps" / "dump.jsonl")[article_id]
    assert (article.title, when(article), article.source) == (title, date, source)
    assert article.text.strip() == BRIDGE


def test_a_news_dump_may_be_html_a_table_a_feed_or_one_object() -> None:
    articles = read(CASES / "17-news-dumps")
    assert len(articles) == 16
    assert articles["wp"].text == "نص"
    assert articles["html-text"].text == "افتتح وزير النقل جسر النخيل.\n\nوبلغت كلفة الجسر 480 مليون دينار."
    (from_feed,) = (article for article_id, article in articles.items() if article_id.startswith("rss-"))
    for article, date in ((articles["1"], DAY), (articles["one-article"], EVENING), (from_feed, EVENING_IN_RIYADH)):
        assert (article.title, article.text, when(article)) == ("جسر النخيل", "افتتح وزير النقل جسر النخيل.", date)


def test_text_of_a_pdf_is_read_in_logical_order_alone() -> None:
    forms, visual = (item for item in Corpus([CASES / "19-pdf-text"], 10_000) if isinstance(item, Loaded))
    assert find_problem(forms.article) is None
    assert "visual order" in (find_problem(visual.article) or "")
