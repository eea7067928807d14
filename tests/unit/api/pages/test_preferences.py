import pytest
from starlette.types import Scope

from api.pages.preferences import LANGUAGE_COOKIE, THEME_COOKIE, read_preferences


def scope(query: str = "", **headers: str) -> Scope:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "query_string": query.encode(), "headers": raw}


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("ar", "ar"),
        ("AR-eg,ar;q=0.9,en;q=0.8", "ar"),
        ("en-GB,en;q=0.9,ar;q=0.8", "en"),
        ("fr-FR,fr;q=0.9,ar;q=0.2", "ar"),
        ("fr, de;q=0.5", "en"),
        ("en;q=0,ar;q=0.1", "ar"),
        ("*", "en"),
        (";;,=,q", "en"),
    ],
)
def test_a_new_reader_gets_the_language_that_the_browser_wants_more(accepted: str, language: str) -> None:
    assert read_preferences(scope(accept_language=accepted)).language == language


def test_what_a_reader_chose_counts_more_than_what_the_browser_wants() -> None:
    chosen = read_preferences(scope(accept_language="en", cookie=f"{LANGUAGE_COOKIE}=ar; {THEME_COOKIE}=dark"))
    assert (chosen.language, chosen.theme, chosen.direction) == ("ar", "dark", "rtl")


def test_the_address_counts_more_than_a_choice_of_before() -> None:
    assert read_preferences(scope("ui=en", cookie=f"{LANGUAGE_COOKIE}=ar")).language == "en"


def test_what_is_no_language_and_no_theme_is_passed_over() -> None:
    odd = read_preferences(
        scope("ui=fr", cookie=f"{LANGUAGE_COOKIE}=<script>; {THEME_COOKIE}=pink", accept_language="ar")
    )
    assert (odd.language, odd.theme) == ("ar", None)


def test_without_a_choice_the_system_decides_on_the_colours() -> None:
    assert read_preferences(scope()).theme is None
    assert read_preferences(scope()).direction == "ltr"
