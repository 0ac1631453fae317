"""Texts that were made in English before a page was asked for: those of a dataset, of a reading, of another module."""

from __future__ import annotations

import re
from functools import cache
from string import Formatter

from pingcang.language import ENGLISH, catalogue, current, translated

LETTERS = 3
"""Of a template, below which it would recognise anything."""


def said(text: str) -> str:
    """The text in the language that is set: as it stands in the catalogue, or by the template that it was made with."""
    return text if current() == ENGLISH else _said(str(text), current())


@cache
def _said(text: str, code: str) -> str:
    known = translated(text)
    if known != text or not re.search("[A-Za-z]{2}", text):
        return known
    for pattern, translation in _templates(code):
        if found := pattern.fullmatch(text):
            return translation.format(**{name: _said(value, code) for name, value in found.groupdict().items()})
    return text


@cache
def _templates(code: str) -> list[tuple[re.Pattern[str], str]]:
    """What English texts with values look like, the longest first, and their translations."""
    found = []
    for text, translation in catalogue(code).items():
        parts = list(Formatter().parse(text))
        names = [name for _, name, _, _ in parts if name is not None]
        letters = len(re.findall("[A-Za-z]", "".join(literal for literal, *_ in parts)))
        if names and letters >= LETTERS and all(name.isidentifier() for name in names):
            found.append((letters, _pattern(parts), _without_formats(translation)))
    return [(pattern, translation) for _, pattern, translation in sorted(found, key=lambda each: -each[0])]


def _pattern(parts: list[tuple[str, str | None, str | None, str | None]]) -> re.Pattern[str]:
    seen: set[str] = set()
    pattern = ""
    for literal, name, _, _ in parts:
        pattern += re.escape(literal)
        if name is not None:
            pattern += f"(?P={name})" if name in seen else f"(?P<{name}>.*?)"
            seen.add(name)
    return re.compile(pattern, re.DOTALL)


def _without_formats(text: str) -> str:
    """`{count:,}` as `{count}`: the value is text already."""
    return "".join(
        literal.replace("{", "{{").replace("}", "}}") + ("" if name is None else f"{{{name}}}")
        for literal, name, _, _ in Formatter().parse(text)
    )
