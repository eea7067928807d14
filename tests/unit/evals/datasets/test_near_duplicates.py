import json
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest

from dalil.domain import Article, Span
from dalil.errors import InvalidInput
from evals.datasets.jsonl import read_text
from evals.datasets.near_duplicates import NEAR_DUPLICATES, load_pairs, with_copies
from evals.datasets.questions import EvalQuestion, Label, QuestionSet
from evals.measures.near_duplicates import check_pairs, detection_rates

STORY = (
    "أعلنت وزارة الصحة يوم الأحد تسجيل أربع حالات إصابة جديدة بفيروس كورونا في مدينة الرياض. "
    "وقالت الوزارة في بيان إن جميع المصابين يتلقون العلاج في مستشفى الملك سعود."
)
COPY = f"سبق - الرياض: {STORY.replace('الأحد', 'الأحَد')}"
OTHER = "توقعت الأرصاد طقسا حارا على الرياض مع رياح نشطة على سواحل البحر الأحمر اليوم الأحد وغدا الاثنين."


@pytest.fixture
def news(tmp_path: Path) -> Path:
    items = [{"content": text, "date_extracted": "2015-08-08 06:30:06"} for text in (STORY, COPY, OTHER)]
    with ZipFile(tmp_path / "day.zip", "w") as archive:
        archive.writestr("day.json", json.dumps(items))
    return tmp_path


def pairs_file(folder: Path, *pairs: tuple[int, int, bool]) -> Path:
    lines = [
        {"articles": [f"news-day-{one:05}", f"news-day-{two:05}"], "near_duplicates": label, "half": "test"}
        for one, two, label in pairs
    ]
    file = folder / "pairs.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    return file


def test_pairs_are_judged_as_the_engine_groups_them(news: Path) -> None:
    results = check_pairs(load_pairs(pairs_file(news, (0, 1, True), (0, 2, False), (1, 2, True)), news))
    assert [result.found for result in results] == [True, False, False]
    rates = detection_rates(results)
    assert rates.precision is not None
    assert rates.recall is not None
    assert (rates.precision.mean, rates.recall.mean) == (1.0, 0.5)
    assert detection_rates(results[1:2]).recall is None


def test_a_pair_of_an_unknown_article_is_named_with_its_line(news: Path) -> None:
    with pytest.raises(InvalidInput, match=r"pairs.jsonl:1: there is no article 'news-day-00007'"):
        load_pairs(pairs_file(news, (0, 7, True)), news)


def test_no_article_is_in_two_pairs_and_both_halves_have_both_labels() -> None:
    pairs = [json.loads(line) for line in read_text(NEAR_DUPLICATES).splitlines()]
    articles = [article for pair in pairs for article in pair["articles"]]
    assert len(pairs) >= 300
    assert len(articles) == len(set(articles))
    assert {(pair["half"], pair["near_duplicates"]) for pair in pairs} == {
        (half, label) for half in ("dev", "test") for label in (True, False)
    }


def test_a_label_has_the_place_of_its_words_in_every_copy() -> None:
    when = datetime(2015, 8, 8, tzinfo=UTC)
    articles = tuple(
        Article(key, "", text, published_at=when) for key, text in zip("abc", (STORY, COPY, OTHER), strict=True)
    )
    start = STORY.index("يوم الأحد")
    label = Label("a", Span(start, start + len("يوم الأحد تسجيل")), 3)
    question = EvalQuestion("q.ar", "q", "ar", "ar", "متى؟", "date", "dev", (), (label,), "a")
    (found,) = with_copies(QuestionSet("set", articles, (question,))).questions[0].labels
    ((article, span),) = found.copies
    assert (article, span.of(COPY)) == ("b", "يوم الأحَد تسجيل")
