"""The commands `sweep` and `factorial`. Heavy libraries are imported inside them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pingcang.cli import study_options as options
from pingcang.cli.commands import app

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from pingcang.scenario import LoadedScenario
    from pingcang.study.frontier import CalmPoints
    from pingcang.study.sweep import Axis


@app.command()
def sweep(
    scenario: options.ScenarioArgument,
    vary: Annotated[
        list[str],
        typer.Option(metavar="KEY=VALUES", help="KEY=1.2,1.3,1.4 or KEY=LOW:HIGH:COUNT; twice for two parameters."),
    ],
    reference: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="What points are held against.", show_default="SCENARIO as it stands"),
    ] = None,
    settings: options.Settings = None,
    metric: options.Metrics = None,
    runs: options.Runs = options.DEFAULT_RUNS,
    seed: options.Seed = 0,
    jobs: options.Jobs = 1,
    threads: options.Threads = None,
    scheduler: options.Scheduler = None,
    scale: options.Scale = None,
    amplification: options.Amplification = False,
    drawdown: options.Threshold = 0.25,
    statistic: options.StatisticOption = "mean",
    calm: options.CalmScenario = None,
    calm_runs: options.CalmRuns = None,
    out: options.Folder = None,
    plot: options.Plot = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Vary one or two keys of a scenario over values, by the same random numbers at every point."""
    from pingcang.cli.study_show import Files, report, tell_failed_arms
    from pingcang.cli.sweep_show import show_sweep
    from pingcang.study import sweep as study
    from pingcang.study.arms import Arm

    metrics = options.chosen_metrics(metric, drawdown, amplification=amplification)
    options.check_choices(statistic, plot)
    axes = [study.parse_axis(text) for text in vary]
    base = options.load_arm(scenario, settings, scale)
    points = study.points_of(base, axes, runs, amplification)
    against = options.load_arm(scenario, [*(settings or ()), *(reference or ())], scale)
    standard = Arm(options.label(scenario, settings, reference), against, runs, amplification)
    quietly = None
    if calm is not None:
        quietly = _calm_points(calm, scenario, settings, reference, scale, axes, calm_runs or runs)
    bench = options.bench_of(out, seed, jobs, threads, scheduler)
    arms = [standard, *(arm for _, arm in points), *(() if quietly is None else quietly.arms)]
    with options.shown_arms(f"{scenario}, {len(points)} points", bench, arms, quiet=quiet) as on_progress:
        found = study.sweep(
            axes,
            points,
            standard,
            bench,
            threshold=drawdown,
            statistic=options.statistic_of(statistic),
            calm=quietly,
            on_progress=on_progress,
        )

    def draw() -> Figure:
        from pingcang.study.frontier_plot import plot_frontier
        from pingcang.study.study_plots import plot_sweep

        if found.frontier is not None:
            return plot_frontier(found.frontier)

        return plot_sweep(found, metrics)

    files, show = Files("sweep", out, plot), partial(show_sweep, found, metrics)
    report(found.to_dict, lambda: found.tables, files, draw, show, as_json=as_json, quiet=quiet)
    failed = [found.reference_failed, *(point.failed_runs for point in found.points)]
    failed += [bench.failed(arm) for arm in arms[len(failed) :]]
    tell_failed_arms(bench, arms, failed, left_out_of="this arm, nor of any that is held against it")


def _calm_points(
    calm: str,
    scenario: str,
    settings: list[str] | None,
    reference: list[str] | None,
    scale: float | None,
    axes: list[Axis],
    runs: int,
) -> CalmPoints:
    """The reference and every point in calm times."""
    from pingcang.study.arms import Arm
    from pingcang.study.calm import SAME, without_news
    from pingcang.study.frontier import CalmPoints
    from pingcang.study.sweep import points_of

    def quiet(given: list[str]) -> LoadedScenario:
        loaded = options.load_arm(scenario if calm == SAME else calm, given, scale)
        return without_news(loaded) if calm == SAME else loaded

    points = points_of(quiet([*(settings or ())]), axes, runs)
    standard = Arm("reference in calm times", quiet([*(settings or ()), *(reference or ())]), runs)
    return CalmPoints(calm, standard, tuple(arm for _, arm in points))


@app.command()
def factorial(
    spec: Annotated[str, typer.Argument(help="A YAML file of kind factorial.", metavar="SPEC")],
    metric: options.Metrics = None,
    runs: Annotated[int | None, typer.Option(min=1, help="Runs of a cell.", show_default="as in SPEC")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of the runs.", show_default="as in SPEC")] = None,
    jobs: options.Jobs = 1,
    threads: options.Threads = None,
    scheduler: options.Scheduler = None,
    scale: options.Scale = None,
    out: options.Folder = None,
    plot: options.Plot = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Two-level factors over a scenario: main effects, interactions, and Shapley shares of the whole difference."""
    from pingcang.cli.study_show import Files, report, tell_failed_arms
    from pingcang.cli.sweep_show import show_factorial
    from pingcang.study.factorial import factorial as simulated
    from pingcang.study.factorial_spec import load_factorial

    loaded = load_factorial(spec, runs=runs, scale=scale)
    asked = loaded.spec
    drawn = asked.seed if seed is None else seed
    metrics = options.chosen_metrics(metric, asked.drawdown, amplification=asked.amplification)
    options.check_choices(asked.statistic, plot)
    options.check_files(loaded.arms.values())
    bench, arms = options.bench_of(out, drawn, jobs, threads, scheduler), list(loaded.arms.values())
    with options.shown_arms(f"{asked.name}, {len(arms)} cells", bench, arms, quiet=quiet) as on_progress:
        found = simulated(
            loaded.arms,
            bench,
            loaded.names,
            threshold=asked.drawdown,
            statistic=asked.statistic,
            on_progress=on_progress,
        )

    def draw() -> Figure:
        from pingcang.study.study_plots import plot_factorial

        return plot_factorial(found, metrics)

    def told() -> dict[str, Any]:
        return {"name": asked.name, **found.to_dict()}

    files, show = Files("factorial", out, plot), partial(show_factorial, found, metrics)
    report(told, lambda: {files.name: found.table}, files, draw, show, as_json=as_json, quiet=quiet)
    tell_failed_arms(bench, arms, list(found.failed_runs.values()))
