"""Files with one JSON object a line."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from dalil.errors import InvalidInput

LineModel = TypeVar("LineModel", bound=BaseModel)
Converted = TypeVar("Converted")


def read_text(path: Path) -> str:
    """Read a UTF-8 file; raises `InvalidInput` if that is impossible."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path}: cannot be read ({error})") from None


def read_lines(
    path: Path, model: type[LineModel], convert: Callable[[LineModel], Converted]
) -> Iterator[tuple[str, Converted]]:
    """Yield `path:number` and the converted line for each line that is not empty.

    Raises `InvalidInput` for a line that does not fit `model`, and for a line at which `convert` raises `ValueError`.
    The message names the file, the number of the line, and the field if one is at fault.
    """
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        try:
            converted = convert(model.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"]))
            raise InvalidInput(f"{place}: {f'{field}: ' if field else ''}{first['msg']}") from None
        except ValueError as error:
            raise InvalidInput(f"{place}: {error}") from None
        yield place, converted
