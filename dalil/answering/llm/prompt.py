"""The prompts: rules from a file, the passages with their sentences numbered, and the question.

`prompts/` has a file for each version of a prompt. A version is never edited once it is released, so that its name in
an explanation says what a model was asked.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from dalil.answering.evidence import Evidence
from dalil.domain import ArticleSummary
from dalil.retrieval.query import AnalyzedQuery

PROMPT_VERSIONS: Mapping[str, str] = {"quote-first": "quote-first.v1", "small": "small.v1"}
"""The version in use of each prompt that the settings offer."""

ENTAILMENT_PROMPT = "entailment.v1"

TRANSLATION_PROMPT = "translation.v1"

NO_ANSWER = "NO_ANSWER"
"""The model writes this when the evidence does not answer the question."""

MAX_TITLE_CHARACTERS = 200
"""An article's title is cut to this length above its passage."""

_ANSWER = """\
{evidence}

Question: {question}
"""

_ENTAILMENT = """\
{quotes}

Sentence: {sentence}

Do the quotes say this? Answer yes or no.
"""

_LANGUAGES = {"ar": "Arabic", "en": "English", "und": "the language of the question"}

_BRACKETS = str.maketrans("[]【】［］<>＜＞{}", "()()()‹›‹›()")
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_VARIATION_SELECTORS = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))


@dataclass(frozen=True, slots=True)
class Prompt:
    """The two messages of a request."""

    system: str
    user: str


def build_prompt(version: str, question: AnalyzedQuery, evidence: Sequence[Evidence]) -> Prompt:
    """The prompt for a question and its evidence, whose sentences are numbered from 1."""
    return Prompt(
        system=_read(version).format(language=_LANGUAGES[question.language], no_answer=NO_ANSWER),
        user=_ANSWER.format(evidence=format_evidence(evidence), question=sanitize(question.text)),
    )


def build_entailment_prompt(sentence: str, quotes: Sequence[str]) -> Prompt:
    """The prompt that asks whether quotes say a sentence; the answer is yes or no."""
    lines = "\n".join(f"Quote: {sanitize(quote)}" for quote in quotes)
    return Prompt(_read(ENTAILMENT_PROMPT), _ENTAILMENT.format(quotes=lines, sentence=sanitize(sentence)))


def build_translation_prompt(text: str) -> Prompt:
    """The prompt that asks for the English of one text."""
    return Prompt(_read(TRANSLATION_PROMPT), sanitize(text))


def format_evidence(evidence: Sequence[Evidence]) -> str:
    """The sentences, a line each behind its number, below their article's title, source and date."""
    return "\n".join(_evidence_lines(evidence))


def sanitize(text: str) -> str:
    """The text on one line, with round brackets only and without invisible characters.

    So evidence cannot close its frame, number itself, turn the reading direction, or hide an instruction.
    """
    kept = (
        character
        for character in text.translate(_BRACKETS)
        if character.isspace()
        or (unicodedata.category(character) not in _INVISIBLE_CATEGORIES and character not in _VARIATION_SELECTORS)
    )
    return " ".join("".join(kept).split())


def _evidence_lines(evidence: Sequence[Evidence]) -> Iterator[str]:
    passage = 0
    for index, item in enumerate(evidence):
        if index == 0 or not item.follows(evidence[index - 1]):
            passage += 1
            if index:
                yield ""
            yield f"Passage {passage}: {_describe(item.article)}"
        yield f"[{index + 1}] {sanitize(item.text)}"


def _describe(article: ArticleSummary) -> str:
    published = article.published_at.date().isoformat() if article.published_at else ""
    details = ", ".join(filter(None, (sanitize(article.source or "")[:MAX_TITLE_CHARACTERS], published)))
    return sanitize(article.title)[:MAX_TITLE_CHARACTERS] + (f" ({details})" if details else "")


@cache
def _read(version: str) -> str:
    return files(__package__).joinpath("prompts", f"{version}.txt").read_text("utf-8")
