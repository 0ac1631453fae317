"""The command: reproduce one result, or all; write tables, figure and the page's text."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from experiments.common.errors import plain_errors
from experiments.common.page import embed
from experiments.common.tables import DIGITS
from experiments.replications.catalogue import NAMES, replication
from experiments.replications.frame import Outcome, Replication, block, result, table

from pingcang.results.files import storage_errors
from pingcang.study.tables import save_tables

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RESULTS, PICTURES = HERE / "results", ROOT / "docs" / "images" / "replications"
PAGE = ROOT / "docs" / "replications.md"
ALL = "all"
MISSED = 1
"""Exit code if a band is not met; everything is written all the same."""


def reproduce(names: tuple[str, ...], out: Path | None, *, quiet: bool) -> bool:
    """Run these one by one and publish after each; whether every band of every one is met."""
    met = True
    for name in names:
        started = time.monotonic()
        it = replication(name)
        outcome = it.run()
        publish(it, outcome, out)
        met &= outcome.met
        if not quiet:
            print(f"{it.title} ({time.monotonic() - started:.1f} s)\n{table(outcome).to_string(index=False)}\n")
    return met


def publish(it: Replication, outcome: Outcome, out: Path | None) -> None:
    """Tables, figure and text: into the repository, or all of them into the folder `out`."""
    from experiments.common.style import drawing, save_figure

    found = result(it, outcome)
    save_tables(
        RESULTS if out is None else out,
        it.name,
        {"tables": list(found.tables), **found.provenance},
        found.tables,
        digits=DIGITS,
    )
    pictures, text = PICTURES if out is None else out, block(it, outcome)
    with storage_errors(pictures), drawing():
        save_figure(outcome.draw(), pictures / f"{it.name}.png")
    with storage_errors(PAGE if out is None else out):
        if out is None:
            embed(PAGE, {it.name: text})
        else:
            (out / f"{it.name}.md").write_text(text + "\n", encoding="utf-8")


def chosen(name: str) -> tuple[str, ...]:
    """One name, or all of them; typer.BadParameter for one that is not known."""
    if name == ALL:
        return NAMES
    if name not in NAMES:
        raise typer.BadParameter(f"{name}: not known; there are {', '.join(NAMES)}, and {ALL}")
    return (name,)


def run(
    name: Annotated[str, typer.Argument(metavar="NAME", help=f"One of {', '.join(NAMES)}, or {ALL}.")],
    out: Annotated[Path | None, typer.Option(help="Tables, figure and text go here, not into the repository.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print errors only.")] = False,
) -> None:
    """Reproduce a published result; exit code 1 if a band is not met."""
    names = chosen(name)
    with plain_errors():
        if not reproduce(names, out, quiet=quiet):
            raise typer.Exit(MISSED)


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
app.command()(run)


def main() -> None:
    """The entry point."""
    app(prog_name="python -m experiments.replications")
