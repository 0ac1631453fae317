"""The commands `reverse` and `sensitivity`. Heavy libraries are imported inside them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from pingcang.cli.commands import app
from pingcang.cli.study_options import (
    Folder,
    Jobs,
    Json,
    Plot,
    Quiet,
    Scale,
    ScenarioArgument,
    Scheduler,
    Seed,
    Settings,
    Threads,
    bench_of,
    check_picture,
    load_arm,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from pingcang.scenario import LoadedScenario
    from pingcang.study.design import Design
    from pingcang.study.levers import Lever
    from pingcang.study.points import OnFinished
    from pingcang.study.sensitivity import Asked, Shown
    from pingcang.study.statistic import Condition

LEVERS = {"news": "size of all news, ×", "balance": "loans of brokers, ×", "shadow": "shadow debt, CNY"}
"""Lever -> what its value is; any other name is a path."""
METHODS = ("morris", "sobol", "both")


@app.command()
def reverse(
    scenario: ScenarioArgument,
    lever: Annotated[
        str,
        typer.Option(metavar="news|balance|shadow|PATH", help="What is moved; several paths, with commas, together."),
    ],
    low: Annotated[float, typer.Option(help="The lever's lowest value: a factor, CNY for shadow, or the value.")],
    high: Annotated[float, typer.Option(help="Its highest value.")],
    keep: Annotated[str | None, typer.Option(metavar="CONDITION", help='As "p(drawdown>0.25)<0.1".')] = None,
    target: Annotated[str | None, typer.Option(metavar="EQUATION", help='As "median(drawdown)=0.36".')] = None,
    tolerance: Annotated[
        float | None, typer.Option(help="Width of the last bracket.", show_default="(high - low) / 64")
    ] = None,
    settings: Settings = None,
    scale: Scale = None,
    runs: Annotated[int, typer.Option(min=2, help="Runs of each point, with the same random numbers.")] = 100,
    seed: Seed = 0,
    jobs: Jobs = 1,
    threads: Threads = None,
    scheduler: Scheduler = None,
    out: Folder = None,
    plot: Plot = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find the shock that does the damage: how far a lever can go, by bisection with the same random numbers."""
    from pingcang.cli.progress import shown_progress
    from pingcang.cli.search_show import show_reversal
    from pingcang.cli.study_show import Files, report
    from pingcang.study.reverse import check_bracket, evaluations, grid_of
    from pingcang.study.reverse import reverse as solve
    from pingcang.study.search_tables import DIGITS, reversal_dict, reversal_tables

    check_picture(plot)
    condition = _condition(keep, target)
    loaded = load_arm(scenario, settings, scale)
    moved, name = _lever(lever, loaded)
    step = check_bracket(low, high, tolerance)
    grid = grid_of(loaded, moved, low, high) if lever not in LEVERS else None
    bench = bench_of(out, seed, jobs, threads, scheduler)
    with shown_progress(f"reverse {scenario}", evaluations(low, high, step) * runs, quiet=quiet) as on_progress:
        found = solve(
            loaded, moved, condition, bench, runs=runs, low=low, high=high, tolerance=step,
            grid=grid, on_point=lambda _, advanced: on_progress(advanced),
        )  # fmt: skip
    told = {"scenario": loaded.scenario.name, "seed": seed, "lever": lever, **reversal_dict(found)}

    def draw() -> Figure:
        from pingcang.study.search_figures import plot_reversal

        return plot_reversal(found, name)

    files, show = Files("reverse", out, plot, DIGITS), partial(show_reversal, found, name)
    tables = partial(reversal_tables, found)
    report(lambda: told, tables, files, draw, show, as_json=as_json, quiet=quiet)


@app.command()
def sensitivity(
    spec: Annotated[str, typer.Argument(help="A YAML file of kind sensitivity.", metavar="SPEC")],
    method: Annotated[
        str, typer.Option(metavar="morris|sobol|both", help="both: Sobol on what the screening leaves.")
    ] = "both",
    top: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="both: so many parameters go on to Sobol.", show_default="those with mu* above 0"
        ),
    ] = None,
    runs: Annotated[int | None, typer.Option(min=1, help="Runs of a point.", show_default="as in SPEC")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of the runs.", show_default="as in SPEC")] = None,
    jobs: Jobs = 1,
    threads: Threads = None,
    scale: Scale = None,
    out: Folder = None,
    plot: Plot = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Tell which parameters a result hangs on: Morris screening, Sobol indices; continues when interrupted."""
    from pingcang.cli.search_show import show_sensitivity
    from pingcang.cli.study_show import Files, report
    from pingcang.errors import ScenarioError
    from pingcang.study.search_tables import DIGITS, sensitivity_tables
    from pingcang.study.sensitivity import on_the_bench, summary
    from pingcang.study.sensitivity import sensitivity as analyse
    from pingcang.study.sensitivity_spec import load_spec

    check_picture(plot)
    if method not in METHODS:
        raise ScenarioError(f"--method {method}: must be morris, sobol or both")
    asked = load_spec(spec, scale=scale)
    drawn, repeated = asked.spec.seed if seed is None else seed, runs or asked.spec.runs
    evaluate = on_the_bench(
        asked, bench_of(out, drawn, jobs, threads, None), repeated, _shown(asked.spec.name, repeated, quiet)
    )
    found = analyse(asked, cast("Asked", method), evaluate, top=top)
    told = {"name": asked.spec.name, "scenario": asked.loaded.scenario.name, "seed": drawn, "runs": repeated}
    told |= summary(found)

    def draw() -> Figure:
        from pingcang.study.search_figures import plot_sensitivity

        return plot_sensitivity(found)

    files, show = Files(asked.spec.name, out, plot, DIGITS), partial(show_sensitivity, found)
    report(lambda: told, partial(sensitivity_tables, found), files, draw, show, as_json=as_json, quiet=quiet)


def _shown(name: str, runs: int, quiet: bool) -> Shown:
    """A bar a design."""
    from pingcang.cli.progress import shown_progress

    @contextmanager
    def shown(design: Design) -> Iterator[OnFinished]:
        title = f"{name}, {design.method}, {len(design)} points"
        with shown_progress(title, len(design) * runs, quiet=quiet) as on_progress:
            yield lambda points: on_progress(float(points * runs))

    return shown


def _condition(keep: str | None, target: str | None) -> Condition:
    from pingcang.errors import ScenarioError
    from pingcang.study.statistic import parse_condition

    if (keep is None) == (target is None):
        raise ScenarioError('give one of --keep "p(drawdown>0.25)<0.1" and --target "median(drawdown)=0.36"')
    if keep is not None:
        return parse_condition(keep, ("<", "<=", ">", ">="))
    return parse_condition(str(target), ("=",))


def _lever(name: str, loaded: LoadedScenario) -> tuple[Lever, str]:
    """The lever, and what its value is."""
    from pingcang.study import levers

    named: dict[str, Any] = {
        "news": levers.news_size, "balance": levers.broker_balance, "shadow": levers.shadow_balance,
    }  # fmt: skip
    if name in named:
        return named[name](loaded.scenario), LEVERS[name]
    return levers.path(*(part.strip() for part in name.split(","))), name
