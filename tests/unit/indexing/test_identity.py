from pathlib import PurePosixPath

import pytest

from dalil.indexing.identity import OWNER, FileIdentity, FileNames, single_file

Stored = dict[str, str]


def ids(paths: list[str], stored: Stored, part: str = "") -> dict[str, str]:
    """The id of each file in an index, which then has their versions."""
    names = FileNames.of((PurePosixPath(path), None) for path in paths)
    identities = {path: FileIdentity(PurePosixPath(path), names, part) for path in paths}
    made = {path: identity.article_id(stored) for path, identity in identities.items()}
    stored.update((made[path], f"0{OWNER}{identity.mark}") for path, identity in identities.items())
    return made


def test_an_id_is_the_name_of_the_file_and_its_path_where_names_collide() -> None:
    paths = ["2024/10/11/bridge/index.md", "2024/10/12/port/index.md", "2024/rail.md", "a.b.txt"]
    assert ids(paths, {}) == {
        "2024/10/11/bridge/index.md": "2024/10/11/bridge/index",
        "2024/10/12/port/index.md": "2024/10/12/port/index",
        "2024/rail.md": "rail",
        "a.b.txt": "a.b",
    }


def test_files_of_one_name_in_one_folder_have_their_extensions_in_the_id() -> None:
    assert ids(["a.md", "a.html", "b/a.md"], {}) == {"a.md": "a.md", "a.html": "a.html", "b/a.md": "b/a"}


def test_a_file_in_the_folder_itself_has_its_name_before_files_below() -> None:
    assert ids(["a.md", "b/a.md"], {}) == {"a.md": "a", "b/a.md": "b/a"}


@pytest.mark.parametrize("newcomer", ["b/a.md", "0/a.md", "a.md", "c/a.html"])
def test_an_id_does_not_change_when_a_second_file_of_the_name_comes(newcomer: str) -> None:
    stored: Stored = {}
    assert ids(["c/a.md"], stored) == {"c/a.md": "a"}
    second = ids(["c/a.md", newcomer], stored)
    assert second["c/a.md"] == "a"
    assert second[newcomer] != "a"
    assert ids(["c/a.md", newcomer], stored) == second


def test_an_id_does_not_change_when_the_other_file_of_the_name_goes() -> None:
    stored: Stored = {}
    both = ids(["b/a.md", "c/a.md"], stored)
    assert ids(["c/a.md"], stored) == {"c/a.md": both["c/a.md"]}


def test_a_file_that_moved_alone_keeps_its_id() -> None:
    stored: Stored = {}
    ids(["b/a.md"], stored)
    assert ids(["c/a.md"], stored) == {"c/a.md": "a"}


def test_parts_of_a_file_are_numbered_and_a_compression_is_no_part_of_the_name() -> None:
    assert ids(["b/news.jsonl.gz", "c/news.jsonl"], {}, "-3") == {
        "b/news.jsonl.gz": "b/news-3",
        "c/news.jsonl": "c/news-3",
    }
    assert single_file("news.jsonl.zst").of_part("-1").article_id({}) == "news-1"


def test_a_file_knows_all_ids_that_it_may_have() -> None:
    assert single_file("b/a.md").possible_ids == ("a", "b/a", "b/a.md")
