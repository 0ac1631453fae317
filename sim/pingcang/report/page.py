"""From sections to one page of HTML on disk, whatever the page is of."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pingcang
from pingcang.errors import ScenarioError
from pingcang.language import ENGLISH, current, language
from pingcang.report.blocks import Section
from pingcang.report.fonts import check_fonts
from pingcang.report.words import in_currency
from pingcang.results.files import storage_errors, written_whole
from pingcang.said import said

HTML = {".html", ".htm"}
TAGS = {"en": "en", "zh": "zh-CN"}
"""Language -> the tag of a page in it."""


@dataclass(frozen=True)
class Page:
    """What a page says, before it is HTML."""

    title: str
    subtitle: str
    sections: Sequence[Section]
    dims: Mapping[str, str]
    """Variable -> its dimensions in words, where they are known."""
    currency: str
    maker: str
    """The command that makes such pages."""


def check_page(path: Path, *, overwrite: bool, lang: str = ENGLISH) -> None:
    """Refuse, as `ScenarioError`, a place where no page can be or may be, and a machine that cannot make one."""
    needed = ("jinja2",) if lang == ENGLISH else ("jinja2", "babel")
    if any(importlib.util.find_spec(library) is None for library in needed):
        raise ScenarioError(f"{path}: a page needs a library that is missing; pip install 'pingcang[report]'")
    with language(lang):
        check_fonts()
    if path.suffix.lower() not in HTML:
        raise ScenarioError(f"{path}: the suffix {path.suffix!r} is no page; use .html")
    if not path.parent.is_dir():
        raise ScenarioError(f"{path}: there is no folder {path.parent}; make it, or choose another place")
    if path.is_dir():
        raise ScenarioError(f"{path}: is a folder; choose another name")
    if path.exists() and not overwrite:
        raise ScenarioError(f"{path}: something is there already; choose another name or pass --overwrite")


def save_page(page: Page, target: Path) -> Path:
    """Write a page whole or not at all; `StorageError` when the disk refuses."""
    html = render(page)
    with storage_errors(target), written_whole(target) as temporary:
        temporary.write_text(html, encoding="utf-8", newline="\n")
    return target


def render(page: Page) -> str:
    """The page as HTML; whatever comes from a scenario, a dataset or a file is escaped."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    style = _text("style.css")
    with in_currency(page.currency):
        return environment.from_string(_text("page.html.j2")).render(
            page=page,
            _=said,
            lang=TAGS[current()],
            style=Markup(style),
            policy=policy(style),
            version=pingcang.__version__,
        )


def policy(style: str) -> str:
    """Nothing is fetched and nothing runs: images of the page itself, and this one style sheet, by its hash."""
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


def _text(name: str) -> str:
    return (files("pingcang.report") / name).read_text(encoding="utf-8")
