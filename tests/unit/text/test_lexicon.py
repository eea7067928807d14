from importlib.resources import files

import pytest
import yaml

FILES = sorted(file.name for file in files("dalil.text.lexicon").iterdir() if file.name.endswith(".yaml"))


@pytest.mark.parametrize("name", FILES)
def test_every_list_says_where_it_comes_from(name: str) -> None:
    content = yaml.safe_load(files("dalil.text.lexicon").joinpath(name).read_text(encoding="utf-8"))
    assert set(content) == {"provenance", "entries"}
    assert len(content["provenance"]) >= 20
