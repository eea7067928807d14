import pytest

from dalil.answering.llm.transport import share_of_yes


@pytest.mark.parametrize(
    ("tokens", "share"),
    [
        pytest.param([("Yes", 0.375), (" no", 0.125), ("The", 0.5)], 0.75, id="both and another"),
        pytest.param([("yes", 0.25), ("Yes", 0.25), ("NO.", 0.5)], 0.5, id="several spellings"),
        pytest.param([("نعم", 0.3)], 1.0, id="yes alone, in Arabic"),
        pytest.param([("لا", 0.3)], 0.0, id="no alone, in Arabic"),
        pytest.param([('"Yes"', 1.0)], 1.0, id="in quotation marks"),
        pytest.param([("Yesterday", 0.9), ("None", 0.1)], None, id="other words"),
        pytest.param([("Yes", 0.0)], None, id="no probability"),
        pytest.param([], None, id="nothing"),
    ],
)
def test_the_share_of_yes_is_of_the_tokens_that_say_yes_or_no(
    tokens: list[tuple[str, float]], share: float | None
) -> None:
    assert share_of_yes(tokens) == share
