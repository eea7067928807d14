import pytest

from dalil.text.latin_names import latin_names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("who leads Egypt?", ["egypt"], id="a capital letter"),
        pytest.param("what happened in Şanlıurfa", ["sanlıurfa"], id="a Turkish capital"),
        pytest.param("goals of Özil and Éder in İzmir", ["ozil", "eder", "izmir"], id="marks"),
        pytest.param("who fled Ta'iz and Sana’a", ["taiz", "sanaa"], id="an apostrophe inside"),
        pytest.param("Korea's and the Houthis’ arms", ["korea", "houthis"], id="a possessive"),
        pytest.param("F16 and KN-23", ["f16", "kn"], id="digits and hyphens"),
        pytest.param("Афины, Αθήνα و القاهرة", [], id="other scripts"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_names_are_words_with_a_capital_letter_of_latin_script(text: str, names: list[str]) -> None:
    found = list(latin_names(text))
    assert [name.folded for name in found] == names
    assert all(name.span.of(text) == name.written for name in found)
