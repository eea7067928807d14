import re
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dalil.answering.generator import DraftSentence
from dalil.answering.llm.citation_parser import UnfinishedReasoning, parse_citations
from dalil.domain import DropReason

EVIDENCE = 3


def read(text: str) -> list[DraftSentence]:
    return list(parse_citations([text], EVIDENCE))


def cited(text: str) -> list[tuple[str, tuple[int, ...]]]:
    """Each sentence with the numbers it cites, from 1. Fails on an invalid citation."""
    found = read(text)
    assert not any(sentence.invalid_citations for sentence in found)
    return [(sentence.text, tuple(index + 1 for index in sentence.evidence)) for sentence in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Shells came [2].", [("Shells came.", (2,))], id="before the stop"),
        pytest.param("Shells came. [2]", [("Shells came.", (2,))], id="after the stop"),
        pytest.param("Shells came.[2]", [("Shells came.", (2,))], id="without a space"),
        pytest.param("Shells came [2] .", [("Shells came.", (2,))], id="a space before the stop"),
        pytest.param("Shells came.[2].", [("Shells came.", (2,))], id="between two stops"),
        pytest.param("Shells came", [("Shells came", ())], id="no marker"),
        pytest.param("Shells [1] came [2].", [("Shells came.", (1, 2))], id="within a sentence"),
        pytest.param("[2] Shells came.", [("Shells came.", (2,))], id="at the very start"),
        pytest.param("[2]. Shells came.", [("Shells came.", (2,))], id="at the very start, with a stop"),
        pytest.param("وصلت القذائف [٢].", [("وصلت القذائف.", (2,))], id="Arabic-Indic digits"),
        pytest.param("وصلت القذائف [۲]؟", [("وصلت القذائف؟", (2,))], id="Persian digits"),
        pytest.param("Shells came【2】.", [("Shells came.", (2,))], id="lenticular brackets"),
        pytest.param("Shells came［2］.", [("Shells came.", (2,))], id="wide brackets"),
        pytest.param("Shells came [ 2 ].", [("Shells came.", (2,))], id="spaces inside"),
        pytest.param("وصلت القذائف [1، 2].", [("وصلت القذائف.", (1, 2))], id="an Arabic comma"),
        pytest.param("Shells came [1,3;2].", [("Shells came.", (1, 3, 2))], id="commas and semicolons"),
        pytest.param("Shells came [1-3].", [("Shells came.", (1, 2, 3))], id="a range"),
        pytest.param("وصلت القذائف [١–٣].", [("وصلت القذائف.", (1, 2, 3))], id="a range with a dash"),
        pytest.param("Shells came [3-1].", [("Shells came.", (3, 1))], id="a range reversed is its two ends"),
        pytest.param("Shells came [3][1].", [("Shells came.", (3, 1))], id="one after another"),
        pytest.param("Shells came. [3] [1]", [("Shells came.", (3, 1))], id="one after another after the stop"),
        pytest.param("Shells came [1], [3].", [("Shells came.", (1, 3))], id="a comma between"),
        pytest.param("Shells came [1 and 3].", [("Shells came.", (1, 3))], id="an and"),
        pytest.param("وصلت القذائف [1 و 3].", [("وصلت القذائف.", (1, 3))], id="an Arabic and"),
        pytest.param("وصلت القذائف [١ و٣].", [("وصلت القذائف.", (1, 3))], id="an Arabic and as it is written"),
        pytest.param("Shells came [1/3].", [("Shells came.", (1, 3))], id="a slash"),
        pytest.param("Shells came [#1][^3].", [("Shells came.", (1, 3))], id="number signs and carets"),
        pytest.param("Shells came [1.].", [("Shells came.", (1,))], id="a stop inside"),
        pytest.param(r"Shells came \[1\].", [("Shells came.", (1,))], id="escaped"),
        pytest.param("Shells came〔2〕.", [("Shells came.", (2,))], id="tortoise-shell brackets"),
        pytest.param("Shells came [[1]].", [("Shells came.", (1,))], id="brackets in brackets"),
        pytest.param(
            "Shells came. [[1]] Rockets [2].", [("Shells came.", (1,)), ("Rockets.", (2,))], id="both, behind"
        ),
        pytest.param("Shells. [1 and 3] Rockets [2].", [("Shells.", (1, 3)), ("Rockets.", (2,))], id="an and, behind"),
        pytest.param("Shells came [1**][2**].", [("Shells came.", (1, 2))], id="bold inside"),
        pytest.param("Shells came [1<b></b>][<!-- 9 -->2].", [("Shells came.", (1, 2))], id="tags inside"),
        pytest.param("Shells came![1]", [("Shells came!", (1,))], id="after an exclamation mark"),
        pytest.param("Shells came [1][1][1].", [("Shells came.", (1,))], id="the same thrice"),
        pytest.param("It ended in [2024] [1].", [("It ended in (2024).", (1,))], id="a year in brackets is text"),
        pytest.param("He [the king] left [1].", [("He (the king) left.", (1,))], id="words in brackets are text"),
        pytest.param("16,000 [1].", [("16,000.", (1,))], id="a number alone"),
        pytest.param("Shells came [1].\nRockets [2]", [("Shells came.", (1,)), ("Rockets", (2,))], id="lines"),
        pytest.param("Shells came. [1] Rockets [2].", [("Shells came.", (1,)), ("Rockets.", (2,))], id="two sentences"),
        pytest.param("Shells.[1]. Rockets.[2].", [("Shells.", (1,)), ("Rockets.", (2,))], id="two with two stops each"),
        pytest.param(
            "من 3.5 أطنان [1]. د. أحمد نفى [2]. نعم",
            [("من 3.5 أطنان.", (1,)), ("د. أحمد نفى.", (2,)), ("نعم", ())],
            id="stops that end nothing",
        ),
        pytest.param(
            'He said: "We won. We did." [1] Then he left [2].',
            [('He said: "We won. We did."', (1,)), ("Then he left.", (2,))],
            id="stops in a quotation",
        ),
        pytest.param(
            "Shells came [1]. It is [2", [("Shells came.", (1,)), ("It is", ())], id="half a marker at the end"
        ),
        pytest.param("Shells came.\n[1]\nRockets [2]", [("Shells came.", (1,)), ("Rockets", (2,))], id="a line below"),
        pytest.param(
            "[1] Shells came.\n[2] Rockets.", [("Shells came.", (1,)), ("Rockets.", (2,))], id="before each line"
        ),
        pytest.param("قال «نعم.» [1] ثم ذهب [2].", [("قال «نعم.»", (1,)), ("ثم ذهب.", (2,))], id="after a quotation"),
        pytest.param("Shells came. [1", [("Shells came.", ())], id="half a marker cites nothing"),
        pytest.param("[1] Shells came. [2] Rockets c", [("Shells came.", (1, 2)), ("Rockets c", ())], id="broken off"),
        pytest.param("Shells came [1", [("Shells came", ())], id="broken off in a marker"),
        pytest.param("[1] Shells ca", [("Shells ca", ())], id="broken off, all of it"),
        pytest.param("Shells came [1]**", [("Shells came", (1,))], id="no stop but a marker"),
        pytest.param("قال [1]: «وصلت القذائف.»", [("قال: «وصلت القذائف.»", (1,))], id="a stop in a quotation"),
        pytest.param("", [], id="nothing"),
        pytest.param(" \n\n ", [], id="white space"),
        pytest.param("[1][2] [3]", [], id="only markers"),
        pytest.param("***\n---\n2.", [], id="nothing that says anything"),
    ],
)
def test_markers_belong_to_the_sentence_they_stand_at(text: str, expected: list[tuple[str, tuple[int, ...]]]) -> None:
    assert cited(text) == expected


@pytest.mark.parametrize("brackets", ["[]", "[-1]", "[1.5]", "[?]", "[ … ]", "【】", "[[]]"])
def test_brackets_that_hold_neither_words_nor_a_list_of_numbers_are_dropped(brackets: str) -> None:
    assert read(f"Shells came {brackets}.") == [DraftSentence("Shells came.", ())]


@pytest.mark.parametrize(
    ("text", "evidence", "nowhere"),
    [
        pytest.param("Shells came [9].", (), 1, id="beyond the evidence"),
        pytest.param("Shells came [0].", (), 1, id="zero"),
        pytest.param("Shells came [1][7][8].", (0,), 2, id="two of three"),
        pytest.param("Shells came [1, 7].", (0,), 1, id="one of two within a marker"),
        pytest.param("Shells came [2-7].", (1, 2), 1, id="a range that leads beyond, once"),
        pytest.param("Shells came [1-999].", (0, 1, 2), 1, id="an enormous range, once"),
        pytest.param("Shells came [999-1].", (0,), 1, id="an enormous range reversed"),
        pytest.param("Shells came [1[99]].", (0,), 1, id="a marker in another"),
    ],
)
def test_markers_to_nowhere_are_counted_and_dropped(text: str, evidence: tuple[int, ...], nowhere: int) -> None:
    assert read(text) == [DraftSentence("Shells came.", evidence, nowhere)]


def test_only_markers_to_nowhere_are_a_sentence_without_words_that_cites_nothing() -> None:
    assert read("[1][9][10-12]") == [DraftSentence("", (), 2)]


def test_without_evidence_every_marker_leads_nowhere() -> None:
    assert list(parse_citations(["Shells came [1]."], 0)) == [DraftSentence("Shells came.", (), 1)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("- Shells came [1].\n- Rockets came [2].", ["Shells came.", "Rockets came."], id="hyphens"),
        pytest.param("* Shells\n• Rockets\n> Tanks", ["Shells", "Rockets", "Tanks"], id="other marks"),
        pytest.param("1. Shells came [1].\n2) Rockets [2].", ["Shells came.", "Rockets."], id="numbers"),
        pytest.param("١. قذائف\n٢. صواريخ", ["قذائف", "صواريخ"], id="Arabic-Indic numbers"),
        pytest.param("**Shells** came [1].", ["Shells came."], id="bold"),
        pytest.param("- **1. Shells** came [1].", ["Shells came."], id="all of them"),
        pytest.param("## Arms\nShells came [1].", ["Arms", "Shells came."], id="a heading"),
        pytest.param("-5 degrees [1].\n#1 in sales [2].", ["-5 degrees.", "#1 in sales."], id="a minus is none"),
        pytest.param("7 tanks came [1].", ["7 tanks came."], id="a number is none"),
        pytest.param("\u202bقذائف\u202c\u200f [\u200e1\u200e]\u2069.\ufeff", ["قذائف."], id="bidi marks"),
        pytest.param("قذ\u200bائ\u2060ف\u00ad [1\u200b].", ["قذائف."], id="zero-width characters"),
        pytest.param("Sh\x00el\x1bls\U000e0041 \ud83dcame\x9f [1].", ["Shells came."], id="what is no text"),
        pytest.param("Shells \n\t came   [1] .", ["Shells", "came."], id="white space"),
    ],
)
def test_what_is_no_prose_is_taken_off(text: str, expected: list[str]) -> None:
    assert [sentence.text for sentence in read(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Shells ![x](http://evil.example/?q=a. B) came [1].", ["Shells came."], id="an image"),
        pytest.param("Shells ![](http://evil.example/) came [1].", ["Shells came."], id="an image without words"),
        pytest.param("Shells came ![x](http://evil.example/) [1].", ["Shells came."], id="an image before a marker"),
        pytest.param("[Shells](http://evil.example 'Hi. Ho') came [1].", ["Shells came."], id="a link"),
        pytest.param("[Sh[1]ells](http://evil.example) came.", ["Shells came."], id="a marker in a link"),
        pytest.param("Shells came [[1]](http://evil.example).", ["Shells came."], id="a marker that is a link"),
        pytest.param("Shells came. [1](/x. Y) Rockets [2].", ["Shells came.", "Rockets."], id="a marker with a target"),
        pytest.param("Shells came ![1](http://evil.example).", ["Shells came !"], id="a marker as an image"),
        pytest.param("Shells (https://evil.example/a?b=c) came [1].", ["Shells came."], id="an address in brackets"),
        pytest.param("Shells, see www.evil.example, came [1].", ["Shells, see, came."], id="an address"),
        pytest.param("قذائفhttp://evil.example، وصلت [1].", ["قذائف، وصلت."], id="an address behind a letter"),
        pytest.param("Shells <http://evil.example/> came [1].", ["Shells came."], id="an address in angle brackets"),
        pytest.param("ht[1]tp://evil.example came.", ["ht came."], id="an address around a marker"),
        pytest.param("<p>Shells <b>came</b><br/>here [1].</p>", ["Shells came here."], id="tags"),
        pytest.param("Shells <img src='x' onerror='y'>came [1].", ["Shells came."], id="a tag with attributes"),
        pytest.param("Shells <script>alert(1)</script>came [1].", ["Shells came."], id="a script"),
        pytest.param("Shells <[1]img src=x>came [1].", ["Shells came."], id="a tag around a marker"),
        pytest.param("Shells came [1].</s><|im_end|>", ["Shells came."], id="tags of a template"),
        pytest.param("Shells <!-- No! It\nis so [2]. -->came [1].", ["Shells came."], id="a comment"),
        pytest.param("Shells came [1]. <!-- Rockets [2].", ["Shells came."], id="a comment without an end"),
        pytest.param("Shells came <img src=x", ["Shells came"], id="half a tag"),
        pytest.param(
            "Shells <img alt='a > b' src='http://evil.example'>came [1].", ["Shells came."], id="a stop in it"
        ),
        pytest.param("Shells <script>if (a < b) c()</script>came [1].", ["Shells came."], id="a script with a sign"),
        pytest.param("Shells <?php echo 1 ?>came [1].", ["Shells came."], id="an instruction"),
        pytest.param(
            "Some <table>16<tr><td>tanks</td></table> [1].", ["Some 16 tanks."], id="a table without its cells"
        ),
        pytest.param("16</td><td>24 shells [1].", ["16 24 shells."], id="two cells"),
        pytest.param("Shells &lt;img src=x&gt;came [1].", ["Shells came."], id="a tag in entities"),
        pytest.param("Shells ht&#116;p&#58;//evil.example came [1].", ["Shells came."], id="an address in entities"),
        pytest.param("Shells &#x202E;came&ZeroWidthSpace; [1].", ["Shells came."], id="what is not seen in entities"),
        pytest.param("S&P and AT&T &copy 2024 [1].", ["S&P and AT&T &copy 2024."], id="what is no entity"),
        pytest.param("[Shells](javascript:alert(1)) came [1].", ["Shells came."], id="a script as a link"),
        pytest.param("Shells \\<b>came [1].", ["Shells came."], id="a tag escaped"),
        pytest.param("و[القذائف](http://evil.example)، **«وصلت»**ثم [1].", ["والقذائف، «وصلت»ثم."], id="Arabic"),
        pytest.param("5 < 6 tanks > 4 [1].", ["5 ‹ 6 tanks › 4."], id="what is no tag"),
        pytest.param("Shells [came\n[1]. ", ["Shells (came."], id="half a bracket"),
    ],
)
def test_markup_and_addresses_are_taken_out(text: str, expected: list[str]) -> None:
    assert [sentence.text for sentence in read(text)] == expected


def test_what_a_marker_leads_to_on_the_web_takes_no_citation_away() -> None:
    text = "Shells [came](http://a.example) [1](http://a.example). Rockets. [[2]](http://b. D) Tanks [3]. <!-- o"
    assert cited(text) == [("Shells came.", (1,)), ("Rockets.", (2,)), ("Tanks.", (3,))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("<think>Hm [2]. No.</think>\n\nShells came [1].", [("Shells came.", (1,))], id="before it"),
        pytest.param("<Thinking>Hm.</Thinking> Shells came [1].", [("Shells came.", (1,))], id="another tag"),
        pytest.param("[THINK]Hm.[/THINK]Shells came [1].", [("Shells came.", (1,))], id="in brackets"),
        pytest.param("Shells <thought>Hm. No [2].</thought>came [1].", [("Shells came.", (1,))], id="within it"),
        pytest.param(
            "Shells came [1]. <think>Hm.</think> Rockets [2].",
            [("Shells came.", (1,)), ("Rockets.", (2,))],
            id="between sentences",
        ),
        pytest.param(
            "I think that\nit is [2].\n</think>\nShells [1].", [("I think that", ()), ("Shells.", (1,))], id="end"
        ),
        pytest.param("Hm </think> no </think> Shells [1].", [("Shells.", (1,))], id="two ends"),
        pytest.param("<think>a<think>b</think> c</think>Shells [1].", [("Shells.", (1,))], id="one in another"),
        pytest.param("<th\u200bink>Hm [2].</think>Shells [1].", [("Shells.", (1,))], id="with what is not seen"),
        pytest.param("They think <thin> of it [1].", [("They think of it.", (1,))], id="none"),
    ],
)
def test_a_thought_is_left_out(text: str, expected: list[tuple[str, tuple[int, ...]]]) -> None:
    assert cited(text) == expected


def test_a_thought_without_an_end_is_told_after_what_was_written_before_it() -> None:
    sentences = parse_citations(["Shells came [1]. <think>Rockets [2]. Or"], EVIDENCE)
    assert next(sentences) == DraftSentence("Shells came.", (0,))
    with pytest.raises(UnfinishedReasoning):
        next(sentences)


PAIR = "QUOTE: «16 ألف قذيفة» [1]\nANSWER: Shells came [1]."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(PAIR, [("Shells came.", (1,), ["«16 ألف قذيفة»"])], id="as the prompt has it"),
        pytest.param(
            f"{PAIR}\n\nQUOTE: «صواريخ» [2]\nANSWER: Rockets [2].",
            [("Shells came.", (1,), ["«16 ألف قذيفة»"]), ("Rockets.", (2,), ["«صواريخ»"])],
            id="two pairs",
        ),
        pytest.param(
            "QUOTE: «16 ألف» [1]. ANSWER: Shells [1]. QUOTE: «x» [2] ANSWER: Rockets [2].",
            [("Shells.", (1,), ["«16 ألف»."]), ("Rockets.", (2,), ["«x»"])],
            id="on one line",
        ),
        pytest.param("**QUOTE:** «x» [1]\n**ANSWER:** Shells [1].", [("Shells.", (1,), ["«x»"])], id="bold"),
        pytest.param("1. Quote: «x» [1]\n   - Answer: Shells [1].", [("Shells.", (1,), ["«x»"])], id="in a list"),
        pytest.param("QUOTE [2]: «x»\nANSWER [2]: Shells.", [("Shells.", (2,), ["«x»"])], id="a number in the label"),
        pytest.param("QUOTE:\n«x» [1]\nANSWER:\nShells [1].", [("Shells.", (1,), ["«x»"])], id="labels alone"),
        pytest.param("اقتباس: «x» [١]\nالإجابة: وصلت [١].", [("وصلت.", (1,), ["«x»"])], id="translated labels"),
        pytest.param("QUOTE: «x» [1]\nShells [1].", [("Shells.", (1,), ["«x»"])], id="without the second label"),
        pytest.param("QUOTE: «x» [3]\nANSWER: Shells [1].", [("Shells.", (1, 3), ["«x»"])], id="two numbers"),
        pytest.param(
            "QUOTE: «x» [3]\nANSWER: Shells.", [("Shells.", (3,), ["«x»"])], id="the number of the quote alone"
        ),
        pytest.param(
            "QUOTE: «x» [1]\nQUOTE: «y» [2]\nANSWER: Shells.", [("Shells.", (1, 2), ["«x»", "«y»"])], id="two quotes"
        ),
        pytest.param(
            "QUOTE: First. Second. [1]\nANSWER: A [1].", [("A.", (1,), ["First.", "Second."])], id="sentences"
        ),
        pytest.param(
            "QUOTE: «x» [1]\nANSWER: Shells [1]. Rockets [1].",
            [("Shells.", (1,), ["«x»"]), ("Rockets.", (1,), ["«x»"])],
            id="two sentences after one quote",
        ),
        pytest.param(
            "QUOTE: قال. الجواب: نعم. [1]\nANSWER: A.", [("A.", (1,), ["قال.", "الجواب: نعم."])], id="in a quote"
        ),
        pytest.param("The answer: shells [1].", [("The answer: shells.", (1,), [])], id="a word that is no label"),
        pytest.param("NO_ANSWER [1]", [("NO_ANSWER", (1,), [])], id="no pair"),
        pytest.param(
            "<think>QUOTE: «y» [2]</think>" + PAIR, [("Shells came.", (1,), ["«16 ألف قذيفة»"])], id="a thought"
        ),
        pytest.param(
            "QUOTE: «y» [2]\n</think>" + PAIR, [("Shells came.", (1,), ["«16 ألف قذيفة»"])], id="its end alone"
        ),
    ],
)
def test_a_sentence_has_the_quotes_before_it(text: str, expected: list[tuple[str, tuple[int, ...], list[str]]]) -> None:
    found = [(own.text, tuple(index + 1 for index in own.evidence), list(own.quotes)) for own in read(text)]
    assert found == expected


@pytest.mark.parametrize("text", ["QUOTE: «shells» [1]", f"{PAIR}\nQUOTE: «shells» [1]\n", "QUOTE: «shel"])
def test_a_quote_without_a_sentence_is_recorded_as_incomplete(text: str) -> None:
    last = read(text)[-1]
    assert last.text.startswith("«shel")
    assert (last.evidence, last.drop_reason) == ((), DropReason.INCOMPLETE)


def test_an_invalid_citation_of_a_quote_counts_once() -> None:
    found = read("QUOTE: «x» [9]\nANSWER: Shells [1]. Rockets [1].")
    assert [sentence.invalid_citations for sentence in found] == [1, 0]


TOKENS = """
QUOTE: ANSWER: الجواب: «
Pyongyang shells قذائف أرسلت U.S. د. 3.5 12,000 2024 . .. ... ! ؟ ؛ ، , : « » " ( ) [ ] [1] [2] [9] [1,3] [1-3] [١]
【1】 ［2］ [2019] [1 1] 【 - * ** 1. # \u200f \u202b \u200b
〔3〕 \\[1\\] [[1]] [1**] ](http://a.b/c) ![ <b> </b> <!-- --> < > </think> https://d.e www.f.g and و `
"""
MODEL_LIKE = st.lists(st.sampled_from([*TOKENS.split(), " ", "\n"]), max_size=30)


@settings(deadline=None)
@given(st.text() | MODEL_LIKE.map("".join) | MODEL_LIKE.map(" ".join), st.integers(2, 9))
@example('He said "We won. We did." [1] Then [2].', 2)
@example("It was 3.5.Then [1]", 3)
def test_a_text_in_pieces_gives_what_the_whole_gives(text: str, size: int) -> None:
    whole = read(text)
    assert list(parse_citations(text, EVIDENCE)) == whole  # a text is the sequence of its characters
    assert list(parse_citations([text[at : at + size] for at in range(0, len(text), size)], EVIDENCE)) == whole


@settings(deadline=None)
@given(st.text() | MODEL_LIKE.map("".join))
def test_every_index_leads_to_evidence_once(text: str) -> None:
    for sentence in read(text):
        assert all(0 <= index < EVIDENCE for index in sentence.evidence)
        assert len(set(sentence.evidence)) == len(sentence.evidence)
        assert sentence.text == sentence.text.strip()
        assert not set(sentence.text) & set("[]【】［］〔〕<>")
        assert not re.search(r"[a-z]://|www\.", sentence.text)


def test_a_sentence_is_given_once_the_next_has_begun() -> None:
    given_: list[str] = []

    def pieces() -> Iterator[str]:
        for piece in ("Shells", " came. ", "[", "1", "]", " R", "ockets came [2]", ". T", "anks"):
            given_.append(piece)
            yield piece

    sentences = parse_citations(pieces(), EVIDENCE)
    assert next(sentences) == DraftSentence("Shells came.", (0,))
    assert given_[-1] == " R"
    assert next(sentences) == DraftSentence("Rockets came.", (1,))
    assert given_[-1] == ". T"
    assert list(sentences) == [DraftSentence("Tanks", (), drop_reason=DropReason.INCOMPLETE)]


# Each took from five seconds to minutes while the time grew with the square of what is repeated.
@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        pytest.param("word, " * 3_300, 1, id="no stop"),
        pytest.param(f"word{' ' * 20_000}word", 1, id="spaces"),
        pytest.param(f"Word. [1]{' ' * 20_000}Word.", 2, id="spaces after a marker"),
        pytest.param("«" * 20_000, 0, id="quotation marks"),
        pytest.param('"' + "Word. " * 3_300, 3_300, id="an open quotation"),
        pytest.param("[1" * 10_000, 0, id="half markers"),
        pytest.param("Word [1]. " * 2_000, 2_000, id="sentences"),
        pytest.param("[a](" * 5_000, 1, id="half links"),
        pytest.param("[" * 10_000 + "](" + "]" * 9_998, 0, id="brackets in brackets"),
        pytest.param("<b " * 6_600, 0, id="half tags"),
        pytest.param("word <i><p>" * 1_800, 1, id="tags"),
        pytest.param("&amp;" * 4_000, 0, id="entities"),
        pytest.param("QUOTE: «a» [1] " * 1_300, 1, id="quotes"),
        pytest.param("QUOTE" + "[1]" * 6_000, 1, id="a label without an end"),
        pytest.param("QUOTE: «a»\nANSWER: B [1].\n" * 800, 800, id="pairs"),
    ],
)
def test_a_model_that_raves_is_read_to_the_end(text: str, sentences: int) -> None:
    assert len(list(parse_citations(text, EVIDENCE))) == sentences


def test_a_sentence_that_is_not_clean_after_eight_rounds_is_recorded_as_unreadable() -> None:
    (sentence,) = read(f"{'[' * 20}1{']' * 20} shells [1].")
    assert (sentence.evidence, sentence.drop_reason) == ((), DropReason.UNREADABLE)
    assert not set("[]<>") & set(sentence.text)
