import textwrap
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dalil.domain import Article
from dalil.embedding.fake import FakeEmbedder
from dalil.indexing.boilerplate import main_content_spans
from dalil.indexing.chunking import MAX_CHARACTERS_PER_TOKEN, Chunker

COUNT = FakeEmbedder().count_tokens  # a token is a word

NEWS = st.lists(
    st.sampled_from(["كلمة", "خبر", "وقال", ".", "؟", "،", "؛", " ", " ", " ", "\n", "\n\n", "\nعاجل\n", "»", '"']),
    max_size=200,
).map("".join)


def article(text: str) -> Article:
    return Article("a", "عنوان", text)


def passages(text: str, limit: int = 32) -> list[str]:
    return [passage.text for passage in Chunker(COUNT, limit).passages(article(text))]


def words(count: int, word: str = "كلمة") -> str:
    return " ".join([word] * count)


@settings(deadline=None)
@example("00:0:0\t0", 2)  # langchain repeats pieces of no length
@given(st.text() | NEWS, st.integers(1, 40))
def test_every_passage_and_sentence_is_verbatim_and_within_the_limit(text: str, limit: int) -> None:
    end = 0
    for passage in Chunker(COUNT, limit).passages(article(text)):
        assert passage.article_id == "a"
        assert text[passage.start : passage.end] == passage.text
        assert end <= passage.start
        end = passage.end
        assert passage.sentences[0].start == passage.start
        assert passage.sentences[-1].end == passage.end
        assert all(before.end <= after.start for before, after in pairwise(passage.sentences))
        assert sum(COUNT([sentence.of(text) for sentence in passage.sentences])) <= limit


@settings(deadline=None)
@given(st.text() | NEWS, st.integers(1, 40))
def test_the_passages_hold_the_whole_body_and_no_boilerplate(text: str, limit: int) -> None:
    sentences = [s for passage in Chunker(COUNT, limit).passages(article(text)) for s in passage.sentences]
    held = {offset for sentence in sentences for offset in range(sentence.start, sentence.end)}
    body = {offset for run in main_content_spans(text) for offset in range(run.start, run.end)}
    assert {offset for offset in body if not text[offset].isspace()} <= held <= body


def test_a_short_article_is_one_passage() -> None:
    text = "عنوان الخبر\n\nجملة أولى. جملة ثانية."
    (passage,) = Chunker(COUNT, 32).passages(article(text))
    assert passage.text == text
    assert [sentence.of(text) for sentence in passage.sentences] == ["عنوان الخبر", "جملة أولى.", "جملة ثانية."]


def test_a_passage_ends_where_boilerplate_stands_between() -> None:
    assert passages("جملة أولى.\nاقرأ أيضا: خبر آخر\nجملة ثانية.") == ["جملة أولى.", "جملة ثانية."]


def test_an_article_of_nothing_but_boilerplate_has_no_passage() -> None:
    assert passages("عاجل\nشاركها.") == []


def test_passages_are_of_even_length_instead_of_leaving_a_tail() -> None:
    sentence = f"{words(10)}."
    made = passages(" ".join([sentence] * 4), limit=32)  # greedy would take three and leave one
    assert [COUNT([passage])[0] for passage in made] == [20, 20]


def test_a_passage_ends_with_a_paragraph_where_one_ends_nearby() -> None:
    first, second = f"{words(8)}. {words(9)}.", f"{words(7)}. {words(14)}."
    assert passages(f"{first}\n{second}", limit=32) == [first, second]


def test_a_heading_goes_with_the_paragraph_under_it() -> None:
    first, second = f"{words(12)}.", f"{words(12)}."
    assert passages(f"{first}\n{words(3, 'عنوان')}\n{second}", limit=16) == [first, f"{words(3, 'عنوان')}\n{second}"]


@pytest.mark.parametrize("line", ["كم بلغت الكلفة اليوم؟", "وهذه أبرز البنود الآن:"])
def test_a_question_or_an_introduction_goes_with_the_line_under_it(line: str) -> None:
    first, second = f"{words(12)}.", f"{words(11)}."
    assert passages(f"{first}\n{line}\n{second}", limit=16) == [first, f"{line}\n{second}"]


def test_a_sentence_of_hard_wrapped_text_is_one_over_its_lines() -> None:
    text = textwrap.fill(f"{words(20)}. {words(30, 'خبر')}.", 40)
    (passage,) = Chunker(COUNT, 64).passages(article(text))
    assert [" ".join(sentence.of(text).split()) for sentence in passage.sentences] == [
        f"{words(20)}.",
        f"{words(30, 'خبر')}.",
    ]


def test_a_hard_wrapped_sentence_that_is_too_long_is_cut_at_clauses_and_not_at_line_ends() -> None:
    clauses = [f"{words(20)}،", f"{words(20, 'خبر')}،", f"{words(20, 'نص')}."]
    made = passages(textwrap.fill(" ".join(clauses), 50), limit=32)
    assert [" ".join(passage.split()) for passage in made] == clauses


def test_a_sentence_that_alone_is_too_long_is_cut_at_clauses_first() -> None:
    text = f"{words(20)}، {words(20)}، {words(20)}."
    assert passages(text, limit=32) == [f"{words(20)}،", f"{words(20)}،", f"{words(20)}."]


def test_a_sentence_without_clauses_is_cut_between_words_and_its_tail_joins_what_follows() -> None:
    made = passages(f"{words(40)}. {words(5, 'ذيل')}.", limit=32)
    assert [COUNT([passage])[0] for passage in made] == [32, 13]


def test_a_word_longer_than_a_passage_is_cut_within_the_word() -> None:
    letters = Chunker(lambda texts: [len(text) for text in texts], 32)
    assert [len(passage.text) for passage in letters.passages(article("ب" * 70))] == [32, 32, 6]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\U00012000" * 50_000, id="one token of many characters"),
        pytest.param(f"جملة أولى.{' ' * 50_000}جملة ثانية.", id="white space between sentences"),
        pytest.param(f"جملة أولى.{chr(10) * 50_000}جملة ثانية.", id="empty lines"),
        pytest.param(("\U00012000" * 700 + ".\n") * 50, id="long lines"),
    ],
)
def test_a_passage_has_few_characters_however_few_tokens_it_has(text: str) -> None:
    found = passages(text, limit=32)
    assert max(map(len, found)) <= 32 * MAX_CHARACTERS_PER_TOKEN
    assert sum(len("".join(passage.split())) for passage in found) == len("".join(text.split()))


def test_equal_input_gives_equal_passages() -> None:
    text = f"{words(20)}. {words(20)}."
    assert Chunker(COUNT, 32).passages(article(text)) == Chunker(COUNT, 32).passages(article(text))


@pytest.mark.parametrize(
    ("changed", "tokens"),
    [
        pytest.param(replace(article("نص."), title="آخر"), 32, id="a field"),
        pytest.param(article("نص آخر."), 32, id="the text"),
        pytest.param(article("نص."), 33, id="the length of passages"),
    ],
)
def test_the_version_changes_with_all_that_decides_the_passages(changed: Article, tokens: int) -> None:
    assert Chunker(COUNT, tokens).version(changed) != Chunker(COUNT, 32).version(article("نص."))
    assert Chunker(COUNT, 32).version(article("نص.")) == Chunker(COUNT, 32).version(article("نص."))
