import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalil.domain import Span
from dalil.text.sentences import line_spans, sentence_spans

NEWS_LIKE = st.lists(
    st.sampled_from(
        ["كلمة", "د.", "3.5", "٣.٥", ".", "..", "؟", "!", "؛", "«", "»", '"', "”", "(", ")", " ", "\n", "\r\n"]
    ),
    max_size=40,
).map("".join)
ANY_TEXT = st.text() | st.text('ابت .؟!"»«)\n\r\u200f\u200b\u0301😀\ufeff\u2028') | NEWS_LIKE


def sentences(text: str) -> list[str]:
    return [span.of(text) for span in sentence_spans(text)]


@given(ANY_TEXT)
def test_sentences_hold_every_character_but_white_space_once_and_in_order(text: str) -> None:
    spans = sentence_spans(text)
    covered = [offset for span in spans for offset in range(span.start, span.end)]
    assert covered == sorted(set(covered))
    assert {offset for offset, character in enumerate(text) if not character.isspace()} <= set(covered)


@given(ANY_TEXT)
def test_a_sentence_is_neither_empty_nor_padded_nor_across_lines(text: str) -> None:
    for sentence in sentences(text):
        assert sentence
        assert sentence == sentence.strip()
        assert len(sentence.splitlines()) == 1


@given(ANY_TEXT, st.data())
def test_the_sentences_of_a_part_lie_in_it_and_hold_all_of_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    spans = sentence_spans(text, start, end)
    assert all(start <= span.start < span.end <= end for span in spans)
    covered = {offset for span in spans for offset in range(span.start, span.end)}
    assert {offset for offset in range(start, end) if not text[offset].isspace()} <= covered


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param(" \n\r\n\t", [], id="white space"),
        pytest.param(
            "نفى ذلك. وقال إنه كذب! لماذا؟ لا يعرف.", ["نفى ذلك.", "وقال إنه كذب!", "لماذا؟", "لا يعرف."], id="stops"
        ),
        pytest.param("عنوان\nجملة أولى. جملة ثانية", ["عنوان", "جملة أولى.", "جملة ثانية"], id="line ends"),
        pytest.param("سطر\r\nسطر آخر\rثالث\u2028رابع", ["سطر", "سطر آخر", "ثالث", "رابع"], id="every kind of line end"),
        pytest.param("جاء الوفد؛ ثم غادر.", ["جاء الوفد؛ ثم غادر."], id="a semicolon ends nothing"),
        pytest.param('قال: "لا أعرف." ثم ذهب.', ['قال: "لا أعرف."', "ثم ذهب."], id="straight quotes after the stop"),
        pytest.param("قال: «لا أعرف.» ثم ذهب.", ["قال: «لا أعرف.»", "ثم ذهب."], id="guillemets after the stop"),
        pytest.param('قالت "يونهاب".» ثم ذهب.', ['قالت "يونهاب".»', "ثم ذهب."], id="a guillemet nobody opened"),
        pytest.param('انتهى الأمر. " ثم ذهب.', ['انتهى الأمر. "', "ثم ذهب."], id="a quote a space after the stop"),
        pytest.param('ذهب.ثم عاد."نعم" قال.', ["ذهب.", "ثم عاد.", '"نعم" قال.'], id="no space after the stop"),
        pytest.param(
            'ملايين القذائف.. روسيا تفتح خزائن كوريا الشمالية في "صفقة أسلحة"',
            ['ملايين القذائف.. روسيا تفتح خزائن كوريا الشمالية في "صفقة أسلحة"'],
            id="two dots in a headline",
        ),
        pytest.param(
            "مضى الكاتب في مقاله الطويل يعدد مساوئ المدينة وأهلها.. ثم سكت.",
            ["مضى الكاتب في مقاله الطويل يعدد مساوئ المدينة وأهلها..", "ثم سكت."],
            id="two dots after a long sentence",
        ),
        pytest.param(
            "يا نخلة في الدار ظللت الصبا ... وسقى ثراك الغيم",
            ["يا نخلة في الدار ظللت الصبا ... وسقى ثراك الغيم"],
            id="dots between the halves of a verse",
        ),
        pytest.param("انتظر... ثم مضى.", ["انتظر...", "ثم مضى."], id="dots joined to a word"),
        pytest.param("| تل الورد | خسر. عاد |", ["| تل الورد | خسر. عاد |"], id="a row of a table"),
        pytest.param("بلغ النمو 3.5 في المئة. انتهى.", ["بلغ النمو 3.5 في المئة.", "انتهى."], id="a decimal"),
        pytest.param(
            "بلغ النمو ٣.٥ في المئة. انتهى.", ["بلغ النمو ٣.٥ في المئة.", "انتهى."], id="an Arabic-Indic decimal"
        ),
        pytest.param("قال د. أحمد إنه بخير. انتهى.", ["قال د. أحمد إنه بخير.", "انتهى."], id="an abbreviation"),
        pytest.param("نقلت أ. ف. ب. عن أ.د. محمد قوله.", ["نقلت أ. ف. ب. عن أ.د. محمد قوله."], id="abbreviations"),
        pytest.param("1. تعزيز التعاون. 2. الدعم.", ["1. تعزيز التعاون.", "2. الدعم."], id="a numbered list"),
        pytest.param("انتهى البيان. ***", ["انتهى البيان. ***"], id="no sentence without a letter"),
        pytest.param("***\nبيان.", ["***", "بيان."], id="but a line may have none"),
        pytest.param("😀 مرحبا. 👩‍👩‍👧 أهلا.", ["😀 مرحبا.", "👩‍👩‍👧 أهلا."], id="emoji"),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_a_line_far_longer_than_a_window_is_cut_as_a_short_one() -> None:
    sentence = "هذه جملة عادية من خبر طويل جدا."
    assert sentences(" ".join([sentence] * 3_000)) == [sentence] * 3_000


def test_a_line_without_a_stop_is_one_sentence_however_long() -> None:
    text = "كلمة " * 10_000
    assert sentence_spans(text) == [Span(0, len(text) - 1)]


def test_closing_marks_after_the_end_of_a_part_are_not_taken_in() -> None:
    assert sentence_spans("123.)ب", 0, 4) == [Span(0, 4)]


def test_a_soft_line_break_ends_neither_line_nor_sentence() -> None:
    text = "وصل الوفد  \n  أمس. ثم\nغادر."
    first, second = text.index("الوفد") + len("الوفد"), text.index("ثم") + len("ثم")
    assert [span.of(text) for span in sentence_spans(text, soft_breaks={first})] == [
        "وصل الوفد  \n  أمس.",
        "ثم",
        "غادر.",
    ]
    assert [span.of(text) for span in line_spans(text, soft_breaks={first, second})] == [text]
    assert [span.of(text) for span in line_spans(text, 0, 14, soft_breaks={first})] == ["وصل الوفد  \n "[:9]]


def test_lines_are_trimmed_and_blank_ones_left_out() -> None:
    text = "  أول \n\n \t\n ثان"
    assert [span.of(text) for span in line_spans(text)] == ["أول", "ثان"]
