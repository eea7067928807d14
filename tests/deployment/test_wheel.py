import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_wheels_top_level_is_exactly_dalil(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {"dalil"}
    assert {"dalil/py.typed", "dalil/text/lexicon/aliases.yaml"} <= set(names)
    assert {"dalil/client.py", "dalil/integrations/__init__.py", "dalil/integrations/langchain.py"} <= set(names)
