import shutil
from pathlib import Path

import pytest
from huggingface_hub import constants

from dalil.embedding.model_id import locate, model_name
from dalil.errors import ModelUnavailable


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty download folder of the Hugging Face hub, and no way to the hub itself."""
    folder = tmp_path / "hub"
    folder.mkdir()
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return folder


def _model(folder: Path) -> Path:
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "config.json").write_text("{}", encoding="utf-8")
    (folder / "1_Pooling" / "config.json").write_text("{}", encoding="utf-8")
    (folder / "model.safetensors").write_bytes(b"\x01" * 3_000_000)
    return folder


def _downloaded(hub: Path) -> Path:
    repository = hub / "models--org--small"
    folder = _model(repository / "snapshots" / ("c" * 40))
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("c" * 40, encoding="utf-8")
    return folder


def test_a_copied_model_has_the_same_name(tmp_path: Path) -> None:
    first = _model(tmp_path / "one" / "small")
    second = tmp_path / "two" / "small"
    shutil.copytree(first, second, copy_function=shutil.copyfile)
    assert model_name(first) == model_name(second)
    assert model_name(first).startswith("small@")


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "1_Pooling/config.json"])
def test_a_changed_model_has_another_name(tmp_path: Path, name: str) -> None:
    folder = _model(tmp_path / "small")
    before = model_name(folder)
    path = folder / name
    path.write_bytes(b"\x02" * path.stat().st_size)
    assert model_name(folder) != before


def test_a_readme_does_not_change_the_name(tmp_path: Path) -> None:
    folder = _model(tmp_path / "small")
    before = model_name(folder)
    (folder / "README.md").write_text("about", encoding="utf-8")
    assert model_name(folder) == before


def test_a_folder_is_found_where_it_is(tmp_path: Path) -> None:
    assert locate(tmp_path) == tmp_path.resolve()


def test_a_downloaded_model_is_found_without_the_hub_and_keeps_its_name(hub: Path) -> None:
    folder = _downloaded(hub)
    assert locate("org/small") == folder
    assert model_name(folder).startswith("org/small@")


def test_half_a_download_is_not_taken_for_a_model(hub: Path) -> None:
    (_downloaded(hub) / "model.safetensors").unlink()
    with pytest.raises(ModelUnavailable, match="org/small"):
        locate("org/small")


@pytest.mark.parametrize("model", ["org/absent", "not a name", "a/b/c"])
def test_a_model_that_cannot_be_had_is_named(hub: Path, model: str) -> None:
    with pytest.raises(ModelUnavailable, match=f"no model '{model}'"):
        locate(model)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}"])
def test_a_damaged_name_is_told_with_the_way_out(tmp_path: Path, content: str) -> None:
    (tmp_path / "dalil.json").write_text(content, encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="is damaged"):
        model_name(tmp_path)
