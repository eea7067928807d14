"""What the pages say, in both languages."""

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

import api.pages
from api.http import errors
from api.pages.listing import Sort
from dalil.answering.attribution.verifier import NO_QUOTE, RULES
from dalil.answering.confidence import AnswerabilityFeatures
from dalil.domain import AnswerStatus, DetailKind, DropReason, Mode, RefusalReason, Strength, Verdict
from dalil.retrieval.signals import LATE, LEXICAL, PASSAGE, SENTENCE
from evals.reports.quality_summary import FIGURES, NEAR_MISSES_REFUSED

FOLDER = Path(api.pages.__file__).parent
TEXTS: dict[str, dict[str, str]] = json.loads((FOLDER / "texts.json").read_text("utf-8"))
SOURCES = re.sub(
    r"""byId\("[^"]*"\)|(?:id|class|name)(?:=|: )"[^"]*\"""",
    "",
    "".join(file.read_text("utf-8") for file in [*FOLDER.glob("web/*.js"), *FOLDER.glob("templates/*.html")]),
)
"""What the pages are made of, without the names of their elements."""

PLACE = re.compile(r"\{\w+\}")

COMPOSED = {
    *(f"nav_{place}" for place in ("ask", "articles", "quality", "docs")),
    *(f"point_{point}{part}" for point in ("verbatim", "languages", "refuses") for part in ("", "_title")),
    *(f"mode_{mode}" for mode in Mode),
    *(f"sort_{order}" for order in ("relevance", *get_args(Sort))),
    *(f"{outcome}_n" for outcome in ("added", "replaced", "unchanged", "rejected")),
    *(f"{verdict}{part}" for verdict in Verdict if verdict is not Verdict.SUPPORTED for part in ("", "_hint")),
    *(LEXICAL, PASSAGE, SENTENCE, LATE),
    *Strength,
    *(f"missing_{kind}" for kind in DetailKind),
    *(f"format_{name}" for name in ("markdown", "html", "bibtex", "ris")),
    *(f"{status}{part}" for status in AnswerStatus if status is not AnswerStatus.ANSWERED for part in ("", "_title")),
    "question_about",
    *(f"status_{status}" for status in AnswerStatus),
    *(f"form_{form}" for form in ("ar", "en", "egyptian", "moroccan", "paraphrase")),
    *(
        f"kind_{kind}"
        for kind in (
            *("fact", "list", "number", "date", "person", "cause", "two-articles", "contradiction", "off-topic"),
            *("absent-fact", "false-premise", "wrong-date", "wrong-actor", "planned-only"),
        )
    ),
    *(f"measure_{measure}" for measure in (NEAR_MISSES_REFUSED, *FIGURES)),
    *(f"refusal_{reason}" for reason in RefusalReason),
    *(f"drop_{reason}" for reason in DropReason),
    *(f"rule_{rule.__name__}" for rule in RULES),
    *(f"rule_{finding.rule}" for finding in NO_QUOTE.findings),
    *(f"feature_{feature.name}" for feature in fields(AnswerabilityFeatures)),
}
"""Names that the pages put together."""

PROBLEMS = {
    kind.type
    for kind in (*errors.TYPE_OF_EXCEPTION.values(), *errors.TYPE_OF_STATUS.values(), errors.INTERNAL)
    if kind.type.startswith("/problems/")
}
SEEN = PROBLEMS - {
    f"/problems/{name}"
    for name in ("client-left", "model-not-found", "method-not-allowed", "malformed-request", "unsupported-media-type")
}
HELPS = {f"{name}/help" for name in SEEN}
"""The problems that a reader can come upon: the pages do not send what leads to the others."""


def named(name: str) -> bool:
    return re.search(rf"""["'`]{re.escape(name)}["'`]|\bt\.{re.escape(name)}\b""", SOURCES) is not None


def test_no_text_is_named_twice() -> None:
    names: list[list[str]] = []
    json.loads(
        (FOLDER / "texts.json").read_text("utf-8"),
        object_pairs_hook=lambda pairs: names.append([name for name, _ in pairs]),
    )
    assert all(len(set(own)) == len(own) for own in names)


def test_both_languages_say_the_same_things() -> None:
    assert set(TEXTS) == {"en", "ar"}
    assert list(TEXTS["en"]) == list(TEXTS["ar"])


@pytest.mark.parametrize("name", TEXTS["en"])
def test_a_text_has_words_and_the_same_places_in_both_languages(name: str) -> None:
    english, arabic = TEXTS["en"][name], TEXTS["ar"][name]
    assert english.strip()
    assert arabic.strip()
    assert sorted(PLACE.findall(english)) == sorted(PLACE.findall(arabic))


def test_every_text_is_used() -> None:
    assert [name for name in TEXTS["en"] if not named(name) and name not in COMPOSED | SEEN | HELPS] == []


def test_every_text_that_is_composed_is_there() -> None:
    assert set(TEXTS["en"]) >= COMPOSED


def test_every_problem_a_reader_can_meet_is_named_in_both_languages() -> None:
    assert {name for name in TEXTS["ar"] if name.startswith("/problems/")} == SEEN | HELPS
