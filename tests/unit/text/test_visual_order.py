import pytest

from dalil.text.visual_order import is_in_visual_order
from tests.programs import ROOT

FORMS = "ﻭﻗﻊ ﺍﺗﺤﺎﺩ ﺍﻟﻤﺰﺍﺭﻋﻴﻦ ﻓﻲ ﻭﺍﺣﺔ ﺍﻟﺮﻣﺎﻝ ﻋﻘﺪﺍ ﻟﺘﺼﺪﻳﺮ 700 ﻃﻦ ﻣﻦ ﺗﻤﺮ ﺍﻟﺨﻠﺎﺹ."
PLAIN = "افتتحت بلدية المدينة متحف الساعات القديمة الذي يضم 930 ساعة جيب في الجزيرة."


@pytest.mark.parametrize("text", [FORMS, PLAIN], ids=["presentation forms", "plain letters"])
def test_a_line_read_from_the_wrong_end_is_recognised(text: str) -> None:
    assert not is_in_visual_order(text)
    assert is_in_visual_order(text[::-1])
    assert is_in_visual_order(f"{text}\n{text[::-1]}")


def test_a_quotation_of_such_text_is_none() -> None:
    assert not is_in_visual_order("\n".join([PLAIN] * 12 + [PLAIN[::-1]]))


@pytest.mark.parametrize("text", ["", "An English text.", "لا", "ىىى", "لا ولا الا"])
def test_a_text_that_shows_no_order_is_none(text: str) -> None:
    assert not is_in_visual_order(text)


def test_no_article_of_the_seeds_is_and_each_is_when_it_is_reversed() -> None:
    for path in sorted((ROOT / "seeds").glob("*-*.md")):
        text = path.read_text(encoding="utf-8")
        assert not is_in_visual_order(text), path
        assert is_in_visual_order("\n".join(line[::-1] for line in text.split("\n"))), path
