"""The order of what was published."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TypeVar

Item = TypeVar("Item")

_EARLIEST = datetime.min.replace(tzinfo=UTC)


def sort_newest_first(items: Iterable[Item], published_at: Callable[[Item], datetime | None]) -> list[Item]:
    """The newest first and undated ones last; those of one date keep their order."""
    return sorted(items, key=lambda item: published_at(item) or _EARLIEST, reverse=True)
