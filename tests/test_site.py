"""The documentation is one site: it builds without a warning, holds every page, and asks nobody for anything."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from runpy import run_path
from urllib.parse import unquote

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
NEEDS_MKDOCS = pytest.mark.skipif(
    importlib.util.find_spec("mkdocs") is None and not os.environ.get("CI"),
    reason="the site is built by mkdocs: pip install -e '.[docs]'",
)
REQUESTING = {"script": "src", "img": "src", "iframe": "src", "link": "href", "source": "src"}


class Loader(yaml.SafeLoader):
    """Reads mkdocs.yml without importing the functions that it names."""


Loader.add_multi_constructor("tag:yaml.org,2002:python/name:", lambda loader, name, node: name)


def navigation() -> list[str]:
    """Every page that mkdocs.yml lists, by its place in the site."""

    def leaves(item: object) -> list[str]:
        if isinstance(item, dict):
            return [leaf for value in item.values() for leaf in leaves(value)]
        if isinstance(item, list):
            return [leaf for value in item for leaf in leaves(value)]
        return [str(item)]

    return leaves(yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), Loader)["nav"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as the command builds it."""
    folder = tmp_path_factory.mktemp("site") / "built"
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}  # an advertisement of the theme
    built = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (built.returncode, built.stdout, built.stderr) == (0, "", "")
    return folder


class References(HTMLParser):
    """What a page requests by itself, what it links to, and its anchors."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.requested: list[str] = []
        self.linked: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.anchors |= {value for value in (named.get("id"), named.get("name")) if value}
        if (target := named.get(REQUESTING.get(tag, ""))) is not None:
            self.requested.append(target)
        if tag == "a" and (target := named.get("href")) is not None:
            self.linked.append(target)


def test_navigation_holds_every_page_of_docs_once() -> None:
    listed = navigation()
    written = {str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md")}
    assert sorted(written - set(listed)) == [], "pages of docs/ that the nav of mkdocs.yml lacks"
    assert len(listed) == len(set(listed))


@NEEDS_MKDOCS
def test_navigation_holds_every_page_of_the_api_reference() -> None:
    pages = run_path(str(ROOT / "docs" / "site_pages.py"))["API"]
    assert [page for page in navigation() if page.startswith("api/")] == [f"api/{name}.md" for name in pages]


@NEEDS_MKDOCS
def test_the_site_builds_without_a_warning_and_has_every_page(site: Path) -> None:
    expected = [re.sub(r"README\.html$", "index.html", page[:-3] + ".html") for page in navigation()]
    assert [page for page in expected if not (site / page).is_file()] == []
    assert not list(site.rglob("*.py"))


@NEEDS_MKDOCS
def test_no_page_of_the_site_requests_anything_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        asked = References(page.read_text(encoding="utf-8")).requested
        assert [url for url in asked if re.match(r"(https?:)?//", url)] == [], page.name
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(https?:)?//|@import", sheet.read_text(encoding="utf-8")), sheet.name


@NEEDS_MKDOCS
def test_every_link_and_picture_of_the_site_leads_to_a_file_and_an_anchor(site: Path) -> None:
    pages = {path: References(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}
    broken = []
    for path, page in pages.items():
        for url in (*page.requested, *page.linked):
            target, _, anchor = unquote(url).partition("#")
            if re.match(r"[a-z]+:", target) or target.startswith("/") or path.name == "404.html":
                continue
            found = (path.parent / target).resolve() if target else path
            known = pages[found].anchors if found in pages else set()
            if not found.exists() or (anchor and found in pages and anchor not in known):
                broken.append(f"{path.relative_to(site)}: {url}")
    assert broken == []


@NEEDS_MKDOCS
def test_the_api_reference_tells_formula_and_signature_of_what_is_public(site: Path) -> None:
    assert 'href="api/loaders.html"' in (site / "api.html").read_text(encoding="utf-8")
    text = (site / "api" / "pingcang.html").read_text(encoding="utf-8")
    assert 'id="pingcang.model.MarginMarket.step"' in text
    assert "One trading day." in text
