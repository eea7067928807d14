import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalil.text.quantity_phrases import find_date_phrases, find_number_phrases


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        pytest.param("أنقذت الفرق 17 شخصا", [("17 شخصا", "")], id="a counted noun"),
        pytest.param("بلغت الكلفة 78 مليون دينار", [("78 مليون دينار", "dinar")], id="a scale and a unit"),
        pytest.param("تراجع بنسبة 14 في المئة", [("14 في المئة", "percent")], id="per cent in two words"),
        pytest.param("تراجع ٨٠٪ منها", [("٨٠٪", "percent")], id="a percent sign behind Arabic-Indic digits"),
        pytest.param("بارتفاع 3.2 متر", [("3.2 متر", "metre")], id="a decimal"),
        pytest.param("سقط ثلاثة وعشرون جريحا", [("ثلاثة وعشرون جريحا", "")], id="words"),
        pytest.param("سافر بأربع حافلات", [("أربع حافلات", "")], id="without its preposition"),
        pytest.param("مقتل 278 وإصابة 356 من السكان", [("278", ""), ("356", "")], id="nothing that is counted"),
        pytest.param("خلال خمس إلى عشر سنوات", [("خمس إلى عشر سنوات", "year")], id="a range in words"),
        pytest.param("نحو 100-150 نوعا", [("100-150 نوعا", "")], id="a range in digits"),
        pytest.param("في المرة الثالثة سجل هدفا واحدا", [], id="an ordinal and an article"),
        pytest.param("في 5 مارس 2024 وفي 1944", [], id="dates"),
        pytest.param(
            "ارتفعت إلى 2012 قتيلا و2059 مصابا", [("2012 قتيلا", ""), ("2059 مصابا", "")], id="behind a preposition"
        ),
        pytest.param("ربح ألف ريال", [("ألف ريال", "riyal")], id="a thousand, which has no article"),
    ],
)
def test_numbers_have_the_units_behind_them(text: str, phrases: list[tuple[str, str]]) -> None:
    assert [(phrase.span.of(text), phrase.unit) for phrase in find_number_phrases(text)] == phrases


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        pytest.param("افتتح في الخامس من مارس 2024 رسميا", [("الخامس من مارس 2024", "2024")], id="a day in words"),
        pytest.param(
            "يبدأ في الأول من أيلول/سبتمبر 2024", [("الأول من أيلول/سبتمبر 2024", "2024")], id="the first day"
        ),
        pytest.param("في تشرين الأول 2024", [("تشرين الأول 2024", "2024")], id="a month with the word for the first"),
        pytest.param("الفصل الأول من العام", [], id="the first of something else"),
        pytest.param("افتتح يوم الثلاثاء", [("الثلاثاء", None)], id="a weekday"),
        pytest.param("منذ آذار (مارس) 2009.", [("آذار (مارس) 2009", "2009")], id="two names, the second in brackets"),
        pytest.param("في 7 يوليو/تموز 2015", [("7 يوليو/تموز 2015", "2015")], id="two names and a slash"),
        pytest.param("في 8 أكتوبر (تشرين الأول) عام 2005", [("8 أكتوبر (تشرين الأول) عام 2005", "2005")], id="all"),
        pytest.param("ورد في مارس (آذار)", [("مارس (آذار)", None)], id="the bracket closes"),
        pytest.param("منتصف حزيران المقبل", [("منتصف حزيران المقبل", None)], id="a part of a month"),
        pytest.param("الخميس الموافق 20 أغسطس", [("الخميس الموافق 20 أغسطس", None)], id="a weekday and its day"),
        pytest.param("من الأحد 10-10-1436هـ", [("الأحد 10-10-1436", None)], id="digits"),
        pytest.param("في 28 رمضان، وخلاله", [("28 رمضان", None)], id="a month of the Islamic calendar"),
        pytest.param("في شهر رمضان", [], id="such a month alone"),
        pytest.param("مخطوط من عام 857 للهجرة", [("857 للهجرة", "857")], id="an era"),
        pytest.param("(1185 - 1226)", [("1185", "1185"), ("1226", "1226")], id="a range is two dates"),
        pytest.param("منتصف القرن الثاني عشر", [("منتصف القرن الثاني عشر", None)], id="a century"),
        pytest.param("كأس العالم 2018", [("2018", "2018")], id="a year without a word before it"),
        pytest.param("شارك 2018 متطوعا", [], id="a number of volunteers"),
        pytest.param("ارتفعت إلى 2012 قتيلا", [], id="a number of the dead behind a preposition"),
        pytest.param("عام 2012 متجاوزا الرقم", [("2012", "2012")], id="no number behind the word for a year"),
        pytest.param("المدرب مارس الرياضة", [], id="a verb"),
    ],
)
def test_dates_are_the_longest_runs_of_their_parts(text: str, phrases: list[tuple[str, str | None]]) -> None:
    found = [(phrase.span.of(text), phrase.year and phrase.year.of(text)) for phrase in find_date_phrases(text)]
    assert found == phrases


def test_a_weekday_alone_is_known_as_one() -> None:
    alone, dated, century = find_date_phrases("قال الثلاثاء إن الأحد 2 أغسطس عطلة منذ القرن العشرين")
    assert (alone.is_weekday, dated.is_weekday, century.is_weekday) == (True, False, False)


@given(st.text(alphabet="والفن ثلاثمرسعشبكة12٣450/-()،.%هـ"))
def test_every_phrase_is_in_the_text_and_none_overlaps_the_one_before(text: str) -> None:
    numbers = [phrase.span for phrase in find_number_phrases(text)]
    dates = [phrase.span for phrase in find_date_phrases(text)]
    for spans in (numbers, dates):
        ends = [0, *(span.end for span in spans)]
        assert all(end <= span.start < span.end for end, span in zip(ends, spans, strict=False))
        assert ends[-1] <= len(text)
