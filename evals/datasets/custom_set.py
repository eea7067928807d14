"""A user's own questions over a folder of articles."""

from pathlib import Path
from typing import Self

from pydantic import ConfigDict, model_validator

from evals.datasets.evidence import (
    Articles,
    Offsets,
    StrictModel,
    Text,
    find_article,
    locate_evidence,
    merge_spans,
    read_articles,
)
from evals.datasets.near_duplicates import with_copies
from evals.datasets.questions import MAX_GRADE, EvalQuestion, Label, QuestionSet, read_questions

ARABIC_CODES = frozenset(
    {"ar", "arb", "arz", "ary", "arq", "aeb", "ayl", "apd", "apc", "ajp", "acm", "afb", "ars", "acw"}
)
"""ISO 639 codes of Arabic and of its larger varieties."""


class _QuestionModel(StrictModel):
    """A line of the file. All evidence has grade 3. Unknown fields are ignored: users keep notes in them."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    id: Text
    lang: Text
    question: Text
    article: Text | None = None
    evidence: str | Offsets | list[str | Offsets] | None

    @model_validator(mode="after")
    def _check_consistency(self) -> Self:
        if self.evidence == []:
            raise ValueError("evidence is an empty list; an unanswerable question has null")
        if self.evidence is not None and self.article is None:
            raise ValueError("evidence needs the article that holds it")
        return self


def load_questions(file: Path, folder: Path) -> QuestionSet:
    """Read a JSONL file with the fields `id, lang, question, article, evidence` over a folder of articles.

    `lang` is en, ar or a variety (ar-EG, arz, ary). `evidence` is a quote that occurs exactly once in the article, or
    `{"start", "end"}` in code points of its text, or a list of these; overlapping ones become one. It is null if no
    article answers, and then `article` may be null too. Raises `InvalidInput` with the file and line at fault.
    """
    articles = read_articles(folder)
    questions = read_questions(file, _QuestionModel, lambda line: [_to_question(line, articles)])
    return with_copies(QuestionSet(file.stem, tuple(articles.values()), questions))


def _to_question(line: _QuestionModel, articles: Articles) -> EvalQuestion:
    article = find_article(line.article, articles) if line.article is not None else None
    labels: tuple[Label, ...] = ()
    if article is not None and line.evidence is not None:
        evidence = line.evidence if isinstance(line.evidence, list) else [line.evidence]
        spans = merge_spans([locate_evidence(article, one) for one in evidence])
        labels = tuple(Label(article.id, span, MAX_GRADE) for span in spans)
    return EvalQuestion(
        id=line.id,
        need=line.id,
        form=line.lang,
        language=_language_of_code(line.lang),
        text=line.question,
        kind="answerable" if labels else "unanswerable",
        half="test",
        traits=(),
        labels=labels,
        cluster=line.article or line.id,
    )


def _language_of_code(code: str) -> str:
    """The language of a variety, by the primary subtag of BCP 47."""
    primary = code.partition("-")[0].lower()
    if primary == "en":
        return "en"
    if primary in ARABIC_CODES:
        return "ar"
    raise ValueError(f"lang {code!r} is neither en nor ar, nor a variety of them such as ar-EG, arz, ary")
