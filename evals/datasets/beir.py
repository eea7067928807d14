"""Collections in BEIR's layout: corpus.jsonl, queries.jsonl and qrels.tsv (or qrels/test.tsv) in one folder.

Layout: Thakur et al., "BEIR", NeurIPS 2021. A line of the first two files is an object with `_id` and `text`, and
maybe a document's `title`. The third file has a heading and the columns query id, document id and grade.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import BaseModel, Field

from dalil.domain import Article, Span
from dalil.errors import InvalidInput
from dalil.text.language import language_of
from evals.datasets.jsonl import LineModel, read_lines, read_text
from evals.datasets.questions import EvalQuestion, Label, QuestionSet


class Document(BaseModel):
    """One line of corpus.jsonl."""

    id: str = Field(alias="_id")
    title: str = ""
    text: str


class Query(BaseModel):
    """One line of queries.jsonl."""

    id: str = Field(alias="_id")
    text: str


@dataclass(frozen=True, slots=True)
class Qrel:
    """A judgement of a document for a query. Grade 0 is irrelevant, and a higher grade is more relevant."""

    query_id: str
    document_id: str
    grade: int


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents, judgements, and the queries with at least one judgement."""

    name: str
    documents: tuple[Document, ...]
    queries: tuple[Query, ...]
    qrels: tuple[Qrel, ...]


def load_beir(folder: Path) -> Collection:
    """Read a collection; raises `InvalidInput` with the file, and the line, that is missing or malformed."""
    qrels = tuple(_read_qrels(folder))
    judged = {qrel.query_id for qrel in qrels}
    queries = tuple(query for query in _read_models(folder / "queries.jsonl", Query) if query.id in judged)
    if not queries:
        raise InvalidInput(f"{folder}: no query of queries.jsonl is judged in the qrels")
    return Collection(folder.name, tuple(_read_models(folder / "corpus.jsonl", Document)), queries, qrels)


def load_collections(folders: Sequence[Path]) -> list[Collection]:
    """Read several collections, each folder once.

    The name of a collection is that of its folder. Where two folders share it, names of parent folders come before it,
    as many as make the names distinct.
    """
    places = {folder.resolve(): folder for folder in folders}
    return [
        replace(load_beir(folder), name=_distinct_name(place, places.keys() - {place}))
        for place, folder in places.items()
    ]


def question_set(collection: Collection) -> QuestionSet:
    """Convert a collection to questions over articles: a judged document becomes a label over its whole text.

    The script decides the language of a question and of an article. The cluster of a question is its first document
    with the best grade.
    """
    texts = {document.id: document.text for document in collection.documents}
    judged: dict[str, list[Label]] = {query.id: [] for query in collection.queries}
    for qrel in collection.qrels:
        if qrel.query_id in judged:
            span = Span(0, len(texts.get(qrel.document_id, "")))
            judged[qrel.query_id].append(Label(qrel.document_id, span, qrel.grade))
    articles = tuple(
        Article(document.id, document.title, document.text, language=language_of(document.text))
        for document in collection.documents
    )
    questions = tuple(
        EvalQuestion(
            id=query.id,
            need=query.id,
            form=language_of(query.text),
            language=language_of(query.text),
            text=query.text,
            kind="answerable",
            half="test",
            traits=(),
            labels=tuple(judged[query.id]),
            cluster=max(judged[query.id], key=lambda label: label.grade).article_id,
        )
        for query in collection.queries
    )
    return QuestionSet(collection.name, articles, questions)


def _distinct_name(place: Path, others: Iterable[Path]) -> str:
    taken = [other.parts for other in others]
    ends = (place.parts[-depth:] for depth in range(1, len(place.parts) + 1))
    return "/".join(next(end for end in ends if not any(parts[-len(end) :] == end for parts in taken)))


def _read_models(path: Path, model: type[LineModel]) -> Iterator[LineModel]:
    return (line for _, line in read_lines(path, model, lambda line: line))


def _read_qrels(folder: Path) -> Iterator[Qrel]:
    path = next((path for path in (folder / "qrels.tsv", folder / "qrels" / "test.tsv") if path.exists()), None)
    if path is None:
        raise InvalidInput(f"{folder}: there is neither qrels.tsv nor qrels/test.tsv")
    rows = csv.reader(read_text(path).strip().split("\n")[1:], delimiter="\t")
    for number, row in enumerate(rows, start=2):
        try:
            query_id, document_id, grade = row
            yield Qrel(query_id, document_id, int(grade))
        except ValueError:
            raise InvalidInput(f"{path}:{number}: not «query id, document id, grade» in tabs: {row!r}") from None
