"""The way in for programs that use the engine as a library."""

from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from dalil.extras import require_extra

if TYPE_CHECKING:
    from dalil.engine import Engine
    from dalil.settings import Settings


def open_engine(
    folder: str | PathLike[str] | None = None,
    *,
    settings: "Settings | None" = None,
    progress: Callable[[str], None] = lambda _line: None,
) -> "Engine":
    """An engine over the embedded store in `folder`, or over the store that the settings name where there is none.

    All other settings come from `settings`, else from the environment and `.env` (docs/settings.md). The first call on
    a machine unpacks and compiles the bundled model, under a minute; `progress` gets one line for each phase. The index
    is created by the first `Engine.index`. Close the engine, or use it as a context manager.

    Raises `Misconfigured` for a wrong setting, and where the libraries of `dalil[engine]` are not installed;
    `ModelUnavailable` where the model cannot be loaded.

        with dalil.open_engine("index") as engine:
            engine.index(["articles/"])
            print(engine.answer("what weapons did DPRK send?").text)
    """
    # Not before they are needed: the core of the package is installed without them.
    with require_extra("engine"):
        from dalil.bootstrap import build_engine  # noqa: PLC0415
        from dalil.settings import load_settings  # noqa: PLC0415

        settings = settings or load_settings()
        if folder is not None:
            store = settings.store.model_copy(update={"kind": "lancedb", "path": Path(folder)})
            settings = settings.model_copy(update={"store": store})
        return build_engine(settings, progress)
