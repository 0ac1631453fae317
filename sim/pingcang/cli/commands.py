"""The commands. Heavy libraries are imported inside them, so that --help and --version answer at once."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import pingcang
from pingcang.cli.errors import PlainErrors
from pingcang.cli.failures import tell_failures
from pingcang.cli.status import report_shard, status_of
from pingcang.errors import ScenarioError

if TYPE_CHECKING:
    from pingcang.montecarlo.runner import Outcome
    from pingcang.scenario import LoadedScenario

app = typer.Typer(
    cls=PlainErrors,
    help="Margin calls, forced liquidation and leverage cascades in Chinese stock markets, exact to the fen.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Drop = Annotated[
    bool | None,
    typer.Option(
        "--drop/--strict",
        help="Accounts with faults in tables of a real book: leave them out and say so, or refuse all.",
        show_default="cohorts.on_error, else --strict",
    ),
]


def _tell_version(asked: bool) -> None:
    if asked:
        print(f"pingcang {pingcang.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Tell the version.")
    ] = False,
) -> None:
    """Options that stand before the command."""


@app.command()
def run(
    scenario: Annotated[str, typer.Argument(help="A ready-made scenario (pingcang scenarios), or a YAML file.")],
    runs: Annotated[int, typer.Option(min=1, help="Number of runs.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random numbers.")] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    scheduler: Annotated[
        str | None, typer.Option(metavar="tcp://HOST:PORT", help="Let the workers of a Dask cluster compute.")
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option(metavar="K/N", help="Compute the K-th of N shares; the command without it merges them."),
    ] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads of a run.", show_default="cores / jobs")] = None,
    scale: Annotated[
        float | None, typer.Option(help="Share of the market that is simulated, as --set scale=X.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a key of the scenario; repeatable."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Dataset: .zarr or .nc.", show_default="results/NAME-SEED-HASH.zarr"),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace another dataset at that path.")] = False,
    record: Annotated[
        list[str] | None,
        typer.Option(metavar="stocks,audit", help="Record stocks, the audit table, or both."),
    ] = None,
    amplification: Annotated[
        bool, typer.Option("--amplification", help="Simulate every run without feedback, too.")
    ] = False,
    drop: Drop = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the runs on one page: .png, .pdf, .svg.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of the table.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print errors only.")] = False,
) -> None:
    """Simulate a scenario, once or many times; the same command continues where it was interrupted."""
    from pingcang.cli.data_files import check_data, with_errors
    from pingcang.cli.progress import shown_progress
    from pingcang.montecarlo.runner import run_many
    from pingcang.scenario import load_scenario

    _check_plot(plot, shard)
    changes = [*(settings or []), *([] if scale is None else [f"scale={scale}"])]
    loaded = with_errors(load_scenario(scenario, settings=changes), drop=drop)
    check_data(loaded, quiet=quiet)
    if not quiet:
        tell_notes(loaded)
    title = f"{loaded.scenario.name}, seed {seed}"
    with shown_progress(*_asked(title, runs, shard), quiet=quiet) as on_progress:
        outcome = run_many(
            loaded,
            runs=runs,
            seed=seed,
            jobs=jobs,
            threads=threads,
            out=out,
            overwrite=overwrite,
            record=listed_records(record),
            amplification=amplification,
            command=shlex.join(["pingcang", *sys.argv[1:]]),
            scheduler=scheduler,
            shard=shard,
            on_progress=on_progress,
        )
    if outcome.merged:
        _report(outcome, plot, as_json=as_json, quiet=quiet)
    else:
        report_shard(outcome, str(shard), as_json=as_json, quiet=quiet)


@app.command()
def validate(
    scenario: Annotated[str, typer.Argument(help="A YAML file, or a ready-made scenario.", metavar="FILE")],
    drop: Drop = None,
) -> None:
    """Check a scenario file, and the tables that it names, and tell everything that is wrong with them."""
    from pingcang.cli.data_files import check_data, with_errors
    from pingcang.scenario import load_scenario

    loaded = with_errors(load_scenario(scenario), drop=drop)
    check_data(loaded)
    calendar = loaded.scenario.calendar
    print(f"{scenario}: valid; {loaded.scenario.name}, {calendar.days} trading days from {calendar.start}")
    tell_notes(loaded)


@app.command()
def score(
    crash: Annotated[Path, typer.Argument(help="Dataset of runs from 2015-06-12 to 08-17.", metavar="CRASH_DATASET")],
    calm: Annotated[Path | None, typer.Option(help="Dataset of the same market without news.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of the tables.")] = False,
    markdown: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the tables as Markdown, too.")] = None,
) -> None:
    """Hold a dataset of pingcang run against the crash of 2015, target by target."""
    from contextlib import ExitStack

    from pingcang.cli.show_score import save_markdown, show_score
    from pingcang.results.storage import opened
    from pingcang.validate.score import score as score_of

    with ExitStack() as stack:
        found = score_of(*(stack.enter_context(opened(path)) for path in (crash, calm) if path is not None))
    if markdown is not None:
        save_markdown(found, markdown)
    if as_json:
        print(json.dumps(found.to_dict(), allow_nan=False))
    else:
        show_score(found)


@app.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from pingcang.scenario import json_schema

    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@app.command()
def scenarios() -> None:
    """List the ready-made scenarios."""
    from pingcang.cli.show import show_scenarios
    from pingcang.scenario import load_scenario, ready_made

    show_scenarios([(name, load_scenario(name).scenario.description) for name in ready_made()])


def tell_notes(loaded: LoadedScenario) -> None:
    """Tell what the scenario says without effect, on standard error."""
    from pingcang.market.notes import notes_of

    for note in notes_of(loaded):
        print(f"note: {note}", file=sys.stderr)


def listed_records(record: list[str] | None) -> list[str]:
    """`--record stocks,audit` and `--record stocks --record audit` are the same."""
    return [name.strip() for text in record or [] for name in text.split(",") if name.strip()]


def _check_plot(plot: Path | None, shard: str | None) -> None:
    if plot is None:
        return
    from pingcang.results.plot import check_picture

    check_picture(plot)
    if shard is not None:
        raise ScenarioError("--plot: a shard is no dataset to draw; give it to the command without --shard")


def _asked(title: str, runs: int, shard: str | None) -> tuple[str, int]:
    """What the progress is about: a title, and how many runs."""
    if shard is None:
        return title, runs
    from pingcang.montecarlo.shard import Shard

    return f"{title}, shard {shard}", len(Shard.read(shard).runs(runs))


def _report(outcome: Outcome, plot: Path | None, *, as_json: bool, quiet: bool) -> None:
    """Tell what came out and what failed; exit code 1 if a run failed."""
    from pingcang.cli.show import show_table, summary
    from pingcang.results.storage import open_results

    with open_results(outcome.store) as dataset:
        if as_json:
            print(json.dumps(summary(dataset, outcome), allow_nan=False))
        elif not quiet:
            show_table(dataset, outcome)
        if plot is not None:
            from pingcang.results.plot import save_plot

            save_plot(dataset, plot)
            if not (as_json or quiet):
                print(f"plot: {plot}")
    tell_failures(outcome)


app.command("status")(status_of)
