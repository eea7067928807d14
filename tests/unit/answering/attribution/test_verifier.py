from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dalil.answering.attribution.parsed import ParsedText
from dalil.answering.attribution.premise import Premise
from dalil.answering.attribution.token_similarity import TokenComparer
from dalil.answering.attribution.verifier import RULES, Attribution, SentenceVerifier
from dalil.bootstrap import no_progress
from dalil.domain import Finding, Verdict
from dalil.embedding.centring import Centres, measure_centres
from dalil.embedding.encoder import Encoder
from dalil.embedding.fake import FakeEmbedder
from dalil.embedding.onnx import OnnxEmbedder
from dalil.text.aliases import AliasEntry, Aliases

NAMES = [
    AliasEntry(en=("DPRK", "North Korea"), ar=("كوريا الشمالية", "بيونغ يانغ")),
    AliasEntry(en=("Russia",), ar=("روسيا", "روسي")),
    AliasEntry(en=("Iran",), ar=("إيران",)),
    AliasEntry(en=("ATACMS",), ar=("أتاكمز",)),
]
EMBEDDER = FakeEmbedder()
FAKE = SentenceVerifier(Encoder(EMBEDDER, Centres.none(EMBEDDER.dimension)), Aliases(NAMES))

QUOTE = "أعلنت وزارة الدفاع أن كوريا الشمالية أرسلت 16 ألف قذيفة إلى روسيا يوم الثلاثاء 5 مارس 2024."
DENIAL = "قال الناطق باسم وزارة الدفاع للصحافة إن الجيش لم يرسل قذائف هناك."
"""Twelve words."""


def verdict(sentence: str, *quotes: str) -> Verdict:
    return FAKE.check(sentence, quotes).verdict


@pytest.mark.parametrize(
    "sentence",
    [
        QUOTE,
        QUOTE.replace("16", "١٦").replace("أعلنت", "اعلنت"),
        "وسقطت ثلاث قذائف «لم تنفجر أي منها» في الحقول.",
    ],
    ids=["to the letter", "in other digits and spelling", "the second quote"],
)
def test_a_quote_itself_is_supported_without_being_compared(sentence: str) -> None:
    quotes = [QUOTE, "وسقطت ثلاث قذائف «لم تنفجر أي منها» في الحقول."]
    assert FAKE.check(sentence, quotes) == Attribution(1.0)
    assert Attribution(1.0).verdict is Verdict.SUPPORTED


def test_a_sentence_without_a_quote_is_unsupported() -> None:
    found = FAKE.check(QUOTE, [])
    assert (found.support, found.verdict) == (0.0, Verdict.UNSUPPORTED)
    assert [finding.message for finding in found.findings] == ["the sentence cites no quote"]


def test_a_sentence_in_nearly_the_words_of_its_quote_is_supported() -> None:
    found = FAKE.check(QUOTE.replace("أعلنت", "أكدت"), [QUOTE])
    assert 0.9 < found.support < 1.0
    assert found.verdict is Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("16 ألف", "61 ألف", Verdict.UNSUPPORTED, id="another number"),
        pytest.param("16 ألف", "16 مليون", Verdict.UNSUPPORTED, id="another scale"),
        pytest.param("16 ألف", "ستة عشر ألف", Verdict.SUPPORTED, id="the number in words"),
        pytest.param("2024", "2023", Verdict.UNSUPPORTED, id="another year"),
        pytest.param("5 مارس", "5 أبريل", Verdict.UNSUPPORTED, id="another month"),
        pytest.param("5 مارس", "5 آذار", Verdict.SUPPORTED, id="another name of the month"),
        pytest.param("5 مارس 2024", "5 مارس", Verdict.SUPPORTED, id="less than the quote tells"),
        pytest.param("الثلاثاء", "الأربعاء", Verdict.UNSUPPORTED, id="another day"),
    ],
)
def test_a_number_or_a_date_has_to_stand_in_the_quotes(old: str, new: str, expected: Verdict) -> None:
    assert verdict(QUOTE.replace(old, new), QUOTE) is expected


@pytest.mark.parametrize("marks", ["«»", "“”", '""'])
@pytest.mark.parametrize(
    ("inside", "unsupported"),
    [
        pytest.param("أرسلت أربعين ألف حاوية", True, id="words that no quote has"),
        pytest.param("قذيفة أرسلت كوريا", True, id="words of the quote in another order"),
        pytest.param("كوريا الشمالية ارسلت ١٦ ألف قذيفة", False, id="words of the quote, spelt otherwise"),
        pytest.param("وزارة الحرب", False, id="a name"),
        pytest.param("weapons for the war", False, id="a translation"),
    ],
)
def test_a_literal_quotation_has_to_stand_in_the_quotes(marks: str, inside: str, *, unsupported: bool) -> None:
    found = verdict(f"{QUOTE} {marks[0]}{inside}{marks[1]}", f"{QUOTE} أربعين ألف")
    assert (found is Verdict.UNSUPPORTED) is unsupported


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ارتفع", "انخفض"),
        ("أكثر", "أقل"),
        ("قبل", "بعد"),
        ("شمال", "جنوب"),
        ("فازت", "خسرت"),
        ("أكدت", "نفت"),
        ("وارتفع", "وانخفض"),
        ("more", "fewer"),
        ("rose", "fell"),
        ("before", "after"),
    ],
)
def test_the_opposite_is_unsupported_either_way_round(one: str, other: str) -> None:
    said = "ذكر تقرير الوزارة {} ما كان في المدينة ذلك اليوم"
    assert verdict(said.format(one), said.format(other)) is Verdict.UNSUPPORTED
    assert verdict(said.format(other), said.format(one)) is Verdict.UNSUPPORTED


def test_where_either_side_has_both_opposites_nothing_is_turned_round() -> None:
    one = "ذكر تقرير الوزارة أن العدد ارتفع في المدينة ذلك اليوم"
    both = "ذكر تقرير الوزارة أن العدد انخفض ثم ارتفع في المدينة ذلك اليوم"
    other = "ذكر تقرير الوزارة أن العدد انخفض في المدينة ذلك اليوم"
    assert verdict(one, both) is verdict(both, one) is verdict(both, other) is Verdict.SUPPORTED
    assert verdict(one, other, both) is Verdict.SUPPORTED


def without_denial(length: int) -> str:
    """The first words of the quote that denies, less the "not"."""
    return " ".join([word for word in DENIAL.rstrip(".").split() if word != "لم"][:length])


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        pytest.param(without_denial(11), Verdict.UNSUPPORTED, id="all that is denied"),
        pytest.param(without_denial(9), Verdict.UNSUPPORTED, id="nearly all"),
        pytest.param(without_denial(8), Verdict.PARTIAL, id="what stands around it"),
        pytest.param(DENIAL.replace("لم", "لن"), Verdict.SUPPORTED, id="a denial in another word"),
        pytest.param(DENIAL.replace("لم", "وليس"), Verdict.SUPPORTED, id="a denial behind an and"),
        pytest.param("لم يرسل الجيش قذائف", Verdict.SUPPORTED, id="the denial alone"),
    ],
)
def test_what_quotes_deny_is_not_said(sentence: str, expected: Verdict) -> None:
    assert verdict(sentence, DENIAL) is expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The ministry said that the army did not send shells to the front", Verdict.UNSUPPORTED),
        ("The ministry said that the army didn’t send shells to the front", Verdict.UNSUPPORTED),
        ("The ministry said that the army sent no shells to the front", Verdict.UNSUPPORTED),
        ("The ministry denied that the army sent shells to the front", Verdict.UNSUPPORTED),
        ("The ministry said that the army sent knotted shells to the front", Verdict.SUPPORTED),
    ],
    ids=["not", "n't", "no", "denied", "part of a word"],
)
def test_a_denial_of_what_no_quote_denies_is_unsupported(sentence: str, expected: Verdict) -> None:
    assert verdict(sentence, "The ministry said that the army did send or sent shells to the front.") is expected


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("The army sent no more than ten shells to the front", "The army sent at most ten shells to the front"),
        ("لا يتجاوز مدى الصاروخ 120 كيلومترا", "يبلغ أقصى مدى الصاروخ 120 كيلومترا"),
        ("لن يرسل الجيش سوى عشر قذائف", "سيرسل الجيش عشر قذائف"),
    ],
)
def test_what_only_looks_like_a_denial_is_none(sentence: str, quote: str) -> None:
    assert verdict(sentence, quote) is not Verdict.UNSUPPORTED


def test_a_denial_that_the_quotes_share_is_no_fault() -> None:
    quote = "The ministry said that the army did not send shells to the front."
    assert verdict("The ministry said that the army didn't send shells to the front", quote) is Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("كوريا الشمالية", "إيران", Verdict.PARTIAL, id="another name"),
        pytest.param("كوريا الشمالية", "بيونغ يانغ", Verdict.SUPPORTED, id="another name of the same thing"),
        pytest.param("كوريا الشمالية", "DPRK", Verdict.SUPPORTED, id="its name in Latin letters"),
        pytest.param("وزارة الدفاع", "وزارة الدفاع DPRK ATACMS", Verdict.PARTIAL, id="one name more"),
    ],
)
def test_what_a_sentence_names_has_to_be_named_in_the_quotes(old: str, new: str, expected: Verdict) -> None:
    assert verdict(QUOTE.replace(old, new), QUOTE) is expected


def test_a_name_is_named_by_what_is_derived_from_it() -> None:
    quote = "أعلنت وزارة الدفاع وصول وفد الروسية إلى المدينة أمس"
    assert verdict("أعلنت وزارة الدفاع وصول وفد روسيا إلى المدينة أمس", quote) is Verdict.SUPPORTED


def test_a_name_that_an_arabic_quote_has_in_latin_letters_is_named() -> None:
    quote = "قالت وزارة الدفاع إن صواريخ ATACMS أصابت مخزنا في المدينة"
    assert verdict("قالت وزارة الدفاع إن ATACMS أصابت مخزنا في المدينة", quote) is Verdict.SUPPORTED
    assert verdict("قالت وزارة الدفاع إن صواريخ أصابت ATACMS", quote.replace("ATACMS", "")) is Verdict.PARTIAL


def test_a_sentence_about_something_else_is_unsupported_and_has_little_support() -> None:
    found = FAKE.check("فاز الفريق بالكأس في المباراة النهائية أمس", [QUOTE])
    assert found.verdict is Verdict.UNSUPPORTED
    assert 0.0 <= found.support < 0.5


def test_a_sentence_of_which_part_is_from_elsewhere_is_partial() -> None:
    added = "أعلنت وزارة الدفاع أن كوريا الشمالية أرسلت قذيفة إلى روسيا مقابل نفط وقمح وذهب"
    found = FAKE.check(added, [QUOTE])
    assert found.verdict is Verdict.PARTIAL
    assert found.support > 0.5


def test_quotes_are_taken_together() -> None:
    first, second = "أعلنت وزارة الدفاع إرسال 16 ألف قذيفة أمس.", "وصلت شحنة كوريا الشمالية إلى المدينة في مارس."
    both = "أعلنت وزارة الدفاع إرسال 16 ألف قذيفة وصلت المدينة في مارس"
    assert verdict(both, first, second) is verdict(both, second, first) is Verdict.SUPPORTED
    assert verdict(both, first) is verdict(both, second) is Verdict.UNSUPPORTED


@pytest.mark.parametrize(
    ("sentence", "quotes", "expected"),
    [
        pytest.param(QUOTE, [QUOTE, "فاز الفريق بالكأس أمس."], [0], id="beside the quote itself"),
        pytest.param(QUOTE, ["فاز الفريق بالكأس أمس.", QUOTE], [1], id="before it"),
        pytest.param(
            QUOTE.replace("أعلنت", "أكدت"),
            ["فاز الفريق بالكأس.", QUOTE, QUOTE.replace("16", "20")],
            [1],
            id="one of three",
        ),
        pytest.param(QUOTE, [QUOTE, QUOTE.replace("أعلنت", "أكدت")], [0, 1], id="two that say it"),
        pytest.param(
            "أعلنت وزارة الدفاع إرسال 16 ألف قذيفة وصلت المدينة في مارس",
            [
                "أعلنت وزارة الدفاع إرسال 16 ألف قذيفة أمس.",
                "فاز الفريق بالكأس أمس.",
                "وصلت شحنة كوريا الشمالية إلى المدينة في مارس.",
            ],
            [0, 2],
            id="two that say it together",
        ),
        pytest.param("سقط مطر غزير", [QUOTE, DENIAL], [0, 1], id="none"),
        pytest.param(QUOTE, [], [], id="no quote"),
    ],
)
def test_a_quote_that_a_sentence_does_not_need_is_left_out(
    sentence: str, quotes: list[str], expected: list[int]
) -> None:
    assert FAKE.minimal_support(sentence, quotes) == expected


def test_numbers_that_stand_side_by_side_in_two_quotes_stay_two() -> None:
    first, second = "بلغ عدد قتلى القصف في المدينة أمس 12", "500 شخص نزحوا عن المدينة أمس"
    assert verdict("بلغ عدد قتلى القصف 12 و نزحوا 500 شخص عن المدينة أمس", first, second) is Verdict.SUPPORTED
    assert verdict("بلغ عدد قتلى القصف في المدينة أمس 12500 شخص", first, second) is Verdict.UNSUPPORTED


def test_support_is_never_below_0() -> None:
    sentence, quote = "قمر", "حديد"
    hypothesis, premise = ParsedText.parse(sentence, Aliases(())), Premise((ParsedText.parse(quote, Aliases(())),))
    encoder = Encoder(EMBEDDER, Centres.none(EMBEDDER.dimension))
    assert TokenComparer(encoder).compare(premise, hypothesis).mean < 0
    found = FAKE.check(sentence, [quote])
    assert (found.support, found.verdict) == (0.0, Verdict.UNSUPPORTED)


@pytest.mark.parametrize(("sentence", "quote"), [("…", QUOTE), ("", QUOTE), ("أمس", "…"), ("أمس", "")])
def test_where_either_side_has_no_word_nothing_is_supported(sentence: str, quote: str) -> None:
    found = FAKE.check(sentence, [quote])
    assert (found.support, found.verdict) == (0.0, Verdict.UNSUPPORTED)


WORDS = """
5 16,000 ٣٫٥ مليون مليونين ونصف half a million 2024-03-05 March مارس في الاثنين Sunday الثالث والعشرين / - . ، :
not didn't لم لن سوى نفى more أكثر أقل ارتفع انخفض DPRK روسيا إيران Putin بوتين Oreshnik 127 ثانية minutes % second
الأول «قال الرئيس إن الحرب» "كلمة في غير محلها" كتابٌ ـــ
"""


def texts() -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(WORDS.split()), max_size=12).map(" ".join) | st.text(max_size=40)


@settings(deadline=None)
@given(texts(), st.lists(texts(), min_size=1, max_size=3))
def test_every_finding_is_of_a_rule_of_the_table_and_inside_the_sentence(sentence: str, quotes: list[str]) -> None:
    names = [rule.__name__ for rule in RULES]
    found = FAKE.check(sentence, quotes)
    assert [names.index(finding.rule) for finding in found.findings] == sorted(
        names.index(finding.rule) for finding in found.findings
    )
    for finding in found.findings:
        assert finding.verdict is not Verdict.SUPPORTED
        assert finding.message.isprintable()
        assert finding.span is None or finding.span.start < finding.span.end <= len(sentence)
    assert 0.0 <= found.support <= 1.0
    assert (found.verdict is Verdict.SUPPORTED) is (not found.findings)


def test_the_worst_finding_decides() -> None:
    partial, unsupported = (Finding("a", verdict, "b") for verdict in (Verdict.PARTIAL, Verdict.UNSUPPORTED))
    assert Attribution(0.9, (partial,)).verdict is Verdict.PARTIAL
    assert Attribution(0.9, (partial, unsupported, partial)).verdict is Verdict.UNSUPPORTED


def test_every_fault_of_a_sentence_is_found() -> None:
    sentence = "أعلنت وزارة الدفاع أن إيران لم ترسل 17 ألف قذيفة إلى روسيا يوم الثلاثاء 5 مارس 2024."
    found = FAKE.check(sentence, [QUOTE])
    assert [(finding.rule, finding.span.of(sentence) if finding.span else None) for finding in found.findings] == [
        ("missing_quantities", "17 ألف"),
        ("unshared_negations", "لم"),
        ("missing_names", "إيران"),
        ("low_similarity", "إيران لم ترسل 17"),
    ]


@pytest.fixture(scope="module")
def verifier(embedder: OnnxEmbedder, cache_folder: Path) -> SentenceVerifier:
    """As `dalil.bootstrap.build_verifier` puts it together for the bundled model."""
    return SentenceVerifier(Encoder(embedder, measure_centres(embedder, cache_folder, no_progress)), Aliases.standard())


EARTHQUAKE = "ضرب زلزال بقوة 6.8 درجات إقليم الحوز جنوب مراكش ليلة الثامن من سبتمبر، وأسفر عن مقتل نحو ثلاثة آلاف شخص."
SHELLS = "وقالت كوريا الجنوبية إن كوريا الشمالية أرسلت إلى روسيا آلاف الحاويات التي يعتقد أنها تحمل قذائف مدفعية."
FINAL = "وتوجت الأرجنتين بكأس العالم في قطر بعد فوزها على فرنسا بركلات الترجيح في المباراة النهائية."

RIGHT = [
    (
        "A 6.8-magnitude earthquake struck the Al Haouz region south of Marrakesh on the night of 8 September, "
        "killing about 3,000 people.",
        EARTHQUAKE,
    ),
    ("قتل نحو 3000 شخص في زلزال بقوة 6.8 درجات وقع جنوب مراكش ليلة 8 أيلول.", EARTHQUAKE),
    (
        "South Korea said North Korea had sent Russia thousands of containers thought to hold artillery shells.",
        SHELLS,
    ),
    ("أرسلت بيونغ يانغ إلى موسكو آلاف الحاويات، ويرجح أن فيها قذائف مدفعية، وفق كوريا الجنوبية.", SHELLS),
    ("Argentina won the World Cup in Qatar, beating France on penalties in the final.", FINAL),
    ("أحرزت الأرجنتين كأس العالم في قطر بفوزها على فرنسا بركلات الترجيح.", FINAL),
]
ELSEWHERE = [
    "The central bank raised interest rates again to curb inflation and support the currency.",
    "رفع البنك المركزي أسعار الفائدة مرة أخرى للحد من التضخم ودعم العملة.",
    "Doctors recommend drinking more water and sleeping eight hours a night.",
    "ينصح الأطباء بشرب الماء والنوم مبكرا لتقوية المناعة.",
]


@pytest.mark.model
@pytest.mark.parametrize(("sentence", "quote"), RIGHT)
def test_what_a_quote_says_is_kept_in_either_language(verifier: SentenceVerifier, sentence: str, quote: str) -> None:
    found = verifier.check(sentence, [quote])
    assert found.verdict is not Verdict.UNSUPPORTED
    assert 0.0 < found.support <= 1.0


@pytest.mark.model
@pytest.mark.parametrize("sentence", ELSEWHERE)
@pytest.mark.parametrize("quote", [EARTHQUAKE, SHELLS, FINAL], ids=["earthquake", "shells", "final"])
def test_what_is_about_something_else_is_unsupported(verifier: SentenceVerifier, sentence: str, quote: str) -> None:
    assert verifier.check(sentence, [quote]).verdict is Verdict.UNSUPPORTED


@pytest.mark.model
@pytest.mark.parametrize(("sentence", "quote"), RIGHT)
def test_a_sentence_is_nearer_to_its_own_quote_than_to_another(
    verifier: SentenceVerifier, sentence: str, quote: str
) -> None:
    others = [other for other in (EARTHQUAKE, SHELLS, FINAL) if other != quote]
    support = verifier.check(sentence, [quote]).support
    assert all(verifier.check(sentence, [other]).support < support for other in others)


@pytest.mark.model
@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("A 6.8-magnitude earthquake south of Marrakesh killed about 300 people.", EARTHQUAKE),
        ("قتل نحو ثلاثة آلاف شخص في زلزال بقوة 8.6 درجات جنوب مراكش.", EARTHQUAKE),
        ("Argentina lost the World Cup final in Qatar to France on penalties.", FINAL.replace("بعد فوزها", "وفازت")),
    ],
    ids=["a number", "a number in Arabic", "the reverse"],
)
def test_one_wrong_detail_is_enough_to_be_unsupported(verifier: SentenceVerifier, sentence: str, quote: str) -> None:
    assert verifier.check(sentence, [quote]).verdict is Verdict.UNSUPPORTED
