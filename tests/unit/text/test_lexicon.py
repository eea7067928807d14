import ast
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel, ValidationError

import dalil
from dalil.indexing.boilerplate import BoilerplatePatterns
from dalil.retrieval.query_rewriting import FollowupWords
from dalil.text.aliases import AliasEntry, Aliases
from dalil.text.analysis import words
from dalil.text.lexicon import WordLists, read_lexicon, read_words

FILES = sorted(file.name for file in files("dalil.text.lexicon").iterdir() if file.name.endswith(".yaml"))
PACKAGE = Path(str(dalil.__file__)).parent


@pytest.mark.parametrize("name", FILES)
def test_every_list_says_where_it_comes_from(name: str) -> None:
    content = yaml.safe_load(files("dalil.text.lexicon").joinpath(name).read_text(encoding="utf-8"))
    assert set(content) == {"provenance", "entries"}
    assert len(content["provenance"]) >= 20


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML without libyaml: install a binary wheel of it")
@pytest.mark.parametrize("name", FILES)
def test_libyaml_and_python_read_the_same(name: str) -> None:
    text = files("dalil.text.lexicon").joinpath(name).read_text(encoding="utf-8")
    assert yaml.load(text, yaml.CSafeLoader) == yaml.load(text, yaml.SafeLoader)


def _names_read() -> Iterator[str]:
    """The first arguments of all calls of `read_lexicon` and `read_words` in the package."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"read_lexicon", "read_words"}
                and isinstance(node.args[0], ast.Constant)
                and isinstance(node.args[0].value, str)
            ):
                yield f"{node.args[0].value}.yaml"


def test_every_file_is_read_by_the_package_and_every_file_that_it_reads_is_there() -> None:
    assert sorted(set(_names_read())) == FILES


@pytest.mark.parametrize("name", ["arabic_stop_words", "english_stop_words", "boilerplate_labels", "negation"])
def test_a_file_of_words_gives_them_folded(name: str) -> None:
    assert read_words(name)
    assert all(" ".join(words(word)) == word for word in read_words(name))


@pytest.mark.parametrize(
    ("name", "shape"), [("followups", FollowupWords), ("boilerplate_patterns", BoilerplatePatterns)]
)
def test_a_file_has_the_shape_that_its_reader_names(name: str, shape: type[BaseModel]) -> None:
    assert isinstance(read_lexicon(name, shape), shape)


def test_every_alias_can_be_found_and_is_written_once() -> None:
    names = read_lexicon("aliases", tuple[AliasEntry, ...])
    aliases = Aliases(names)
    for name in names:
        assert len({*name.en, *name.ar}) == len(name.en) + len(name.ar)
        for written in (*name.en, *name.ar):
            assert [found.words for found in aliases.names_in(written)] == [tuple(words(written))]


@pytest.mark.parametrize(
    ("lists", "message"),
    [
        pytest.param({"en": ["not", "never", "not"]}, "remove the copies of", id="a word twice"),
        pytest.param({"en": ["no"], "ar": ["no"]}, "remove the copies of", id="a word in both languages"),
        pytest.param({"en": [], "ar": []}, "at least one word", id="no word"),
        pytest.param({"en": [False]}, "valid string", id="an unquoted no, which YAML reads as a boolean"),
        pytest.param({"en": [" "]}, "at least 1 character", id="a blank word"),
        pytest.param({"fr": ["non"]}, "Extra inputs", id="a language that nothing reads"),
    ],
)
def test_a_defective_word_list_is_refused(lists: dict[str, list[object]], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        WordLists.model_validate(lists)
