"""What a language model is asked."""

import tomllib
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest

import dalil.answering.llm
from dalil.answering.evidence import Evidence
from dalil.answering.llm.citation_parser import parse_citations
from dalil.answering.llm.prompt import (
    ENTAILMENT_PROMPT,
    NO_ANSWER,
    PROMPT_VERSIONS,
    TRANSLATION_PROMPT,
    build_entailment_prompt,
    build_prompt,
    format_evidence,
)
from dalil.domain import ArticleSummary, Span
from dalil.retrieval.query import analyze_query
from dalil.settings import GeneratorSettings
from dalil.text.aliases import Aliases

SHELLS = ArticleSummary("a", "قذائف [1]", "وكالة {x}", datetime(2024, 3, 5, tzinfo=UTC))
QUAKE = ArticleSummary("b", "زلزال")
EVIDENCE = [
    Evidence(SHELLS, Span(0, 9), "وصلت <b> قذائف\nكثيرة."),
    Evidence(SHELLS, Span(10, 20), "ثم صواريخ."),
    Evidence(QUAKE, Span(0, 10), "ضرب زلزال."),
]


def test_evidence_is_numbered_through_below_the_heading_of_its_article() -> None:
    assert format_evidence(EVIDENCE).splitlines() == [
        "Passage 1: قذائف (1) (وكالة (x), 2024-03-05)",
        "[1] وصلت ‹b› قذائف كثيرة.",
        "[2] ثم صواريخ.",
        "",
        "Passage 2: زلزال",
        "[3] ضرب زلزال.",
    ]


@pytest.mark.parametrize("name", PROMPT_VERSIONS)
@pytest.mark.parametrize(("text", "language"), [("What came?", "in English"), ("ماذا وصل؟", "in Arabic")])
def test_a_prompt_has_the_language_the_way_to_decline_and_no_open_place(name: str, text: str, language: str) -> None:
    prompt = build_prompt(PROMPT_VERSIONS[name], analyze_query(text, Aliases.standard()), EVIDENCE)
    assert language in " ".join(prompt.system.split())
    assert NO_ANSWER in prompt.system
    assert not set("{}") & set(prompt.system)
    assert prompt.user == f"{format_evidence(EVIDENCE)}\n\nQuestion: {text}\n"


def test_the_examples_of_the_small_prompt_are_read_as_sentences_with_quotes() -> None:
    prompt = build_prompt(PROMPT_VERSIONS["small"], analyze_query("What came?", Aliases.standard()), EVIDENCE)
    lines = [line for line in prompt.system.splitlines() if line.startswith(("QUOTE:", "ANSWER:"))]
    found = list(parse_citations(["\n".join(lines)], 2))
    assert [(sentence.evidence, sentence.drop_reason) for sentence in found] == [((1,), None), ((0,), None)]
    assert all(quote.strip("«»") in prompt.system for sentence in found for quote in sentence.quotes)


def test_an_entailment_prompt_has_each_quote_on_its_line() -> None:
    prompt = build_entailment_prompt("Shells\ncame [1].", ["وصلت\nقذائف.", "ثم صواريخ."])
    assert prompt.user.splitlines()[:4] == ["Quote: وصلت قذائف.", "Quote: ثم صواريخ.", "", "Sentence: Shells came (1)."]


def test_the_settings_offer_the_prompts_that_there_are() -> None:
    assert get_args(GeneratorSettings.model_fields["prompt"].annotation) == tuple(PROMPT_VERSIONS)
    folder = files(dalil.answering.llm).joinpath("prompts")
    names = {Path(str(file)).name for file in folder.iterdir()}
    assert names == {f"{version}.txt" for version in (*PROMPT_VERSIONS.values(), ENTAILMENT_PROMPT, TRANSLATION_PROMPT)}


def test_the_wheel_has_the_prompts() -> None:
    project = tomllib.loads((Path(__file__).parents[4] / "pyproject.toml").read_text("utf-8"))
    # A wheel of hatchling has every file of its packages, unless one is excluded.
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"] == {"packages": ["dalil"]}
