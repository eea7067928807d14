from pathlib import Path

import pytest

from evals.commands import sets
from evals.commands.options import Half, OwnSet
from evals.commands.sets import load_own_sets, select_sets
from evals.datasets.own_sets import load_news_questions


def test_a_set_whose_articles_are_missing_is_left_out_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sets, "EXTERNAL_SETS", {OwnSet.NEWS: (tmp_path / "news", load_news_questions)})
    assert [one.name for one in load_own_sets(OwnSet.ALL)] == ["seeds"]
    assert f"the news set is left out: its articles are not in {tmp_path / 'news'}" in capsys.readouterr().err


def test_a_half_is_selected() -> None:
    (selected,) = select_sets(OwnSet.SEEDS, None, None, Half.TEST)
    assert {question.half for question in selected.questions} == {"test"}
