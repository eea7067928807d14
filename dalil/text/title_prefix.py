"""The article title that is embedded and searched with each of its passages."""

MAX_TITLE_CHARACTERS = 200
"""A longer title is cut."""


def title_prefix(title: str, text: str) -> str:
    """What stands before a passage's `text`: its article's title as a line, or nothing where it begins with it."""
    title = title[:MAX_TITLE_CHARACTERS].strip()
    return f"{title}\n" if title and not text.startswith(title) else ""
