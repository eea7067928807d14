import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from dalil.answering.answerer import Answerer
from dalil.answering.attribution.quotes import QuoteVerifier
from dalil.answering.evidence import Evidence
from dalil.answering.generator import Drafts, DraftSentence, Generator
from dalil.domain import AnswerStatus, Article, Span
from dalil.engine import Engine
from dalil.indexing.chunking import Chunker
from dalil.indexing.loaders import Loaded
from dalil.indexing.pipeline import index
from dalil.retrieval.query import AnalyzedQuery
from dalil.text.normalisation import normalise
from tests.small_engine import small_engine

QUOTE = "أرسلت كوريا الشمالية 16 ألف قذيفة إلى روسيا."
BEFORE, AFTER = "قالت واشنطن ذلك أمس.", "ولم تعلق بيونغ يانغ."
ARTICLE = Article("a", "قذائف", f"{BEFORE} {QUOTE} {AFTER}")
START = len(BEFORE) + 1


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with small_engine(tmp_path, [ARTICLE]) as engine:
        yield engine


@pytest.fixture
def evidence() -> Evidence:
    return Evidence(ARTICLE.summary, Span(START, START + len(QUOTE)), QUOTE, late_interaction=0.9)


def write(engine: Engine, article: Article) -> None:
    """Replace the stored article of the same id."""
    chunker = Chunker(engine.embedder.count_tokens, 64)
    index([Loaded(article.id, article)], engine.store, engine.retriever.encoder, chunker, 16)
    assert engine.store.article(article.id) == article


def test_what_the_article_says_at_the_place_is_left_as_it_is(engine: Engine, evidence: Evidence) -> None:
    assert QuoteVerifier(engine.store).verify(evidence) is evidence


@pytest.mark.parametrize("insertion", ["تحديث: ", "خبر 😀 عاجل\n\n", "\u200f\u064b", f"{AFTER} " * 50])
def test_in_an_article_replaced_meanwhile_the_place_is_found_anew(
    engine: Engine, evidence: Evidence, insertion: str
) -> None:
    changed = replace(ARTICLE, text=f"{insertion}{ARTICLE.text}", title="عنوان جديد")
    write(engine, changed)
    found = QuoteVerifier(engine.store).verify(evidence)
    assert found is not None
    assert found.span == Span(START + len(insertion), START + len(insertion) + len(QUOTE))
    assert found.span.of(changed.text) == found.text == QUOTE
    assert found.article == changed.summary


@pytest.mark.parametrize(
    "respelt",
    [
        pytest.param("أَرسَلَت كُورِيا الشّمالية 16 أَلْفَ قَذِيفَةٍ إلى روسيا.", id="with harakat"),
        pytest.param("ارسلت كوريا الشماليه 16 الف قذيفه الى روسيا.", id="without hamzas and dots"),
        pytest.param("أرســلت كوريـــا الشمالية 16 ألف قذيفة إلى روسيا.", id="stretched"),
        pytest.param("أرسلت كوريا الشمالية ١٦ ألف قذيفة إلى روسيا.", id="in other digits"),
        pytest.param("أرسلت كوريا الشمالية 16 ألف قذيفة إلى روسيا\u200f.", id="with a direction mark"),
        pytest.param("أرسلت كوريا الشمالية 16 ألف قذيفة إلى رو\u200cسيا.\u064b", id="with a mark at the end"),
    ],
)
def test_a_quote_that_is_spelt_anew_is_quoted_in_the_new_spelling(
    engine: Engine, evidence: Evidence, respelt: str
) -> None:
    changed = replace(ARTICLE, text=f"تصحيح. {BEFORE} {respelt} {AFTER}")
    write(engine, changed)
    found = QuoteVerifier(engine.store).verify(evidence)
    assert found is not None
    assert found.text == respelt
    assert found.span.of(changed.text) == respelt
    assert normalise(found.text) == normalise(QUOTE)


def test_a_quote_is_found_again_in_text_that_was_wrapped_since(engine: Engine, evidence: Evidence) -> None:
    long = "وقالت الوزارة إن التحقيق في هذه الشحنات مستمر منذ عدة أشهر في أكثر من ميناء. " * 4
    changed = replace(ARTICLE, text=textwrap.fill(f"{long}{BEFORE} {QUOTE} {AFTER}", 44))
    write(engine, changed)
    found = QuoteVerifier(engine.store).verify(evidence)
    assert found is not None
    assert "\n" in found.text
    assert found.text.split() == QUOTE.split()
    assert found.span.of(changed.text) == found.text


def test_a_quote_is_no_sentence_where_a_line_ends_inside(engine: Engine, evidence: Evidence) -> None:
    write(engine, replace(ARTICLE, text=f"{BEFORE}\n{QUOTE.replace(' ', chr(10), 1)}\n{AFTER}"))
    assert QuoteVerifier(engine.store).verify(evidence) is None


def test_a_sentence_that_is_said_twice_is_quoted_where_it_was_or_else_where_it_is_first(
    engine: Engine, evidence: Evidence
) -> None:
    write(engine, replace(ARTICLE, text=f"{ARTICLE.text}\n{QUOTE}"))
    assert QuoteVerifier(engine.store).verify(evidence) is evidence
    write(engine, replace(ARTICLE, text=f"{QUOTE}\n{ARTICLE.text}"))
    found = QuoteVerifier(engine.store).verify(evidence)
    assert found is not None
    assert found.span == Span(0, len(QUOTE))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(ARTICLE.text.replace("16", "60"), id="a number"),
        pytest.param(ARTICLE.text.replace("أرسلت", "لم ترسل"), id="a denial"),
        pytest.param(ARTICLE.text.replace(" ألف ", " "), id="a word less"),
        pytest.param(f"{BEFORE} {AFTER}", id="the sentence"),
    ],
)
def test_what_the_article_does_not_say_any_more_is_gone(engine: Engine, evidence: Evidence, text: str) -> None:
    write(engine, replace(ARTICLE, text=text))
    assert QuoteVerifier(engine.store).verify(evidence) is None


def test_what_a_deleted_article_said_is_gone(engine: Engine, evidence: Evidence) -> None:
    engine.store.delete(["a"])
    assert QuoteVerifier(engine.store).verify(evidence) is None


@pytest.mark.parametrize("text", ["", "\u064b", "\u200f\u0640", " ", "\n"], ids=ascii)
def test_a_quote_without_a_word_is_none(engine: Engine, evidence: Evidence, text: str) -> None:
    empty = replace(evidence, span=Span(0, 0), text=text)
    assert QuoteVerifier(engine.store).verify(empty) is None


class Slow(Generator):
    """Quotes its evidence after the article has been replaced by another, or deleted."""

    name = "slow"

    def __init__(self, engine: Engine, becomes: Article | None) -> None:
        self.engine = engine
        self.becomes = becomes

    def draft(self, question: AnalyzedQuery, evidence: Sequence[Evidence]) -> Drafts:  # noqa: ARG002
        if self.becomes:
            write(self.engine, self.becomes)
        else:
            self.engine.store.delete(["a"])
        for place, item in enumerate(evidence):
            yield DraftSentence(item.text, (place,))


def test_an_answer_cites_the_article_as_it_is_when_the_answer_is_given(engine: Engine) -> None:
    becomes = replace(ARTICLE, text=f"تحديث: {BEFORE} {QUOTE.replace('أرسلت', 'أَرسلت')} وعلقت بيونغ يانغ على الخبر.")
    answer = Answerer(engine.store, engine.retriever, Slow(engine, becomes), 0.0).answer("ماذا أرسلت كوريا الشمالية؟")
    assert {citation.quote for citation in answer.citations} == {BEFORE, QUOTE.replace("أرسلت", "أَرسلت")}
    for citation in answer.citations:
        assert becomes.text[citation.start : citation.end] == citation.quote
    assert {sentence.text for sentence in answer.sentences} == {BEFORE, QUOTE}
    assert answer.dropped_sentences == 1


def test_nothing_is_answered_out_of_an_article_that_is_deleted_meanwhile(engine: Engine) -> None:
    answer = Answerer(engine.store, engine.retriever, Slow(engine, None), 0.0).answer("ماذا أرسلت كوريا الشمالية؟")
    assert (answer.status, answer.citations, answer.dropped_sentences) == (AnswerStatus.INSUFFICIENT_EVIDENCE, (), 3)


@pytest.mark.parametrize("around", ["نفت موسكو أن {}", "{} إلى الميناء أيضا.", "كتب{}"])
def test_a_quote_that_became_part_of_another_sentence_is_not_said_any_more(
    engine: Engine, evidence: Evidence, around: str
) -> None:
    write(engine, replace(ARTICLE, text=around.format(QUOTE.removesuffix(".") if "أيضا" in around else QUOTE)))
    part = replace(evidence, text=QUOTE.removesuffix(".")) if "أيضا" in around else evidence
    assert QuoteVerifier(engine.store).verify(part) is None


@pytest.mark.parametrize(
    ("before", "after", "context"),
    [
        ("", "", ("", "")),
        (f"{BEFORE} ", f"\n\n{AFTER}", (f"{BEFORE} ", f"\n\n{AFTER}")),
        ("أ" * 119 + " ", " " + "ب" * 119, ("أ" * 119 + " ", " " + "ب" * 119)),
        ("أولى " + "أ" * 115 + " ", " " + "ب" * 115 + " أخيرة", ("أ" * 115 + " ", " " + "ب" * 115)),
        ("أ" * 200, "ب" * 200, ("أ" * 120, "ب" * 120)),
    ],
    ids=["nothing", "lines", "as long as it may be", "words that are cut", "a word without an end"],
)
def test_a_quote_has_a_line_of_whole_words_on_either_side(
    engine: Engine, before: str, after: str, context: tuple[str, str]
) -> None:
    write(engine, replace(ARTICLE, text=before + QUOTE + after))
    quote = Evidence(ARTICLE.summary, Span(len(before), len(before) + len(QUOTE)), QUOTE, late_interaction=0.9)
    assert QuoteVerifier(engine.store).context(quote) == context
