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
    identity: str = "c",
    article: str = "a",
    *,
    label: Verdict = Verdict.SUPPORTED,
    kind: str = "right",
    language: str = "en",
) -> Claim:
    return Claim(identity, language, f"sentence {identity}", ("quote",), label, kind, "dev", article)


def row(
    verdict: Verdict,
    article: str = "a",
    *,
    label: Verdict = Verdict.SUPPORTED,
    kind: str = "",
    language: str = "en",
) -> ClaimResult:
    own = kind or ("right" if label is Verdict.SUPPORTED else "number")
    return ClaimResult(claim(article=article, label=label, kind=own, language=language), 0.5, verdict)


ROWS = [
    row(Verdict.SUPPORTED, "a"),
    row(Verdict.SUPPORTED, "b"),
    row(Verdict.PARTIAL, "b", language="ar"),
    row(Verdict.UNSUPPORTED, "c"),
    row(Verdict.SUPPORTED, "a", label=Verdict.UNSUPPORTED),
    row(Verdict.PARTIAL, "b", label=Verdict.UNSUPPORTED),
    row(Verdict.UNSUPPORTED, "c", label=Verdict.UNSUPPORTED, kind="date"),
    row(Verdict.SUPPORTED, "c", label=Verdict.PARTIAL, kind="role"),
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
            label=Verdict.UNSUPPORTED,
            kind="date",
            half="test",
            article="quake",
        )
    ]


def test_what_a_line_leaves_out_is_filled_in(articles: Path) -> None:
    wrong = {**RIGHT, "id": "c2", "label": "unsupported"}
    right, other = load_claims(written(articles, RIGHT, "", wrong, " "), articles)
    assert (right.label, right.kind, right.half, right.article) == (Verdict.SUPPORTED, "right", "all", "c1")
    assert (other.label, other.kind, other.article) == (Verdict.UNSUPPORTED, "wrong", "c2")


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


def test_the_claims_of_a_label_have_a_share_with_each_verdict() -> None:
    found = error_rates(ROWS)
    assert found.counts == {Verdict.SUPPORTED: 4, Verdict.PARTIAL: 2, Verdict.UNSUPPORTED: 2}
    # Of four true ones two are supported; of three false ones one each; the partly true one is supported.
    means = {
        label: [share.mean for share in verdicts.values()]  # in the order of Verdict
        for label, verdicts in found.shares.items()
    }
    assert means == {
        Verdict.SUPPORTED: [2 / 4, 1 / 4, 1 / 4],
        Verdict.PARTIAL: [1.0, 0.0, 0.0],
        Verdict.UNSUPPORTED: [1 / 3, 1 / 3, 1 / 3],
    }
    dropped = found.share(Verdict.SUPPORTED, Verdict.UNSUPPORTED)
    assert dropped
    assert (dropped.questions, dropped.clusters) == (4, 3)


def test_claims_of_one_article_are_drawn_together() -> None:
    verdicts = [Verdict.UNSUPPORTED] * 4 + [Verdict.SUPPORTED] * 4
    wrong = Verdict.SUPPORTED, Verdict.UNSUPPORTED
    apart = error_rates([row(verdict, str(number)) for number, verdict in enumerate(verdicts)]).share(*wrong)
    together = error_rates([row(verdict, verdict.value) for verdict in verdicts]).share(*wrong)
    assert apart
    assert together
    assert (apart.mean, together.mean) == (0.5, 0.5)
    assert 0.0 < apart.low < apart.high < 1.0
    assert (together.low, together.high) == (0.0, 1.0)


def test_there_is_no_share_of_claims_that_are_not_there() -> None:
    assert error_rates([row(Verdict.SUPPORTED)]).share(Verdict.UNSUPPORTED, Verdict.SUPPORTED) is None
    nothing = error_rates([])
    assert nothing.shares == {}
    assert nothing.counts == dict.fromkeys(Verdict, 0)


def test_the_table_has_the_verdicts_and_the_errors_of_each_kind_each_language_and_all() -> None:
    console = Console(width=200, record=True, file=StringIO())
    console.print(claims_table(ROWS, "8 claims"))
    printed = console.export_text()
    assert "8 claims" in printed
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in printed.splitlines() if "│" in line]
    lines = {name: others for name, *others in cells}
    never, always = "0.000 [0.000, 0.000]", "1.000 [1.000, 1.000]"
    assert lines["en, right"][:3] == ["2", "0", "1"]
    assert lines["en, right"][5:] == ["–", "–", "–"]
    assert lines["en, date"] == ["0", "0", "1", "–", "–", "–", never, never]
    assert lines["en, role"] == ["1", "0", "0", "–", "–", always, "–", "–"]
    assert lines["ar"] == ["0", "1", "0", never, always, "–", "–", "–"]
    assert lines["all"][:3] == ["4", "2", "2"]
    assert [share.split()[0] for share in lines["all"][3:]] == ["0.250", "0.250", "1.000", "0.333", "0.333"]


def test_the_object_has_every_verdict_and_the_rates() -> None:
    found = json.loads(json.dumps(claims_to_json(ROWS)))
    assert found["claims"][3] == {
        "id": "c",
        "label": "supported",
        "kind": "right",
        "support": 0.5,
        "verdict": "unsupported",
    }
    assert [own["verdict"] for own in found["claims"]] == [own.verdict.value for own in ROWS]
    assert found["verdicts"] == {"supported": 4, "partial": 2, "unsupported": 2}
    share = error_rates(ROWS).share(Verdict.UNSUPPORTED, Verdict.SUPPORTED)
    assert share
    assert found["shares"]["unsupported"]["supported"] == [1 / 3, share.low, share.high]
    assert found["kinds"]["role"] == {
        "partial": {"supported": [1.0, 1.0, 1.0], "partial": [0.0, 0.0, 0.0], "unsupported": [0.0, 0.0, 0.0]}
    }
    shares = claims_to_json(ROWS[:4])["shares"]
    assert isinstance(shares, dict)
    assert shares.keys() == {"supported"}
