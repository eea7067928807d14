import pytest
from babel.dates import get_month_names
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dalil.text.quantities import Quantities, extract_numbers_and_dates

ARABIC_INDIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        pytest.param("أرسلت 16 ألف جندي", {16_000}, id="digits before a scale"),
        pytest.param("ستة عشر ألف جندي", {16_000}, id="a teen before a scale"),
        pytest.param("sixteen thousand soldiers", {16_000}, id="the same in English"),
        pytest.param("خمسة وعشرون", {25}, id="a unit and tens"),
        pytest.param("twenty-five", {25}, id="tens and a unit, hyphenated"),
        pytest.param("مئة وخمسة وعشرون ألفا", {125_000}, id="hundreds, a unit and tens, scaled"),
        pytest.param("one hundred and twenty five thousand", {125_000}, id="the same in English with an and"),
        pytest.param("three hundred fifty", {350}, id="and without"),
        pytest.param("ثلاثمائة وخمسة وستون", {365}, id="a hundred written as one word"),
        pytest.param("ثلاث مئة", {300}, id="and as two"),
        pytest.param("عام ألف وتسعمئة وثمانية وأربعين", {1948}, id="a year in words"),
        pytest.param("one thousand nine hundred and forty eight", {1948}, id="a year in English words"),
        pytest.param("2 million 300 thousand", {2_300_000}, id="two scales"),
        pytest.param("مليونان وثلاثمئة ألف", {2_300_000}, id="a dual and a smaller scale"),
        pytest.param("ألفين ومئتي جندي", {2_200}, id="duals"),
        pytest.param("مليون ونصف المليون", {1_500_000}, id="and a half"),
        pytest.param("مليون ونصف مليون لاجئ", {1_500_000}, id="and a half, its scale named again"),
        pytest.param("مليوني دولار ونصف", {2_000_000}, id="a half of something else"),
        pytest.param("مليارين ونصف", {2_500_000_000}, id="a dual and a half"),
        pytest.param("a million and a half", {1_500_000}, id="the same in English"),
        pytest.param("two and a half million", {2_500_000}, id="a half before the scale"),
        pytest.param("half a million", {500_000}, id="a half of a scale"),
        pytest.param("ربع مليون", {250_000}, id="a quarter of a scale"),
        pytest.param("نصف المليون الذي وعد به", set(), id="half of what was spoken of"),
        pytest.param("half of the soldiers, two and a half hours", set(), id="a half of nothing countable"),
        pytest.param("ألف مليار دولار", {1e12}, id="a scale of a scale"),
        pytest.param("3 dozen", {36}, id="dozens"),
        pytest.param("$5bn", {5_000_000_000}, id="an abbreviated scale"),
        pytest.param("16,5 في المئة", {16.5}, id="a decimal comma"),
        pytest.param("٣٫٥ ملايين", {3_500_000}, id="an Arabic decimal"),
        pytest.param("1,234.56", {1_234.56}, id="thousands and decimals"),
        pytest.param("16،000", {16_000}, id="an Arabic comma between thousands"),
        pytest.param("16 000 درهم", {16_000}, id="a space between thousands"),
        pytest.param("بخمسة ملايين، ولثلاثة، و20", {5_000_000, 3, 20}, id="behind a preposition"),
        pytest.param("الجنود الثلاثة ومجموعة العشرين", {3, 20}, id="behind an article"),
        pytest.param("في الثالث والعشرين", {23}, id="an Arabic ordinal of two words"),
        pytest.param("الفوج الثالث عشر", {13}, id="an Arabic ordinal of a teen"),
        pytest.param("المادة الرابعة", {4}, id="an Arabic ordinal"),
        pytest.param("the thirteenth and the twenty-third", {13, 23}, id="English ordinals"),
        pytest.param("21st, 5th", {21, 5}, id="ordinals in digits"),
        pytest.param("ثلثا الأصوات", {3}, id="thirds"),
        pytest.param("F-16, Su-57, T72", {16, 57, 72}, id="names of weapons"),
        pytest.param("half a million 155mm shells", {500_000, 155}, id="a number behind a number"),
        pytest.param("between two and five million and seven million", {5e6, 7e6}, id="an and between two numbers"),
        pytest.param("بين خمسة وستة", {5, 6}, id="the same in Arabic"),
        pytest.param("بين مليونين وثلاثة ملايين", {2e6, 3e6}, id="between two scales"),
        pytest.param("بين مئتين وثلاثمئة", {200, 300}, id="between two hundreds"),
        pytest.param("10 و20 ألفا", {10, 20_000}, id="between digits"),
        pytest.param("15-20", {15, 20}, id="a range"),
        pytest.param("ثلاثة وألف", {3, 1_000}, id="a scale of its own"),
        pytest.param("thousands of people, عشرات الآلاف, آلاف الجنود", set(), id="indefinite plurals"),
        pytest.param("one, two, واحد، جنديان", set(), id="what is said without a number too"),
        pytest.param("في المئة، لست، أحد", set(), id="words that hold a number and are none"),
        pytest.param("خمسة في المئة", {5}, id="per cent"),
        pytest.param("", set(), id="nothing"),
    ],
)
def test_a_number_has_one_value_however_it_is_written(text: str, numbers: set[float]) -> None:
    assert extract_numbers_and_dates(text).numbers == numbers


@pytest.mark.parametrize(
    "text",
    [
        "5 March 2024",
        "March 5, 2024",
        "on the fifth of March 2024",
        "Mar. 5, 2024",
        "2024-03-05",
        "2024-03-05T10:00",
        "05/03/2024",
        "5.3.2024",
        "٥ آذار ٢٠٢٤",
        "5 مارس 2024",
        "في الخامس من مارس 2024",
        "٥ مارس/آذار ٢٠٢٤",
        "5 آذار (مارس) 2024",
    ],
)
def test_a_date_is_the_same_however_it_is_written(text: str) -> None:
    found = extract_numbers_and_dates(text)
    assert {5, 2024} <= found.numbers
    assert found.months == {3}


@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize("locale", ["en", "ar", "ar_SY", "ar_DZ", "ar_MA"])
def test_a_month_is_the_same_in_every_set_of_names(locale: str, month: int) -> None:
    name = get_month_names("wide", locale=locale)[month]
    assert extract_numbers_and_dates(f"7 {name} 2023").months == {month}
    assert extract_numbers_and_dates(f"7 {name} 2023").numbers == {7, 2023}


@pytest.mark.parametrize(
    ("text", "months"),
    [
        pytest.param("They may march on Moscow. This may be the march of 5 men.", set(), id="verbs and a noun"),
        pytest.param("in May, last March", {5, 3}, id="behind a preposition"),
        pytest.param("between April and May", {4, 5}, id="beside another month"),
        pytest.param("in mid-May", {5}, id="hyphenated"),
        pytest.param("Jan Egeland said in Dec. 2023", {12}, id="a man and an abbreviation"),
        pytest.param("مارس ضغوطا على موسكو", set(), id="an Arabic verb"),
        pytest.param("في مارس الماضي", {3}, id="an Arabic month that is a verb too"),
        pytest.param("بين يناير ومارس", {1, 3}, id="behind an Arabic and"),
        pytest.param("قال آب الكنيسة في باب المندب", set(), id="a father and a gate"),
        pytest.param("في آب، وفي 3 ماي", {8, 5}, id="the months they are written like"),
        pytest.param("كانون الأول وتشرين الثاني وكانون الثاني", {12, 11, 1}, id="months of two words"),
        pytest.param("2024-13-45", set(), id="no month"),
    ],
)
def test_a_word_is_a_month_only_where_it_tells_of_a_date(text: str, months: set[int]) -> None:
    assert extract_numbers_and_dates(text).months == months


@pytest.mark.parametrize(
    ("text", "weekdays"),
    [
        pytest.param("Monday and Sunday", {0, 6}, id="English"),
        pytest.param("يوم الاثنين والأحد", {0, 6}, id="Arabic"),
        pytest.param("الإثنين، الثلاثاء، الأربعاء", {0, 1, 2}, id="other spellings"),
        pytest.param("إمام جمعة تبريز", {4}, id="without its article"),
        pytest.param("sat with two, أحد الجنود، اثنين", set(), id="no day"),
    ],
)
def test_weekdays_are_found_in_both_languages(text: str, weekdays: set[int]) -> None:
    assert extract_numbers_and_dates(text).weekdays == weekdays


@settings(deadline=None)
@given(st.integers(3, 10**9))
def test_a_number_is_found_in_any_digits(number: int) -> None:
    grouped = f"{number:,}"
    written = [str(number), grouped, grouped.replace(",", "٬"), grouped.replace(",", " "), grouped.replace(",", "،")]
    for text in (*written, *(text.translate(ARABIC_INDIC) for text in written)):
        assert extract_numbers_and_dates(f"نحو {text} شخص").numbers == {number}, text
        assert extract_numbers_and_dates(f"{text}.").numbers == {number}, text


WORDS = """
5 16,000 ٣٫٥ 1.5 مئة وعشرين ألف و مليون مليونين ونصف نصف half a and million twenty five خمسة عشر hundred the third
2024-03-05 5/3/2024 March مارس آب may in في الاثنين Sunday الثالث والعشرين / - . ، :
"""


@settings(deadline=None)
@given(st.text() | st.lists(st.sampled_from(WORDS.split())).map(" ".join))
@example("9" * 400)
@example("٠" * 30)
def test_nothing_is_missing_from_a_text_that_says_the_same(text: str) -> None:
    assert extract_numbers_and_dates(text).missing(extract_numbers_and_dates(text)) == 0


def test_what_is_missing_is_counted_each_once() -> None:
    asked = extract_numbers_and_dates("On Monday 5 March 2024 some 16,000 soldiers and 16 ألف others came.")
    assert asked == Quantities(frozenset({5.0, 2024.0, 16_000.0}), frozenset({3}), frozenset({0}))
    assert (
        asked.missing(extract_numbers_and_dates("وصل 16 ألف جندي يوم الأحد في 5 آذار")) == 2
    )  # the year and the weekday
    assert asked.missing(extract_numbers_and_dates("")) == 5
    assert extract_numbers_and_dates("").missing(asked) == 0
