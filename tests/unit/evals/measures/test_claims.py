import json
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from dalil.answering.attribution.verifier import Attribution
from dalil.domain import Finding, Verdict
from dalil.errors import InvalidInput
from evals.datasets.claims import Claim, load_claims
from evals.measures.claims import ClaimResult, check_claims, error_rates
from evals.reports.answer_tables import claims_table
from evals.reports.to_json import claims_to_json

TEXT = "ضرب زلزال قوي جنوب المغرب ليلا. مات كثيرون."
RIGHT = {"id": "c1", "lang": "en", "sentence": "An earthquake hit Morocco.", "quotes": ["زلزال"], "label": "supported"}


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "quake.txt").write_text(TEXT, "utf-8")
    (folder / "cup.txt").write_text("فازت الأرجنتين بكأس العالم في قطر.", "utf-8")
    return folder


def written(folder: Path, *lines: object) -> Path:
    file = folder.parent / "claims.jsonl"
    file.write_text("\n".join(own if isinstance(own, str) else json.dumps(own) for own in lines), "utf-8")
    return file


def place(article: str, start: int, end: int) -> dict[str, object]:
    return {"article": article, "start": start, "end": end}


def claim(
    identity: str = "c", article: str = "a", *, supported: bool = True, kind: str = "right", language: str = "en"
) -> Claim:
    return Claim(identity, language, f"sentence {identity}", ("quote",), supported, kind, "dev", article)


def row(
    verdict: Verdict, article: str = "a", *, supported: bool = True, kind: str = "", language: str = "en"
) -> ClaimResult:
    own = kind or ("right" if supported else "number")
    return ClaimResult(claim(article=article, supported=supported, kind=own, language=language), 0.5, verdict)


ROWS = [
    row(Verdict.SUPPORTED, "a"),
    row(Verdict.SUPPORTED, "b"),
    row(Verdict.PARTIAL, "b", language="ar"),
    row(Verdict.UNSUPPORTED, "c"),
    row(Verdict.SUPPORTED, "a", supported=False),
    row(Verdict.PARTIAL, "b", supported=False),
    row(Verdict.UNSUPPORTED, "c", supported=False, kind="date"),
]


def test_a_quote_is_what_stands_at_its_place_or_the_text_that_is_given(articles: Path) -> None:
    places = [{"article": "quake", "start": 4, "end": 13, "sha256": "not read"}, "نص من عندي", place("cup", 0, 4)]
    line = {**RIGHT, "quotes": places, "kind": "date", "label": "unsupported", "half": "test", "note": "passed over"}
    assert load_claims(written(articles, line), articles) == [
        Claim(
            id="c1",
            language="en",
            sentence="An earthquake hit Morocco.",
            quotes=("زلزال قوي", "نص من عندي", "فازت"),
            supported=False,
            kind="date",
            half="test",
            article="quake",
        )
    ]


def test_what_a_line_leaves_out_is_filled_in(articles: Path) -> None:
    wrong = {**RIGHT, "id": "c2", "label": "unsupported"}
    right, other = load_claims(written(articles, RIGHT, "", wrong, " "), articles)
    assert (right.supported, right.kind, right.half, right.article) == (True, "right", "all", "c1")
    assert (other.supported, other.kind, other.article) == (False, "wrong", "c2")


def test_the_last_character_of_an_article_may_be_quoted(articles: Path) -> None:
    (own,) = load_claims(written(articles, {**RIGHT, "quotes": [place("quake", 32, len(TEXT))]}), articles)
    assert own.quotes == ("مات كثيرون.",)


def test_a_file_may_begin_with_a_byte_order_mark_and_have_windows_lines(articles: Path) -> None:
    file = written(articles)
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(RIGHT).encode() + b"\r\n" + json.dumps(RIGHT).encode() + b"\r\n")
    assert len(load_claims(file, articles)) == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param("{", "claims.jsonl:3: Invalid JSON", id="no JSON"),
        pytest.param({**RIGHT, "sentence": ""}, "claims.jsonl:3: sentence: ", id="nothing said"),
        pytest.param({"id": "c1", "lang": "en"}, "claims.jsonl:3: sentence: Field required", id="fields missing"),
        pytest.param({**RIGHT, "label": "true"}, "claims.jsonl:3: label: ", id="no such label"),
        pytest.param({**RIGHT, "quotes": []}, "claims.jsonl:3: quotes: ", id="no quote"),
        pytest.param({**RIGHT, "quotes": [{"article": "quake"}]}, "claims.jsonl:3: quotes.0", id="no place"),
        pytest.param({**RIGHT, "quotes": [place("war", 0, 4)]}, "claims.jsonl:3: .*'war'", id="no such article"),
        pytest.param(
            {**RIGHT, "quotes": [place("quake", 4, len(TEXT) + 1)]}, "claims.jsonl:3: 4 to 44 .*'quake'", id="too long"
        ),
        pytest.param({**RIGHT, "quotes": [place("quake", 4, 4)]}, "claims.jsonl:3: 4 to 4 .*'quake'", id="empty place"),
        pytest.param({**RIGHT, "quotes": [place("quake", -1, 4)]}, "claims.jsonl:3: quotes.0", id="before the start"),
    ],
)
def test_the_line_at_fault_is_named(articles: Path, line: object, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        load_claims(written(articles, RIGHT, "", line), articles)


def test_a_file_without_claims_one_that_is_missing_and_one_that_is_no_text_are_named(articles: Path) -> None:
    file = written(articles, "", " ")
    with pytest.raises(InvalidInput, match=r"claims\.jsonl: holds no claims"):
        load_claims(file, articles)
    with pytest.raises(InvalidInput, match=r"nowhere\.jsonl: cannot be read"):
        load_claims(articles / "nowhere.jsonl", articles)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInput, match=r"claims\.jsonl: cannot be read"):
        load_claims(file, articles)
    with pytest.raises(InvalidInput, match="nowhere"):
        load_claims(written(articles, RIGHT), articles / "nowhere")


def test_each_claim_is_checked_with_its_own_quotes_in_order() -> None:
    def check(sentence: str, quotes: Sequence[str]) -> Attribution:
        is_second = (sentence, quotes) == ("sentence b", ("quote",))
        return Attribution(0.7, (Finding("rule", Verdict.PARTIAL, "why"),)) if is_second else Attribution(0.1)

    claims = [claim("a"), claim("b")]
    assert check_claims(claims, check) == [
        ClaimResult(claims[0], 0.1, Verdict.SUPPORTED),
        ClaimResult(claims[1], 0.7, Verdict.PARTIAL),
    ]


def test_right_ones_err_by_being_dropped_and_wrong_ones_by_being_passed() -> None:
    found = error_rates(ROWS)
    assert found.counts == {Verdict.SUPPORTED: 3, Verdict.PARTIAL: 2, Verdict.UNSUPPORTED: 2}
    assert found.dropped
    assert found.passed
    # Of four right ones one is unsupported, of three wrong ones one supported; partial is neither.
    assert (found.dropped.mean, found.dropped.questions, found.dropped.clusters) == (1 / 4, 4, 3)
    assert (found.passed.mean, found.passed.questions, found.passed.clusters) == (1 / 3, 3, 3)


def test_claims_of_one_article_are_drawn_together() -> None:
    verdicts = [Verdict.UNSUPPORTED] * 4 + [Verdict.SUPPORTED] * 4
    apart = error_rates([row(verdict, str(number)) for number, verdict in enumerate(verdicts)]).dropped
    together = error_rates([row(verdict, verdict.value) for verdict in verdicts]).dropped
    assert apart
    assert together
    assert (apart.mean, together.mean) == (0.5, 0.5)
    assert 0.0 < apart.low < apart.high < 1.0
    assert (together.low, together.high) == (0.0, 1.0)


def test_there_is_no_rate_of_claims_that_are_not_there() -> None:
    assert error_rates([row(Verdict.SUPPORTED)]).passed is None
    assert error_rates([row(Verdict.SUPPORTED, supported=False)]).dropped is None
    nothing = error_rates([])
    assert (nothing.dropped, nothing.passed) == (None, None)
    assert nothing.counts == dict.fromkeys(Verdict, 0)


def test_the_table_counts_each_kind_and_gives_the_rates_of_each_language_and_of_all() -> None:
    console = Console(width=160, record=True, file=StringIO())
    console.print(claims_table(ROWS, "7 claims"))
    printed = console.export_text()
    assert "7 claims" in printed
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in printed.splitlines() if "│" in line]
    lines = {name: others for name, *others in cells}
    assert lines["en, right"] == ["2", "0", "1", "", ""]
    assert lines["en, number"] == ["1", "1", "0", "", ""]
    assert lines["en, date"] == ["0", "0", "1", "", ""]
    assert lines["ar, right"] == ["0", "1", "0", "", ""]
    assert lines["en"][:3] == ["3", "1", "2"]
    assert lines["ar"] == ["0", "1", "0", "0.000 [0.000, 0.000]", "–"]
    assert lines["all"][:3] == ["3", "2", "2"]
    assert lines["all"][3].startswith("0.250 [")
    assert lines["all"][4].startswith("0.333 [")


def test_the_object_has_every_verdict_and_the_rates() -> None:
    found = json.loads(json.dumps(claims_to_json(ROWS)))
    assert found["claims"][3] == {"id": "c", "kind": "right", "support": 0.5, "verdict": "unsupported"}
    assert [own["verdict"] for own in found["claims"]] == [own.verdict.value for own in ROWS]
    assert found["verdicts"] == {"supported": 3, "partial": 2, "unsupported": 2}
    rates = error_rates(ROWS)
    assert rates.dropped
    assert rates.passed
    assert found["right_dropped"] == [1 / 4, rates.dropped.low, rates.dropped.high]
    assert found["wrong_passed"] == [1 / 3, rates.passed.low, rates.passed.high]
    assert claims_to_json(ROWS[:4])["wrong_passed"] is None
    assert claims_to_json(ROWS[4:])["right_dropped"] is None
