import pytest

from dalil.text.language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("what weapons did DPRK send?", "en"),
        ("ما الأسلحة التي أرسلتها كوريا الشمالية؟", "ar"),
        ("ما هو KN-23؟", "ar"),
        ("What does كوريا mean in Arabic?", "en"),
        ("2024", "und"),
        ("", "und"),
        ("北朝鲜", "und"),
    ],
)
def test_the_script_of_most_letters_decides(text: str, language: str) -> None:
    assert language_of(text) == language
