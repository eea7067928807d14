from dalil.domain import Passage
from dalil.retrieval.highlighting import highlights
from dalil.text.analysis import terms


def marked(text: str, question: str, start: int = 0) -> list[str]:
    passage = Passage.of("a", start, start + len(text), text, ())
    return [text[span.start - start : span.end - start] for span in highlights(passage, terms(question))]


def test_other_forms_of_a_word_are_marked() -> None:
    assert marked("أطلقت القوات الكورية صواريخَ", "كوريا صاروخ الصواريخ") == ["الكورية", "صواريخَ"]


def test_a_word_that_shares_a_few_letters_by_chance_is_not() -> None:
    assert marked("والمستشفيات", "مستشار") == []


def test_offsets_are_the_articles() -> None:
    passage = Passage.of("a", 100, 105, "روسيا", ())
    (span,) = highlights(passage, terms("روسيا"))
    assert (span.start, span.end) == (100, 105)


def test_without_terms_nothing_is_marked() -> None:
    assert marked("روسيا", "") == []
