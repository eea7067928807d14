"""The extras of the package, as its messages name them: `pip install "dalil[engine]"`."""

from collections.abc import Iterator
from contextlib import contextmanager

from dalil.errors import Misconfigured


@contextmanager
def require_extra(extra: str) -> Iterator[None]:
    """Import libraries of an extra within; raises `Misconfigured` with the command that installs a missing one."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "dalil":
            raise
        raise Misconfigured(
            f'the library {error.name!r} is not installed: run `pip install "dalil[{extra}]"`,'
            " or in a checkout `make setup`"
        ) from error
