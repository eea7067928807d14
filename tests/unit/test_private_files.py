import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from dalil.embedding.atomic_dir import build_once
from dalil.private_files import make_private_folder, restrict_new_files
from dalil.stores.lance import LanceStore
from tests.contracts.samples import FINGERPRINT, indexed


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_missing_folders_are_made_for_their_owner_alone_and_others_keep_their_mode(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir(0o755)
    make_private_folder(old / "new" / "index")
    make_private_folder(old / "new" / "index")
    assert [mode(path) for path in (old, old / "new", old / "new" / "index")] == [0o755, 0o700, 0o700]


@pytest.mark.parametrize(
    ("folder_mode", "file_mode"), [(None, 0o600), (0o700, 0o600), (0o750, 0o640), (0o2770, 0o640), (0o755, 0o644)]
)
def test_an_index_and_its_files_give_no_more_rights_than_its_folder(
    tmp_path: Path, folder_mode: int | None, file_mode: int
) -> None:
    folder = tmp_path / "index"
    if folder_mode is not None:
        folder.mkdir()
        folder.chmod(folder_mode)
    restrict_new_files(folder)
    with LanceStore(folder) as store:
        store.create(FINGERPRINT)
        store.write([indexed()])
    assert mode(folder) == (0o700 if folder_mode is None else folder_mode)
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 3
    assert {mode(path) | 0o600 for path in files} <= {file_mode, 0o600}


def test_a_model_is_kept_in_a_folder_of_its_owner(tmp_path: Path) -> None:
    folder = build_once(tmp_path / "cache" / "compiled" / "model", lambda made: (made / "graph").touch())
    assert [mode(path) for path in (folder, folder.parent, folder.parent.parent)] == [0o700] * 3
