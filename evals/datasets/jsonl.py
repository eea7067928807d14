"""Files with a JSON object a line."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from dalil.errors import InvalidInput

Record = TypeVar("Record", bound=BaseModel)
Made = TypeVar("Made")


def text_of(path: Path) -> str:
    """The whole file, which is UTF-8; raises `InvalidInput` where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path}: cannot be read ({error})") from None


def read_lines(path: Path, record: type[Record], make: Callable[[Record], Made]) -> Iterator[tuple[str, Made]]:
    """`path:number` of each line that is not empty, and what `make` makes of it.

    Raises `InvalidInput` with that place, and the field at fault, for a line that is not a `record`, and for one of
    which `make` raises ValueError.
    """
    for number, line in enumerate(text_of(path).split("\n"), start=1):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        try:
            made = make(record.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"]))
            raise InvalidInput(f"{place}: {f'{field}: ' if field else ''}{first['msg']}") from None
        except ValueError as error:
            raise InvalidInput(f"{place}: {error}") from None
        yield place, made
