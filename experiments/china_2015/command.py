"""The command: simulate what is missing, then tables, figures and the page."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer
from experiments.china_2015 import (
    challengers,
    decomposition,
    fan,
    invariance,
    profiles,
    score,
    shadow,
    stage_one,
)
from experiments.china_2015.bench import Bench, Plan
from experiments.china_2015.progress import cost, largest, simulate_all
from experiments.common.errors import plain_errors
from experiments.common.page import embed
from experiments.common.tables import NoResultError, read, save

from pingcang.cli.errors import say

STEPS: dict[str, ModuleType] = {
    step.NAME: step for step in (fan, score, shadow, challengers, decomposition, invariance, profiles, stage_one)
}
QUICK = Plan(runs=3, scale=0.002)
"""For development: the same machine in minutes; its numbers mean nothing."""


def reproduce(bench: Bench, steps: list[str], *, draw_only: bool = False, quiet: bool = False) -> dict[str, str]:
    """Run these steps; what each left behind, or why it was skipped."""
    if not draw_only:
        simulate_all(bench, [cell for name in steps for cell in STEPS[name].cells(bench.plan)], quiet=quiet)
    told = {}
    for name in steps:
        try:
            told[name] = _finish(bench, name, draw_only=draw_only)
        except NoResultError as reason:
            told[name] = f"skipped: {reason}"
            if bench.plan.page.exists() and hasattr(STEPS[name], "ABSENT"):
                embed(bench.plan.page, {name: STEPS[name].ABSENT})
    return told


def _finish(bench: Bench, name: str, *, draw_only: bool) -> str:
    """Tables, figures and texts of a step."""
    from experiments.common.style import drawing, save_figure

    step, plan = STEPS[name], bench.plan
    if not draw_only:
        save(step.compute(bench), plan.results)
    result = read(name, plan.results)
    with drawing():
        for picture, figure in step.draw(result).items():
            save_figure(figure, plan.pictures / f"{picture}.png")
    if plan.page.exists():
        embed(plan.page, step.blocks(result))
    return f"{', '.join(f'{table}.csv' for table in result.tables)}"


def run(
    runs: Annotated[int, typer.Option(min=2, help="Most runs of a cell; the fan takes all of them.")] = Plan.runs,
    seed: Annotated[int, typer.Option(min=0, help="Seed, not used in any fit.")] = Plan.seed,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    only: Annotated[str, typer.Option(metavar="STEP,STEP", help=f"Some of {', '.join(STEPS)}.")] = ",".join(STEPS),
    quick: Annotated[
        bool, typer.Option("--quick", help="Few runs at a small scale, into results/quick: does the machine run?")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Tables, pictures and a copy of the page go here, not into the repository.")
    ] = None,
    stores: Annotated[Path, typer.Option(help="Datasets of the runs; the same place continues.")] = Plan.stores,
    draw_only: Annotated[
        bool, typer.Option("--draw-only", help="Figures and page from the tables that are there.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print errors only.")] = False,
) -> None:
    """Regenerate every figure and table of the 2015 validation (docs/validation.md)."""
    steps = chosen(only)
    plan = replace(QUICK, seed=seed, jobs=jobs, stores=stores) if quick else Plan(runs, seed, jobs, stores=stores)
    if quick and out is None:
        out = Plan.stores.parent / "quick"
    if out is not None:
        plan = elsewhere(plan, out)
    with plain_errors():
        _run(plan, steps, draw_only=draw_only, quiet=quiet)


def _run(plan: Plan, steps: list[str], *, draw_only: bool, quiet: bool) -> None:
    bench = Bench(plan, say)
    started = time.monotonic()
    if not quiet and not draw_only:
        _announce(bench, steps)
    told = reproduce(bench, steps, draw_only=draw_only, quiet=quiet)
    if not quiet:
        for name, what in told.items():
            print(f"{name}: {what}")
        print(f"tables: {plan.results}\nfigures: {plan.pictures}\npage: {plan.page}\nruns: {plan.stores}")
        print(f"{(time.monotonic() - started) / 60:.1f} minutes")


def _announce(bench: Bench, steps: list[str]) -> None:
    cells = largest(bench, (cell for name in steps for cell in STEPS[name].cells(bench.plan)))
    missing = [cell for cell in cells if not bench.is_there(cell)]
    seconds = sum(cost(bench, cell) * cell.runs for cell in missing)
    print(
        f"{sum(cell.runs for cell in cells)} runs of {len(cells)} variants, of which "
        f"{sum(cell.runs for cell in missing)} of {len(missing)} are to be simulated: "
        f"about {seconds / 60:.0f} minutes of one processor; runs are kept in {bench.plan.stores}"
    )


def chosen(only: str) -> list[str]:
    """The steps in their order; typer.BadParameter for one that is not known."""
    asked = {name.strip() for name in only.split(",") if name.strip()}
    if unknown := sorted(asked - set(STEPS)):
        raise typer.BadParameter(f"{', '.join(unknown)}: no such step; there are {', '.join(STEPS)}")
    return [name for name in STEPS if name in asked]


def elsewhere(plan: Plan, out: Path) -> Plan:
    """The plan with its tables, pictures and a copy of the page in another folder."""
    out.mkdir(parents=True, exist_ok=True)
    page = out / "validation.md"
    page.write_text(plan.page.read_text(encoding="utf-8"), encoding="utf-8")
    return replace(plan, results=out / "results", pictures=out / "images" / "validation", page=page)


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
app.command()(run)


def main() -> None:
    """The entry point."""
    app(prog_name="python -m experiments.china_2015")
