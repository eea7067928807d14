"""The addresses of an article's page, and of a quotation: that page with the cited characters marked, scrolled to."""

from urllib.parse import quote


def article_path(article_id: str) -> str:
    """The path of the page that shows an article.

    All of the id is percent-encoded, its slashes too, so that it comes back whole; only the ids `.` and `..` do not,
    which every client takes for folders.
    """
    return f"/articles/{quote(article_id, safe='')}"


def citation_path(article_id: str, start: int, end: int) -> str:
    """The path, query and fragment of the page that marks the characters `start` to `end` of an article.

    `start` and `end` count Unicode code points, `end` is exclusive.
    """
    return f"{article_path(article_id)}?start={start}&end={end}#cited"


def citation_url(base: str, article_id: str, start: int, end: int) -> str:
    """The same under `base`, the http(s) url that the service is reached at, with or without a slash at its end."""
    return base.rstrip("/") + citation_path(article_id, start, end)
