"""The addresses of an article's page, and of a citation: the same page with the cited characters highlighted."""

from urllib.parse import quote


def article_path(article_id: str) -> str:
    """The path of the page that shows an article.

    The whole id is percent-encoded, slashes included, so that the service gets it back unchanged. The ids `.` and `..`
    are the exception: every client resolves them as folders.
    """
    return f"/articles/{quote(article_id, safe='')}"


def citation_path(article_id: str, start: int, end: int) -> str:
    """The path, query and fragment of the page that highlights the characters `start` to `end` of an article.

    `start` and `end` count Unicode code points, `end` is exclusive.
    """
    return f"{article_path(article_id)}?start={start}&end={end}#cited"


def citation_url(base: str, article_id: str, start: int, end: int) -> str:
    """`citation_path` under `base`, the service's http(s) url, with or without a final slash."""
    return base.rstrip("/") + citation_path(article_id, start, end)
