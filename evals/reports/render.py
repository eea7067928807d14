"""Pages of HTML that need no network, from the templates in the folder beside this file."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, *, folder: Path = TEMPLATES, **values: object) -> str:
    """Fill a template of `folder`, which may extend those beside this file.

    Values are escaped, and an undefined value raises an error.
    """
    environment = Environment(
        loader=FileSystemLoader([folder, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(values)
