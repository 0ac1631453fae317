"""`pingcang status`: which runs of a dataset are done, which failed, which are missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pingcang.cli.errors import say
from pingcang.cli.failures import tell_failures, tell_last_lines
from pingcang.errors import ScenarioError

if TYPE_CHECKING:
    from pingcang.montecarlo.ledger import Status
    from pingcang.montecarlo.runner import Outcome


def status_of(
    store: Annotated[Path, typer.Argument(help="Dataset of pingcang run, finished or not.", metavar="STORE")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead.")] = False,
    traceback: Annotated[
        int | None, typer.Option(min=0, metavar="RUN", help="Print the whole traceback of a failed run.")
    ] = None,
) -> None:
    """Tell which runs are done, which failed and why, and which are missing; exit code 1 if a run failed."""
    from pingcang.montecarlo.ledger import status

    found = status(store)
    if traceback is not None:
        print(_traceback(found, traceback).rstrip())
    elif as_json:
        print(json.dumps(as_object(found)))
    else:
        show_status(found)
        tell_last_lines(found.failures)
    if found.failures:
        raise typer.Exit(1)


def report_shard(outcome: Outcome, shard: str, *, as_json: bool, quiet: bool) -> None:
    """Tell how far all shards are, after one of them, and what brings them together."""
    from pingcang.montecarlo.ledger import status

    found = status(outcome.store, sums=False)
    if as_json:
        print(json.dumps(as_object(found)))
    elif not quiet:
        done = outcome.runs - len(outcome.failures)
        print(
            f"shard {shard}: {done:,} of {outcome.runs:,} runs are done, {len(found.done):,} of {found.runs:,} in all"
        )
        if found.merged:
            print(f"dataset: {outcome.store}")
        elif len(found.done) == found.runs:
            print("all runs are done; the same command without --shard merges them")
        else:
            print("the same command without --shard merges the shards, and computes what is missing")
    tell_failures(outcome)


def as_object(found: Status) -> dict[str, Any]:
    """The object of `--json`: runs as pairs of first and last."""
    from pingcang.montecarlo.outcome import last_line
    from pingcang.results.ranges import ranges

    return {
        "store": str(found.store),
        "scenario": found.identity.scenario,
        "seed": found.identity.seed,
        "runs": found.runs,
        "merged": found.merged,
        "counts": {"done": len(found.done), "failed": len(found.failures), "pending": len(found.pending)},
        "done": ranges(found.done),
        "failed": ranges(found.failures),
        "pending": ranges(found.pending),
        "failures": {str(run): last_line(trace) for run, trace in found.failures.items()},
        "damaged_parts": list(found.damaged),
    }


def show_status(found: Status) -> None:
    """A line for each state that a run is in."""
    from pingcang.results.ranges import told_ranges

    what = "finished" if found.merged and not found.pending else "unfinished"
    shards = f", in {found.shards} shards" if found.shards else ""
    print(f"{found.store}: {what}; {found.identity.scenario}, seed {found.identity.seed}, {found.runs:,} runs{shards}")
    for state, runs in (("done", found.done), ("failed", tuple(found.failures)), ("pending", found.pending)):
        print(f"  {state:<8}{len(runs):>7,}  {told_ranges(runs)}".rstrip())
    for name in found.damaged:
        say(f"part {name} is damaged; the same pingcang run computes its runs again")


def _traceback(found: Status, run: int) -> str:
    if run in found.failures:
        return found.failures[run]
    from pingcang.results.ranges import told_ranges

    what = "is done" if run in found.done else "is still to be computed" if run < found.runs else "was not asked for"
    failed = f"choose one of {told_ranges(found.failures)}" if found.failures else "no run failed"
    raise ScenarioError(f"--traceback: run {run} did not fail, it {what}; {failed}")
