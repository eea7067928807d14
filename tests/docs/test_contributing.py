"""The code of CONTRIBUTING.md's worked examples does what its text says."""

import re
from pathlib import Path
from textwrap import dedent

import ir_measures
import numpy as np
import pytest

from dalil.answering.attribution.comparison import Comparison
from dalil.answering.attribution.parsed import ParsedText
from dalil.answering.attribution.premise import Premise
from dalil.answering.attribution.token_similarity import TokenSimilarity
from dalil.domain import Verdict
from dalil.indexing import loaders
from dalil.indexing.loaders import Corpus, Loaded
from dalil.indexing.report import Rejected
from dalil.text.aliases import Aliases
from evals.measures import ranking
from tests.programs import ROOT

EXAMPLE = re.compile(r"^ *```python\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
FORMAT, RULE, MEASURE = map(dedent, EXAMPLE.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))

SUBTITLES = """1
00:00:01,000 --> 00:00:04,000
أعلنت الوزارة النتائج.

2
00:00:05,000 --> 00:00:08,000
وقالت إنها نهائية.
"""


def test_the_format_reads_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    namespace: dict[str, object] = {}
    exec(compile(FORMAT, "CONTRIBUTING.md", "exec"), namespace)  # noqa: S102 - the page's own code
    loader = namespace["load_subtitles"]
    assert callable(loader)
    monkeypatch.setitem(loaders.LOADERS, ".srt", loader)
    (tmp_path / "speech.srt").write_text(SUBTITLES, encoding="utf-8")
    (tmp_path / "talk.srt").write_text("نص " * 1_000, encoding="utf-8")
    item, long = Corpus([tmp_path], max_article_bytes=1_000)
    assert isinstance(long, Rejected)
    assert isinstance(item, Loaded)
    assert item.article.id == "speech"
    assert item.article.text == "أعلنت الوزارة النتائج.\nوقالت إنها نهائية."


@pytest.mark.parametrize(
    ("sentence", "verdicts"),
    [
        pytest.param("هل أعلنت الوزارة النتائج؟", [Verdict.UNSUPPORTED], id="a question"),
        pytest.param("أعلنت الوزارة النتائج.", [], id="a statement"),
    ],
)
def test_the_rule_objects_to_a_question_alone(sentence: str, verdicts: list[Verdict]) -> None:
    namespace: dict[str, object] = {}
    exec(compile(RULE, "CONTRIBUTING.md", "exec"), namespace)  # noqa: S102 - the page's own code
    rule = namespace["asks"]
    assert callable(rule)
    aliases = Aliases.standard()
    premise = Premise((ParsedText.parse("أعلنت الوزارة النتائج أمس.", aliases),))
    similarity = TokenSimilarity(np.ones(1, dtype=np.float32), ())
    findings = list(rule(Comparison(premise, ParsedText.parse(sentence, aliases), similarity)))
    assert [finding.verdict for finding in findings] == verdicts


def test_the_measure_is_one_line_of_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    line = eval("{" + MEASURE + "}", {"AP": ir_measures.AP})  # noqa: S307 - the page's own code
    monkeypatch.setattr(ranking, "RANKING_MEASURES", {**ranking.RANKING_MEASURES, **line})
    # The one relevant document is second: average precision is 1/2.
    values = ranking.score_rankings({"q": {"b": 1}}, {"q": ["a", "b"]})
    assert values["q"]["MAP@10"] == pytest.approx(0.5)
