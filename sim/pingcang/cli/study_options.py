"""What all commands of studies share: their options, the arms' place, the bar over all arms."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pingcang.cli.errors import say
from pingcang.cli.progress import shown_progress

if TYPE_CHECKING:
    from pingcang.scenario import LoadedScenario
    from pingcang.study.arms import Arm, Bench
    from pingcang.study.paired import Statistic

FOLDER = Path("results") / "studies"
"""Where arms are kept unless the command says so: there, studies share them."""
DEFAULT_RUNS = 20

ScenarioArgument = Annotated[str, typer.Argument(help="A ready-made scenario, or a YAML file.", metavar="SCENARIO")]
Runs = Annotated[int, typer.Option(min=1, help="Runs of each arm; run by run they share their random numbers.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the random numbers.")]
Jobs = Annotated[int, typer.Option(min=1, help="Processes; they change nothing but the time.")]
Threads = Annotated[int | None, typer.Option(min=1, help="Threads of a run.", show_default="cores / jobs")]
Scheduler = Annotated[
    str | None,
    typer.Option(metavar="tcp://HOST:PORT", help="Let the workers of a Dask cluster compute."),
]
Scale = Annotated[float | None, typer.Option(help="Share of the market that is simulated, in every arm.")]
BaseSettings = Annotated[
    list[str] | None,
    typer.Option("--base-set", metavar="KEY=VALUE", help="Change a key of the scenario in every arm; repeatable."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", "--base-set", metavar="KEY=VALUE", help="Change a key of the scenario; repeatable."),
]
"""Of a command with one scenario, where --set can mean nothing else."""
Amplification = Annotated[bool, typer.Option("--amplification", help="Simulate every run without feedback, too.")]
Threshold = Annotated[
    float, typer.Option("--drawdown", min=0.0, max=1.0, help="x in P(drawdown > x), a positive fraction.")
]
StatisticOption = Annotated[str, typer.Option(help="mean or median of the runs.", metavar="mean|median")]
Metrics = Annotated[
    list[str] | None,
    typer.Option(help="What is told and drawn; repeatable.", show_default="drawdown"),
]
Folder = Annotated[
    Path | None,
    typer.Option("--out", help="Folder of the arms' datasets and of the tables.", show_default=str(FOLDER)),
]
CalmScenario = Annotated[
    str | None,
    typer.Option(
        "--calm",
        metavar="SCENARIO|same",
        help="Simulate the arms in calm times, too: in a scenario without news, or in their own without it.",
    ),
]
CalmRuns = Annotated[int | None, typer.Option(min=1, help="Runs of each arm in calm times.", show_default="as --runs")]
Plot = Annotated[Path | None, typer.Option(help="Draw it: .png, .pdf, .svg.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of the table.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print errors only.")]


def load_arm(scenario: str, settings: Sequence[str] | None, scale: float | None = None) -> LoadedScenario:
    """The scenario with settings over it and its data files checked; ScenarioError for what is wrong."""
    from pingcang.cli.data_files import check_data
    from pingcang.scenario import load_scenario

    loaded = load_scenario(scenario, settings=[*(settings or ()), *([] if scale is None else [f"scale={scale}"])])
    check_data(loaded)
    return loaded


def bench_of(folder: Path | None, seed: int, jobs: int, threads: int | None, scheduler: str | None) -> Bench:
    """Where and how the arms are simulated."""
    from pingcang.study.arms import Bench

    place = folder or FOLDER
    return Bench(place, seed=seed, jobs=jobs, threads=threads, command=command(), scheduler=scheduler, tell=say)


def label(scenario: str, *settings: Sequence[str] | None) -> str:
    """The name of an arm: its scenario and what is changed in it."""
    changes = [text for given in settings for text in given or ()]
    return f"{scenario} with {', '.join(changes)}" if changes else scenario


def check_choices(statistic: str, plot: Path | None) -> None:
    """Refuse, as ScenarioError, a statistic that is none, and a suffix that is no picture."""
    statistic_of(statistic)
    check_picture(plot)


def check_picture(plot: Path | None) -> None:
    """Refuse, as ScenarioError, a suffix that is no picture."""
    if plot is not None:
        from pingcang.results.plot import check_picture as check

        check(plot)


def check_files(arms: Iterable[Arm]) -> None:
    """Refuse, as ScenarioError, data files that are wrong before anything is simulated."""
    from pingcang.cli.data_files import check_data

    for arm in arms:
        check_data(arm.loaded)


def chosen_metrics(given: Sequence[str] | None, threshold: float, *, amplification: bool) -> list[str]:
    """The metrics that are told, the drawdown by default; ScenarioError for one that there will not be."""
    from pingcang.errors import ScenarioError
    from pingcang.study.measures import metric_names

    known = metric_names(threshold)
    for name in given or ():
        if name not in known:
            raise ScenarioError(f"--metric {name}: no such metric; there are {', '.join(known)}")
        if name.startswith("amplification") and not amplification:
            raise ScenarioError(f"--metric {name}: needs every run without feedback, too; ask for amplification")
    return list(dict.fromkeys(given or ())) or ["drawdown"]


def statistic_of(text: str) -> Statistic:
    """mean or median; ScenarioError for anything else."""
    from pingcang.errors import ScenarioError

    match text:
        case "mean" | "median":
            return text
    raise ScenarioError(f"--statistic {text}: must be mean or median")


def command() -> str:
    """The command as it was given."""
    return shlex.join(["pingcang", *sys.argv[1:]])


@contextmanager
def shown_arms(
    title: str, bench: Bench, arms: Sequence[Arm], *, quiet: bool
) -> Iterator[Callable[[Arm, float], None] | None]:
    """Give the function that `simulate_all` tells of its progress: one bar over the runs of all arms."""
    from pingcang.study.arms import distinct

    total = sum(arm.runs for arm in distinct(bench, arms) if bench.missing(arm))
    if not total:
        yield None
        return
    with shown_progress(title, total, quiet=quiet) as advance:
        yield lambda _, runs: advance(runs)
