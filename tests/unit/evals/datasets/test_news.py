import json
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest

from dalil.errors import InvalidInput
from evals.datasets.news import load_news


def zipped(folder: Path, name: str, content: str) -> None:
    with ZipFile(folder / f"{name}.zip", "w") as archive:
        archive.writestr(f"{name}.json", content)


def test_news_come_once_each_in_an_order_that_is_always_the_same(tmp_path: Path) -> None:
    items = [{"title": " عنوان ", "content": f"خبر {number}"} for number in range(20)]
    zipped(tmp_path, "day1", json.dumps([*items, {"title": "فارغ", "content": " "}]))
    zipped(tmp_path, "day2", json.dumps(items[:3]))
    first, second = list(load_news(tmp_path)), list(load_news(tmp_path))
    assert first == second
    assert sorted(article.id for article in first) == [f"news-day1-{number:05}" for number in range(20)]
    assert [article.id for article in first] != sorted(article.id for article in first)
    assert first[0].title == "عنوان"


def test_an_article_has_its_newspaper_its_address_and_the_time_of_its_copy(tmp_path: Path) -> None:
    item = {"content": "خبر", "source": "okaz", "url": "http://www.okaz.com.sa/1", "author": ""}
    dated = item | {"date_extracted": "2015-08-08 06:30:06"}
    zipped(tmp_path, "day", json.dumps([dated, {"content": "خبر آخر", "source": "", "url": "", "date_extracted": ""}]))
    articles = {article.id: article for article in load_news(tmp_path)}
    first, second = articles["news-day-00000"], articles["news-day-00001"]
    assert (first.source, first.url) == ("okaz", "http://www.okaz.com.sa/1")
    assert first.published_at == datetime(2015, 8, 8, 6, 30, 6, tzinfo=UTC)
    assert (second.source, second.url, second.published_at) == (None, None, None)


def test_a_folder_without_news_and_a_broken_zip_are_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="--news"):
        load_news(tmp_path / "nowhere")
    (tmp_path / "day.zip").write_text("not a zip")
    with pytest.raises(InvalidInput, match=r"day\.zip"):
        load_news(tmp_path)
