"""The tutorials' pages: where they are, their code cells, and a run of them from top to bottom."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "docs" / "tutorials"
PAGES = sorted(FOLDER.glob("[0-9]*.md"))
QUESTION = re.compile(r'^answer = \.\.\.$\n^check\("(\d\d\.[abc])", answer\)$', re.M)


def cells(page: Path) -> list[str]:
    """The code cells of a page, in order."""
    return re.findall(r"^```python\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)


def asked(page: Path) -> list[str]:
    """The exercises of a page, in order."""
    return QUESTION.findall("\n".join(cells(page)))


def run_cells(page: Path) -> Iterator[tuple[str | None, dict[str, object]]]:
    """Run the page's cells one after the other; after each, the exercise that it asks, if any, and names so far."""
    names: dict[str, object] = {}
    for number, cell in enumerate(cells(page), start=1):
        with redirect_stdout(io.StringIO()) as out:
            exec(compile(cell, f"{page.name}, cell {number}", "exec"), names)
        question = QUESTION.search(cell)
        if question:
            assert out.getvalue() == f"{question[1]}: open. Put your answer in place of the three dots.\n"
        yield (question[1] if question else None), names
