"""HTML pages from `templates/`. Values are escaped, and a page loads the files of `web/` only."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse
from starlette.types import Scope

from api.pages.preferences import UiLanguage, read_preferences
from dalil.text.language import language_of

POLICY = "; ".join(
    [
        "default-src 'none'",
        "connect-src 'self'",
        "font-src 'self'",
        "frame-src 'self'",
        "img-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
)
"""No inline script or style, nothing from other servers, and no markup from text."""

DOCS_POLICY = "; ".join(
    [
        *(rule for rule in POLICY.split("; ") if "trusted-types" not in rule and not rule.startswith("img-src")),
        "img-src 'self' data:",
    ]
)
"""For the documentation of the API: Swagger UI makes markup from text, and its styles hold images."""

_HERE = Path(__file__).parent
TEXTS: Mapping[UiLanguage, Mapping[str, str]] = json.loads((_HERE / "texts.json").read_text("utf-8"))
"""The words of the pages by language."""

_OF_TEMPLATES = ("docs", "form_", "kind_", "measure_", "nav_", "point_", "quality", "sort_", "status_")
"""How the names of texts begin that no script uses; a page does not send them twice."""

_SCRIPT_TEXTS: Mapping[UiLanguage, Mapping[str, str]] = {
    language: {name: text for name, text in texts.items() if not name.startswith(_OF_TEMPLATES)}
    for language, texts in TEXTS.items()
}

# As web/dom.js has them.
_LOCALES: Mapping[UiLanguage, str] = {"en": "en_GB", "ar": "ar"}
_DAY_FORMATS: Mapping[UiLanguage, str] = {"en": "d MMM y", "ar": "d MMMM y"}
_TEMPLATES = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
# An Arabic letter takes two bytes, and its escape takes six.
_TEMPLATES.policies["json.dumps_kwargs"] = {"ensure_ascii": False}


def render_page(
    scope: Scope,
    template: str,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    policy: str = POLICY,
    **values: object,
) -> HTMLResponse:
    """The template with these values, in the language and the theme that the request prefers."""
    reader = read_preferences(scope)
    content = _TEMPLATES.get_template(template).render(
        root=scope.get("root_path", ""),
        ui=reader,
        t=TEXTS[reader.language],
        script_texts=_SCRIPT_TEXTS[reader.language],
        day=partial(format_date, format=_DAY_FORMATS[reader.language], locale=_LOCALES[reader.language]),
        language_of=language_of,
        **values,
    )
    own = {
        "Cache-Control": "private, no-cache",
        "Content-Security-Policy": policy,
        "Referrer-Policy": "same-origin",
        "Vary": "Accept, Accept-Language, Cookie",
    }
    return HTMLResponse(content, status, {**(headers or {}), **own})
