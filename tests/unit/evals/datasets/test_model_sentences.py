import hashlib
import json
from pathlib import Path

import pytest

from dalil.domain import Verdict
from dalil.errors import InvalidInput
from evals.datasets.claims import Claim
from evals.datasets.model_sentences import MODEL_SENTENCES, load_model_sentences
from evals.datasets.paths import NEWS, XQUAD

TEXT = "ضرب زلزال قوي جنوب المغرب ليلا. مات كثيرون."
NOWHERE = Path("nowhere")


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    folder.mkdir()
    (folder / "quake.txt").write_text(TEXT, "utf-8")
    return folder


def line(**fields: object) -> dict[str, object]:
    sha256 = hashlib.sha256(TEXT[:31].encode()).hexdigest()[:16]
    return {
        "id": "m1",
        "half": "dev",
        "source": "seeds",
        "cluster": "quake",
        "lang": "en",
        "prompt": "citations",
        "answerable": True,
        "sentence": "An earthquake hit Algeria.",
        "quotes": [{"article": "quake", "start": 0, "end": 31, "sha256": sha256}],
        "label": "unsupported",
        "kind": "entity",
        **fields,
    }


def load(seeds: Path, *lines: dict[str, object]) -> list[Claim]:
    file = seeds.parent / "sentences.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    return load_model_sentences(file, seeds=seeds, news=NOWHERE, xquad=NOWHERE)


def test_a_sentence_becomes_a_claim_about_the_text_of_its_quotes(seeds: Path) -> None:
    assert load(seeds, line()) == [
        Claim(
            id="m1",
            language="en",
            sentence="An earthquake hit Algeria.",
            quotes=("ضرب زلزال قوي جنوب المغرب ليلا.",),
            label=Verdict.UNSUPPORTED,
            kind="entity",
            half="dev",
            article="quake",
        )
    ]


def test_sentences_over_articles_that_are_not_here_are_left_out(seeds: Path) -> None:
    found = load(seeds, line(), line(id="m2", source="news"), line(id="m3", source="xquad"))
    assert [claim.id for claim in found] == ["m1"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param({"label": "supported"}, "'right' and the label 'supported' belong together", id="label and kind"),
        pytest.param({"kind": "right"}, "'right' and the label 'supported' belong together", id="kind and label"),
        pytest.param({"label": "maybe"}, "label: ", id="no such label"),
        pytest.param(
            {"quotes": [{"article": "quake", "start": 0, "end": 30, "sha256": "0" * 16}]},
            "has changed since it was labelled",
            id="another text",
        ),
    ],
)
def test_the_line_at_fault_is_named(seeds: Path, fields: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidInput, match=rf"sentences\.jsonl:2: .*{said}"):
        load(seeds, line(), line(**fields))


def test_the_sentences_of_the_project_are_four_hundred_and_no_article_is_in_both_halves() -> None:
    lines = [json.loads(own) for own in MODEL_SENTENCES.read_text("utf-8").splitlines()]
    assert len(lines) >= 400
    assert len({own["id"] for own in lines}) == len(lines)
    halves = {half: {own["cluster"] for own in lines if own["half"] == half} for half in ("dev", "test")}
    assert not halves["dev"] & halves["test"]
    assert min(sum(own["half"] == half for own in lines) for half in halves) > len(lines) / 3
    # A cluster of XQuAD is a group of passages from one page, so that its name is not that of its article.
    assert all(
        own["cluster"] in {quote["article"] for quote in own["quotes"]} or own["source"] != "seeds" for own in lines
    )


def test_every_quote_over_the_articles_that_are_here_is_as_it_was_labelled() -> None:
    lines = [json.loads(own) for own in MODEL_SENTENCES.read_text("utf-8").splitlines()]
    here = {"seeds", *(["news"] if NEWS.is_dir() else []), *(["xquad"] if XQUAD.is_dir() else [])}
    assert [claim.id for claim in load_model_sentences()] == [own["id"] for own in lines if own["source"] in here]
