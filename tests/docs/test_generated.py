"""Tables that come from the code are as the code makes them, and have no gap."""

from pathlib import Path

import pytest

from dalil.settings import Settings
from scripts.generate_docs import BLOCKS, ROOT, Schema, pages, regenerate


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_is_as_the_code_makes_it(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert regenerate(text) == text, "run `make docs`"


def test_every_block_has_a_page() -> None:
    whole = "".join(page.read_text(encoding="utf-8") for page in pages())
    assert [name for name in BLOCKS if f"<!-- generated: {name} -->" not in whole] == []


def test_what_is_outside_the_markers_stays() -> None:
    page = "before\n<!-- generated: make -->\nold\n<!-- end -->\nafter\n"
    new = regenerate(page)
    assert new.startswith("before\n<!-- generated: make -->\n")
    assert new.endswith("\n<!-- end -->\nafter\n")
    assert "old" not in new
    assert "`make docs`" in new
    assert regenerate(new) == new


def test_a_block_that_nothing_makes_is_an_error() -> None:
    with pytest.raises(KeyError, match="weather"):
        regenerate("<!-- generated: weather -->\n<!-- end -->")


def test_every_setting_has_a_description() -> None:
    whole = Schema.model_validate(Settings.model_json_schema())
    groups = [("DALIL", whole), *whole.definitions.items()]
    assert [
        f"{group}.{name}"
        for group, schema in groups
        for name, setting in schema.properties.items()
        if not setting.reference and not setting.description
    ] == []
