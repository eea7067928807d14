import re
import subprocess
import sys
from pathlib import Path

from api.keys import hash_of, instructions, new_key


def test_a_key_is_random_and_its_hash_is_what_the_settings_take() -> None:
    key = new_key()
    assert re.fullmatch(r"dalil_[A-Za-z0-9_-]{43}", key)
    assert key != new_key()
    assert instructions(key).count(key) == 1
    assert f"""DALIL_API__KEYS='["{hash_of(key)}"]'""" in instructions(key)
    assert hash_of("abc") == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_the_line_that_the_program_prints_is_one_that_the_settings_read(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    made = subprocess.run([sys.executable, "-m", "api.keys"], cwd=root, capture_output=True, text=True, check=True)
    key, line = re.findall(r"^  (\S.*)$", made.stdout, re.MULTILINE)
    (tmp_path / ".env").write_text(line, "utf-8")
    program = f"import sys; sys.path.insert(0, {str(root)!r}); from dalil.settings import load_settings as load; "
    read = subprocess.run(
        [sys.executable, "-c", program + "print(load().api.keys)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert read.stdout.strip() == f"('{hash_of(key)}',)"
