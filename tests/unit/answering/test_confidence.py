from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, fields, replace
from datetime import UTC, datetime
from math import exp, isfinite
from pathlib import Path

import pytest

from dalil.answering import confidence as module
from dalil.answering.confidence import (
    ANSWERED,
    ON_TOPIC,
    OTHER_YEAR,
    UNKNOWN_CONTENT,
    Signals,
    confidence,
    logistic,
    probability,
    signals,
)
from dalil.domain import Article, ArticleSummary, Hit, Mode, Passage, ScoredSentence, Span
from dalil.engine import Engine
from dalil.retrieval.query import analyze_query
from dalil.retrieval.retriever import SearchResults
from dalil.text.aliases import Aliases, Name
from dalil.text.analysis import located_words
from dalil.text.language import Language
from tests.small_engine import small_engine

ALIASES = Aliases(
    [
        Name(en=("DPRK",), ar=("كوريا الشمالية", "بيونغ يانغ")),
        Name(en=("Iran",), ar=("إيران",)),
        Name(en=("Russia",), ar=("روسيا",)),
    ]
)

ARTICLES = [
    Article("shells", "قذائف", "سلمت كوريا الشمالية روسيا ملايين القذائف المدفعية. ووصلت الشحنات بحرا إلى الميناء."),
    Article("drones", "مسيرات", "اعترفت إيران بتسليم روسيا طائرات مسيرة قبل الحرب. وقالت كييف إن العدد أكبر."),
    Article("quake", "زلزال", "ضرب زلزال قوي جنوب تركيا فجرا. وارتفع عدد القتلى في اليوم التالي."),
]


def everywhere(value: int) -> Signals:
    """The value for every signal."""
    return Signals(**dict.fromkeys((field.name for field in fields(Signals)), value))  # type: ignore[arg-type]


NOTHING = everywhere(0)


def sentence(cosine: float, late: float, text: str = "نص.") -> ScoredSentence:
    return ScoredSentence(Span(0, len(text)), text, cosine, late)


def hit(
    identity: str, sentences: Sequence[ScoredSentence] = (), cosine: float = 0.0, text: str = "نص.", title: str = ""
) -> Hit:
    passage, summary = Passage(identity, identity, 0, len(text), text, ()), ArticleSummary(identity, title)
    best = max(sentences, key=lambda own: own.cosine, default=sentence(cosine, 0.0, text))
    return Hit(1, 1.0, passage, summary, cosine, best, tuple(sentences), ())


def results(
    hits: Sequence[Hit],
    tokens: Mapping[str, Sequence[float]] | None = None,
    text: str = "من زار بوتين",
    spans: Sequence[Span] = (),
) -> SearchResults:
    cosines = {identity: tuple(own) for identity, own in (tokens or {}).items()}
    return SearchResults(analyze_query(text, ALIASES), tuple(hits), tuple(spans), cosines)


def words_as_tokens(text: str, cosines: Sequence[float]) -> SearchResults:
    """One hit, and a token for each word of the question."""
    spans = [place for place, _ in located_words(text)]
    assert len(spans) == len(cosines)
    return results([hit("a")], {"a": cosines}, text, spans)


def test_a_token_below_the_least_is_not_spoken_of() -> None:
    found = signals(words_as_tokens("من زار بوتين أمس", (0.9, 0.34, 0.36, 0.1)))
    assert found.unspoken == pytest.approx(2 / 4)


def test_the_passage_that_comes_nearest_to_the_tokens_counts_whatever_its_rank() -> None:
    text = "زار بوتين"
    spans = [place for place, _ in located_words(text)]
    tokens = {"a": (0.9, 0.1), "b": (0.8, 0.6), "c": (0.3, 0.9)}
    found = signals(results([hit(identity) for identity in tokens], tokens, text, spans))
    # The means are 0.5, 0.7 and 0.6.
    assert (found.content, found.least_content, found.unspoken) == pytest.approx((0.7, 0.6, 0.0))


def test_content_is_that_of_telling_words_each_the_mean_of_its_tokens() -> None:
    # "بوتين" is two tokens, "من" and "في" are stop words, the question mark is no word.
    spans = [Span(0, 2), Span(3, 6), Span(7, 9), Span(9, 12), Span(13, 15), Span(16, 19), Span(19, 20)]
    tokens = {"a": (0.1, 0.5, 0.9, 0.7, 0.1, 0.3, 0.1), "b": (0.0,) * 7}
    found = signals(results([hit("b"), hit("a")], tokens, "من زار بوتين في قصر؟", spans))
    assert found.content_words == 3
    assert found.content == pytest.approx((0.5 + 0.8 + 0.3) / 3)
    assert found.least_content == pytest.approx(0.3)


def test_english_words_that_ask_are_no_content() -> None:
    found = signals(words_as_tokens("What did Lavrov tell Guterres?", (0.1, 0.1, 0.8, 0.1, 0.6)))
    assert found.content_words == 2
    assert found.content == pytest.approx((0.8 + 0.6) / 2)


def test_a_token_that_reaches_into_two_words_counts_for_both() -> None:
    found = signals(results([hit("a")], {"a": (0.2, 0.6)}, "زار بوتين", [Span(0, 5), Span(5, 9)]))
    assert found.content == pytest.approx((0.2 + (0.2 + 0.6) / 2) / 2)


def test_a_mark_between_two_words_counts_for_neither() -> None:
    spans = [Span(0, 3), Span(3, 4), Span(4, 9)]
    found = signals(results([hit("a")], {"a": (0.5, 0.1, 0.9)}, "زار/بوتين", spans))
    assert (found.content, found.least_content) == pytest.approx((0.7, 0.5))


def test_a_word_behind_the_last_token_that_was_read_is_no_content() -> None:
    found = signals(results([hit("a")], {"a": (0.4,)}, "زار بوتين", [Span(0, 3)]))
    assert found.content_words == 1
    assert found.content == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("text", "cosines"), [("من هو هذا", (0.1, 0.2, 0.3)), ("who is he?", (0.1, 0.2, 0.3))], ids=["ar", "en"]
)
def test_a_question_of_stop_words_alone_has_no_content(text: str, cosines: Sequence[float]) -> None:
    found = signals(words_as_tokens(text, cosines))
    assert (found.content_words, found.content, found.least_content) == (0, UNKNOWN_CONTENT, UNKNOWN_CONTENT)


def test_the_highest_cosine_of_a_sentence_counts_whichever_hit_it_stands_in() -> None:
    hits = [
        hit("a", [sentence(0.4, 0.6), sentence(0.2, 0.2)], cosine=0.9),
        hit("b", [sentence(0.1, 0), sentence(0.5, 0)]),
    ]
    assert signals(results(hits)).sentence == 0.5


def test_covered_is_the_share_of_names_and_words_that_the_best_sentence_holds() -> None:
    best, other = sentence(0.6, 0.6, "أرسلت سيول القذائف."), sentence(0.9, 0.1, "كوريا الشمالية أرسلت حاويات.")
    found = signals(results([hit("a", [other, best])], text="كم قذائف أرسلت كوريا الشمالية في حاويات"))
    # Of قذائف, أرسلت, حاويات and the name it holds the first two.
    assert found.covered == pytest.approx(2 / 4)


def test_a_question_of_which_keywords_tell_nothing_is_not_covered() -> None:
    assert signals(results([hit("a", [sentence(0.5, 0.5)])], text="who was it?")).covered == 0.0


def test_facts_are_looked_for_in_the_titles_and_texts_of_the_first_three_hits() -> None:
    hits = [hit("a", title="عام 2023"), hit("b"), hit("c", text="قتل 50 شخصا."), hit("d", text="في مارس 2024.")]
    # 50 and 2023 are told; March only by the fourth, and 7 by none.
    assert signals(results(hits, text="ماذا قتل 50 شخصا في 7 مارس 2023؟")).missing_facts == 2


def test_numbers_that_stand_side_by_side_in_titles_and_texts_stay_apart() -> None:
    hits = [hit("a", title="قتلى القصف 12", text="500 شخص نزحوا إلى 17"), hit("b", title="120 خيمة")]
    assert signals(results(hits, text="هل قتل 12 ونزح 500 إلى 17 موقعا و 120 خيمة؟")).missing_facts == 0


def test_names_are_missed_by_the_passage_that_has_most_of_them() -> None:
    text = "What did DPRK and Iran tell Russia?"
    hits = [hit("a", text="قالت إيران."), hit("b", text="قالت بيونغ يانغ إن روسيا وافقت.", title="إيران"), hit("c")]
    assert signals(results(hits[::2], text=text)).missing_names == 2
    assert signals(results([*hits[1:], hit("d")], text=text)).missing_names == 0
    # The fourth is not looked at, and the names of two passages do not add up.
    split = [hits[0], hit("b", text="قالت بيونغ يانغ."), hit("c"), hit("d", text="إيران وكوريا الشمالية وروسيا")]
    assert signals(results(split, text=text)).missing_names == 2


@pytest.mark.parametrize(
    ("text", "unheard"),
    [
        pytest.param("What did Lavrov tell Khamenei?", False, id="one name in a title"),
        pytest.param("What did Grossi tell Putin?", False, id="one name in a text"),
        pytest.param("What did Grossi tell Khamenei?", True, id="neither name"),
        pytest.param("What did Grossi tell DPRK?", False, id="a name that the alias file knows"),
        pytest.param("What did Grossi tell Iran?", True, id="nor one that it knows"),
        pytest.param("what did they say?", False, id="no name"),
        pytest.param("What did Iran say?", False, id="no name but one that it knows"),
        pytest.param("ماذا قال غروسي؟", False, id="an Arabic question"),
    ],
)
def test_a_question_is_unheard_where_nothing_of_what_it_names_is_spoken_of(text: str, *, unheard: bool) -> None:
    told = [hit("a", title="لقاء لافروف"), hit("b", text="قالت كوريا الشمالية."), hit("c", text="وصل بوتين.")]
    untold = hit("d", text="قال غروسي وخامنئي إن إيران")
    assert signals(results([*told, untold], text=text)).unheard is unheard


def test_hits_whose_tokens_were_not_compared_are_passed_over() -> None:
    rows = {"a": (-0.3,), "b": (-0.4,)}
    both = signals(results([hit("a"), hit("b")], rows, "بوتين", [Span(0, 5)]))
    assert signals(results([hit("c"), hit("a"), hit("b")], rows, "بوتين", [Span(0, 5)])) == both
    assert both.content == pytest.approx(-0.3)


@pytest.mark.parametrize("tokens", [{}, {"a": (), "b": ()}], ids=["none compared", "none there"])
def test_where_no_tokens_were_compared_nothing_is_spoken_of(tokens: Mapping[str, Sequence[float]]) -> None:
    text = "من زار بوتين أمس"
    spans = [place for place, _ in located_words(text)]
    found = signals(results([hit("a", cosine=0.5), hit("b", cosine=0.3)], tokens, text, spans))
    assert (found.content, found.least_content, found.unspoken, found.content_words) == (0.0, 0.0, 1.0, 3)
    assert found.sentence == 0.5


def test_a_question_without_tokens_has_finite_signals() -> None:
    assert all(map(isfinite, astuple(signals(results([hit("a")], {"a": ()})))))


def test_without_sentences_the_first_passage_stands_for_one() -> None:
    hits = [hit("a", cosine=0.4, text="أرسل القذائف."), hit("b", cosine=0.7)]
    found = signals(results(hits, text="من أرسل الحاويات"))
    assert (found.sentence, found.covered) == (0.4, 0.5)


def test_one_hit_has_signals_of_its_own() -> None:
    own = hit("a", [sentence(0.6, 0.4, "زار بوتين القصر.")], cosine=0.5)
    found = signals(results([own], {"a": (0.9, 0.5)}, "زار بوتين", [Span(0, 3), Span(4, 9)]))
    expected = Signals(
        content=0.7,
        least_content=0.5,
        unspoken=0.0,
        sentence=0.6,
        covered=1.0,
        missing_facts=0,
        missing_names=0,
        unheard=False,
        content_words=2,
    )
    assert astuple(found) == pytest.approx(astuple(expected))


def test_no_hits_answer_nothing() -> None:
    assert confidence(results([])) == 0.0


def test_confidence_is_the_probability_of_what_the_hits_signal() -> None:
    own = results([hit("a", [sentence(0.6, 0.4)], cosine=0.5)], {"a": (0.9, 0.5)}, "Whom did Lavrov meet?")
    assert confidence(own) == probability(signals(own), "en")


@pytest.mark.parametrize(
    ("question", "text", "published", "expected"),
    [
        pytest.param("من فاز بكأس العالم 2026؟", "فازت الأرجنتين عام 2022.", 2023, OTHER_YEAR, id="of another year"),
        pytest.param("من فاز بكأس العالم ٢٠٢٢؟", "فازت الأرجنتين عام 2022.", 2023, 1.0, id="of a year spoken of"),
        pytest.param("من فاز بكأس العالم 2023؟", "فازت الأرجنتين.", 2023, 1.0, id="of the year that it is from"),
        pytest.param("من فاز بكأس العالم 2026؟", "فازت الأرجنتين.", None, 1.0, id="where an article has no date"),
        pytest.param("من فاز بكأس العالم؟", "فازت الأرجنتين.", 2023, 1.0, id="of no year"),
        pytest.param("من قتل 2026000 شخص؟", "فازت الأرجنتين.", 2023, 1.0, id="of a longer number"),
    ],
)
def test_a_question_of_a_year_that_nothing_found_is_of_is_less_sure(
    question: str, text: str, published: int | None, expected: float
) -> None:
    found = hit("a", [sentence(0.9, 0.9, text)], text=text)
    day = datetime(published, 1, 2, tzinfo=UTC) if published else None
    own = results([replace(found, article=replace(found.article, published_at=day))], {"a": (0.9,)}, question)
    assert confidence(own) == pytest.approx(expected * probability(signals(own), "ar"))


def test_every_signal_has_a_weight_behind_a_constant() -> None:
    for weights in (ON_TOPIC, ANSWERED):
        assert weights.keys() == {"ar", "en"}
        for own in weights.values():
            assert len(own) == 1 + len(fields(Signals))
            assert all(map(isfinite, own))


def weighted(constant: float, **weights: float) -> tuple[float, ...]:
    return (constant, *(weights.get(field.name, 0.0) for field in fields(Signals)))


def test_each_weight_meets_its_own_signal() -> None:
    found = replace(NOTHING, content=0.5, missing_facts=2, content_words=4)
    weights = weighted(1.0, content=3.0, missing_facts=-1.0, content_words=0.25)
    assert logistic(found, weights) == pytest.approx(1 / (1 + exp(-(1.0 + 1.5 - 2.0 + 1.0))))


def test_a_question_has_to_be_on_topic_and_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ON_TOPIC", {"ar": weighted(0.0, sentence=2.0), "en": weighted(1.0)})
    monkeypatch.setattr(module, "ANSWERED", {"ar": weighted(-1.0), "en": weighted(0.0)})
    found = replace(NOTHING, sentence=0.5)
    assert probability(found, "ar") == pytest.approx(1 / (1 + exp(-1.0)) * 1 / (1 + exp(1.0)))
    assert probability(found, "en") == pytest.approx(1 / (1 + exp(-1.0)) * 0.5)
    assert probability(found, "und") == probability(found, "ar")


@pytest.mark.parametrize("value", [10**12, -(10**12), 1, 0])
@pytest.mark.parametrize("language", ["ar", "en", "und"])
def test_a_probability_lies_between_0_and_1_whatever_the_signals(value: int, language: Language) -> None:
    assert 0.0 <= probability(everywhere(value), language) <= 1.0


@pytest.mark.parametrize(("constant", "limit"), [(1e300, 1.0), (-1e300, 0.0)])
def test_a_logit_out_of_all_bounds_overflows_nothing(constant: float, limit: float) -> None:
    assert logistic(NOTHING, weighted(constant)) == pytest.approx(limit)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with small_engine(tmp_path_factory.mktemp("index"), ARTICLES) as engine:
        yield engine


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("text", ["من سلم روسيا ملايين القذائف؟", "What did DPRK send in 2023?", "من هو؟", "2023"])
def test_a_search_in_any_mode_gives_finite_signals(engine: Engine, mode: Mode, text: str) -> None:
    found = engine.retriever.search(text, mode=mode)
    assert 0.0 <= confidence(found) <= 1.0
    if found.hits:
        assert all(map(isfinite, astuple(signals(found))))
    else:
        assert mode is Mode.LEXICAL


def test_a_question_that_an_article_answers_signals_more_than_one_about_something_else(engine: Engine) -> None:
    told = signals(engine.retriever.search("من سلم روسيا ملايين القذائف المدفعية؟"))
    untold = signals(engine.retriever.search("من فاز بكأس العالم؟"))
    assert told.content > untold.content
    assert told.sentence > untold.sentence
    assert told.covered > untold.covered
    assert told.unspoken < untold.unspoken
    assert (told.content_words, untold.content_words) == (5, 3)


def test_a_search_by_keywords_alone_compares_no_tokens_and_still_counts_the_telling_words(engine: Engine) -> None:
    found = signals(engine.retriever.search("من سلم روسيا ملايين القذائف؟", mode=Mode.LEXICAL))
    assert (found.unspoken, found.content, found.content_words) == (1.0, 0.0, 4)
    assert found.covered > 0


def test_an_empty_index_answers_nothing(tmp_path: Path) -> None:
    with small_engine(tmp_path, []) as engine:
        assert confidence(engine.retriever.search("ماذا حدث؟")) == 0.0
