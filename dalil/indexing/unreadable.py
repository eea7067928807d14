"""Why an article cannot be read."""


class Unreadable(Exception):
    """One article cannot be read, for this reason; with its id if that is known."""

    def __init__(self, reason: str, article_id: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.article_id = article_id
