"""Collections in BEIR's layout: corpus.jsonl, queries.jsonl and qrels.tsv (or qrels/test.tsv) in one folder.

Layout: Thakur et al., "BEIR", 2021. Lines of the first two are objects with `_id` and `text` (a document's `title` may
stand beside it); the last has a heading and the columns query id, document id and grade.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import BaseModel, Field

from dalil.domain import Article, Span
from dalil.errors import InvalidInput
from dalil.text.language import language_of
from evals.datasets.jsonl import Record, read_lines, text_of
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
    """How relevant a document is to a query: 0 is not, more is more."""

    query_id: str
    document_id: str
    grade: int


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents, queries and judgements; only queries with a judgement are kept."""

    name: str
    documents: tuple[Document, ...]
    queries: tuple[Query, ...]
    qrels: tuple[Qrel, ...]


def load_beir(folder: Path) -> Collection:
    """Read a collection; raises `InvalidInput` naming the file, and the line, that is missing or malformed."""
    qrels = tuple(_qrels(folder))
    judged = {qrel.query_id for qrel in qrels}
    queries = tuple(query for query in _lines(folder / "queries.jsonl", Query) if query.id in judged)
    if not queries:
        raise InvalidInput(f"{folder}: no query of queries.jsonl is judged in the qrels")
    return Collection(folder.name, tuple(_lines(folder / "corpus.jsonl", Document)), queries, qrels)


def load_each(folders: Sequence[Path]) -> list[Collection]:
    """Read several as `load_beir` does, each once.

    A folder that shares its last name with another gives its collection as many of the names above it as it takes to
    tell them apart.
    """
    places = {folder.resolve(): folder for folder in folders}
    return [replace(load_beir(folder), name=_name(place, places.keys() - {place})) for place, folder in places.items()]


def question_set(collection: Collection) -> QuestionSet:
    """The collection as questions over articles: a judged document is a label that covers the whole of it.

    A question's language and an article's are those of their script; its cluster is its first best document.
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


def _name(place: Path, others: Iterable[Path]) -> str:
    taken = [other.parts for other in others]
    ends = (place.parts[-depth:] for depth in range(1, len(place.parts) + 1))
    return "/".join(next(end for end in ends if not any(parts[-len(end) :] == end for parts in taken)))


def _lines(path: Path, record: type[Record]) -> Iterator[Record]:
    return (line for _, line in read_lines(path, record, lambda line: line))


def _qrels(folder: Path) -> Iterator[Qrel]:
    path = next((path for path in (folder / "qrels.tsv", folder / "qrels" / "test.tsv") if path.exists()), None)
    if path is None:
        raise InvalidInput(f"{folder}: there is neither qrels.tsv nor qrels/test.tsv")
    rows = csv.reader(text_of(path).strip().split("\n")[1:], delimiter="\t")
    for number, row in enumerate(rows, start=2):
        try:
            query_id, document_id, grade = row
            yield Qrel(query_id, document_id, int(grade))
        except ValueError:
            raise InvalidInput(f"{path}:{number}: not «query id, document id, grade» in tabs: {row!r}") from None
