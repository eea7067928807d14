from pathlib import Path

import pytest

from dalil.domain import Span
from dalil.errors import InvalidInput
from evals.datasets.beir import Qrel, load_beir, load_collections, question_set


def write(folder: Path, *, qrels: str = "qrels.tsv", **changes: str) -> Path:
    files = {
        "corpus.jsonl": '{"_id": "d1", "title": "", "text": "نص\u2028أول"}\n{"_id": "d2", "text": "نص ثان"}\n',
        "queries.jsonl": '{"_id": "q1", "text": "سؤال"}\n\n{"_id": "q2", "text": "بلا حكم"}\n',
        qrels: "query-id\tcorpus-id\tscore\nq1\td2\t2\n",
    } | {name.replace("_", "."): text for name, text in changes.items()}
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("qrels", ["qrels.tsv", "qrels/test.tsv"])
def test_a_collection_is_read_from_either_place_for_its_judgements(tmp_path: Path, qrels: str) -> None:
    collection = load_beir(write(tmp_path, qrels=qrels))
    assert [document.id for document in collection.documents] == ["d1", "d2"]
    assert collection.qrels == (Qrel("q1", "d2", 2),)


def test_queries_without_a_judgement_are_left_out(tmp_path: Path) -> None:
    assert [query.id for query in load_beir(write(tmp_path)).queries] == ["q1"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"corpus_jsonl": "{"}, "corpus.jsonl:1"),
        ({"corpus_jsonl": '{"_id": "d1"}'}, "corpus.jsonl:1"),
        ({"queries_jsonl": '{"_id": "q9", "text": "x"}'}, "no query"),
        ({"qrels_tsv": "h\nq1 d1 1\n"}, "qrels.tsv:2"),
    ],
)
def test_what_is_malformed_is_named_with_its_line(tmp_path: Path, changes: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        load_beir(write(tmp_path, **changes))


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"qrels\.tsv"):
        load_beir(tmp_path)
    write(tmp_path)
    (tmp_path / "corpus.jsonl").unlink()
    with pytest.raises(InvalidInput, match=r"corpus\.jsonl"):
        load_beir(tmp_path)


def test_folders_of_one_name_give_collections_that_can_be_told_apart(tmp_path: Path) -> None:
    folders = [tmp_path / place for place in ("a/news/ar", "b/news/ar", "b/wiki/ar", "b/wiki/en")]
    for folder in folders:
        folder.mkdir(parents=True)
        write(folder)
    named = [collection.name for collection in load_collections([*folders, folders[0]])]
    assert named == ["a/news/ar", "b/news/ar", "wiki/ar", "en"]
    assert [collection.name for collection in load_collections(folders[:1])] == ["ar"]


def test_a_collection_becomes_questions_whose_labels_are_whole_documents(tmp_path: Path) -> None:
    asked = question_set(load_beir(write(tmp_path)))
    (question,) = asked.questions
    (label,) = question.labels
    assert (question.id, question.language, question.half, question.cluster) == ("q1", "ar", "test", "d2")
    assert (label.article_id, label.span, label.grade) == ("d2", Span(0, len("نص ثان")), 2)
    assert [article.id for article in asked.articles] == ["d1", "d2"]
