import pytest

from dalil.indexing.front_matter import split_front_matter
from dalil.indexing.unreadable import Unreadable

BODY = "افتتح الوزير الجسر.\n"
FIELDS = {"title": "افتتاح جسر", "date": "2024-10-11"}


@pytest.mark.parametrize(
    "front_matter",
    [
        pytest.param("---\ntitle: افتتاح جسر\ndate: 2024-10-11\n---\n", id="YAML"),
        pytest.param("\n \n---\ntitle: افتتاح جسر\ndate: 2024-10-11\n---\n", id="behind blank lines"),
        pytest.param("---  \n\ntitle: افتتاح جسر\ndate: 2024-10-11\n...  \n", id="ended by dots, as pandoc writes it"),
        pytest.param('+++\ntitle = "افتتاح جسر"\ndate = 2024-10-11\n+++\n', id="TOML"),
        pytest.param('---toml\ntitle = "افتتاح جسر"\ndate = 2024-10-11\n---\n', id="TOML by name"),
        pytest.param('{\n"title": "افتتاح جسر",\n"date": "2024-10-11"\n}\n', id="JSON"),
        pytest.param(';;;\n{"title": "افتتاح جسر", "date": "2024-10-11"}\n;;;\n', id="JSON between marks"),
    ],
)
def test_front_matter_is_split_from_the_text(front_matter: str) -> None:
    assert split_front_matter(front_matter + BODY) == (FIELDS, BODY)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("جملة.\n---\nتتمة.\n", id="none"),
        pytest.param("---\n# رأس\n", id="a rule"),
        pytest.param("---\n\nفقرة بين خطين: نص.\n\n---\n\nنص.\n", id="a paragraph between rules"),
        pytest.param("+++ عاجل +++\nنص.\n", id="marks in a line"),
        pytest.param("{{< figure >}}\nنص.\n", id="a template"),
        pytest.param("{نص}\n", id="braces"),
    ],
)
def test_text_that_only_looks_a_little_like_it_is_text(text: str) -> None:
    assert split_front_matter(text) == ({}, text)


def test_empty_front_matter_has_no_fields() -> None:
    assert split_front_matter("---\n---\nنص.") == ({}, "نص.")


def test_values_of_toml_are_as_text_writes_them() -> None:
    fields = split_front_matter("+++\ndraft = false\ntags = ['أ', 'ب']\nat = 2024-10-11T18:30:00+03:00\n+++\n").fields
    assert fields == {"draft": "false", "tags": ["أ", "ب"], "at": "2024-10-11T18:30:00+03:00"}


@pytest.mark.parametrize(
    ("content", "reason", "article_id"),
    [
        pytest.param("---\ntitle: عاجل\nid: a\nنص.\n", "no line '---' or '...' ends it", "a", id="YAML without end"),
        pytest.param("+++\ntitle = 'x'\nنص.\n", "no line '+++' ends it", "", id="TOML without end"),
        pytest.param(f"---\na: {'x' * 70_000}\n---\n", "within 65,536 characters", "", id="long"),
        pytest.param("---\ntitle = 'x'\n---\n", "expected named fields, found str", "", id="TOML for YAML"),
        pytest.param("+++\ntitle: x\n+++\n", "bad TOML in the front matter", "", id="YAML for TOML"),
        pytest.param('{"title": "x",}\nنص.\n', "begins like front matter in JSON", "", id="JSON with a comma too many"),
        pytest.param('{"a": ' + "[" * 60_000, "begins like front matter in JSON", "", id="deep JSON"),
        pytest.param("---\nid: [\n---\n", "bad YAML in the front matter", None, id="an id that cannot be read"),
        pytest.param("---\nid: 'b'\na: [\n---\n", "bad YAML in the front matter", "b", id="an id that can"),
        pytest.param("---\rtitle: a\r---\rنص.", "CR alone; convert them with mac2unix", "", id="lines of old Macs"),
        pytest.param("+++\na = " + "[" * 20_000 + "\n+++\n", "bad TOML in the front matter", "", id="deep TOML"),
    ],
)
def test_front_matter_that_cannot_be_read_is_refused(content: str, reason: str, article_id: str | None) -> None:
    with pytest.raises(Unreadable) as refused:
        split_front_matter(content)
    assert reason in refused.value.reason
    assert refused.value.article_id == article_id


@pytest.mark.parametrize(
    "content",
    ["Title: جسر\nنص.", "Title: جسر\nDate: 2024-10-11\nنص.", "قال: نعم\nوقال: لا\n\nنص.", "Note: a\nTitle: b\n\nنص."],
)
def test_prose_with_colons_is_no_header(content: str) -> None:
    assert split_front_matter(content) == ({}, content)


def test_a_line_separator_ends_no_line_of_yaml() -> None:
    assert split_front_matter("---\ntitle: أ\u2028ب\n---\nنص.").fields == {"title": "أ ب"}


def test_a_colon_in_a_title_is_refused_with_the_cure() -> None:
    with pytest.raises(Unreadable) as refused:
        split_front_matter("---\ndate: 2024-10-11\ntitle: عاجل: افتتاح 'الجسر'\n---\nنص.")
    assert refused.value.reason == (
        "bad YAML in the front matter: line 3 has a colon within its value; "
        "write the value in quotes: title: 'عاجل: افتتاح ''الجسر'''"
    )
