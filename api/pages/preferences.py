"""A reader's preferences for the pages: their language, light or dark."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from starlette.requests import HTTPConnection
from starlette.types import Scope

from api.http.negotiation import quality

UiLanguage: TypeAlias = Literal["en", "ar"]
Theme: TypeAlias = Literal["light", "dark"]

LANGUAGE_COOKIE, THEME_COOKIE = "dalil-language", "dalil-theme"
"""web/shell.js sets these cookies."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """`theme` is None if the reader's system decides."""

    language: UiLanguage
    theme: Theme | None

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """The direction of the page's text."""
        return "rtl" if self.language == "ar" else "ltr"


def read_preferences(scope: Scope) -> Preferences:
    """The preferences of a request: from its parameter `ui`, its cookies, its header Accept-Language, else English."""
    request = HTTPConnection(scope)
    chosen = (request.query_params.get("ui"), request.cookies.get(LANGUAGE_COOKIE), _accepted_language(request))
    languages: tuple[UiLanguage, ...] = get_args(UiLanguage)
    themes: tuple[Theme, ...] = get_args(Theme)
    return Preferences(
        next((own for choice in chosen for own in languages if own == choice), "en"),
        next((own for own in themes if own == request.cookies.get(THEME_COOKIE)), None),
    )


def _accepted_language(request: HTTPConnection) -> str:
    """The language that Accept-Language prefers; a region such as ar-EG counts as its language."""
    ranges = (part.partition(";") for part in request.headers.get("accept-language", "").lower().split(","))
    header = ",".join(f"{tag.strip().partition('-')[0]};{weight}" for tag, _, weight in ranges if tag.strip())
    return "ar" if header and quality(header, "ar") > quality(header, "en") else "en"
