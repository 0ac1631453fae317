"""What the site holds beside the pages of docs/: the READMEs, files that pages link to, the API reference.

A hook of mkdocs (mkdocs.yml). Links that lead out of docs/ are written for a reader of the repository; here their files
are taken into the site below `repository/`, and the links are turned to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath
from typing import Any

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[1]
FOLDER = "repository"
FRONT = ("README.md", "README.zh-CN.md", "CHANGELOG.md")
LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#|/)([^)#\s]+)")

API = {
    "pingcang": ("The model", "model results.storage errors"),
    "scenario": ("Scenarios and rule sets", "scenario.load .files .timeline .rule_sets"),
    "results": ("Results", "results.accessor trace.account .stock .day"),
    "montecarlo": ("Many runs", "montecarlo.runner .outcome .fork"),
    "study": ("Studies", "study.arms .compare .sweep .factorial .reverse .sensitivity .equal_risk .rule_history"),
    "leverage": (
        "Leverage",
        "leverage.ratios .thresholds.loading .thresholds.lights .regimes.table .monitor.reading .fetch.run",
    ),
    "loaders": (
        "Readers of real data",
        "loaders.price_history .margin_history .margin_detail .margin_folder .market_series .float_caps .sectors"
        " .calendar",
    ),
    "reference": ("The day in plain Python", "reference.market .account .decisions .settlement .auction .stock .fund"),
}
"""Pages of the API reference: title and modules; a leading dot stands for the package of the module before."""


def api_modules(name: str) -> list[str]:
    """The modules of a page of the API reference."""
    package, modules = "", []
    for module in API[name][1].split():
        package = package if module.startswith(".") else module.partition(".")[0]
        modules.append(f"pingcang.{package}{module}" if module.startswith(".") else f"pingcang.{module}")
    return modules


def api_page(name: str) -> str:
    """The text of a page of the API reference, for mkdocstrings."""
    return "\n\n".join([f"# {API[name][0]}", *(f"::: {module}" for module in api_modules(name))]) + "\n"


def api_contents() -> str:
    """The table of the API reference's pages."""
    rows = [
        f"| [{title}](api/{name}.md) | {', '.join(f'`{module}`' for module in api_modules(name))} |"
        for name, (title, _) in API.items()
    ]
    return "\n".join(["| page | modules |", "|---|---|", *rows]) + "\n"


def place(path: str) -> str:
    """Where a file of the repository stands in the site: docs/ at the root, all else below `repository/`."""
    return path.removeprefix("docs/") if path.startswith("docs/") else f"{FOLDER}/{path}"


def origin(uri: str) -> str:
    """The file of the repository behind a place in the site."""
    return uri.removeprefix(f"{FOLDER}/") if uri.startswith(f"{FOLDER}/") else f"docs/{uri}"


def targets(text: str, path: str) -> Iterator[str]:
    """Files of the repository that a page at `path` links to."""
    for link in LINK.findall(text):
        yield normpath(str(PurePosixPath(path).parent / link))


def turned(text: str, uri: str) -> str:
    """A page's text with its links turned from the repository to the site."""
    path = origin(uri)

    def to_site(link: re.Match[str]) -> str:
        target = place(normpath(str(PurePosixPath(path).parent / link[1])))
        return relpath(target, str(PurePosixPath(uri).parent))

    return LINK.sub(to_site, text)


def linked_outside(pages: list[str]) -> list[str]:
    """Files outside docs/ that the pages (paths in the repository) link to, in order."""
    found = {target for path in pages for target in targets((ROOT / path).read_text(encoding="utf-8"), path)}
    return sorted(target for target in found if not target.startswith("docs/") and (ROOT / target).is_file())


def on_files(files: Any, config: Any) -> Any:
    """Take the front pages, what pages link to, and the API reference into the site."""
    pages = [*FRONT, *(f"docs/{file.src_uri}" for file in files.documentation_pages())]
    for path in sorted({*FRONT, *linked_outside(pages)}):
        files.append(File.generated(config, place(path), abs_src_path=str(ROOT / path)))
    for name in API:
        files.append(File.generated(config, f"api/{name}.md", content=api_page(name)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Turn the links of a page."""
    uri = page.file.src_uri
    if uri == "api.md":
        markdown = f"{markdown}\n\n{api_contents()}"
    return markdown if uri.startswith("api/") else turned(markdown, uri)
