"""Articles that answer nothing and are in the way: SaudiNewsNet's zips, a JSON array of articles in each."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from pydantic import BaseModel, TypeAdapter, ValidationError

from dalil.domain import Article
from dalil.errors import InvalidInput
from evals.datasets.questions import ROOT

NEWS = ROOT.parent / "shared" / "data" / "news"
"""31,030 newspaper articles of 2015 (CC BY-NC-SA 4.0), which are not ours to copy."""


class _NewsItem(BaseModel):
    title: str | None = ""
    content: str | None = ""


_ITEMS = TypeAdapter(list[_NewsItem])


def news(folder: Path = NEWS) -> Iterator[Article]:
    """All articles with a text, once each, in an order that looks shuffled and is always the same.

    Ids are `news-<zip>-<position>`. Raises `InvalidInput` where the folder holds no such zips, or one is malformed.
    """
    files = sorted(folder.glob("*.zip"))
    if not files:
        raise InvalidInput(f"{folder}: holds no zips of news to be distractors; --news names the folder that does")
    articles: dict[str, Article] = {}
    for file in files:
        for article in _articles(file):
            articles.setdefault(_order(article.text), article)
    return iter([articles[key] for key in sorted(articles)])


def _articles(file: Path) -> Iterator[Article]:
    try:
        with ZipFile(file) as archive:
            for name in sorted(archive.namelist()):
                for position, item in enumerate(_ITEMS.validate_python(json.loads(archive.read(name)))):
                    text = (item.content or "").replace("\r\n", "\n")
                    if text.strip():
                        yield Article(f"news-{file.stem}-{position:05}", " ".join((item.title or "").split()), text)
    except (OSError, BadZipFile, ValueError, ValidationError) as error:
        raise InvalidInput(f"{file}: not a zip of news articles ({' '.join(str(error).split())[:200]})") from None


def _order(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
