"""A page of docs/: texts made by a command stand between markers, prose around them by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pingcang.errors import PingcangError


class PageError(PingcangError):
    """The page lacks the place where a text belongs."""


def picture(name: str, told: str, folder: str = "validation") -> str:
    """A picture of the page, with the words that stand for it where it cannot be seen."""
    return f"![{told}](images/{folder}/{name}.png)"


def marker(name: str) -> str:
    """The line before a generated text; `end(name)` follows it."""
    return f"<!-- generated: {name} -->"


def end(name: str) -> str:
    """The line after a generated text."""
    return f"<!-- end: {name} -->"


def blocks_of(page: str) -> dict[str, str]:
    """The generated texts of a page by name."""
    found = re.findall(r"^<!-- generated: (\S+) -->\n(.*?)^<!-- end: \1 -->$", page, re.M | re.S)
    return {name: text.strip("\n") for name, text in found}


def embedded(page: str, blocks: Mapping[str, str]) -> str:
    """The page with these texts at their places; PageError if a place is missing."""
    for name, text in blocks.items():
        pattern = re.compile(rf"^{re.escape(marker(name))}\n.*?^{re.escape(end(name))}$", re.M | re.S)
        body = f"{marker(name)}\n\n{text.strip()}\n\n{end(name)}"
        places = list(pattern.finditer(page))
        if len(places) != 1:
            raise PageError(f"the page must have one place for {name}: a line {marker(name)} and a line {end(name)}")
        page = page[: places[0].start()] + body + page[places[0].end() :]
    return page


def embed(path: Path, blocks: Mapping[str, str]) -> None:
    """Write the texts into the page."""
    path.write_text(embedded(path.read_text(encoding="utf-8"), blocks), encoding="utf-8")
