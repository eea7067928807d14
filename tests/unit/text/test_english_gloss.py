import pytest

from dalil.text.english_gloss import EnglishGloss, english_gloss


@pytest.mark.parametrize(
    ("text", "gloss"),
    [
        ("٢٠١٢ قتيلا", EnglishGloss(("2,012",), (), ())),
        ("3549 قتيلا", EnglishGloss(("3,549",), (), ())),
        ("أكثر من 12 ألف شخص", EnglishGloss(("12,000",), (), ())),
        ("بنسبة 12%", EnglishGloss(("12%",), (), ())),
        ("20 كيلومترا", EnglishGloss(("20 (kilometre)",), (), ())),
        ("في عام ١٩٦٠", EnglishGloss(("1960",), (), ())),
        ("منذ عام 2006، شراء السلاح", EnglishGloss(("2006",), (), ())),
        ("الثلاثاء 7 فبراير/شباط 2023", EnglishGloss((), ("Tuesday 7 February 2023",), ())),
        ("ضرب المغرب في سبتمبر 2023", EnglishGloss((), ("September 2023",), ("Morocco",))),
        ("رمضان 1444", EnglishGloss(("1444",), (), ())),
        ("وقال الوزير إن الأسعار ارتفعت", EnglishGloss((), (), ())),
    ],
    ids=[
        "a number like a year",
        "a number",
        "a scale",
        "a share",
        "a unit",
        "a year",
        "a year before other words",
        "a date",
        "a month",
        "a Hijri year",
        "words",
    ],
)
def test_numbers_dates_and_names_are_given_in_english(text: str, gloss: EnglishGloss) -> None:
    assert english_gloss(text) == gloss
