"""Write the tables of the documentation that come from the code: `make docs`.

A page names a block between two markers, and the text between them is replaced:

    <!-- generated: settings -->
    <!-- end -->

tests/docs/test_generated.py fails when a page differs from the code.
"""

import inspect
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import typer
from pydantic import BaseModel, Field
from typer.core import TyperArgument, TyperOption

from api.app import create_app
from api.metrics import Metrics
from benchmarks.__main__ import app as benchmarks
from dalil.answering.attribution.verifier import RULES
from dalil.settings import PREFIX, ApiSettings, Settings
from evals.commands.app import app as evals
from indexer.__main__ import app as indexer
from scripts.language_model import app as language_model

_BLOCK = re.compile(r"(?P<begin><!-- generated: (?P<name>[a-z ]+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)
_MAKE_TARGET = re.compile(r"^([a-z-]+):.*?## (.*)$", re.MULTILINE)

_TYPE_NAMES = {
    "string": "text", "integer": "whole number", "number": "number", "array": "JSON list", "boolean": "`true`, `false`"
}  # fmt: skip
_FORMAT_NAMES = {"path": "path", "password": "secret"}
"""The words for a type, or a format, of JSON Schema."""


class Schema(BaseModel):
    """The parts of a JSON schema that a table of settings shows."""

    description: str = ""
    type: str = ""
    format: str = ""
    pattern: str = ""
    enum: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: float | None = Field(None, alias="exclusiveMinimum")
    any_of: tuple["Schema", ...] = Field((), alias="anyOf")
    default: str | float | bool | tuple[str, ...] | Mapping[str, object] | None = ""
    properties: Mapping[str, "Schema"] = {}
    reference: str = Field("", alias="$ref")
    definitions: Mapping[str, "Schema"] = Field({}, alias="$defs")


class _Operation(BaseModel):
    summary: str


class _OpenApi(BaseModel):
    paths: Mapping[str, Mapping[str, _Operation]]


class _Contract(BaseModel):
    name: str
    type: str
    layers: tuple[str, ...] = ()
    ignore_imports: tuple[str, ...] = ()


class _ImportLinter(BaseModel):
    root_packages: tuple[str, ...]
    contracts: tuple[_Contract, ...]


def main() -> int:
    """Regenerate every page that differs from the code, and name it."""
    for page in pages():
        text = page.read_text(encoding="utf-8")
        if (new := regenerate(text)) != text:
            page.write_text(new, encoding="utf-8")
            print(f"wrote {page.relative_to(ROOT)}")
    return 0


def pages() -> list[Path]:
    """The Markdown pages that may have generated blocks, in order."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def regenerate(text: str) -> str:
    """The text of a page with every generated block made anew; raises `KeyError` for a block of an unknown name."""
    return _BLOCK.sub(lambda found: f"{found['begin']}\n{BLOCKS[found['name']]()}\n\n{found['end']}", text)


def settings_tables() -> str:
    """One table for each group of settings: variable, values, default, description."""
    whole = Schema.model_validate(Settings.model_json_schema())
    sections, ungrouped = [], []
    for name, setting in whole.properties.items():
        if group := whole.definitions.get(setting.reference.rpartition("/")[2]):
            members = _settings_table((f"{name}__{member}", schema) for member, schema in group.properties.items())
            sections.append(f"## `{PREFIX}{name.upper()}__…`\n\n{group.description}\n\n{members}")
        else:
            ungrouped.append((name, setting))
    return "\n\n".join([*sections, f"## Ungrouped\n\n{_settings_table(ungrouped)}"])


def metrics_table() -> str:
    """Every metric of the service: name, type, description."""
    return _table(
        ("metric", "type", ""),
        (
            (f"`{family.name}{'_total' if family.type == 'counter' else ''}`", family.type, family.documentation)
            for family in Metrics().families()
        ),
    )


def endpoint_table() -> str:
    """Every endpoint of the OpenAPI document: method, path, summary."""
    document = _OpenApi.model_validate(create_app(ApiSettings(), _build_nothing).openapi())
    return _table(
        ("method", "path", ""),
        (
            (f"`{method.upper()}`", f"`{path}`", operation.summary)
            for path, operations in document.paths.items()
            for method, operation in operations.items()
        ),
    )


def make_table() -> str:
    """Every target of the Makefile that has a help text."""
    targets = _MAKE_TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8"))
    return _table(("command", ""), ((f"`make {target}`", text) for target, text in targets))


def command_tables(program: typer.Typer, name: str) -> str:
    """For each command of a program: its help, its arguments and its options."""
    sections = []
    for command, definition in typer.main.get_group(program).commands.items():
        rows = [
            (_spelling(own), own.help or "")
            for own in definition.params
            if isinstance(own, TyperArgument | TyperOption) and own.name != "help"
        ]
        parts = [f"### `{name} {command}`", inspect.cleandoc(definition.help or "")]
        if rows:
            parts.append(_table(("argument or option", ""), rows))
        sections.append("\n\n".join(parts))
    return "\n\n".join(sections)


def layer_list() -> str:
    """The layers of imports, the upper ones first: a layer imports those below it, never one above or beside it."""
    sections = []
    for contract in _import_linter().contracts:
        if contract.type == "layers":
            layers = (", ".join(f"`{module.strip()}`" for module in layer.split("|")) for layer in contract.layers)
            numbered = "\n".join(f"{number}. {layer}" for number, layer in enumerate(layers, 1))
            sections.append(f"{contract.name[0].upper()}{contract.name[1:]}:\n\n{numbered}")
    return "\n\n".join(sections)


def door_table() -> str:
    """Each heavy library with the modules that alone import it."""
    configuration = _import_linter()
    doors: dict[str, list[str]] = {}
    for contract in configuration.contracts:
        for line in contract.ignore_imports:
            module, _, library = line.partition(" -> ")
            if library.partition(".")[0] not in configuration.root_packages:
                doors.setdefault(library, []).append(f"`{module.replace('.', '/')}.py`")
    rows = ((f"`{library}`", ", ".join(sorted(modules))) for library, modules in sorted(doors.items()))
    return _table(("library", "imported by"), rows)


def rule_table() -> str:
    """Every rule of attribution, and what it objects to: the first paragraph of its docstring."""
    objections = ((inspect.getdoc(rule) or "").partition("\n\n")[0] for rule in RULES)
    names = (f"`{rule.__name__}`" for rule in RULES)
    return _table(("rule", "objects to"), zip(names, objections, strict=True))


def decision_list() -> str:
    """Every decision record by its heading."""
    records = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    headings = [record.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ") for record in records]
    return "\n".join(f"- [{heading}]({record.name})" for heading, record in zip(headings, records, strict=True))


def _settings_table(settings: Iterable[tuple[str, Schema]]) -> str:
    rows = (
        (f"`{PREFIX}{name.upper()}`", _values(schema), _default(schema), schema.description)
        for name, schema in settings
    )
    return _table(("variable", "values", "default", ""), rows)


def _values(schema: Schema) -> str:
    """The type of a setting and its bounds; of an optional one, those of the other type than null."""
    for kind in schema.any_of:
        if kind.type != "null":
            return _values(kind)
    if schema.enum:
        return ", ".join(f"`{value}`" for value in schema.enum)
    parts = [_FORMAT_NAMES.get(schema.format) or _TYPE_NAMES.get(schema.type, schema.type)]
    parts += [f"matching `{schema.pattern}`"] if schema.pattern else []
    parts += [f"above {schema.exclusive_minimum:,g}"] if schema.exclusive_minimum is not None else []
    parts += [f"from {schema.minimum:,g}"] if schema.minimum is not None else []
    parts += [f"to {schema.maximum:,.15g}"] if schema.maximum is not None else []
    return " ".join(parts)


def _default(schema: Schema) -> str:
    if schema.default is None or schema.default == ():
        return "unset"
    if isinstance(schema.default, bool):
        return f"`{str(schema.default).lower()}`"
    if isinstance(schema.default, float):
        return f"`{schema.default:.15g}`"
    if isinstance(schema.default, tuple):
        return f"`{', '.join(schema.default)}`"
    # The schema has no default that is computed.
    return f"`{schema.default}`" if schema.default else "depends on the system"


def _spelling(parameter: TyperArgument | TyperOption) -> str:
    """An argument or option as it is typed: `PATH`, `--prune`, `--report FILE`."""
    value = parameter.metavar or (parameter.name or "").upper()
    if isinstance(parameter, TyperArgument):
        return f"`{value}`"
    return f"`{parameter.opts[0]}`" if parameter.is_flag else f"`{parameter.opts[0]} {value}`"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    cells = ([" ".join(cell.split()).replace("|", "\\|") for cell in row] for row in (head, ["---"] * len(head), *rows))
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def _import_linter() -> _ImportLinter:
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return _ImportLinter.model_validate(configuration["tool"]["importlinter"])


def _build_nothing() -> NoReturn:
    raise AssertionError("the OpenAPI document needs no engine")


BLOCKS = {
    "settings": settings_tables,
    "endpoints": endpoint_table,
    "metrics": metrics_table,
    "make": make_table,
    "indexer": lambda: command_tables(indexer, "python -m indexer"),
    "evals": lambda: command_tables(evals, "python -m evals"),
    "benchmarks": lambda: command_tables(benchmarks, "python -m"),
    "language model": lambda: command_tables(language_model, "python scripts/language_model.py"),
    "layers": layer_list,
    "doors": door_table,
    "rules": rule_table,
    "decisions": decision_list,
}
"""The name of a block in a page, and the function that makes it."""

if __name__ == "__main__":
    sys.exit(main())
