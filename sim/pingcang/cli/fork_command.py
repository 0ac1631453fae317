"""The command `fork`. Heavy libraries are imported inside it."""

from __future__ import annotations

import datetime as dt
import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pingcang.cli.commands import app, listed_records

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pingcang.montecarlo.fork import State
    from pingcang.montecarlo.runner import Outcome
    from pingcang.scenario import LoadedScenario


@app.command()
def fork(
    scenario: Annotated[str, typer.Argument(help="A ready-made scenario (pingcang scenarios), or a YAML file.")],
    at: Annotated[str, typer.Option(metavar="DATE", help="The first day that differs, as 2015-07-02.")],
    arms: Annotated[
        list[str] | None,
        typer.Option(
            "--arm",
            metavar="LABEL: KEY=VALUE; …",
            help="What changes from that day, e.g. 'line_140: rules.close_out_line=1.4'; 'as_is:' for nothing.",
        ),
    ] = None,
    runs: Annotated[int, typer.Option(min=1, help="Number of runs.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random numbers.")] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads of a run.", show_default="cores / jobs")] = None,
    scale: Annotated[
        float | None, typer.Option(help="Share of the market that is simulated, as --set scale=X.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a key of the scenario, under every arm; repeatable."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="One dataset an arm.", show_default="results/NAME-SEED-fork-DATE"),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what else is at those paths.")] = False,
    record: Annotated[
        list[str] | None,
        typer.Option(metavar="stocks,audit", help="Record stocks, the audit table, or both."),
    ] = None,
    amplification: Annotated[
        bool, typer.Option("--amplification", help="Simulate every run without feedback, too.")
    ] = False,
    save: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the state of run 0 at the eve (.npz), and stop there.")
    ] = None,
    source: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="Go on from a state that --save wrote.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of the table.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print errors only.")] = False,
) -> None:
    """Continue the same days under several rules; the same command continues where it was interrupted."""
    from pingcang.cli.data_files import check_data
    from pingcang.cli.fork_show import show_fork
    from pingcang.cli.progress import shown_progress
    from pingcang.errors import ScenarioError
    from pingcang.montecarlo.fork import forked, load_state, run_fork
    from pingcang.montecarlo.fork.arms import parsed_arms
    from pingcang.scenario import load_scenario

    if (save is None) == (not arms) or (save is not None and source is not None):
        raise ScenarioError(
            "give --arm once or more to continue (--from FILE at will), or --save FILE alone to stop at the eve"
        )
    changes = [*(settings or []), *([] if scale is None else [f"scale={scale}"])]
    loaded = load_scenario(scenario, settings=changes)
    check_data(loaded, quiet=quiet)
    date = _date(at)
    if save is not None:
        saved = _saved(loaded, date, save, seed, threads or 1, listed_records(record), overwrite=overwrite)
        _tell_saved(saved, save, as_json=as_json, quiet=quiet)
        return
    scenarios = forked(loaded, date, dict(parsed_arms(arms or [])))
    folder = out or Path("results") / f"{loaded.scenario.name}-{seed}-fork-{date}"
    state = None if source is None else load_state(source, loaded)
    title = f"{loaded.scenario.name}, seed {seed}, {len(scenarios)} arm{'s' if len(scenarios) > 1 else ''} from {date}"
    with shown_progress(title, runs, quiet=quiet) as on_progress:
        outcomes = run_fork(
            scenarios,
            date,
            out=folder,
            runs=runs,
            seed=seed,
            jobs=jobs,
            threads=threads,
            overwrite=overwrite,
            record=listed_records(record),
            amplification=amplification,
            command=shlex.join(["pingcang", *sys.argv[1:]]),
            state=state,
            on_progress=on_progress,
        )
    show_fork(outcomes, date, as_json=as_json, quiet=quiet)
    _tell_all_failures(outcomes)


def _date(text: str) -> dt.date:
    from pingcang.errors import ScenarioError

    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ScenarioError(f"--at {text}: is not a date; write it as 2015-07-02") from None


def _saved(
    loaded: LoadedScenario,
    at: dt.date,
    path: Path,
    seed: int,
    threads: int,
    record: Iterable[str],
    *,
    overwrite: bool,
) -> State:
    """The state of run 0 at the eve, in its file."""
    from pingcang.montecarlo.fork import eve, save_state
    from pingcang.montecarlo.fork.arms import eve_of
    from pingcang.montecarlo.fork.state_file import check_target
    from pingcang.montecarlo.plan import Identity

    check_target(path, overwrite=overwrite)
    identity = Identity.of(loaded, seed, record, amplification=False)
    state = eve(loaded, eve_of(loaded, at), seed=seed, threads=threads, record=identity.record)
    save_state(state, path, overwrite=overwrite)
    return state


def _tell_saved(state: State, path: Path, *, as_json: bool, quiet: bool) -> None:
    name = state.loaded.scenario.name
    if as_json:
        told = {"scenario": name, "seed": state.seed, "run": state.run, "date": str(state.date), "state": str(path)}
        print(json.dumps(told))
    elif not quiet:
        print(f"state: {path}; {name}, seed {state.seed}, run {state.run}, close of {state.date}")


def _tell_all_failures(outcomes: dict[str, Outcome]) -> None:
    """What failed under each arm; exit code 1 if anything did."""
    from pingcang.cli.errors import say
    from pingcang.cli.failures import tell_failures

    failed = False
    for label, outcome in outcomes.items():
        if outcome.damaged or outcome.failures:
            say(f"arm {label}:")
        try:
            tell_failures(outcome)
        except typer.Exit:
            failed = True
    if failed:
        raise typer.Exit(1)
