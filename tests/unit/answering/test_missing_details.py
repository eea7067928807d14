from collections.abc import Iterator

import pytest

from dalil.answering.missing_details import missing_details
from dalil.domain import Article, DetailKind
from dalil.engine import Engine
from tests.small_engine import small_engine

TEXT = "ضرب زلزال قوي إقليم الحوز في المغرب ليل الجمعة 8 سبتمبر 2023، وقتل فيه 2900 شخص."


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with small_engine(tmp_path_factory.mktemp("index"), [Article("quake", "زلزال الحوز", TEXT)]) as engine:
        yield engine


def missing(engine: Engine, question: str) -> list[tuple[DetailKind, str]]:
    results = engine.retriever.search(question)
    details = missing_details(results, engine.retriever.aliases)
    return [(detail.kind, detail.text) for detail in details if detail.kind in {DetailKind.NUMBER, DetailKind.DATE}]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        pytest.param("how many died in the earthquake of 1975?", [(DetailKind.DATE, "1975")], id="a year"),
        pytest.param("who won the 2014 world cup final?", [(DetailKind.DATE, "2014")], id="a year before its event"),
        pytest.param("كم قتيلا سقط في زلزال عام 1975؟", [(DetailKind.DATE, "1975")], id="a year, Arabic"),
        pytest.param(
            "ماذا حدث في المغرب يوم 13 أكتوبر؟", [(DetailKind.DATE, "13"), (DetailKind.DATE, "أكتوبر")], id="a day"
        ),
        pytest.param("هل قتل 3500 شخص في الزلزال؟", [(DetailKind.NUMBER, "3500")], id="a number"),
        pytest.param(
            "Did 1520 people die in the earthquake?", [(DetailKind.NUMBER, "1520")], id="a number like a year"
        ),
        pytest.param("هل قتل 2900 شخص في زلزال سبتمبر 2023؟", [], id="what the article has"),
    ],
)
def test_a_number_or_a_date_that_nothing_found_has_is_named_by_its_kind(
    engine: Engine, question: str, expected: list[tuple[DetailKind, str]]
) -> None:
    assert missing(engine, question) == expected
