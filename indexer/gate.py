"""The questions by which a new generation is compared with the live one before it takes its place."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from dalil.domain import Mode
from dalil.embedding.encoder import Encoder
from dalil.errors import InvalidInput
from dalil.retrieval.comparison import Comparison, LabelledQuestion, RankArticles, compare
from dalil.retrieval.retriever import Retriever
from dalil.stores.base import PassageStore
from dalil.text.aliases import Aliases
from dalil.text.sentences import sentence_spans

SAMPLE = 100
"""Articles whose sentences are asked for where no file of questions is given."""

MIN_WORDS = 5
MAX_CHARACTERS = 300
"""Of a sentence that is asked for; one of few words may be in any article."""

HITS = 50
"""Passages of one search, which are of ten articles and more in most indexes."""


class _Line(BaseModel):
    """A line of a file of questions, such as `evals` reads; `article` is the id of the article that answers."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    question: str
    article: str | None = None


def read_questions(file: Path) -> list[LabelledQuestion]:
    """The questions of a JSONL file; raises `InvalidInput` with the line at fault."""
    questions = []
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        try:
            parsed = _Line.model_validate_json(line) if line.strip() else None
        except ValidationError as invalid:
            raise InvalidInput(f"{file}:{number}: {invalid.errors()[0]['msg']}") from None
        if parsed:
            questions.append(LabelledQuestion(parsed.question, parsed.article))
    if not questions:
        raise InvalidInput(f"{file} holds no question")
    return questions


def sample_questions(store: PassageStore) -> list[LabelledQuestion]:
    """A sentence of each of some articles, which the search has to find by it; the same ones at each call."""
    ids = sorted(store.all_versions(), key=_hash)[:SAMPLE]
    return [
        LabelledQuestion(sentence, article.id)
        for article, _ in store.whole_articles(ids)
        for sentence in sorted(_sentences(article.text), key=_hash)[:1]
    ]


def ranking(store: PassageStore, encoder: Encoder, mode: Mode) -> RankArticles:
    """What a search of the store ranks."""
    retriever = Retriever(store, encoder, Aliases.standard())
    return lambda question: (hit.article.id for hit in retriever.search(question, limit=HITS, mode=mode).hits)


def compare_generations(
    old: PassageStore, old_encoder: Encoder | None, new: PassageStore, encoder: Encoder, questions: Path | None
) -> Comparison:
    """Ask both generations the questions of a file, or a sample of their own; `old_encoder` is None for none.

    The sample is searched for by meaning alone: by its words, a sentence is found in any index.
    """
    asked = read_questions(questions) if questions else sample_questions(new)
    mode = Mode.HYBRID if questions else Mode.SEMANTIC
    before = ranking(old, old_encoder, mode) if old_encoder else None
    return compare(asked, before, ranking(new, encoder, mode))


def describe(comparison: Comparison) -> Iterator[str]:
    """The figures, a line each."""
    change = comparison.difference
    if comparison.overlap is not None:
        yield f"{comparison.questions:,} questions: {comparison.overlap:.1%} of the first ten articles are the same"
    if change is not None:
        yield (
            f"MRR@10: {change.before:.3f} before, {change.after:.3f} after, difference {change.interval.mean:+.3f} "
            f"[{change.interval.low:+.3f}, {change.interval.high:+.3f}], p = {change.p:.4f}"
        )
    if comparison.found is not None:
        before = "" if comparison.found_before is None else f", {comparison.found_before:.1%} before"
        yield f"found among the first ten: {comparison.found:.1%} of the articles asked for{before}"


def _sentences(text: str) -> Iterator[str]:
    for span in sentence_spans(text):
        sentence = " ".join(span.of(text).split())
        if len(sentence.split()) >= MIN_WORDS and len(sentence) <= MAX_CHARACTERS:
            yield sentence


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
