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
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import typer
from pydantic import BaseModel, Field

from api.app import create_app
from dalil.answering.attribution.verifier import RULES
from dalil.settings import PREFIX, ApiSettings, Settings
from evals.__main__ import app as evals
from indexer.__main__ import app as indexer

_BLOCK = re.compile(r"(?P<begin><!-- generated: (?P<name>[a-z ]+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)
_MAKE_TARGET = re.compile(r"^([a-z-]+):.*?## (.*)$", re.MULTILINE)
_METHODS = ("get", "post", "put", "delete")
_SETTINGS_HEAD = "| variable | values | default | |\n|---|---|---|---|\n"


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
    tables, ungrouped = [], []
    for name, setting in whole.properties.items():
        if group := whole.definitions.get(setting.reference.rpartition("/")[2]):
            rows = [_setting_row(f"{name}__{member}", schema) for member, schema in group.properties.items()]
            tables.append(
                f"## `{PREFIX}{name.upper()}__…`\n\n{group.description}\n\n{_SETTINGS_HEAD}" + "\n".join(rows)
            )
        else:
            ungrouped.append(_setting_row(name, setting))
    tables.append(f"## Ungrouped\n\n{_SETTINGS_HEAD}" + "\n".join(ungrouped))
    return "\n\n".join(tables)


def endpoint_table() -> str:
    """Every endpoint of the OpenAPI document: method, path, summary."""
    document = _OpenApi.model_validate(create_app(ApiSettings(), _build_nothing).openapi())
    rows = [
        f"| `{method.upper()}` | `{path}` | {operation.summary} |"
        for path, operations in document.paths.items()
        for method, operation in operations.items()
        if method in _METHODS
    ]
    return "\n".join(["| method | path | |", "|---|---|---|", *rows])


def make_table() -> str:
    """Every target of the Makefile that has a help text."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    rows = [f"| `make {target}` | {text} |" for target, text in _MAKE_TARGET.findall(makefile)]
    return "\n".join(["| command | |", "|---|---|", *rows])


def command_tables(program: typer.Typer, name: str) -> str:
    """For each command of a program: its help, its arguments and its options."""
    group = typer.main.get_group(program)
    return "\n\n".join("\n".join(_command(f"{name} {command}", each)) for command, each in group.commands.items())


def layer_list() -> str:
    """The layers of imports, the upper ones first: a layer imports those below it, never one above or beside it."""
    contracts = [contract for contract in _contracts() if contract.type == "layers"]
    return "\n\n".join(
        f"{contract.name[0].upper()}{contract.name[1:]}:\n\n"
        + "\n".join(
            f"{number}. {', '.join(f'`{module.strip()}`' for module in layer.split('|'))}"
            for number, layer in enumerate(contract.layers, 1)
        )
        for contract in contracts
    )


def door_table() -> str:
    """Each heavy library with the modules that alone import it."""
    doors: dict[str, list[str]] = {}
    for contract in _contracts():
        for line in contract.ignore_imports:
            module, _, library = line.partition(" -> ")
            if library.partition(".")[0] not in _PROGRAMS:
                doors.setdefault(library, []).append(f"`{module.replace('.', '/')}.py`")
    rows = [f"| `{library}` | {', '.join(sorted(modules))} |" for library, modules in sorted(doors.items())]
    return "\n".join(["| library | imported by |", "|---|---|", *rows])


def rule_table() -> str:
    """Every rule of attribution, and what it objects to: the first paragraph of its docstring."""
    rows = [f"| `{rule.__name__}` | {_cell((inspect.getdoc(rule) or '').partition('\n\n')[0])} |" for rule in RULES]
    return "\n".join(["| rule | objects to |", "|---|---|", *rows])


def decision_list() -> str:
    """Every decision record by its heading."""
    records = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    headings = [record.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ") for record in records]
    return "\n".join(f"- [{heading}]({record.name})" for heading, record in zip(headings, records, strict=True))


def _setting_row(name: str, schema: Schema) -> str:
    return f"| `{PREFIX}{name.upper()}` | {_values(schema)} | {_default(schema)} | {_cell(schema.description)} |"


def _values(schema: Schema) -> str:
    kinds = [kind for kind in schema.any_of if kind.type != "null"]
    if kinds:
        return _values(kinds[0])
    if schema.enum:
        return ", ".join(f"`{value}`" for value in schema.enum)
    least, most, above = schema.minimum, schema.maximum, schema.exclusive_minimum
    bounds = [f"above {above:,g}"] if above is not None else [f"from {least:,g}"] if least is not None else []
    bounds += [f"to {most:,.15g}"] if most is not None else []
    word = {"integer": "whole number", "number": "number", "array": "JSON list", "boolean": "`true`, `false`"}
    kind = {"path": "path", "password": "secret"}.get(schema.format) or word.get(schema.type, "text")
    matching = [f"matching `{_cell(schema.pattern)}`"] if schema.pattern else []
    return " ".join([kind, *matching, *bounds])


def _default(schema: Schema) -> str:
    if schema.default is None or schema.default == ():
        return "unset"
    if isinstance(schema.default, bool):
        return f"`{str(schema.default).lower()}`"
    if isinstance(schema.default, float):
        return f"`{schema.default:.15g}`"
    return f"`{schema.default}`" if schema.default else "depends on the system"


def _command(name: str, command: "typer.core.TyperCommand") -> Iterator[str]:
    yield f"### `{name}`"
    yield ""
    yield inspect.cleandoc(command.help or "")
    rows = []
    for parameter in command.params:
        option = parameter.param_type_name == "option"
        if parameter.name == "help":
            continue
        shown = parameter.metavar or (parameter.name or "").upper()
        flag = bool(getattr(parameter, "is_flag", False))
        spelling = parameter.opts[0] + ("" if flag else f" {shown}") if option else shown
        rows.append(f"| `{spelling}` | {_cell(getattr(parameter, 'help', None) or '')} |")
    if rows:
        yield "\n| option | |\n|---|---|\n" + "\n".join(rows)


def _cell(text: str) -> str:
    """The text as a cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|")


def _contracts() -> list[_Contract]:
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [_Contract.model_validate(each) for each in configuration["tool"]["importlinter"]["contracts"]]


def _build_nothing() -> NoReturn:
    raise AssertionError("the OpenAPI document needs no engine")


_PROGRAMS = ("dalil", "indexer", "api", "evals")

BLOCKS = {
    "settings": settings_tables,
    "endpoints": endpoint_table,
    "make": make_table,
    "indexer": lambda: command_tables(indexer, "python -m indexer"),
    "evals": lambda: command_tables(evals, "python -m evals"),
    "layers": layer_list,
    "doors": door_table,
    "rules": rule_table,
    "decisions": decision_list,
}
"""The name of a block in a page, and the function that makes it."""

if __name__ == "__main__":
    sys.exit(main())
