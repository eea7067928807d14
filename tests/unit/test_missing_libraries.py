"""A program without one of its libraries says how to have it, in one line."""

import pytest

from tests.without import run_without


@pytest.mark.parametrize(("program", "library"), [("api", "uvicorn"), ("indexer", "typer"), ("indexer", "lancedb")])
def test_a_program_names_the_library_and_what_installs_it(program: str, library: str) -> None:
    run = f"import runpy, sys; sys.argv[1:] = ['status']; runpy.run_module({program!r}, run_name='__main__')"
    ended = run_without((library,), run)
    assert ended.returncode != 0
    assert f"the library {library!r} is not installed: run `pip install" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_the_langchain_integration_names_its_extra() -> None:
    ended = run_without(("langchain_core",), "import dalil.integrations.langchain")
    assert 'run `pip install "dalil[langchain]"`' in ended.stderr.splitlines()[-1]
