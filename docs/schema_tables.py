"""Write the generated pages of docs/ from the code and the rule sets they describe.

    python docs/schema_tables.py

tests/test_documents.py fails while a page differs from what this script writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path
from runpy import run_path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pingcang.results import causes
from pingcang.results.account_audit import COLUMNS
from pingcang.results.dataset import COORDINATES, STORED
from pingcang.results.metrics import UNITS
from pingcang.scenario import types as kinds
from pingcang.scenario.schema import Scenario

HERE = Path(__file__).parent

WORDS = {
    id(kinds.Number): "number",
    id(kinds.Whole): "whole number",
    id(kinds.Flag): "true or false",
    id(kinds.Day): "date",
    id(kinds.Positive): "number > 0",
    id(kinds.NotNegative): "number ≥ 0",
    id(kinds.Share): "share, 0 to 1",
    id(kinds.Count): "whole number ≥ 0",
    id(kinds.Money): "CNY ≥ 0",
    id(kinds.Ratio): "ratio",
    id(kinds.PositiveRatio): "ratio > 0",
    id(kinds.Name): "name",
    id(kinds.Text): "text",
    id(kinds.Table): "curve",
    id(kinds.Weights): "curve of weights ≥ 0",
    id(kinds.Shares): "curve of shares, 0 to 1",
    id(kinds.Limits): "rows [ratio, share], ratios rising",
    id(kinds.Quantiles): "distribution",
}
PLAIN = {str: "text", int: "whole number", float: "number", bool: "true or false", Any: "any value"}
BOUNDS = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}

KEYS_HEAD = """# All keys of a scenario

Written by `docs/schema_tables.py` from the schema; do not edit. How to use them: [scenarios.md](scenarios.md).

- *ratio*: a ratio or rate, 0 to 1000, in whole basis points (at most four decimals): `1.3`, `0.0835`.
- *curve*: rows `[x, y]` with rising x; linear between the rows, constant outside them.
- *distribution*: rows `[probability, value]`, from probability 0 to 1; linear between the rows.
- *name*: letters, digits, `_`, `.`, `-`; at most 64 of them.
- *NAME* in a heading is a name that you choose; *[ ]* marks a list.
- *required* keys have no default. *unset* means: left out.
"""

VARIABLES_HEAD = """# What a dataset holds

Written by `docs/schema_tables.py` from the code; do not edit. How to use it: [results.md](results.md).

Money is in CNY and counts are at scale 1, whatever the scale of the run.
"""


# ---- keys of a scenario -------------------------------------------------------------------------------------------


def scenario_keys() -> str:
    """The page of all keys: one table a section."""
    return "\n".join([KEYS_HEAD, *_section("", Scenario)]) + "\n"


def _section(path: str, model: Any) -> Iterator[str]:
    yield f"## {path or 'The scenario itself'}\n"
    yield f"{cleandoc(model.__doc__)}\n"
    yield "| key | value | default | meaning |\n|---|---|---|---|"
    hints = get_type_hints(model, include_extras=True)
    inner = []
    for key, field in model.model_fields.items():
        told = (_words(hints[key]), _default(field), field.description or "")
        yield f"| `{field.alias or key}` | {' | '.join(map(_cell, told))} |"
        inner += [(f"{path}.{key}".lstrip(".") + mark, sub) for mark, sub in _models(hints[key])]
    yield ""
    for sub_path, sub in inner:
        yield from _section(sub_path, sub)


def _words(hint: Any) -> str:
    """What may be written for a type."""
    if id(hint) in WORDS:
        return WORDS[id(hint)]
    args = get_args(hint)
    compound = COMPOUND.get(get_origin(hint))
    if compound is not None:
        return compound(args)
    if get_origin(hint) is Annotated:
        base = next((word for kind, word in NARROWED if get_args(kind) == args[: len(get_args(kind))]), None)
        return f"{base or _words(args[0])}{_bounds(args[1:])}"
    return "section" if _is_section(hint) else PLAIN[hint]


def _choice(args: tuple[Any, ...]) -> str:
    return " or ".join(_words(arg) for arg in args if arg is not type(None))


def _mapping(args: tuple[Any, ...]) -> str:
    inner = args[1]
    if inner is Any or get_origin(inner) is dict:
        return "section of keys to change"
    return f"NAME: {_words(inner)}"


COMPOUND = {
    Literal: lambda args: " or ".join(f"`{value}`" for value in args),
    Union: _choice,
    UnionType: _choice,
    list: lambda args: f"list of {_words(args[0])}",
    dict: _mapping,
    tuple: lambda args: f"[{', '.join(map(_words, args))}]",
}
NARROWED = [(kinds.Number, "number"), (kinds.Whole, "whole number")]


def _is_section(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, BaseModel)


def _bounds(metadata: tuple[Any, ...]) -> str:
    limits = [
        f"{sign} {getattr(item, name):,}".replace(",", " ")
        for field in metadata
        if isinstance(field, FieldInfo)
        for item in field.metadata
        for name, sign in BOUNDS.items()
        if hasattr(item, name)
    ]
    return f" {', '.join(limits)}" if limits else ""


def _default(field: FieldInfo) -> str:
    value = field.default
    if field.is_required() or value is None:
        return "required" if field.is_required() else "unset"
    if isinstance(value, BaseModel):
        return "see below"
    if value in ([], {}, ""):
        return "empty"
    if isinstance(value, list):
        value = [list(row) for row in value]
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _models(hint: Any) -> Iterator[tuple[str, Any]]:
    """Sections inside a type, with the mark of the list or the names that they stand in."""
    if _is_section(hint):
        yield "", hint
        return
    mark = {list: "[ ]", dict: ".NAME"}.get(get_origin(hint), "")
    for arg in get_args(hint):
        for inner, model in _models(arg):
            yield mark + inner, model


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


# ---- variables of a dataset ---------------------------------------------------------------------------------------

WHEN = {"always": "", "stocks": "`--record stocks`", "amplification": "`--amplification`"}


def variables() -> str:
    """The page of coordinates, variables, metrics and audit columns."""
    return "\n".join([VARIABLES_HEAD, *_coordinates(), *_variables(), *_metrics(), *_audit()]) + "\n"


def _coordinates() -> Iterator[str]:
    yield "## Coordinates\n\n| coordinate | dimensions | meaning |\n|---|---|---|"
    for name, (dims, _, long_name) in COORDINATES.items():
        yield f"| `{name}` | {', '.join(dims)} | {long_name} |"
    yield ""


def _variables() -> Iterator[str]:
    yield "## Variables\n\n| variable | dimensions | unit | type | meaning | only with |\n|---|---|---|---|---|---|"
    for v in STORED:
        dims = ", ".join(("run", *v.dims))
        yield f"| `{v.name}` | {dims} | {v.unit} | {v.dtype} | {v.long_name} | {WHEN[v.when]} |"
    yield ""


def _metrics() -> Iterator[str]:
    yield "## Metrics of a run\n\n| metric | unit | meaning |\n|---|---|---|"
    for name, (unit, long_name) in UNITS.items():
        yield f"| `{name}` | {unit} | {long_name} |"
    yield ""


def _audit() -> Iterator[str]:
    yield "## Columns of the audit table\n\nBefore them stands `run` (int64).\n\n| column | type |\n|---|---|"
    for name, kind in COLUMNS.items():
        yield f"| `{name}` | {'text' if kind.__name__.startswith('str') else kind.__name__} |"
    yield "\n## Columns of the table of causes\n\nBefore them stands `run` (int64).\n\n| column | type |\n|---|---|"
    for name, type_name in causes.COLUMNS.items():
        yield f"| `{name}` | {type_name} |"


PAGES = {
    "scenario_keys.md": scenario_keys,
    "variables.md": variables,
    "rule_timeline.md": run_path(str(HERE / "rule_tables.py"))["rule_timeline"],
    "articles.md": run_path(str(HERE / "article_tables.py"))["articles_page"],
    "regimes.md": run_path(str(HERE / "regime_tables.py"))["regimes_page"],
    "assumptions.md": run_path(str(HERE / "assumption_tables.py"))["assumptions_page"],
    "model_card.md": run_path(str(HERE / "model_card_tables.py"))["model_card_page"],
    "odd.md": run_path(str(HERE / "odd_tables.py"))["odd_page"],
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")
