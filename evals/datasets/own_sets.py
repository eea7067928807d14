"""The question sets of this project: over its seeds, the reference articles, and 300 newspaper articles.

A line of `evals/data` holds offsets and a hash of the text there, and no text. evals/data/README.md describes how the
sets were made.
"""

from itertools import islice
from pathlib import Path
from typing import Literal, Self, TypeAlias

from pydantic import Field, model_validator

from dalil.domain import Article
from evals.datasets.evidence import (
    Articles,
    Offsets,
    StrictModel,
    Text,
    check_hash,
    find_article,
    locate_evidence,
    read_articles,
    require_disjoint,
)
from evals.datasets.near_duplicates import with_copies
from evals.datasets.news import load_news
from evals.datasets.paths import DATA, NEWS, REFERENCE, SEEDS
from evals.datasets.questions import MAX_GRADE, EvalQuestion, Label, QuestionSet, read_questions

OWN_SETS = ("seeds", "reference", "news")
"""The names of the sets."""

FORMS = {"en": "en", "ar": "ar", "paraphrase": "ar", "egyptian": "ar", "moroccan": "ar"}
"""Form of a question → its language."""

UNANSWERABLE = ("near-miss", "off-topic")
"""The kinds without evidence."""

NEWS_ARTICLES = 300
"""Articles of the news set: the first ones, in the order of `load_news`, that suit questions."""

MIN_NEWS_WORDS, MAX_NEWS_WORDS = 70, 900
"""The length of an article of the news set. A shorter one is a note, and a longer one holds several subjects."""

STRETCHED_LETTERS = "ـ" * 5
"""A row of tatweels, which newspapers set as a line between texts. An article with one is a collection of notes."""

_Form: TypeAlias = Literal["en", "ar", "paraphrase", "egyptian", "moroccan"]
_Trait: TypeAlias = Literal[
    "abbreviation", "alef-maqsura", "dialect", "digits", "hamza", "taa-marbuta", "transliteration", "typo"
]


class _EvidenceModel(StrictModel):
    """One label; `sha256` is the first 16 hex digits of the hash of the span's UTF-8 text.

    `sentence` is the clause or sentence around the span. It is given where the span is the shortest stretch that
    answers.
    """

    article: Text
    start: int = Field(ge=0)
    end: int = Field(ge=1)
    grade: int = Field(ge=1, le=MAX_GRADE)
    sha256: str = Field(pattern=r"^[0-9a-f]{16}$")
    sentence: Offsets | None = None


class _NeedModel(StrictModel):
    """A line of the file: one information need in its forms.

    With `alternatives`, each label of the highest grade answers alone. Without it, an answer needs all of them.
    """

    id: Text
    half: Literal["dev", "test"]
    kind: Literal[
        "fact",
        "list",
        "number",
        "date",
        "person",
        "cause",
        "two-articles",
        "contradiction",
        "near-miss",
        "off-topic",
    ]
    about: Text | None = None
    miss: Literal["absent-fact", "false-premise", "wrong-date", "wrong-actor", "planned-only"] | None = None
    questions: dict[_Form, Text] = Field(min_length=1)
    traits: dict[_Form, tuple[_Trait, ...]] = Field(default={})
    alternatives: bool = False
    evidence: tuple[_EvidenceModel, ...] | None

    @model_validator(mode="after")
    def _check_consistency(self) -> Self:
        if (self.kind in UNANSWERABLE) != (self.evidence is None):
            raise ValueError(f"evidence must be null for {' and '.join(UNANSWERABLE)}, and for no other kind")
        if (self.kind == "near-miss") != (self.miss is not None) or (self.miss is None) != (self.about is None):
            raise ValueError("about and miss belong to near-miss, and to no other kind")
        if self.evidence is not None and all(label.grade < MAX_GRADE for label in self.evidence):
            raise ValueError(f"no evidence of grade {MAX_GRADE}")
        return self


def load_seeds() -> QuestionSet:
    """The set over the articles in seeds/; raises `InvalidInput` if an article differs from the labelled one."""
    return _read("seeds", read_articles(SEEDS))


def load_reference(folder: Path = REFERENCE) -> QuestionSet:
    """The set over the reference articles; raises `InvalidInput` if one is missing or differs from the labelled one."""
    return _read("reference", read_articles(folder))


def load_news_questions(folder: Path = NEWS) -> QuestionSet:
    """The set over 300 newspaper articles.

    Raises `InvalidInput` if the folder has no zips, or an article differs from the labelled one.
    """
    suitable = (article for article in load_news(folder) if _suits_questions(article))
    return _read("news", {article.id: article for article in islice(suitable, NEWS_ARTICLES)})


def _suits_questions(article: Article) -> bool:
    words = len(article.text.split())
    return MIN_NEWS_WORDS <= words <= MAX_NEWS_WORDS and bool(article.title) and STRETCHED_LETTERS not in article.text


def _read(name: str, articles: Articles) -> QuestionSet:
    questions = read_questions(DATA / f"{name}.jsonl", _NeedModel, lambda need: _to_questions(need, articles))
    return with_copies(QuestionSet(name, tuple(articles.values()), questions))


def _to_questions(need: _NeedModel, articles: Articles) -> list[EvalQuestion]:
    labels = require_disjoint(tuple(_to_label(evidence, articles) for evidence in need.evidence or ()))
    if need.about is not None:
        find_article(need.about, articles)
    best = max(labels, key=lambda label: label.grade, default=None)
    return [
        EvalQuestion(
            id=f"{need.id}.{form}",
            need=need.id,
            form=form,
            language=FORMS[form],
            text=text,
            kind=need.kind,
            half=need.half,
            traits=need.traits.get(form, ()),
            labels=labels,
            alternatives=need.alternatives,
            miss=need.miss or "",
            cluster=best.article_id if best else need.about or need.id,
        )
        for form, text in need.questions.items()
    ]


def _to_label(evidence: _EvidenceModel, articles: Articles) -> Label:
    article = find_article(evidence.article, articles)
    span = locate_evidence(article, Offsets(start=evidence.start, end=evidence.end))
    check_hash(article, span, evidence.sha256)
    sentence = locate_evidence(article, evidence.sentence) if evidence.sentence else None
    if sentence and not (sentence.start <= span.start and span.end <= sentence.end):
        raise ValueError(f"the sentence {sentence.start} to {sentence.end} does not hold its evidence, at {span.start}")
    return Label(article.id, span, evidence.grade, sentence)
