"""The article's title, which is embedded and searched with each of its passages."""

MAX_TITLE_PREFIX_CHARACTERS = 200
"""A longer title is cut."""


def title_prefix(title: str, text: str) -> str:
    """The title as a line to put before a passage's `text`; empty without a title or if `text` begins with it."""
    title = title[:MAX_TITLE_PREFIX_CHARACTERS].strip()
    return f"{title}\n" if title and not text.startswith(title) else ""
