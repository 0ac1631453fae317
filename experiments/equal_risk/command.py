"""The command: simulate what is missing, then tables, picture and text."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from experiments.common.errors import plain_errors
from experiments.common.page import embed
from experiments.equal_risk.answers import ROOT, STATISTICS, Plan, answers, provenance, tables
from experiments.equal_risk.page import draw, markdown

from pingcang.study.search_tables import DIGITS
from pingcang.study.tables import save_tables

HERE = Path(__file__).resolve().parent
PAGE = ROOT / "docs" / "reverse.md"
PICTURE = ROOT / "docs" / "images" / "equal_risk.png"


def run(
    runs: Annotated[int, typer.Option(min=2, help="Runs of each point.")] = Plan.runs,
    seed: Annotated[int, typer.Option(min=0, help="Seed, not used in any fit.")] = Plan.seed,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads of a run.")] = None,
    scale: Annotated[float | None, typer.Option(help="Instead of the scenarios' own; for trying out.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Instead of the scenarios' own; for trying out.")] = None,
    statistic: Annotated[
        list[str] | None, typer.Option(help="Measure; repeatable.", show_default=", ".join(STATISTICS))
    ] = None,
    stores: Annotated[Path, typer.Option(help="Datasets of the runs; the same place continues.")] = Plan.stores,
    out: Annotated[Path | None, typer.Option(help="Tables, picture and text go here, not into the repository.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print errors only.")] = False,
) -> None:
    """The equal-risk balance of 2025, by bisection with the same random numbers as in 2015."""
    with plain_errors():
        asked = tuple(statistic or STATISTICS)
        plan = Plan(runs, seed, jobs, threads, scale, days, statistics=asked, stores=stores)
        _run(plan, out, quiet=quiet)


def _run(plan: Plan, out: Path | None, *, quiet: bool) -> None:
    from experiments.common.style import drawing, save_figure

    started = time.monotonic()
    say = _silent if quiet else _said
    say(f"at most {plan.most_runs:,} runs, kept in {plan.stores}")
    found = answers(plan, say)
    told = provenance(plan)
    made = tables(found)
    folder = HERE / "results" if out is None else out
    save_tables(folder, "equal_risk", told, made, digits=DIGITS)
    with drawing():
        save_figure(draw(found, made["equal_risk_points"], told), PICTURE if out is None else out / "equal_risk.png")
    text = markdown(found, told)
    if out is None:
        embed(PAGE, {"equal_risk": text})
    else:
        (out / "equal_risk.md").write_text(text + "\n", encoding="utf-8")
    say(f"tables: {folder}; {(time.monotonic() - started) / 60:.1f} minutes")


def _said(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _silent(_: str) -> None:
    pass


def main() -> None:
    """The entry point."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(run)
    app(prog_name="python -m experiments.equal_risk")
