"""Numbers from 1000 to 2099: years, or counts."""

import pytest

from dalil.text.years import find_years


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("what happened in Derna in 2019?", 2019),
        ("ماذا حدث في درنة عام 2019؟", 2019),
        ("ماذا حدث في درنة في ٢٠١٩؟", 2019),
        ("متى اندلع الحريق الكبير عام 1520؟", 1520),
        ("ماذا حدث سنة 1755 في لشبونة؟", 1755),
        ("What happened in Lisbon in 1755?", 1755),
        ("ماذا حدث في 2023 م؟", 2023),
        ("من فاز بكأس العالم 2026؟", 2026),
        ("من يستضيف كأس العالم 2026 لكرة القدم؟", 2026),
        ("Who won the 2022 World Cup?", 2022),
        ("How many died in the 2023 floods?", 2023),
        ("How many died in 2023 floods?", 2023),
        ("How many died in September 2023?", 2023),
        ("كم عدد قتلى زلزال سبتمبر 2023؟", 2023),
        ("What happened on 2019-09-10?", 2019),
        ("ماذا حدث في 10/9/2019؟", 2019),
        ("floods of 1987", 1987),
        ("Derna 2019", 2019),
        ("منذ 2011", 2011),
        ("the summer of 1914", 1914),
        ("قرارات عام 2000 شخصية", 2000),
    ],
)
def test_a_year_is_found(text: str, year: int) -> None:
    assert find_years(text) == {year}


@pytest.mark.parametrize(
    "text",
    [
        "هل قتل 1520 شخصا في إعصار مرجانة؟",
        "هل قتل 1,520 شخصا في إعصار مرجانة؟",
        "هل قتل ١٥٢٠ شخصًا؟",
        "هل قتل 2023 شخصا؟",
        "هل أرسلت كوريا الشمالية 1000 حاوية إلى روسيا؟",
        "هل وصل 2000 لاجئ؟",
        "هل دمر الإعصار 1750 منزلا؟",
        "Did North Korea send 1000 containers to Russia?",
        "Did North Korea send 1,000 containers to Russia?",
        "Did 2023 people die?",
        "Did Kim send 2000 North Korean soldiers?",
        "Were 1500 more shells sent?",
        "Did it destroy houses in 2000 villages?",
        "Did it cost $2000?",
        "Did it fly 1500 km?",
        "Did it cost 2000 million?",
        "هل ارتفع 1990%؟",
        "من قتل 2026000 شخص؟",
        "number 1234",
        "Did 1520 die?",
        "What happened in Derna?",
        "",
    ],
)
def test_a_count_is_no_year(text: str) -> None:
    assert find_years(text) == frozenset()


def test_a_count_beside_a_year_changes_nothing() -> None:
    assert find_years("Did 1520 people die in Derna in 2019?") == {2019}
    assert find_years("هل قتل 1520 شخصا في درنة عام 2019؟") == {2019}
