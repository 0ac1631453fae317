"""The command: simulate what is missing, then tables, figures and the page docs/absorption.md."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer
from experiments.absorption import (
    calm_growth,
    design,
    other_worlds,
    parameters,
    shadow_sweep,
    single_factors,
    smaller_shocks,
    technology,
)
from experiments.absorption.cells import Cell, Sizes
from experiments.absorption.measures import Numbers
from experiments.common.errors import plain_errors
from experiments.common.page import embed
from experiments.common.tables import read, save

from pingcang.cli.errors import say
from pingcang.cli.study_options import shown_arms
from pingcang.study.arms import Bench, simulate_all

STEPS: dict[str, ModuleType] = {
    step.NAME: step
    for step in (
        design,
        single_factors,
        calm_growth,
        other_worlds,
        technology,
        smaller_shocks,
        shadow_sweep,
        parameters,
    )
}
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SEED = 411
"""Not used in any fit."""
STORES, RESULTS = ROOT / "results" / "absorption", HERE / "results"
PICTURES, PAGE = ROOT / "docs" / "images" / "absorption", ROOT / "docs" / "absorption.md"


def simulate(found: Numbers, cells: list[Cell], *, quiet: bool = False) -> None:
    """Compute what is missing of all cells."""
    arms = [found.arm(cell) for cell in cells]
    with shown_arms("absorption", found.bench, arms, quiet=quiet) as on_progress:
        outcomes = simulate_all(found.bench, arms, on_progress)
    for outcome in outcomes:
        for run, trace in sorted(outcome.failures.items()):
            say(f"{outcome.store}: run {run} failed and is in no table: {trace.strip().splitlines()[-1]}")


def reproduce(
    found: Numbers,
    sizes: Sizes,
    steps: list[str],
    *,
    results: Path = RESULTS,
    pictures: Path = PICTURES,
    page: Path = PAGE,
    draw_only: bool = False,
    quiet: bool = False,
) -> None:
    """Run these steps."""
    from experiments.common.style import drawing, save_figure

    if not draw_only:
        simulate(found, [cell for name in steps for cell in STEPS[name].cells(sizes)], quiet=quiet)
        if parameters.NAME in steps:
            simulate(found, parameters.second_round(found), quiet=quiet)
    for name in steps:
        if not draw_only:
            save(STEPS[name].compute(found, sizes), results)
        result = read(name, results, "absorption")
        with drawing():
            for picture, figure in STEPS[name].draw(result).items():
                save_figure(figure, pictures / f"{picture}.png")
        if page.exists():
            embed(page, STEPS[name].blocks(result))


def run(
    runs: Annotated[int | None, typer.Option(min=2, help="Most runs of a cell.", show_default="as published")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed, not used in any fit.")] = SEED,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    scale: Annotated[float | None, typer.Option(help="Share of the market.", show_default="as published, 0.01")] = None,
    only: Annotated[str, typer.Option(metavar="STEP,STEP", help=f"Some of {', '.join(STEPS)}.")] = ",".join(STEPS),
    stores: Annotated[Path, typer.Option(help="Datasets of the runs; the same place continues.")] = STORES,
    out: Annotated[
        Path | None, typer.Option(help="Tables and pictures go here; the page stays as it is.", show_default="the page")
    ] = None,
    draw_only: Annotated[bool, typer.Option("--draw-only", help="Figures and page from the tables there are.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print errors only.")] = False,
) -> None:
    """Regenerate every figure and table of docs/absorption.md; the same command continues where it stopped."""
    steps = [name for name in STEPS if name in chosen(only)]
    sizes = Sizes() if runs is None else Sizes().at_most(runs)
    overrides = {} if scale is None else {"scale": scale}
    bench = Bench(stores, seed=seed, jobs=jobs, command="python -m experiments.absorption")
    places = {} if out is None else {"results": out, "pictures": out, "page": out / "absorption.md"}
    started = time.monotonic()
    with plain_errors():
        reproduce(Numbers(bench, overrides), sizes, steps, **places, draw_only=draw_only, quiet=quiet)  # type: ignore[arg-type]
    if not quiet:
        print(f"{', '.join(steps)}: {(time.monotonic() - started) / 60:.1f} minutes, runs a cell {asdict(sizes)}")


def chosen(only: str) -> set[str]:
    """The steps that are asked for; typer.BadParameter for one that is not known."""
    asked = {name.strip() for name in only.split(",") if name.strip()}
    if unknown := sorted(asked - set(STEPS)):
        raise typer.BadParameter(f"{', '.join(unknown)}: no such step; there are {', '.join(STEPS)}")
    return asked


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
app.command()(run)


def main() -> None:
    """The entry point."""
    app(prog_name="python -m experiments.absorption")
