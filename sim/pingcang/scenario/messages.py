"""What pydantic finds wrong, said in the scenario's own words: path, what was found, the way out."""

from __future__ import annotations

import difflib
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from pydantic import ValidationError

from pingcang.scenario.schema import Scenario
from pingcang.scenario.tree import Finding, Keys, Node, child_of, nearest, shortened
from pingcang.scenario.types import Section

NESTED = ("rules", "calendar", "exchange", "impact", "securities")
"""Sections in which a key that stands at the wrong level is looked for."""
IN_FULL = 500
"""Errors that are told in full; a file with more of them keeps pydantic's words for the rest."""
BEYOND_THE_SCHEMA: dict[Keys, tuple[str, ...]] = {(): ("extends",), ("rules",): ("extends",)}
"""Keys that are written out before validation, by path."""


class _Raw(NamedTuple):
    """An error at the user's path; `union` is the path at which one of several forms was tried."""

    keys: Keys
    union: Keys | None
    error: Any


def findings_of(error: ValidationError, tree: Node, root: type[Section] = Scenario) -> list[Finding]:
    """The findings behind a validation error of the values in a tree."""
    raw = _best_of_unions([_located(item, tree) for item in error.errors(include_url=False)])
    findings = [_finding(item, tree, root) for item in raw[:IN_FULL]]
    findings += [Finding(item.keys, item.error["msg"]) for item in raw[IN_FULL:]]
    hinted = {(*finding.keys[:-1], _meant(finding.message)) for finding in findings}
    # A key with a slip of the pen is unknown and missing at once; one message is enough.
    return [
        finding for finding in findings if not (finding.message.startswith("is missing") and finding.keys in hinted)
    ]


def _meant(message: str) -> str:
    return message.partition("did you mean ")[2].rstrip("?")


def _located(error: Any, tree: Node) -> _Raw:
    """Where the error is in the user's own tree: pydantic's names of union members are left out."""
    keys: Keys = ()
    union: Keys | None = None
    node = tree
    last = len(error["loc"]) - 1
    for place, key in enumerate(error["loc"]):
        inner = child_of(node, key)
        if inner is not None:
            keys, node = (*keys, key), inner
        elif place == last and error["type"] in {"missing", "extra_forbidden"}:
            keys = (*keys, key)
        elif key != "[key]":
            union = keys if union is None else union
    return _Raw(keys, union, error)


def _best_of_unions(raw: list[_Raw]) -> list[_Raw]:
    """One error where a value fits none of several forms: of the form that came nearest, else all in one."""
    kept: list[_Raw] = [item for item in raw if item.union is None]
    unions = dict.fromkeys(item.union for item in raw if item.union is not None)
    for union in unions:
        members = [item for item in raw if item.union == union]
        deeper = [item for item in members if len(item.keys) > len(union)]
        speaking = [item for item in members if item.error["type"] == "value_error"]
        kept += deeper or speaking[:1] or [_joined(members)]
    return kept


def _joined(members: list[_Raw]) -> _Raw:
    wants = " or ".join(dict.fromkeys(_wanted(member.error) for member in members))
    return members[0]._replace(error={**members[0].error, "type": "union", "ctx": {"wants": wants}})


def _finding(raw: _Raw, tree: Node, root: type[Section]) -> Finding:
    kind, keys = raw.error["type"], raw.keys
    node = nearest(tree, keys)
    if kind == "extra_forbidden":
        return Finding(keys, _unknown_key(keys, root))
    if kind == "missing":
        return Finding(keys, _missing(keys, node))
    if kind == "value_error":
        return _own_words(keys, str(raw.error["ctx"]["error"]), root)
    if raw.error["loc"] and raw.error["loc"][-1] == "[key]":
        return Finding(keys, f"the name {str(keys[-1])!r} must be {_wanted(raw.error)}; rename it")
    close = _close_word(raw.error)
    hint = f"; did you mean {close}?" if close else ""
    return Finding(keys, f"found {found(node)}, must be {_wanted(raw.error)}{hint}")


def found(node: Node) -> str:
    """A value as its writer would recognise it."""
    if isinstance(node.value, dict):
        return f"a mapping ({shortened(', '.join(node.value))})" if node.value else "an empty mapping"
    if isinstance(node.value, list):
        return f"a list of {len(node.value)}"
    if node.value is None:
        return "nothing"
    return repr(shortened(node.value)) if isinstance(node.value, str) else shortened(node.text or str(node.value))


def _own_words(keys: Keys, message: str, root: type[Section]) -> Finding:
    """The message of one of our own validators, at the key that it begins with, if it does."""
    word, _, rest = message.partition(" ")
    key = word.rstrip(":")
    if key in allowed_keys(keys, root):
        return Finding((*keys, key), rest if word.endswith(":") else message)
    return Finding(keys, message)


def _missing(keys: Keys, parent: Node) -> str:
    if isinstance(keys[-1], int):
        return f"found a row of {len(parent.value)}, a row has two numbers, as [0.5, 1.2]"
    return "is missing; add it"


def _unknown_key(keys: Keys, root: type[Section]) -> str:
    above, key = keys[:-1], keys[-1]
    beyond = BEYOND_THE_SCHEMA.get(above, ()) if root is Scenario else ()
    allowed = [*allowed_keys(above, root), *beyond]
    close = difflib.get_close_matches(str(key), allowed, n=1)
    if close:
        return f"unknown key; did you mean {close[0]}?"
    elsewhere = [section for section in NESTED if root is Scenario and key in allowed_keys((section,), root)]
    if elsewhere:
        return f"unknown key here; did you mean {elsewhere[0]}.{key}?"
    return f"unknown key; allowed: {shortened(', '.join(allowed), 160)}"


def allowed_keys(keys: Keys, root: type[Section]) -> list[str]:
    """The keys of the section at a path; none if there is no section."""
    types_here: list[Any] = [root]
    for key in keys:
        types_here = [inner for outer in types_here for inner in _inside(outer, key)]
    sections = [section for here in types_here for section in _sections(here)]
    return [field.alias or name for name, field in sections[0].model_fields.items()] if sections else []


def _inside(annotation: Any, key: str | int) -> Iterator[Any]:
    """The types that a value can have under one key of a value of the given type."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _inside(arguments[0], key)
    elif origin in (Union, types.UnionType):
        for member in arguments:
            yield from _inside(member, key)
    elif origin in (dict, list):
        yield arguments[-1]
    elif isinstance(annotation, type) and issubclass(annotation, Section) and key in annotation.model_fields:
        yield annotation.model_fields[str(key)].annotation


def _sections(annotation: Any) -> Iterator[type[Section]]:
    """The section that a type is, optional or not; none of those inside its lists and mappings."""
    if isinstance(annotation, type) and not get_args(annotation) and issubclass(annotation, Section):
        yield annotation
    elif get_origin(annotation) in (Annotated, Union, types.UnionType):
        for argument in get_args(annotation):
            yield from _sections(argument)


def _close_word(error: Any) -> str | None:
    if error["type"] != "literal_error" or not isinstance(error["input"], str):
        return None
    words = error["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
    close: Sequence[str] = difflib.get_close_matches(error["input"], words, n=1)
    return close[0] if close else None


_TEXT = "text; put it in quotes"
_WANTED: dict[str, Callable[[dict[str, Any]], str]] = {
    "greater_than": lambda limits: f"above {limits['gt']:g}",
    "greater_than_equal": lambda limits: f"at least {limits['ge']:g}",
    "less_than": lambda limits: f"below {limits['lt']:g}",
    "less_than_equal": lambda limits: f"at most {limits['le']:g}",
    "finite_number": lambda _: "a finite number",
    "float_type": lambda _: "a number",
    "float_parsing": lambda _: "a number",
    "int_type": lambda _: "a whole number",
    "int_from_float": lambda _: "a whole number",
    "int_parsing_size": lambda _: "a smaller number",
    "bool_type": lambda _: "true or false",
    "string_type": lambda _: _TEXT,
    "string_too_short": lambda limits: (
        f"at least {limits['min_length']} character{'s' * (limits['min_length'] > 1)} long"
    ),
    "string_too_long": lambda limits: f"at most {limits['max_length']} characters long",
    "string_pattern_mismatch": lambda _: "letters, digits, _ . and - only, without spaces",
    "literal_error": lambda words: f"{words['expected']}",
    "list_type": lambda _: "a list",
    "tuple_type": lambda _: "a row of two numbers, as [0.5, 1.2]",
    "dict_type": lambda _: "a mapping (keys with values)",
    "model_type": lambda _: "a mapping (keys with values)",
    "too_short": lambda limits: f"at least {limits['min_length']} long",
    "too_long": lambda limits: f"at most {limits['max_length']} long",
    "union": lambda ctx: f"{ctx['wants']}",
}


def _wanted(error: Any) -> str:
    """What is allowed, to be read after "must be"."""
    say = _WANTED.get(error["type"])
    return say(error.get("ctx", {})) if say else f"something else ({error['msg']})"
