"""What `pingcang score` prints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table

from pingcang.results.files import storage_errors, written_whole
from pingcang.validate import tables

if TYPE_CHECKING:
    from pingcang.validate.score import Line, Score

WIDEST = 120


def show_score(score: Score) -> None:
    """The targets, the count, the stylised facts, and what has no band."""
    console = Console(width=None if Console().is_terminal else WIDEST)
    for kind in ("crash", "calm"):
        if score.about[kind] is not None:
            console.print(_about(kind, score.about[kind]), highlight=False)
    targets = _table("", "target")
    for row in score.rows:
        for first, part in enumerate(row.parts):
            targets.add_row("" if first else str(row.target.row), *_cells(part))
    console.print(targets)
    console.print(tables.verdict(score), style="bold", highlight=False)
    facts = _table("stylised fact")
    for fact in score.facts:
        if fact.spread.runs:
            facts.add_row(*_cells(fact))
    if facts.row_count:
        console.print(facts)
    for sentence in tables.not_computed(score.facts):
        console.print(f"  {sentence}", highlight=False, style="italic")
    console.print(_beside(score.beside))


def save_markdown(score: Score, path: Path) -> None:
    """Write the score as Markdown, whole or not at all."""
    with storage_errors(path), written_whole(path) as temporary:
        temporary.write_text(tables.markdown(score), encoding="utf-8")


def _about(kind: str, told: dict[str, Any]) -> str:
    failed = f", {len(told['failed_runs'])} more failed and count nowhere" if told["failed_runs"] else ""
    runs = told["runs"]
    return f"{kind}: {told['scenario']}, {runs} run{'s' if runs > 1 else ''}{failed}"


def _table(*heads: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for head in heads:
        table.add_column(head, overflow="fold")
    for head in ("real", "band", "median", "5–95%", "bands off"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("")
    return table


def _cells(line: Line) -> tuple[str, ...]:
    statement = f"{line.statement}\n[italic]{tables.note(line)}[/italic]" if line.missing else line.statement
    spread = tables.median(line), tables.most_runs(line), tables.distance(line)
    return statement, tables.real(line), tables.band(line), *spread, tables.mark(line)


def _beside(lines: tuple[Line, ...]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for head in ("reported beside", "median", "5–95%", "said in 2015", "source"):
        table.add_column(head, overflow="fold")
    for line in lines:
        statement = f"{line.statement}\n[italic]{tables.note(line)}[/italic]" if line.missing else line.statement
        table.add_row(statement, tables.median(line), tables.most_runs(line), line.claim, line.source)
    return table
