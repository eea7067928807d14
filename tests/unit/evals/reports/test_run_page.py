import re
from html.parser import HTMLParser

from evals.measures.answers import AnswerRecord, CitedSpan
from evals.reports.run_page import answers_without_evidence, run_page, worst_questions
from evals.runs.records import QuestionResult, ReturnedPassage
from tests.unit.evals.factories import make_row, make_run

ANSWERED = AnswerRecord("answered", 0.9, (CitedSpan("a1", 0, 5),), ((0,),))
RELATED = AnswerRecord("related_evidence", 0.3, related=(CitedSpan("a1", 0, 5),))


def rows() -> list[QuestionResult]:
    ranked = {"recall@10": 1.0, "recall@100": 1.0, "citation recall": 1.0, "first sentence": 1.0}
    bad = [ReturnedPassage("a1", "<script>عنوان", 0, 9, "نص & نص", None)]
    return [
        make_row("a1.ar", {"nDCG@10": 0.9, **ranked}, answer=ANSWERED),
        make_row("a1.en", {"nDCG@10": 0.1, **ranked}, form="en", answer=ANSWERED, text="Who?", returned=bad),
        make_row("a2.ar", {"nDCG@10": 0.5, **ranked}, answer=ANSWERED, half="test"),
        make_row("n1.ar", {"near misses answered": 1.0}, kind="near-miss", miss="wrong-date", answer=ANSWERED),
        make_row("n2.ar", {"near misses answered": 0.0}, kind="near-miss", miss="false-premise", answer=RELATED),
    ]


class Addresses(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str | None] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.found += [value for name, value in attrs if name in {"src", "href"}]


def test_the_page_needs_no_network_and_escapes_what_it_shows() -> None:
    html = run_page(make_run(rows()))
    addresses = Addresses()
    addresses.feed(html)
    assert addresses.found == []
    assert "script" not in addresses.tags
    assert not re.findall(r"url\((?!#)", html)
    assert "&lt;script&gt;عنوان" in html


def test_questions_are_set_in_their_own_direction() -> None:
    assert '<p class="asked" dir="auto">Who?</p>' in run_page(make_run(rows()))


def test_a_page_against_an_earlier_run_shows_the_differences() -> None:
    assert "+0.000" not in run_page(make_run(rows()), make_run(rows()))
    assert "no change" in run_page(make_run(rows()), make_run(rows()))


def test_a_page_can_be_drawn_of_a_slim_run_without_answers() -> None:
    assert "without its passages" in run_page(
        make_run([make_row("a1.ar", {"nDCG@10": 0.1, "recall@10": 0.0, "recall@100": 0.0})])
    )


def test_the_worst_needs_come_first_each_in_its_worst_form() -> None:
    assert [row.id for row in worst_questions(rows())] == ["a1.en", "a2.ar"]


def headings(html: str) -> list[str]:
    return re.findall(r"<h2>(.*?)</h2>", html)


def test_the_page_begins_with_near_misses_and_ends_with_retrieval() -> None:
    assert headings(run_page(make_run(rows()))) == [
        "Near misses presented as answered",
        "The most confident wrong answers",
        "First sentence and short answer",
        "Outcomes",
        "Calibration",
        "All measures",
        "By slice",
        "Strengths and weaknesses",
        "The 2 worst questions",
        "What was measured",
    ]


def test_kinds_of_near_misses_are_drawn_the_worst_first() -> None:
    html = run_page(make_run(rows()))
    section = html[html.index("<h2>Near misses") : html.index("<h2>The most confident")]
    assert re.findall(r'role="listitem">(.*?)<', section) == ["wrong-date", "false-premise", "ar"]


def test_outcomes_are_counted_for_each_group_and_form() -> None:
    html = run_page(make_run(rows()))
    section = html[html.index("<h2>Outcomes") : html.index("<h2>Calibration")]
    cells = [re.sub(r"<.*?>", " ", line).split() for line in section.splitlines() if line.startswith("<tr")]
    assert cells[0] == ["answerable", "all", "3", "3", "100", "%", "0", "0", "%", "0", "0", "%"]
    assert cells[3] == ["near", "misses", "all", "2", "1", "50", "%", "1", "50", "%", "0", "0", "%"]


def test_the_calibration_is_drawn_for_each_half_and_only_of_answers() -> None:
    html = run_page(make_run(rows()))
    assert 'aria-label="seeds dev: accuracy over confidence"' in html
    assert 'aria-label="seeds test: accuracy over confidence"' in html
    unanswered = make_row("a1.ar", {"nDCG@10": 1.0, "recall@10": 1.0, "recall@100": 1.0})
    assert "Calibration" not in headings(run_page(make_run([unanswered])))


def test_an_answer_without_evidence_is_shown() -> None:
    assert [row.id for row in answers_without_evidence(rows())] == ["n1.ar"]
