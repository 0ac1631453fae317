"""The command `compare`. Heavy libraries are imported inside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pingcang.cli import study_options as options
from pingcang.cli.commands import app, listed_records

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from pingcang.study.arms import Arm
    from pingcang.study.calm import CalmArms
    from pingcang.study.compare import Comparison

Record = Annotated[
    list[str] | None,
    typer.Option(metavar="audit", help="Record the audit of accounts, to tell which of them are spared."),
]
BrokerCapital = Annotated[
    float | None, typer.Option(metavar="CNY", help="Capital that losses of brokers are held against.")
]
LossOver = Annotated[
    float | None,
    typer.Option(min=0.0, help="x in P(loss of brokers > x · capital), a fraction.", show_default="not told"),
]
Save = Annotated[
    Path | None, typer.Option("--save", "-o", metavar="FILE.json", help="Write the object of --json into a file.")
]


@app.command()
def compare(
    scenario: options.ScenarioArgument,
    other: Annotated[
        str | None, typer.Argument(help="Another scenario.", show_default="SCENARIO, changed by --set")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a key in the other arm only; repeatable."),
    ] = None,
    base_settings: options.BaseSettings = None,
    runs: options.Runs = options.DEFAULT_RUNS,
    seed: options.Seed = 0,
    jobs: options.Jobs = 1,
    threads: options.Threads = None,
    scheduler: options.Scheduler = None,
    scale: options.Scale = None,
    record: Record = None,
    amplification: options.Amplification = False,
    drawdown: options.Threshold = 0.25,
    statistic: options.StatisticOption = "mean",
    broker_capital: BrokerCapital = None,
    loss_over: LossOver = None,
    calm: options.CalmScenario = None,
    calm_runs: options.CalmRuns = None,
    out: options.Folder = None,
    save: Save = None,
    plot: options.Plot = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Compare two scenarios, or two rules, run by run with the same random numbers: differences with intervals."""
    from pingcang.cli.compare_show import show_comparison
    from pingcang.cli.study_show import Files, report, tell_failed_arms
    from pingcang.study.compare import compare as compared
    from pingcang.study.lenders import capital_of

    options.check_choices(statistic, plot)
    capital = capital_of(broker_capital, loss_over)
    asked = Asked(scenario, other, tuple(settings or ()), tuple(base_settings or ()), scale, amplification)
    first, second = asked.arms(runs, recorded(record))
    calmly = None if calm is None else asked.calm_arms(calm, calm_runs or runs)
    arms = [first, second, *(() if calmly is None else (calmly.base, calmly.other))]
    bench = options.bench_of(out, seed, jobs, threads, scheduler)
    with options.shown_arms(f"{scenario}, {len(arms)} arms", bench, arms, quiet=quiet) as on_progress:
        found = compared(
            first,
            second,
            bench,
            threshold=drawdown,
            statistic=options.statistic_of(statistic),
            capital=capital,
            calm=calmly,
            on_progress=on_progress,
        )

    def draw() -> Figure:
        from pingcang.study.compare_plot import plot_comparison

        with bench.open(first) as a, bench.open(second) as b:
            return plot_comparison(a, b, (first.label, second.label), found.runs)

    files, show = Files("compare", out, plot, also=save), partial(show_comparison, found)
    report(found.to_dict, lambda: found.tables, files, draw, show, as_json=as_json, quiet=quiet)
    tell_failed_arms(bench, arms, _failed(found))


@dataclass(frozen=True)
class Asked:
    """Which two arms the command is about."""

    scenario: str
    other: str | None
    settings: tuple[str, ...]
    base_settings: tuple[str, ...]
    scale: float | None
    amplification: bool

    def arms(self, runs: int, record: tuple[str, ...]) -> tuple[Arm, Arm]:
        """The base and the other arm; ScenarioError if nothing tells them apart."""
        from pingcang.errors import ScenarioError
        from pingcang.study.arms import Arm

        if self.other is None and not self.settings:
            raise ScenarioError(
                "compare: one scenario is given and no change; name a second one, or add --set KEY=VALUE"
            )
        second = self.other or self.scenario
        base = options.load_arm(self.scenario, self.base_settings, self.scale)
        changed = options.load_arm(second, [*self.base_settings, *self.settings], self.scale)
        labels = (
            options.label(self.scenario, self.base_settings),
            options.label(second, self.base_settings, self.settings),
        )
        first, other = (
            Arm(label, loaded, runs, self.amplification, record)
            for label, loaded in zip(labels, (base, changed), strict=True)
        )
        return first, other

    def calm_arms(self, calm: str, runs: int) -> CalmArms:
        """Both arms in calm times; ScenarioError if the rule cannot be laid over the calm scenario."""
        from pingcang.study.arms import Arm
        from pingcang.study.calm import SAME, CalmArms, check_calm, without_news

        check_calm(calm, second_scenario=self.other is not None)
        if calm == SAME:
            base, other = (
                Arm(f"{arm.label}, without news", without_news(arm.loaded), runs) for arm in self.arms(runs, ())
            )
        else:
            quiet = Asked(calm, None, self.settings, self.base_settings, self.scale, amplification=False)
            base, other = quiet.arms(runs, ())
        return CalmArms(calm, base, other)


def recorded(given: Sequence[str] | None) -> tuple[str, ...]:
    """What the arms record beside their variables; ScenarioError for what a comparison has no use for."""
    from pingcang.errors import ScenarioError

    names = listed_records(list(given or ()))
    for name in names:
        if name != "audit":
            raise ScenarioError(f"--record {name}: a comparison records audit or nothing")
    return tuple(dict.fromkeys(names))


def _failed(found: Comparison) -> list[tuple[int, ...]]:
    calm = () if found.calm is None else found.calm.failed_runs
    return [found.base.failed_runs, found.other.failed_runs, *calm]
