"""The title that a passage is read, and searched, behind."""

LONGEST = 200
"""Characters of a title that are taken."""


def heading(title: str, text: str) -> str:
    """What stands before a passage's `text`: its article's title as a line, or nothing where it begins with it."""
    title = title[:LONGEST].strip()
    return f"{title}\n" if title and not text.startswith(title) else ""
