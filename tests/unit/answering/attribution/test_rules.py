"""What each rule objects to, and how it says so; its verdicts are those of test_verifier.py."""

import pytest

from dalil.answering.attribution.added_words import added_words
from dalil.answering.attribution.literal_quotes import missing_literal_quotes
from dalil.answering.attribution.names import missing_names
from dalil.answering.attribution.polarity import contradictions, unshared_negations
from dalil.answering.attribution.quantities import missing_quantities
from dalil.answering.attribution.similarity import low_similarity
from dalil.domain import Finding, Span, Verdict
from tests.comparisons import comparison_of, premise_of


def place(part: str, sentence: str) -> Span:
    start = sentence.index(part)
    return Span(start, start + len(part))


@pytest.mark.parametrize(
    ("sentence", "part", "message"),
    [
        pytest.param("وصل ستة عشر ألف جندي", "ستة عشر ألف", "the number 16,000", id="words"),
        pytest.param("وصل ١٦ ألفا", "١٦ ألفا", "the number 16,000", id="digits and a scale"),
        pytest.param("about two and a half million came", "two and a half million", "the number 2,500,000", id="half"),
        pytest.param("نحو مليون ونصف المليون نازح", "مليون ونصف المليون", "the number 1,500,000", id="a scale twice"),
        pytest.param("by 3.5 points", "3.5", "the number 3.5", id="a decimal"),
        pytest.param("قبل خمسٍ وعشرينَ سنة", "خمسٍ وعشرينَ", "the number 25", id="with harakat"),
        pytest.param("in early March", "March", "the month March", id="a month"),
        pytest.param("في كانون الأول الماضي", "كانون الأول", "the month December", id="a month of two words"),
        pytest.param("يوم الثلاثاء", "الثلاثاء", "the weekday Tuesday", id="a weekday"),
    ],
)
def test_a_quantity_that_no_quote_states_is_named(sentence: str, part: str, message: str) -> None:
    findings = list(missing_quantities(comparison_of(sentence, "وصل جنود")))
    assert findings == [
        Finding("missing_quantities", Verdict.UNSUPPORTED, f"the quotes do not state {message}", place(part, sentence))
    ]


def test_each_part_of_a_date_in_digits_is_at_the_date() -> None:
    findings = list(missing_quantities(comparison_of("on 2024-03-05 in 2024", "في 5 مارس")))
    assert [(finding.message, finding.span) for finding in findings] == [
        ("the quotes do not state the number 2024", Span(3, 13))
    ]


def test_a_number_is_the_same_split_over_the_scales_of_two() -> None:
    sentence = "2 thousand and 3 million"
    findings = list(missing_quantities(comparison_of(sentence, "")))
    assert [finding.span.of(sentence) for finding in findings if finding.span] == ["2 thousand", "3 million"]


def test_a_literal_quotation_that_no_quote_has_is_named() -> None:
    sentence = "قال الوزير: «لن نرسل  جنودا» أبدا"
    (finding,) = missing_literal_quotes(comparison_of(sentence, "قال الوزير لن نرسل أحدا"))
    assert finding == Finding(
        "missing_literal_quotes",
        Verdict.UNSUPPORTED,
        'the quotes do not have the words "لن نرسل جنودا"',
        place("لن نرسل  جنودا", sentence),
    )


def test_a_word_of_which_the_quotes_have_the_opposite_is_named() -> None:
    sentence = "وارتفع السعر أمس"
    (finding,) = contradictions(comparison_of(sentence, "وانخفض السعر أمس"))
    assert finding == Finding(
        "contradictions",
        Verdict.UNSUPPORTED,
        'the quotes say the opposite of "وارتفع": انخفض',
        place("وارتفع", sentence),
    )


@pytest.mark.parametrize(
    ("sentence", "part"),
    [
        ("The army did not fire", "not"),
        ("The army didn’t fire", "n’t"),
        ("قال الجيش إنه لَم يطلق النار", "لَم"),
        ("وليس ذلك صحيحا", "وليس"),
    ],
)
def test_a_denial_of_the_sentence_alone_is_named(sentence: str, part: str) -> None:
    (finding,) = unshared_negations(comparison_of(sentence, "أطلق الجيش النار"))
    assert finding == Finding(
        "unshared_negations",
        Verdict.UNSUPPORTED,
        f'the quotes do not deny what the sentence denies with "{part}"',
        place(part, sentence),
    )


@pytest.mark.parametrize(
    ("sentence", "verdict", "message"),
    [
        (
            "قال الجيش إنه أطلق النار",
            Verdict.UNSUPPORTED,
            "the sentence repeats nearly all of the quotes and leaves out that they deny it",
        ),
        ("قال الجيش", Verdict.PARTIAL, "the quotes deny something, and the sentence denies nothing"),
    ],
    ids=["nearly all words", "few words"],
)
def test_a_denial_of_the_quotes_alone_is_of_the_whole_sentence(sentence: str, verdict: Verdict, message: str) -> None:
    (finding,) = unshared_negations(comparison_of(sentence, "قال الجيش إنه لم يطلق النار"))
    assert finding == Finding("unshared_negations", verdict, message)


def test_a_name_that_no_quote_has_is_named() -> None:
    sentence = "قال رئيس إيران ذلك"
    (finding,) = missing_names(comparison_of(sentence, "قال الرئيس ذلك"))
    assert finding == Finding(
        "missing_names", Verdict.PARTIAL, 'the quotes do not name "إيران"', place("إيران", sentence)
    )


@pytest.mark.parametrize(
    ("cosines", "verdicts"),
    [
        pytest.param([0.43, 0.43, 0.9, 0.9], [Verdict.UNSUPPORTED, Verdict.UNSUPPORTED], id="two"),
        pytest.param([0.43, 0.45, 0.9, 0.9], [Verdict.PARTIAL], id="one, and one that is translated"),
        pytest.param([0.45, 0.45, 0.9, 0.9], [], id="translated"),
    ],
)
def test_names_in_latin_letters_that_the_quotes_lack_are_named(cosines: list[float], verdicts: list[Verdict]) -> None:
    sentence = "Cristiano Ronaldo won it"
    findings = list(missing_names(comparison_of(sentence, "فاز بالكأس", cosines=cosines)))
    assert findings == [
        Finding(
            "missing_names",
            verdict,
            f'no word of the quotes sounds like "{name}" or translates it',
            place(name, sentence),
        )
        for name, verdict in zip(("Cristiano", "Ronaldo"), verdicts, strict=False)
    ]


@pytest.mark.parametrize(
    ("sentence", "quote", "cosines", "added"),
    [
        pytest.param("فاز الفريق سريعا بهدوء", "فاز الفريق", [0.9, 0.9, 0.4, 0.4], ["سريعا", "بهدوء"], id="two"),
        pytest.param("فاز الفريق سريعا بهدوء", "فاز الفريق", [0.9, 0.9, 0.4, 0.6], [], id="one, and one by meaning"),
        pytest.param("والفريق فاز", "فاز الفريق", [0.1, 0.1], [], id="the same stems"),
        pytest.param("هذا هو الذي فاز", "فاز الفريق", [0.1, 0.1, 0.1, 0.9], [], id="stop words"),
        pytest.param("لم يفز في إيران سنة 2024", "فاز الفريق", 0.1, [], id="what other rules check"),
        pytest.param("The team won quickly", "فاز الفريق", 0.1, [], id="another language"),
    ],
)
def test_words_that_an_arabic_sentence_adds_to_its_quotes_are_named(
    sentence: str, quote: str, cosines: list[float] | float, added: list[str]
) -> None:
    message = "no quote has the words " + ", ".join(f'"{word}"' for word in added)
    expected = [Finding("added_words", Verdict.PARTIAL, message, place(added[0], sentence))] if added else []
    assert list(added_words(comparison_of(sentence, quote, cosines=cosines))) == expected


def test_a_sentence_about_something_else_is_told_its_similarity() -> None:
    (finding,) = low_similarity(comparison_of("من سيفوز بالكأس اليوم", "سقط المطر", cosines=0.49))
    message = "the quotes are about something else: their similarity is 0.490, below 0.500"
    assert finding == Finding("low_similarity", Verdict.UNSUPPORTED, message)


def test_the_part_of_a_sentence_that_is_from_elsewhere_is_its_longest_run_of_weak_tokens() -> None:
    sentence = "a b c d e f g h i j k l"
    cosines = [0.1, 0.9, 0.9, 0.9, 0.3, 0.2, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9]
    (finding,) = low_similarity(comparison_of(sentence, "سقط المطر", cosines=cosines))
    message = (
        "part of the sentence is not in the quotes: the similarity of a quarter of its tokens is 0.200, below 0.330"
    )
    assert finding == Finding("low_similarity", Verdict.PARTIAL, message, Span(8, 11))


def test_quotes_are_joined_without_a_number_or_an_exception_being_lost() -> None:
    premise = premise_of("بلغ 12", "500 شخص", "لم يرسل", "سوى عشر قذائف في Dec.", "2024")
    assert premise.quantities.numbers == {12, 500, 10, 2024}
    assert premise.quantities.months == {12}
    assert not premise.is_negated
    assert premise_of("لم يرسل", "عشر قذائف").is_negated
    assert premise.token_texts[:6] == ("بلغ", "12", ".", "500", "شخص", ".")
    assert premise.has_words(["شخص", "لم"])
    assert not premise.has_words(["خص", "لم"])
