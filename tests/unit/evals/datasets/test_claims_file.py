import hashlib
import json
from collections import Counter, defaultdict
from typing import Any

import pytest

from dalil.text.sentences import sentence_spans
from evals.datasets.own_sets import load_seeds
from evals.datasets.paths import DATA

LEAST = {"number": 14, "actor": 14, "negation": 14, "date": 14, "citation": 14, "addition": 9, "reversal": 9}
"""How many wrong claims of each kind there are at least."""

FIELDS = {"id", "lang", "sentence", "quotes", "label", "kind", "half"}


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return {article.id: article.text for article in load_seeds().articles}


@pytest.fixture(scope="module")
def claims() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / "claims.jsonl").read_text(encoding="utf-8").splitlines()]


def test_every_span_reads_as_its_hash_says_and_is_a_whole_sentence(
    claims: list[dict[str, Any]], texts: dict[str, str]
) -> None:
    sentences = {name: {(span.start, span.end) for span in sentence_spans(text)} for name, text in texts.items()}
    for claim in claims:
        assert 1 <= len(claim["quotes"]) <= 2, claim["id"]
        for quote in claim["quotes"]:
            assert quote.keys() == {"article", "start", "end", "sha256"}, claim["id"]
            text = texts[quote["article"]][quote["start"] : quote["end"]]
            assert hashlib.sha256(text.encode()).hexdigest()[:16] == quote["sha256"], claim["id"]
            assert (quote["start"], quote["end"]) in sentences[quote["article"]], claim["id"]


def test_ids_and_sentences_are_distinct_and_fields_hold_what_they_may(claims: list[dict[str, Any]]) -> None:
    assert len({claim["id"] for claim in claims}) == len({claim["sentence"] for claim in claims}) == len(claims) == 160
    for claim in claims:
        assert claim.keys() == FIELDS, claim["id"]
        assert claim["kind"] in {"right", *LEAST}, claim["id"]
        assert claim["label"] == ("supported" if claim["kind"] == "right" else "unsupported"), claim["id"]
        assert claim["sentence"] == claim["sentence"].strip() != "", claim["id"]


def test_the_halves_share_no_article(claims: list[dict[str, Any]]) -> None:
    halves = defaultdict(set)
    for claim in claims:
        for quote in claim["quotes"]:
            halves[quote["article"]].add(claim["half"])
    assert all(len(of_article) == 1 for of_article in halves.values())
    assert Counter(claim["half"] for claim in claims) == {"dev": 80, "test": 80}


def test_there_are_as_many_of_each_as_the_readme_says(claims: list[dict[str, Any]]) -> None:
    assert Counter(claim["lang"] for claim in claims) == {"en": 80, "ar": 80}
    assert Counter(claim["label"] for claim in claims) == {"supported": 72, "unsupported": 88}
    kinds = Counter(claim["kind"] for claim in claims)
    assert all(kinds[kind] >= least for kind, least in LEAST.items())
    right = {quote["article"] for claim in claims if claim["kind"] == "right" for quote in claim["quotes"]}
    assert len(right) >= 35
