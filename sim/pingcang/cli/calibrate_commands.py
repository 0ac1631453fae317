"""The commands `calibrate` and `profile`. Heavy libraries are imported inside them."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pingcang.cli.commands import app
from pingcang.cli.errors import say
from pingcang.cli.failures import MOST_FAILURES_TOLD

if TYPE_CHECKING:
    from pingcang.calibrate import Calibration, Evaluation, LoadedSpec

SpecArgument = Annotated[str, typer.Argument(help="A calibration: a YAML file of kind calibration.", metavar="SPEC")]
Jobs = Annotated[int, typer.Option(min=1, help="Processes; they change nothing but the time.")]
Threads = Annotated[int | None, typer.Option(min=1, help="Threads of a run.", show_default="cores / jobs")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Begin anew if the store holds something else.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of the tables.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print errors only.")]


@app.command()
def calibrate(
    spec: SpecArgument,
    trials: Annotated[int | None, typer.Option(min=1, help="Trials in all.", show_default="as in SPEC")] = None,
    jobs: Jobs = 1,
    threads: Threads = None,
    store: Annotated[
        Path | None, typer.Option(help="Where trials are kept.", show_default="results/NAME.journal")
    ] = None,
    overwrite: Overwrite = False,
    out: Annotated[Path | None, typer.Option(help="Write the fitted scenarios: FILE.yaml, FILE_LABEL.yaml …")] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Fit parameters of scenarios to targets; the same command continues where it was interrupted."""
    import pingcang.calibrate as fit
    from pingcang.cli.calibrate_show import show_calibration, shown_fit

    _check_yaml(out)
    loaded = fit.load_spec(spec)
    with shown_fit(loaded.spec.name, trials or loaded.spec.trials, quiet=quiet) as on_progress:
        done = fit.run_calibration(
            loaded, store, jobs=jobs, threads=threads, trials=trials, overwrite=overwrite, on_progress=on_progress
        )
    best = done.best
    written = []
    if out is not None:
        written = fit.write_all(loaded, best, out, trials=len(done.evaluations), command=_command())
    identified = fit.from_trials(loaded, done.evaluations)
    if as_json:
        told = fit.summary(done)
        told["fitted"] = [{"label": each.label, "path": str(each.path), "hash": each.hash} for each in written]
        told["identification"] = None if identified is None else identified.as_dict()
        print(json.dumps(told, allow_nan=False))
    elif not quiet:
        show_calibration(done, written, identified)
    _tell_failures(done)


@app.command()
def profile(
    spec: SpecArgument,
    at: Annotated[Path | None, typer.Option(help="The optimum: a fitted scenario.", metavar="FITTED")] = None,
    store: Annotated[
        Path | None,
        typer.Option(help="Or the store of a calibration: its best trial.", show_default="results/NAME.journal"),
    ] = None,
    points: Annotated[int, typer.Option(min=3, help="Values of each parameter, the optimum included; odd.")] = 5,
    runs: Annotated[int | None, typer.Option(min=1, help="Runs of a point.", show_default="as in SPEC")] = None,
    jobs: Jobs = 1,
    threads: Threads = None,
    kept: Annotated[
        Path | None, typer.Option("--keep", help="Where points are kept.", show_default="results/NAME.profile.journal")
    ] = None,
    overwrite: Overwrite = False,
    out: Annotated[Path | None, typer.Option(help="Save it: .json, and the points beside it as .csv.")] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Tell how surely each parameter is fitted: the loss along one at a time; continues when interrupted."""
    import pingcang.calibrate as fit
    from pingcang.cli.calibrate_show import save_profile, show_profile, shown_fit
    from pingcang.errors import ScenarioError

    if at is not None and store is not None:
        raise ScenarioError("--at and --store both name an optimum; give one of them")
    if out is not None and out.suffix != ".json":
        raise ScenarioError(f"--out {out}: must end in .json; the points are written beside it as .csv")
    loaded = fit.load_spec(spec)
    optimum = fit.parameters_of(loaded, at) if at is not None else _best_in(loaded, store).params
    with shown_fit(f"profile of {loaded.spec.name}", None, quiet=quiet, noun="points") as on_progress:
        found = fit.profile(
            loaded,
            optimum,
            kept,
            points=points,
            runs=runs,
            jobs=jobs,
            threads=threads,
            overwrite=overwrite,
            on_progress=on_progress,
        )
    if out is not None:
        save_profile(found, out)
    if as_json:
        print(json.dumps(fit.profile_summary(found), allow_nan=False))
    elif not quiet:
        show_profile(found, out)


def _best_in(loaded: LoadedSpec, store: Path | None) -> Evaluation:
    import pingcang.calibrate as fit

    return fit.kept_trials(loaded, store).best


def _check_yaml(out: Path | None) -> None:
    from pingcang.errors import ScenarioError

    if out is not None and out.suffix not in {".yaml", ".yml"}:
        raise ScenarioError(f"--out {out}: must end in .yaml")


def _command() -> str:
    return shlex.join(["pingcang", *sys.argv[1:]])


def _tell_failures(done: Calibration) -> None:
    failed = done.failed
    for each in failed[:MOST_FAILURES_TOLD]:
        say(f"trial {each.trial} failed: {each.reason}")
    if failed:
        say(
            f"{len(failed)} of {len(done.evaluations)} trials failed and count as worse than any other; "
            f"their tracebacks are in {done.store}"
        )
        raise typer.Exit(1)
