"""Newspaper articles of SaudiNewsNet: distractors, and the articles of the news set.

Each zip holds a JSON array of articles.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zipfile import BadZipFile, ZipFile

from pydantic import BaseModel, BeforeValidator, TypeAdapter, ValidationError

from dalil.domain import Article
from dalil.errors import InvalidInput
from evals.datasets.paths import NEWS


class _NewsItem(BaseModel):
    title: str | None = ""
    content: str | None = ""
    source: str | None = None
    url: str | None = None
    date_extracted: Annotated[datetime | None, BeforeValidator(lambda value: value or None)] = None


_NEWS_ITEMS = TypeAdapter(list[_NewsItem])


def load_news(folder: Path = NEWS) -> Iterator[Article]:
    """All articles with a text, without duplicates, in the order of a hash: shuffled, and the same at each call.

    Ids are `news-<zip>-<position>`. `published_at` is the time at which the article was copied, which is the day of
    publication or soon after it; `source` is the newspaper. Raises `InvalidInput` if the folder holds no zips, or one
    is malformed.
    """
    files = sorted(folder.glob("*.zip"))
    if not files:
        raise InvalidInput(f"{folder}: holds no zips of news articles; name their folder with --news")
    articles: dict[str, Article] = {}
    for file in files:
        for article in _read_zip(file):
            articles.setdefault(_hash(article.text), article)
    return iter([articles[key] for key in sorted(articles)])


def _read_zip(file: Path) -> Iterator[Article]:
    try:
        with ZipFile(file) as archive:
            for name in sorted(archive.namelist()):
                for position, item in enumerate(_NEWS_ITEMS.validate_python(json.loads(archive.read(name)))):
                    text = (item.content or "").replace("\r\n", "\n")
                    if text.strip():
                        yield Article(
                            id=f"news-{file.stem}-{position:05}",
                            title=" ".join((item.title or "").split()),
                            text=text,
                            source=item.source or None,
                            published_at=item.date_extracted,
                            url=item.url or None,
                        )
    except (OSError, BadZipFile, ValueError, ValidationError) as error:
        raise InvalidInput(f"{file}: not a zip of news articles ({' '.join(str(error).split())[:200]})") from None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
