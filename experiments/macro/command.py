"""The command: simulate what is missing, then tables, picture and text."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from experiments.common.errors import plain_errors
from experiments.common.page import embed
from experiments.macro.answers import ROOT, Plan, answers, provenance, tables
from experiments.macro.mechanism import mechanism
from experiments.macro.page import draw, markdown, mechanism_markdown

from pingcang.study.search_tables import DIGITS
from pingcang.study.tables import save_tables

HERE = Path(__file__).resolve().parent
PAGE = ROOT / "docs" / "macro.md"
PICTURE = ROOT / "docs" / "images" / "macro.png"


def run(
    runs: Annotated[int, typer.Option(min=2, help="Runs of each point.")] = Plan.runs,
    seed: Annotated[int, typer.Option(min=0, help="Seed, that of experiments.equal_risk.")] = Plan.seed,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads of a run.")] = None,
    scale: Annotated[float | None, typer.Option(help="Instead of the scenarios' own; for trying out.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Instead of the scenarios' own; for trying out.")] = None,
    stores: Annotated[Path, typer.Option(help="Datasets of the runs; the same place continues.")] = Plan.stores,
    out: Annotated[Path | None, typer.Option(help="Tables, picture and text go here, not into the repository.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print errors only.")] = False,
) -> None:
    """The equal-risk balance of 2025 while the economy's links are switched on one by one."""
    with plain_errors():
        plan = Plan(runs, seed, jobs, threads, scale, days, stores=stores)
        _run(plan, out, quiet=quiet)


def _run(plan: Plan, out: Path | None, *, quiet: bool) -> None:
    from experiments.common.style import drawing, save_figure

    started = time.monotonic()
    say = _silent if quiet else _said
    say(f"at most {plan.most_runs:,} runs, kept in {plan.stores}")
    found = answers(plan, say)
    told = provenance(plan)
    made = tables(found) | {"macro_mechanism": mechanism(plan)}
    folder = HERE / "results" if out is None else out
    save_tables(folder, "macro", told, made, digits=DIGITS)
    with drawing():
        save_figure(draw(found), PICTURE if out is None else out / "macro.png")
    texts = {"macro": markdown(found, told), "macro_mechanism": mechanism_markdown(made["macro_mechanism"])}
    if out is None:
        embed(PAGE, texts)
    else:
        (out / "macro.md").write_text("\n\n".join(texts.values()) + "\n", encoding="utf-8")
    say(f"tables: {folder}; {(time.monotonic() - started) / 60:.1f} minutes")


def _said(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _silent(_: str) -> None:
    pass


def main() -> None:
    """The entry point."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(run)
    app(prog_name="python -m experiments.macro")
