"""HTML pages from `templates/`. Values are escaped, and a page loads the files of `web/` only."""

import json
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse
from starlette.types import Scope

from api.pages.preferences import UiLanguage, read_preferences

POLICY = "; ".join(
    [
        "default-src 'none'",
        "connect-src 'self'",
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

_HERE = Path(__file__).parent
_TEXTS: Mapping[UiLanguage, Mapping[str, str]] = json.loads((_HERE / "texts.json").read_text("utf-8"))
_TEMPLATES = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render_page(
    scope: Scope, template: str, status: int = 200, headers: Mapping[str, str] | None = None, **values: object
) -> HTMLResponse:
    """The template with these values, in the language and the theme that the request prefers."""
    reader = read_preferences(scope)
    content = _TEMPLATES.get_template(template).render(
        root=scope.get("root_path", ""), ui=reader, t=_TEXTS[reader.language], **values
    )
    own = {
        "Cache-Control": "private, no-cache",
        "Content-Security-Policy": POLICY,
        "Referrer-Policy": "same-origin",
        "Vary": "Accept, Accept-Language, Cookie",
    }
    return HTMLResponse(content, status, {**(headers or {}), **own})
