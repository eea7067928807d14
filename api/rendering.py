"""Pages of HTML from `templates/`: what is put into them is escaped, and they load nothing but what is in `web/`."""

from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse
from starlette.types import Scope

_POLICY = "; ".join(
    [
        "default-src 'none'",
        "img-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(
    scope: Scope, template: str, status: int = 200, headers: Mapping[str, str] | None = None, **values: object
) -> HTMLResponse:
    """The template filled with the values, as the response to a request whose Accept chose it."""
    content = _TEMPLATES.get_template(template).render(root=scope.get("root_path", ""), **values)
    return HTMLResponse(content, status, {"Content-Security-Policy": _POLICY, "Vary": "Accept", **(headers or {})})
