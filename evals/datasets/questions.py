"""Questions with labelled evidence: the set written for this project, that over the reference articles, anyone's own.

Labels are stretches of articles, never passages, so that they outlive every change to how articles are cut. Lines of
`evals/data` hold offsets and a hash of what stands there, and no text; evals/data/README.md tells how they were made.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from dalil.domain import Article, Span
from dalil.errors import InvalidInput
from dalil.indexing.loaders import Corpus, Loaded
from dalil.indexing.report import Rejected
from evals.datasets.jsonl import Record, read_lines

Articles: TypeAlias = dict[str, Article]
Text: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]

ROOT = Path(__file__).parents[2]
DATA = ROOT / "evals" / "data"
SEEDS = ROOT / "seeds"
REFERENCE = ROOT.parent / "shared" / "articles"
"""The five reference articles, which are not ours to copy."""

FORMS = {"en": "en", "ar": "ar", "paraphrase": "ar", "egyptian": "ar", "moroccan": "ar"}
"""Form of a question → its language."""

UNANSWERABLE = ("near-miss", "off-topic")
"""The kinds without evidence."""

BEST_GRADE = 3

LARGEST_ARTICLE = 5_000_000
"""Bytes."""

ARABIC = frozenset({"ar", "arb", "arz", "ary", "arq", "aeb", "ayl", "apd", "apc", "ajp", "acm", "afb", "ars", "acw"})
"""ISO 639 codes of Arabic and of its larger varieties."""


@dataclass(frozen=True, slots=True)
class Label:
    """A stretch of an article that answers: 3 by itself, 2 in part, 1 supports but would not do alone."""

    article_id: str
    span: Span
    grade: int


@dataclass(frozen=True, slots=True)
class EvalQuestion:
    """One form of one information need, `<need>.<form>`; no labels: no article answers.

    Questions that share `cluster` are not independent: the bootstrap draws them together. It is the article of the
    first best label; without labels, the article the question is about, else the need. In anyone's own set every
    question is a need of its own, its form is its `lang`, its kind "answerable" or "unanswerable", its half "test".
    """

    id: str
    need: str
    form: str
    language: str
    text: str
    kind: str
    half: str
    traits: tuple[str, ...]
    labels: tuple[Label, ...]
    cluster: str


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions and the articles they are asked of, both in the order of their files."""

    name: str
    articles: tuple[Article, ...]
    questions: tuple[EvalQuestion, ...]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Evidence(_Strict):
    """One label of our own sets; `sha256` is the first 16 hex digits over the span's UTF-8 text."""

    article: Text
    start: int = Field(ge=0)
    end: int = Field(ge=1)
    grade: int = Field(ge=1, le=BEST_GRADE)
    sha256: str = Field(pattern=r"^[0-9a-f]{16}$")


_Form: TypeAlias = Literal["en", "ar", "paraphrase", "egyptian", "moroccan"]
_Trait: TypeAlias = Literal[
    "abbreviation", "alef-maqsura", "dialect", "digits", "hamza", "taa-marbuta", "transliteration", "typo"
]


class _Need(_Strict):
    """A line of our own sets: one information need in its forms."""

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
    miss: Literal["absent-fact", "false-premise", "wrong-date"] | None = None
    questions: dict[_Form, Text] = Field(min_length=1)
    traits: dict[_Form, tuple[_Trait, ...]] = {}
    evidence: tuple[_Evidence, ...] | None

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if (self.kind in UNANSWERABLE) != (self.evidence is None):
            raise ValueError(f"evidence must be null for {' and '.join(UNANSWERABLE)}, and for no other kind")
        if (self.kind == "near-miss") != (self.miss is not None) or (self.miss is None) != (self.about is None):
            raise ValueError("about and miss belong to near-miss, and to no other kind")
        if self.evidence is not None and all(label.grade < BEST_GRADE for label in self.evidence):
            raise ValueError(f"no evidence of grade {BEST_GRADE}")
        return self


class Offsets(_Strict):
    """A stretch of an article, in code points; `end` is exclusive."""

    start: int = Field(ge=0)
    end: int = Field(ge=1)


class _Asked(_Strict):
    """A line of anyone's set; what stands in `evidence` is of grade 3."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)  # other people keep notes beside these

    id: Text
    lang: Text
    question: Text
    article: Text | None = None
    evidence: str | Offsets | list[str | Offsets] | None

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.evidence == []:
            raise ValueError("evidence is an empty list; an unanswerable question has null")
        if self.evidence is not None and self.article is None:
            raise ValueError("evidence needs the article it stands in")
        return self


def load_seeds() -> QuestionSet:
    """The set over the project's own seeds/; `InvalidInput` for whatever does not read as recorded."""
    return _own("seeds", SEEDS)


def load_reference(folder: Path = REFERENCE) -> QuestionSet:
    """The set over the reference articles in `folder`; `InvalidInput` where they are missing or read otherwise."""
    return _own("reference", folder)


def load_questions(file: Path, articles: Path) -> QuestionSet:
    """Anyone's own set: JSONL lines `id, lang, question, article, evidence` over a folder of articles.

    `lang` is en or ar, or a variety (ar-EG, arz, ary). `evidence` is a quote that stands exactly once in the article,
    or `{"start", "end"}` in code points of its text, or a list of those, joined where they overlap; null where no
    article answers, and then `article` may be null too. Raises `InvalidInput` naming the file and line at fault.
    """
    known = articles_of(articles)
    questions = _questions(file, _Asked, lambda asked: [_as_asked(asked, known)])
    return QuestionSet(file.stem, tuple(known.values()), questions)


def _own(name: str, folder: Path) -> QuestionSet:
    known = articles_of(folder)
    questions = _questions(DATA / f"{name}.jsonl", _Need, lambda need: _forms(need, known))
    return QuestionSet(name, tuple(known.values()), questions)


def articles_of(folder: Path) -> Articles:
    """Id → article, of all articles in a folder; raises `InvalidInput` where one cannot be read."""
    if not folder.exists():
        raise InvalidInput(f"{folder}: there is no such folder of articles")
    known: Articles = {}
    for item in Corpus([folder], LARGEST_ARTICLE):
        if isinstance(item, Rejected):
            raise InvalidInput(f"{item.name}: {item.reason}")
        if isinstance(item, Loaded):
            if item.article.id in known:
                raise InvalidInput(f"{item.name}: a second article has the id {item.article.id!r}")
            known[item.article.id] = item.article
    if not known:
        raise InvalidInput(f"{folder}: holds no articles")
    return known


def _questions(
    file: Path, record: type[Record], convert: Callable[[Record], list[EvalQuestion]]
) -> tuple[EvalQuestion, ...]:
    """What `convert` makes of the lines; empty lines are passed over, a `ValueError` is given its line's number."""
    questions: dict[str, EvalQuestion] = {}
    for place, converted in read_lines(file, record, convert):
        own = {question.id: question for question in converted}
        if repeated := own.keys() & questions.keys():
            raise InvalidInput(f"{place}: the id {min(repeated)!r} stands there twice")
        questions |= own
    if not questions:
        raise InvalidInput(f"{file}: holds no questions")
    return tuple(questions.values())


def _forms(need: _Need, known: Articles) -> list[EvalQuestion]:
    labels = _apart(tuple(_label(evidence, known) for evidence in need.evidence or ()))
    if need.about is not None:
        known_article(need.about, known)
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
            cluster=best.article_id if best else need.about or need.id,
        )
        for form, text in need.questions.items()
    ]


def _as_asked(asked: _Asked, known: Articles) -> EvalQuestion:
    article = known_article(asked.article, known) if asked.article is not None else None
    labels: tuple[Label, ...] = ()
    if article is not None and asked.evidence is not None:
        places = asked.evidence if isinstance(asked.evidence, list) else [asked.evidence]
        spans = _merged([place_in(article, place) for place in places])
        labels = tuple(Label(article.id, span, BEST_GRADE) for span in spans)
    return EvalQuestion(
        id=asked.id,
        need=asked.id,
        form=asked.lang,
        language=_language(asked.lang),
        text=asked.question,
        kind="answerable" if labels else "unanswerable",
        half="test",
        traits=(),
        labels=labels,
        cluster=asked.article or asked.id,
    )


def _language(lang: str) -> str:
    """The language a variety belongs to, by the primary subtag of BCP 47."""
    primary = lang.partition("-")[0].lower()
    if primary == "en":
        return "en"
    if primary in ARABIC:
        return "ar"
    raise ValueError(f"lang {lang!r} is neither en nor ar, nor a variety of them such as ar-EG, arz, ary")


def known_article(article_id: str, known: Articles) -> Article:
    """The article of an id; raises `ValueError` where there is none."""
    if article_id not in known:
        raise ValueError(f"there is no article {article_id!r}")
    return known[article_id]


def _label(evidence: _Evidence, known: Articles) -> Label:
    article = known_article(evidence.article, known)
    span = place_in(article, Offsets(start=evidence.start, end=evidence.end))
    digest = hashlib.sha256(span.of(article.text).encode()).hexdigest()[: len(evidence.sha256)]
    if digest != evidence.sha256:
        raise ValueError(
            f"{article.id!r} does not read at {span.start} to {span.end} as it did when it was labelled: "
            f"the hash is {digest}, not {evidence.sha256}"
        )
    return Label(article.id, span, evidence.grade)


def place_in(article: Article, place: str | Offsets) -> Span:
    """Where the evidence lies; raises `ValueError` unless it is one place of the article that holds text."""
    if isinstance(place, Offsets):
        if not place.start < place.end <= len(article.text):
            raise ValueError(
                f"{place.start} to {place.end} is not a stretch of {article.id!r} (0 to {len(article.text)})"
            )
        return Span(place.start, place.end)
    quote = place.strip()
    start = article.text.find(quote)
    if not quote or start < 0:
        raise ValueError(f"the quote {place!r} does not occur in {article.id!r}")
    if article.text.find(quote, start + 1) >= 0:
        raise ValueError(f"the quote {place!r} occurs more than once in {article.id!r}; lengthen it or give offsets")
    return Span(start, start + len(quote))


def _merged(spans: list[Span]) -> list[Span]:
    """The spans in order, those that share characters as one."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start < merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def _apart(labels: tuple[Label, ...]) -> tuple[Label, ...]:
    """The labels as they are; raises `ValueError` where two share characters, which would be counted twice."""
    places = sorted((label.article_id, label.span) for label in labels)
    for (article_id, first), (other_id, second) in pairwise(places):
        if article_id == other_id and second.start < first.end:
            raise ValueError(f"two pieces of evidence overlap in {article_id!r}, at {second.start}")
    return labels
