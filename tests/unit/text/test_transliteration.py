import pytest

from dalil.text.normalisation import normalise
from dalil.text.transliteration import arabic_consonant_keys, latin_consonant_keys


@pytest.mark.parametrize(
    ("latin", "arabic"),
    [
        ("Putin", "بوتين"),
        ("Khartoum", "الخرطوم"),
        ("Houthi", "الحوثي"),
        ("Erdoğan", "أردوغان"),
        ("Zelensky", "وزيلينسكي"),
        ("Chernihiv", "تشيرنيهيف"),
        ("Chicago", "شيكاغو"),
        ("Zaporizhzhia", "زابوريجيا"),
        ("Geneva", "جنيف"),
        ("Mecca", "مكة"),
        ("Salah", "صلاح"),
        ("Johannesburg", "جوهانسبرغ"),
        ("Lavrov", "للافروف"),
        ("Qatar", "وبقطر"),
        ("Taiz", "تعز"),
        ("Şırnak", "شرناق"),
        ("Çankaya", "تشانكايا"),
        ("Öcalan", "أوجلان"),
        ("Modrić", "مودريتش"),
        ("Djokovic", "دجوكوفيتش"),
        ("Sisi", "السيسي"),
        ("Mogadishu", "مقديشو"),
    ],
)
def test_a_name_meets_itself_in_the_other_script(latin: str, arabic: str) -> None:
    assert set(latin_consonant_keys(latin)) & set(arabic_consonant_keys(normalise(arabic)))


@pytest.mark.parametrize(("latin", "arabic"), [("Putin", "باكستان"), ("Kiev", "القاهرة"), ("Iran", "العراق")])
def test_other_names_do_not_meet(latin: str, arabic: str) -> None:
    assert not set(latin_consonant_keys(latin)) & set(arabic_consonant_keys(normalise(arabic)))


@pytest.mark.parametrize("word", ["Io", "Au", "", "123"])
def test_a_name_of_one_consonant_has_no_skeleton(word: str) -> None:
    assert latin_consonant_keys(word) == ()


def test_a_word_with_an_article_has_the_skeletons_of_both_forms() -> None:
    assert arabic_consonant_keys("الرياض") == ("lrd", "rd")
    assert arabic_consonant_keys("واو") == ()
